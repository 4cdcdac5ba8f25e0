package segment

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Teller says a sentence, or a count, in the reader's language.
type Teller interface {
	T(id string, args ...any) string
	N(id string, n int64) string
}

// A Namer is what a list, a campaign, a segment or an attribute is called.
type Namer func(named, id string) string

// fieldWords are what is asked about, as the beginning of a sentence.
var fieldWords = map[string]string{
	"email": "Email", "first_name": "First name", "last_name": "Last name", "lang": "Language", "zone": "Time zone", "source": "Source",
	"campaign": "Campaign", "link": "Link", "question": "Question", "answer": "Answer", "name": "Name", "wording": "Wording", "list": "List",
	"category": "Category", "sku": "SKU", "product": "Product", "currency": "Currency", "total": "Order total", "channel": "Channel", "coupon": "Coupon",
	"country": "Country", "state": "State",
	"created_at": "Added", "suppressed": "Never mailed again", "sent": "Was sent a letter", "opened": "Opened a letter", "clicked": "Clicked in a letter",
	"bounced": "A letter bounced", "complained": "Reported spam", "responded": "Responded", "entered": "Entered a contest", "event": "An event happened",
	"ordered": "Ordered", "bought": "Bought pieces", "consented": "Consented", "segment": "Segment", "orders.sum": "Sum of orders", "orders.average": "Average order",
	"orders.first": "First order", "orders.last": "Last order", "refunded": "Money was given back",
	"value.ltv": "Lifetime value", "value.recency": "Recency score", "value.frequency": "Frequency score", "value.money": "Money score", "value.rhythm": "Own rhythm",
	"value.next": "Expected next order", "value.channel": "Channel of the first order", "value.country": "Country of the first order", "value.product": "First product", "value.mood": "Newest rating",
	"won": "Won a contest", "brought": "Brought a friend to a contest", "came_by": "Came to a contest by a friend", "given": "Was given a code", "redeemed": "Redeemed a code",
}

// valueWords are the words that kept figures may be.
var valueWords = map[string]string{"keeping": "keeping their rhythm", "at_risk": "at risk", "lost": "lost", "happy": "happy", "neither": "neither", "unhappy": "unhappy"}

// usualWords are what attributes are called that ready-made segments and letters go by, until the shop names them.
var usualWords = map[string]string{"birthday": "Birthday"}

// Label is what a field is called in a list of fields. An attribute has its own name, which Namer knows.
func Label(w Teller, field string) string {
	if name, is := strings.CutPrefix(field, Attribute); is {
		if word, ok := usualWords[name]; ok {
			return w.T(word)
		}
		return name
	}
	return w.T(fieldWords[field])
}

// oneWords and manyWords say a test of a value; the first word is what is asked about.
var (
	oneWords = map[string]string{"is": "%s is %s", "is_not": "%s is not %s", "contains": "%s contains %s", "contains_not": "%s does not contain %s",
		"starts": "%s begins with %s", "starts_not": "%s does not begin with %s", "has": "%s has %s", "has_not": "%s does not have %s",
		"at_least": "%s is at least %s", "at_most": "%s is at most %s", "above": "%s is above %s", "below": "%s is below %s",
		"on": "%s is on %s", "before": "%s is before %s", "after": "%s is after %s"}
	manyWords = map[string]string{"is": "%s is one of %s", "is_not": "%s is none of %s", "contains": "%s contains one of %s", "contains_not": "%s contains none of %s",
		"starts": "%s begins with one of %s", "starts_not": "%s begins with none of %s", "has": "%s has one of %s", "has_not": "%s has none of %s"}
	bareWords = map[string]string{"filled": "%s is filled in", "empty": "%s is empty", "yes": "%s: yes", "no": "%s: no", "in": "%s:", "not_in": "%s: not", "yearly_in": "%s, each year:"}
	didWords  = map[string]string{"sent": "Was sent a letter", "opened": "Opened a letter", "clicked": "Clicked in a letter", "bounced": "A letter bounced",
		"complained": "Reported spam", "responded": "Responded", "entered": "Entered a contest", "event": "An event happened", "ordered": "Ordered",
		"bought": "Bought", "consented": "Consented", "won": "Won a contest", "brought": "Brought a friend to a contest", "came_by": "Came to a contest by a friend",
		"given": "Was given a code", "redeemed": "Redeemed a code"}
	didNotWords = map[string]string{"sent": "Was not sent a letter", "opened": "Did not open a letter", "clicked": "Did not click in a letter", "bounced": "No letter bounced",
		"complained": "Did not report spam", "responded": "Did not respond", "entered": "Did not enter a contest", "event": "An event did not happen", "ordered": "Did not order",
		"bought": "Did not buy", "consented": "Did not consent", "won": "Did not win a contest", "brought": "Did not bring a friend to a contest", "came_by": "Did not come to a contest by a friend",
		"given": "Was not given a code", "redeemed": "Did not redeem a code"}
	placeWords = map[string]string{"confirmed": "Is confirmed on %s", "not_confirmed": "Is not confirmed on %s", "pending": "Has not confirmed yet: %s",
		"left": "Unsubscribed from %s", "never": "Was never on %s"}
	groupWords = map[string]string{All: "All of these are true", Any: "At least one of these is true", None: "None of these is true"}
)

// testWords are what a test is called where one chooses it, after the field.
var testWords = map[string]string{"is": "is", "is_not": "is not", "contains": "contains", "contains_not": "does not contain", "starts": "begins with",
	"starts_not": "does not begin with", "filled": "is filled in", "empty": "is empty", "at_least": "at least", "at_most": "at most", "above": "above", "below": "below",
	"between": "between", "in": "in this span", "not_in": "not in this span", "yearly_in": "each year in this span", "on": "on", "before": "before", "after": "after", "yes": "yes", "no": "no",
	"has": "has", "has_not": "does not have", "confirmed": "confirmed on", "not_confirmed": "not confirmed on", "pending": "waits to confirm", "left": "unsubscribed from",
	"never": "never on", "did": "happened", "did_not": "did not happen", "exactly": "exactly"}

// LabelOfTest is what a test is called where one chooses it.
func LabelOfTest(w Teller, f Field, is string) string {
	if f.Sort == Membership {
		if is == "in" {
			return w.T("in the segment")
		}
		return w.T("not in the segment")
	}
	return w.T(testWords[is])
}

// Say is a test as a sentence, or what a group asks of its rules.
func Say(r Rule, w Teller, name Namer) string {
	if r.Group() {
		return w.T(groupWords[r.Match])
	}
	s := sayer{w, name}
	parts := append(s.head(r), s.where(r)...)
	return strings.Join(parts, ", ")
}

type sayer struct {
	Teller
	name Namer
}

// head is what is asked, how often and when.
func (s sayer) head(r Rule) []string {
	f, _ := r.FieldOf()
	words := []string{}
	switch {
	case f.Sort == Happening && r.Is == "did":
		words = append(words, s.T(didWords[r.Field]))
	case f.Sort == Happening:
		words = append(words, s.T(didNotWords[r.Field]))
	case f.Sort == Place:
		words = append(words, s.T(placeWords[r.Is], s.values(r, f)))
	case f.Sort == Membership && r.Is == "in":
		words = append(words, s.T("Is in the segment %s", s.values(r, f)))
	case f.Sort == Membership:
		words = append(words, s.T("Is not in the segment %s", s.values(r, f)))
	default:
		words = append(words, s.test(r, f))
	}
	if r.Times != nil {
		words = append(words, s.often(r))
	}
	if r.Within != nil {
		words = append(words, s.when(*r.Within))
	}
	return []string{strings.Join(words, " ")}
}

// label is what a field is called where its own name is known.
func (s sayer) label(field string) string {
	if key, is := strings.CutPrefix(field, Attribute); is && s.name != nil {
		if name := s.name("attribute", key); name != key {
			return name
		}
	}
	return Label(s, field)
}

func (s sayer) test(r Rule, f Field) string {
	label := s.label(r.Field)
	if r.Field == "suppressed" && r.Is == "no" {
		return s.T("May be mailed")
	}
	if r.Field == "suppressed" || r.Field == "refunded" && r.Is == "yes" {
		return label
	}
	if r.Field == "refunded" {
		return s.T("Nothing was given back")
	}
	if bare, ok := bareWords[r.Is]; ok {
		return s.T(bare, label)
	}
	if r.Is == "between" && len(r.Values) == 2 {
		return s.T("%s is between %s and %s", label, s.value(r, f, r.Values[0]), s.value(r, f, r.Values[1]))
	}
	if len(r.Values) > 1 && manyWords[r.Is] != "" {
		return s.T(manyWords[r.Is], label, s.values(r, f))
	}
	return s.T(oneWords[r.Is], label, s.values(r, f))
}

// mostSaid is how many values a sentence names.
const mostSaid = 4

func (s sayer) values(r Rule, f Field) string {
	if len(r.Values) == 0 {
		if f.Sort == Place {
			return s.T("any list")
		}
		return "…"
	}
	var all []string
	for _, v := range r.Values[:min(len(r.Values), mostSaid)] {
		all = append(all, s.value(r, f, v))
	}
	said := strings.Join(all, ", ")
	if more := len(r.Values) - mostSaid; more > 0 {
		said += " " + s.N("and %d more", int64(more))
	}
	return said
}

func (s sayer) value(r Rule, f Field, v string) string {
	if f.Named != "" && s.name != nil {
		return s.T("“%s”", s.name(f.Named, v))
	}
	if f.Amount() || r.Field == "total" {
		if currency, ok := r.Currency(); ok {
			return v + " " + currency
		}
	}
	if f.Sort == Number || f.Sort == Money || f.Sort == Date {
		return v
	}
	if word, ok := valueWords[v]; ok && f.Worth() {
		return s.T("“%s”", s.T(word))
	}
	return s.T("“%s”", v)
}

func (s sayer) often(r Rule) string {
	is, n := r.Times.Asked()
	if r.Field == "bought" {
		switch is {
		case "at_most":
			return s.N("at most %d pieces", n)
		case "exactly":
			return s.N("exactly %d pieces", n)
		}
		return s.N("at least %d pieces", n)
	}
	switch is {
	case "at_most":
		return s.N("at most %d times", n)
	case "exactly":
		return s.N("exactly %d times", n)
	}
	return s.N("at least %d times", n)
}

func (s sayer) when(w Within) string {
	switch {
	case w.Next > 0:
		return s.next(int64(w.Next), w.Unit)
	case w.Last > 0:
		return s.last(int64(w.Last), w.Unit)
	case w.To == "":
		return s.T("since %s", w.From)
	case w.From == "":
		return s.T("up to %s", w.To)
	}
	return s.T("from %s to %s", w.From, w.To)
}

// lastOne and nextOne say a span of one: nobody says “in the last 1 year”.
var (
	lastOne = map[string]string{"hours": "in the last hour", "days": "in the last day", "weeks": "in the last week", "months": "in the last month", "years": "in the last year"}
	nextOne = map[string]string{"days": "in the next day", "weeks": "in the next week", "months": "in the next month", "years": "in the next year"}
)

func (s sayer) last(n int64, unit string) string {
	if n == 1 && lastOne[unit] != "" {
		return s.T(lastOne[unit])
	}
	switch unit {
	case "hours":
		return s.N("in the last %d hours", n)
	case "weeks":
		return s.N("in the last %d weeks", n)
	case "months":
		return s.N("in the last %d months", n)
	case "years":
		return s.N("in the last %d years", n)
	}
	return s.N("in the last %d days", n)
}

func (s sayer) next(n int64, unit string) string {
	if n == 1 && nextOne[unit] != "" {
		return s.T(nextOne[unit])
	}
	switch unit {
	case "weeks":
		return s.N("in the next %d weeks", n)
	case "months":
		return s.N("in the next %d months", n)
	case "years":
		return s.N("in the next %d years", n)
	}
	return s.N("in the next %d days", n)
}

// where are the tests on what happened; the currency of amounts stands beside them.
func (s sayer) where(r Rule) (all []string) {
	f, _ := r.FieldOf()
	amounts := f.Amount() || slices.ContainsFunc(r.Where, func(one Rule) bool { return one.Field == "total" })
	currency, _ := r.Currency()
	for _, one := range r.Where {
		if amounts && one.Field == "currency" && one.Is == "is" {
			continue
		}
		of, ok := fieldIn(f.Where, one)
		if !ok {
			continue
		}
		if one.Field == "total" { // which currency, the test beside it says
			one.Where = []Rule{{Field: "currency", Is: "is", Values: []string{currency}}}
		}
		all = append(all, inside(s.test(one, of)))
	}
	return all
}

// inside is a sentence as a part of another: it begins small, unless it begins with an abbreviation.
func inside(said string) string {
	first, size := utf8.DecodeRuneInString(said)
	if second, _ := utf8.DecodeRuneInString(said[size:]); unicode.IsUpper(second) {
		return said
	}
	return string(unicode.ToLower(first)) + said[size:]
}
