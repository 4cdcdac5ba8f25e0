package segment

import (
	"slices"
	"strings"
)

// Attribute is what stands before the name of an attribute in a test's field.
const Attribute = "attributes."

const fieldSegment = "segment"

// A Sort is what a field is asked: it decides which tests there are.
type Sort string

// The sorts of fields.
const (
	Text       Sort = "text"       // compared without regard to case
	Word       Sort = "word"       // a name out of a set: compared exactly
	Number     Sort = "number"     // decimal
	Money      Sort = "money"      // decimal, in a stated currency
	Date       Sort = "date"       // a day
	YesNo      Sort = "yes_no"     //
	Choice     Sort = "choice"     // one of several texts
	Several    Sort = "list"       // several texts, parted by commas or semicolons
	Moment     Sort = "moment"     // when: a span
	Place      Sort = "place"      // one's place on lists
	Membership Sort = "membership" // in other segments
	Happening  Sort = "happening"  // did or did not, how often, when
)

// Types are those an attribute may be said to have; "" is Text.
var Types = []Sort{Text, Number, Money, Date, YesNo, Choice, Several}

// Tests are what may be asked of a field of each sort, as Rule.Is has it; the first is a new test's.
var Tests = map[Sort][]string{
	Text:       {"is", "is_not", "contains", "contains_not", "starts", "starts_not", "filled", "empty"},
	Word:       {"is", "is_not", "filled", "empty"},
	Number:     {"at_least", "at_most", "above", "below", "is", "is_not", "between", "filled", "empty"},
	Money:      {"at_least", "at_most", "above", "below", "is", "is_not", "between", "filled", "empty"},
	Date:       {"in", "not_in", "yearly_in", "on", "before", "after", "filled", "empty"},
	YesNo:      {"yes", "no"},
	Choice:     {"is", "is_not", "filled", "empty"},
	Several:    {"has", "has_not", "filled", "empty"},
	Moment:     {"in", "not_in"},
	Place:      {"confirmed", "not_confirmed", "pending", "left", "never"},
	Membership: {"in", "not_in"},
	Happening:  {"did", "did_not"},
}

// figure is what may be asked of a sum, or an order's total: it is always there.
var figure = []string{"at_least", "at_most", "above", "below", "between"}

// Field is one thing that can be asked about a subscriber.
type Field struct {
	Name  string
	Sort  Sort
	Where []Field // what can be asked of each happening
	Named string  // what the values number: list, campaign or segment
}

var (
	campaignField = Field{Name: "campaign", Sort: Word, Named: "campaign"}
	orderFields   = []Field{{Name: "category", Sort: Word}, {Name: "sku", Sort: Word}, {Name: "product", Sort: Text},
		{Name: "currency", Sort: Word}, {Name: "total", Sort: Money}, {Name: "channel", Sort: Word}, {Name: "coupon", Sort: Word},
		{Name: "country", Sort: Word}, {Name: "state", Sort: Word}, {Name: "refunded", Sort: YesNo}}
	worthFields = []Field{{Name: "currency", Sort: Word}}
)

// Fields are all there are, but for attributes, which are as many as there are names.
var Fields = []Field{
	{Name: "email", Sort: Text}, {Name: "first_name", Sort: Text}, {Name: "last_name", Sort: Text},
	{Name: "lang", Sort: Word}, {Name: "zone", Sort: Word}, {Name: "source", Sort: Text}, {Name: "created_at", Sort: Moment},
	{Name: "list", Sort: Place, Named: "list"},
	{Name: "consented", Sort: Happening, Where: []Field{{Name: "source", Sort: Text}, {Name: "wording", Sort: Text}, {Name: "list", Sort: Word, Named: "list"}}},
	{Name: "suppressed", Sort: YesNo},
	{Name: "sent", Sort: Happening, Where: []Field{campaignField}},
	{Name: "opened", Sort: Happening, Where: []Field{campaignField}},
	{Name: "clicked", Sort: Happening, Where: []Field{campaignField, {Name: "link", Sort: Text}}},
	{Name: "bounced", Sort: Happening, Where: []Field{campaignField}},
	{Name: "complained", Sort: Happening, Where: []Field{campaignField}},
	{Name: "responded", Sort: Happening, Where: []Field{campaignField, {Name: "question", Sort: Word}, {Name: "answer", Sort: Text}}},
	{Name: "entered", Sort: Happening, Where: []Field{campaignField}}, {Name: "won", Sort: Happening, Where: []Field{campaignField}},
	{Name: "brought", Sort: Happening, Where: []Field{campaignField}}, {Name: "came_by", Sort: Happening, Where: []Field{campaignField}},
	{Name: "given", Sort: Happening, Where: []Field{campaignField}}, {Name: "redeemed", Sort: Happening, Where: []Field{campaignField}},
	{Name: "event", Sort: Happening, Where: []Field{{Name: "name", Sort: Word}}},
	{Name: "ordered", Sort: Happening, Where: orderFields},
	{Name: "bought", Sort: Happening, Where: orderFields},
	{Name: "orders.sum", Sort: Money, Where: orderFields}, {Name: "orders.average", Sort: Money, Where: orderFields},
	{Name: "orders.first", Sort: Moment, Where: orderFields}, {Name: "orders.last", Sort: Moment, Where: orderFields},
	{Name: "value.ltv", Sort: Money, Where: worthFields}, {Name: "value.recency", Sort: Number, Where: worthFields}, {Name: "value.frequency", Sort: Number, Where: worthFields},
	{Name: "value.money", Sort: Number, Where: worthFields}, {Name: "value.rhythm", Sort: Word, Where: worthFields}, {Name: "value.next", Sort: Moment, Where: worthFields},
	{Name: "value.channel", Sort: Word, Where: worthFields}, {Name: "value.country", Sort: Word, Where: worthFields}, {Name: "value.product", Sort: Word, Where: worthFields},
	{Name: "value.mood", Sort: Word},
	{Name: fieldSegment, Sort: Membership, Named: "segment"},
}

// FieldOf finds a field; an attribute's sort is the type that the rule states.
func (r Rule) FieldOf() (Field, bool) { return fieldIn(Fields, r) }

func fieldIn(fields []Field, r Rule) (Field, bool) {
	if name, is := strings.CutPrefix(r.Field, Attribute); is {
		sort := Sort(r.Type)
		if r.Type == "" {
			sort = Text
		}
		return Field{Name: r.Field, Sort: sort}, name != "" && slices.Contains(Types, sort)
	}
	for _, f := range fields {
		if f.Name != r.Field {
			continue
		}
		if f.Name == "answer" && r.Type == string(Number) {
			f.Sort = Number
		}
		return f, true
	}
	return Field{}, false
}

// Figured reports whether the field is worked out of a person's orders.
func (f Field) Figured() bool { return strings.HasPrefix(f.Name, "orders.") }

// Worth reports whether the field is a kept figure of a customer in one currency, or the customer's mood.
func (f Field) Worth() bool { return strings.HasPrefix(f.Name, "value.") }

// Amount reports whether the field is an amount that is compared in a stated currency.
func (f Field) Amount() bool { return f.Sort == Money && (f.Figured() || f.Worth()) }

// Tests are what may be asked of this field.
func (f Field) Tests() []string {
	if f.Amount() || f.Name == "total" {
		return figure
	}
	if f.Sort == Word && f.Named != "" {
		return Tests[Word][:2]
	}
	return Tests[f.Sort]
}

// negative are the tests that say the contrary of another: not_in of in.
var negative = map[string]string{"is_not": "is", "contains_not": "contains", "starts_not": "starts", "empty": "filled", "not_in": "in", "has_not": "has",
	"did_not": "did", "not_confirmed": "confirmed"}

// Positive is the test without its not, and whether there was one. What has no value is therefore is_not anything.
func (r Rule) Positive() (Rule, bool) {
	is, not := negative[r.Is]
	if not {
		r.Is = is
	}
	return r, not
}

// Needs says what a test has to be given.
type Needs struct {
	Values int // how many at most; 0 is none
	Least  int
	Within bool
	Times  bool
}

// NeedsOf are what a test of this field takes.
func (f Field) NeedsOf(is string) Needs {
	switch {
	case f.Sort == Happening:
		return Needs{Within: true, Times: true}
	case is == "filled" || is == "empty" || f.Sort == YesNo:
		return Needs{}
	case f.Sort == Place:
		return Needs{Values: MaxValues}
	case f.Sort == Membership:
		return Needs{Values: MaxValues, Least: 1}
	case is == "in" || is == "not_in" || is == "yearly_in":
		return Needs{Within: true}
	case is == "between":
		return Needs{Values: 2, Least: 2}
	case slices.Contains([]string{"at_least", "at_most", "above", "below", "on", "before", "after"}, is):
		return Needs{Values: 1, Least: 1}
	}
	if f.Sort == Word || is == "is" || is == "is_not" {
		return Needs{Values: MaxValues, Least: 1}
	}
	return Needs{Values: MaxParts, Least: 1}
}
