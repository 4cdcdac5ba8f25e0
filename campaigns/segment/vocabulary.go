package segment

import "strings"

// Shelves are what fields are grouped by where one chooses them, in their order.
var Shelves = []string{"profile", "attributes", "lists", "letters", "responses", "orders", "loyalty", "value", "segments"}

var shelfWords = map[string]string{"profile": "Profile", "attributes": "Attributes", "lists": "Lists & consent", "letters": "Letters", "responses": "Responses",
	"orders": "Orders", "loyalty": "Loyalty & contests", "value": "Customer value", "segments": "Segments"}

// LabelOfShelf is what a shelf is called.
func LabelOfShelf(w Teller, shelf string) string { return w.T(shelfWords[shelf]) }

var shelves = map[string]string{"list": "lists", "consented": "lists", "suppressed": "lists",
	"sent": "letters", "opened": "letters", "clicked": "letters", "bounced": "letters", "complained": "letters",
	"responded": "responses", "event": "responses", "entered": "loyalty", "won": "loyalty", "brought": "loyalty", "came_by": "loyalty",
	"given": "loyalty", "redeemed": "loyalty", "ordered": "orders", "bought": "orders", fieldSegment: "segments"}

// loyal are the attributes that letters show as somebody's balance (document.Points): they stand with loyalty.
var loyal = map[string]bool{"points": true, "tier": true, "next_reward": true, "next_reward_at": true}

// ShelfOf is where a field stands.
func ShelfOf(field string) string {
	if name, is := strings.CutPrefix(field, Attribute); is {
		if loyal[name] {
			return "loyalty"
		}
		return "attributes"
	}
	for _, prefix := range []string{"orders", "value"} {
		if strings.HasPrefix(field, prefix+".") {
			return prefix
		}
	}
	if shelf, ok := shelves[field]; ok {
		return shelf
	}
	return "profile"
}

// A Phrase is a test as it stands around its values where one makes it. Whole says that it says the field, too.
type Phrase struct {
	Before, After string
	Whole         bool
}

// PhraseOf is how a test of a field reads.
func PhraseOf(w Teller, f Field, is string) Phrase {
	switch {
	case f.Sort == Happening && is == "did" && didWords[f.Name] != "":
		return Phrase{Before: w.T(didWords[f.Name]), Whole: true}
	case f.Sort == Happening && is == "did_not" && didNotWords[f.Name] != "":
		return Phrase{Before: w.T(didNotWords[f.Name]), Whole: true}
	case f.Sort == Place:
		return around(w, placeWords[is])
	case f.Sort == Membership && is == "in":
		return around(w, "Is in the segment %s")
	case f.Sort == Membership:
		return around(w, "Is not in the segment %s")
	case f.Name == "suppressed" || f.Name == "refunded":
		return Phrase{Before: sayer{w, nil}.test(Rule{Field: f.Name, Is: is}, f), Whole: true}
	}
	return Phrase{Before: LabelOfTest(w, f, is)}
}

// around is a sentence about some values, with a hole where they are.
func around(w Teller, text string) Phrase {
	hole := string(rune(0))
	before, after, _ := strings.Cut(w.T(text, hole), hole)
	return Phrase{Before: strings.TrimSpace(before), After: strings.TrimSpace(after), Whole: true}
}

// LabelOfType is what a type of attribute is called.
func LabelOfType(w Teller, of Sort) string { return w.T(typeWords[of]) }

var typeWords = map[Sort]string{Text: "a text", Number: "a number", Money: "an amount of money", Date: "a date", YesNo: "yes or no", Choice: "one of several", Several: "several at once"}

// Spans says whether a test of this field takes a span of time, and whether it needs one.
func (f Field) Spans(is string) (takes, needs bool) {
	within := f.NeedsOf(is).Within
	return within || f.Figured(), within && f.Sort != Happening
}

// FieldIn finds a field of what happened when of names the happening, else one of a person.
func (r Rule) FieldIn(of string) (Field, bool) {
	if of == "" {
		return r.FieldOf()
	}
	f, ok := Rule{Field: of}.FieldOf()
	if !ok {
		return f, false
	}
	return fieldIn(f.Where, r)
}

// Future reports whether the field may lie in the days to come.
func (f Field) Future() bool { return f.Sort == Date || f.Name == "value.next" }

// closed are the values of fields that have no others.
var closed = map[string][]string{"state": {"placed", "paid", "fulfilled", "refunded", "cancelled"},
	"value.rhythm": {"keeping", "at_risk", "lost"}, "value.mood": {"happy", "neither", "unhappy"}}

// Closed are all the values there are of a field; nil of one whose values are not known ahead.
func (f Field) Closed() []string { return closed[f.Name] }

// LabelOfValue is what such a value is called.
func LabelOfValue(w Teller, v string) string {
	if word, ok := valueWords[v]; ok {
		v = word
	}
	return w.T(v)
}
