package segment

import (
	"slices"
	"strconv"
	"time"

	"keepsake/campaigns/audience"
)

// Match reports whether a rule, expanded and valid, holds of a person at a moment.
func Match(r Rule, f Facts, now time.Time) bool { return (&judge{f, now}).holds(r) }

type judge struct {
	f   Facts
	now time.Time
}

func (j *judge) holds(r Rule) bool {
	if !r.Group() {
		return j.decide(r).Holds
	}
	for _, one := range r.Rules {
		if j.holds(one) != (r.Match == All) {
			return r.Match == Any
		}
	}
	return r.Match != Any
}

// Decision is what came of one test, and the figure that decided.
type Decision struct {
	Holds  bool
	Text   string    // the value the person has; "" is none
	Count  int64     // how often it happened, where HasCount
	Cents  int64     // where Currency
	At     time.Time // where not zero
	Counts bool
	// Currency is what Cents are in; "" when no amount decided.
	Currency string
}

func (j *judge) decide(r Rule) (d Decision) {
	f, _ := r.FieldOf()
	positive, not := r.Positive()
	switch {
	case f.Figured():
		d = j.figure(positive, f)
	case f.Worth():
		d = j.worth(positive)
	case f.Sort == Happening:
		d = j.happened(positive)
	case f.Sort == Place:
		d = j.place(positive)
	case f.Sort == Membership:
		d.Holds = slices.ContainsFunc(r.Rules, j.holds)
	case r.Field == "suppressed":
		d = Decision{Holds: j.f.Suppressed == (r.Is == "yes"), Text: yesNo(j.f.Suppressed)}
	case r.Field == "created_at":
		from, to := r.Within.Moments(j.now)
		d = Decision{Holds: within(j.f.CreatedAt, from, to), At: j.f.CreatedAt}
	default:
		value := j.f.value(r.Field)
		d = Decision{Holds: Compare(positive, f.Sort, value, j.now), Text: value}
	}
	d.Holds = d.Holds != not
	return d
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// value is a text of the profile.
func (f *Facts) value(field string) string {
	switch field {
	case "email":
		return f.EmailNorm
	case "first_name":
		return f.FirstName
	case "last_name":
		return f.LastName
	case "lang":
		return f.Lang
	case "zone":
		return f.Zone
	case "source":
		return f.Source
	}
	return f.Attributes[field[len(Attribute):]]
}

func (j *judge) place(r Rule) (d Decision) {
	var states []audience.State
	if len(r.Values) == 0 {
		for _, state := range j.f.Places {
			states = append(states, state)
		}
	}
	for _, v := range r.Values {
		id, _ := number(v)
		if state, ok := j.f.Places[id]; ok {
			states = append(states, state)
		}
	}
	if len(states) > 0 {
		d.Text = string(states[0])
	}
	if r.Is == "never" {
		d.Holds = len(states) == 0
		return d
	}
	d.Holds = slices.Contains(states, StateOf(r.Is))
	return d
}

// StateOf is the state of a subscription that a test of one's place asks for.
func StateOf(is string) audience.State {
	if is == "left" {
		return audience.Unsubscribed
	}
	return audience.State(is)
}

func (j *judge) happened(r Rule) Decision {
	from, to := r.Within.Moments(j.now)
	d := Decision{Counts: true}
	switch r.Field {
	case "ordered", "bought":
		for _, o := range j.orders(r) {
			if r.Field == "bought" {
				d.Count += pieces(o, r.Where)
			} else {
				d.Count++
			}
			d.At = latest(d.At, o.PlacedAt)
		}
	default:
		letters := map[int64]bool{}
		for _, h := range j.f.Happened {
			if h.Field != r.Field || !within(h.At, from, to) || !h.all(r.Where) {
				continue
			}
			if d.At = latest(d.At, h.At); ByLetter(r.Field) && letters[h.Delivery] {
				continue
			}
			letters[h.Delivery] = true
			d.Count++
		}
		if last := j.f.Latest[r.Field]; d.Count == 0 && !last.IsZero() && r.ByLatest(j.now) && within(last, from, to) {
			d.Count, d.At = 1, last
		}
	}
	d.Holds = r.Times.holds(d.Count)
	return d
}

// ByLatest reports whether a person's last open or click decides a positive test, whatever happened before it. The answers
// of others come from what retention has left.
func (r Rule) ByLatest(now time.Time) bool {
	is, n := r.Times.Asked()
	_, to := r.Within.Moments(now)
	return (r.Field == "opened" || r.Field == "clicked") && len(r.Where) == 0 && is == "at_least" && n == 1 && to.IsZero()
}

// ByLetter reports whether what happened is counted once for a letter.
func ByLetter(field string) bool {
	return slices.Contains([]string{"sent", "opened", "clicked", "bounced", "complained"}, field)
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (t *Times) holds(n int64) bool {
	is, want := t.Asked()
	switch is {
	case "at_most":
		return n <= want
	case "exactly":
		return n == want
	}
	return n >= want
}

// Asked is how often it is: nil is at least once.
func (t *Times) Asked() (is string, n int64) {
	if t == nil {
		return "at_least", 1
	}
	return t.Is, int64(t.N)
}

func (h Happened) all(tests []Rule) bool {
	for _, r := range tests {
		positive, not := r.Positive()
		if h.is(positive) == not {
			return false
		}
	}
	return true
}

func (h Happened) is(r Rule) bool {
	switch r.Field {
	case "campaign":
		return slices.Contains(r.Values, strconv.FormatInt(h.Campaign, 10))
	case "list":
		return slices.Contains(r.Values, strconv.FormatInt(h.List, 10))
	case "name", "question":
		return Compare(r, Word, h.Words[r.Field], time.Time{})
	case "answer":
		if r.Type == string(Number) {
			return Compare(r, Number, h.Words[r.Field], time.Time{})
		}
	}
	return Compare(r, Text, h.Words[r.Field], time.Time{})
}
