// Package segment says which subscribers a saved rule means: a tree of tests that reads as sentences, is checked
// here, is compiled to SQL by the store, and means in Match what it means there.
package segment

import (
	"slices"
	"strconv"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Rule is a group of rules or one test. A group has Match and Rules; a test has Field and Is, and of the rest what
// its field takes (Fields).
type Rule struct {
	Match string `json:"match,omitempty"` // all, any or none of Rules
	Rules []Rule `json:"rules,omitempty"`

	Field  string   `json:"field,omitempty"`
	Type   string   `json:"type,omitempty"` // of an attribute or of a response's value: one of Types
	Is     string   `json:"is,omitempty"`
	Values []string `json:"values,omitempty"` // any one of them will do
	Times  *Times   `json:"times,omitempty"`  // how often something happened; nil is at least once
	Within *Within  `json:"within,omitempty"` // when; nil is ever
	Where  []Rule   `json:"where,omitempty"`  // tests on what happened: all of them hold of the same happening
}

// The three ways a group matches.
const (
	All  = "all"
	Any  = "any"
	None = "none"
)

// Times is how often.
type Times struct {
	Is string `json:"is"` // at_least, at_most or exactly
	N  int    `json:"n"`
}

// Within is a span of time that rolls with the clock (the last or the next so many units), or stands still.
type Within struct {
	Last int    `json:"last,omitempty"`
	Next int    `json:"next,omitempty"` // of dates alone: what has happened is past
	Unit string `json:"unit,omitempty"` // hours, days, weeks, months or years
	From string `json:"from,omitempty"` // a day as 2026-11-22, UTC; included
	To   string `json:"to,omitempty"`   // a day; included
}

// What a rule may be: more than anybody makes by hand, and little enough to count within seconds.
const (
	MaxDepth  = 12
	MaxTests  = 200
	MaxValues = 500 // of one test; of one that searches texts MaxParts
	MaxParts  = 100
	MaxAll    = 5000 // values of a whole rule
	MaxText   = 500  // bytes
	MaxBytes  = 1 << 20
)

// Group reports whether the rule is a group of rules.
func (r Rule) Group() bool { return r.Match != "" }

// Tests counts the tests of a tree, those on happenings too.
func (r Rule) Tests() int {
	n := 0
	if !r.Group() {
		n = 1
	}
	for _, one := range slices.Concat(r.Rules, r.Where) {
		n += one.Tests()
	}
	return n
}

// values counts the values of a tree.
func (r Rule) values() int {
	n := len(r.Values)
	for _, one := range slices.Concat(r.Rules, r.Where) {
		n += one.values()
	}
	return n
}

// Each calls f with every rule of a tree, from above.
func (r *Rule) Each(f func(*Rule)) {
	f(r)
	for i := range r.Rules {
		r.Rules[i].Each(f)
	}
	for i := range r.Where {
		r.Where[i].Each(f)
	}
}

// Uses are the numbers of the segments that a rule refers to, each once.
func (r Rule) Uses() (ids []int64) {
	r.Each(func(one *Rule) {
		if one.Field != fieldSegment {
			return
		}
		for _, v := range one.Values {
			if id, ok := number(v); ok && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	})
	return ids
}

// Expand puts the rules of the segments it refers to into a rule: after it nothing refers to another. The rule of a
// segment is asked for once. A *fault.Error says that segments refer to each other in a circle, or that together
// they are too much.
func (r Rule) Expand(of func(id int64) (Rule, error)) (Rule, error) {
	e := expander{of: of, done: map[int64]Rule{}, open: map[int64]bool{}}
	return e.expand(r)
}

type expander struct {
	of   func(id int64) (Rule, error)
	done map[int64]Rule
	open map[int64]bool
	// of the whole, so far
	tests, values int
}

// maxExpanded is how many tests a rule may have with those of the segments it refers to.
const maxExpanded = 1000

func (e *expander) expand(r Rule) (Rule, error) {
	var err error
	if r.Group() {
		r.Rules = slices.Clone(r.Rules)
		for i := range r.Rules {
			if r.Rules[i], err = e.expand(r.Rules[i]); err != nil {
				return r, err
			}
		}
		return r, nil
	}
	e.values += r.values()
	if e.tests += r.Tests(); e.tests > maxExpanded || e.values > 2*MaxAll {
		return r, fault.Field("rule", "With the segments it refers to, this rule has more than %d tests.", maxExpanded)
	}
	if r.Field != fieldSegment {
		return r, nil
	}
	r.Rules = nil
	for _, v := range r.Values {
		id, _ := number(v) // checked by Validate
		one, err := e.segment(id)
		if err != nil {
			return r, err
		}
		r.Rules = append(r.Rules, one)
	}
	return r, nil
}

func (e *expander) segment(id int64) (Rule, error) {
	if e.open[id] {
		return Rule{}, fault.Field("rule", "A segment cannot refer to itself, not by way of another either.")
	}
	if done, ok := e.done[id]; ok {
		e.values += done.values()
		if e.tests += done.Tests(); e.tests > maxExpanded || e.values > 2*MaxAll {
			return Rule{}, fault.Field("rule", "With the segments it refers to, this rule has more than %d tests.", maxExpanded)
		}
		return done, nil
	}
	e.open[id] = true
	defer delete(e.open, id)
	one, err := e.of(id)
	if err != nil {
		return Rule{}, err
	}
	e.done[id], err = e.expand(one)
	return e.done[id], err
}

// Segment is a saved rule. It is always live: who is in it is asked anew each time.
type Segment struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Rule      Rule      `json:"rule"`
	Version   int       `json:"version"` // grows with each save
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by"`
}

// Validate checks the name and the rule.
func (s *Segment) Validate() error {
	s.Name = audience.CleanName(s.Name)
	if s.Name == "" {
		return fault.Join(fault.Field("name", "Give the segment a name."), s.Rule.Validate())
	}
	return s.Rule.Validate()
}

// In is the test that somebody is in one of these segments.
func In(ids []int64) Rule {
	r := Rule{Field: fieldSegment, Is: "in"}
	for _, id := range ids {
		r.Values = append(r.Values, strconv.FormatInt(id, 10))
	}
	return r
}
