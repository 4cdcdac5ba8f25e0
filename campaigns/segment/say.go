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
