package segment_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns/segment"
	"keepsake/campaigns/segment/segmenttest"
)

func TestProblemsNameEveryRuleAtFaultAndWhichPartOfIt(t *testing.T) {
	r, err := segment.Read([]byte(`{"match":"all","rules":[
		{"field":"lang","is":"is"},
		{"match":"any","rules":[{"field":"nose","is":"is"},{"field":"opened","is":"did","within":{"last":-1,"unit":"days"}},{"match":"none"}]},
		{"field":"ordered","is":"did","times":{"is":"never","n":1}},
		{"field":"orders.sum","is":"at_least","values":["many"],"where":[{"field":"currency","is":"is","values":["EUR"]}]},
		{"field":"bought","is":"did","where":[{"field":"category","is":"is"}]},
		{"field":"created_at","is":"in"},
		{"field":"email","is":"filled"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range r.Problems() {
		got = append(got, p.Path+" "+p.Part)
	}
	want := []string{"rule.0 values", "rule.1.0 field", "rule.1.1 within", "rule.1.2 ", "rule.2 times", "rule.3 values", "rule.4.where.0 where", "rule.5 within"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestThereAreProblemsJustWhereARuleIsRefused(t *testing.T) {
	r := segmenttest.Rules{Rand: rand.New(rand.NewPCG(5, 5)), Lists: 2, Campaigns: 2, Segments: 2}
	for range 500 {
		rule := r.Rule(3)
		if got := rule.Problems(); len(got) != 0 {
			t.Fatalf("%+v: %+v", rule, got)
		}
		rule.Each(func(one *segment.Rule) { one.Values = nil })
		if refused := rule.Validate() != nil; refused != (len(rule.Problems()) > 0) {
			t.Fatalf("%+v: refused %v, %+v", rule, refused, rule.Problems())
		}
	}
	for _, rule := range []segment.Rule{{}, {Field: "email", Is: "filled"}, {Match: "all"}, {Match: "some", Rules: []segment.Rule{{Field: "email", Is: "filled"}}}} {
		if len(rule.Problems()) != 1 {
			t.Errorf("%+v: %+v", rule, rule.Problems())
		}
	}
	many := segment.Rule{Match: segment.All}
	for range segment.MaxTests + 1 {
		many.Rules = append(many.Rules, segment.Rule{Field: "email", Is: "filled"})
	}
	if got := many.Problems(); len(got) != 1 || got[0].Path != "rule" {
		t.Errorf("too many tests: %+v", got)
	}
	for i := range many.Rules {
		many.Rules[i].Is = "nonsense"
	}
	if got := many.Problems(); len(got) != 50 {
		t.Errorf("%d problems are told", len(got))
	}
}

func TestEveryFieldStandsOnAShelfAndEveryTestHasItsPhrase(t *testing.T) {
	for _, f := range segment.Fields {
		if shelf := segment.ShelfOf(f.Name); !slices.Contains(segment.Shelves, shelf) || segment.LabelOfShelf(english{}, shelf) == "" {
			t.Errorf("%s is on no shelf: %q", f.Name, shelf)
		}
		for _, of := range append([]segment.Field{f}, f.Where...) {
			for _, is := range of.Tests() {
				p := segment.PhraseOf(english{}, of, is)
				if p.Before == "" || strings.Contains(fmt.Sprint(p), "%") || strings.Contains(fmt.Sprint(p), "\x00") {
					t.Errorf("%s %s reads %+v", of.Name, is, p)
				}
			}
		}
	}
	for _, name := range []string{"points", "tier", "city"} {
		want := map[bool]string{true: "attributes", false: "loyalty"}[name == "city"]
		if got := segment.ShelfOf(segment.Attribute + name); got != want {
			t.Errorf("%s is on %s", name, got)
		}
	}
}

func TestEveryReadyMadeSegmentIsValidAndHasANameOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, one := range segment.Ready {
		if err := one.Rule.Validate(); err != nil || one.Label == "" || seen[one.Name] {
			t.Errorf("%s: %v", one.Name, err)
		}
		seen[one.Name] = true
	}
}

func TestAYearlyDateComesRoundTheEndOfTheYear(t *testing.T) {
	born := segment.Rule{Field: "attributes.birthday", Type: "date", Is: "yearly_in"}
	for _, one := range []struct {
		within segment.Within
		value  string
		want   bool
	}{
		{segment.Within{Next: 30, Unit: "days"}, "1990-12-01", true}, {segment.Within{Next: 30, Unit: "days"}, "1990-10-01", false},
		{segment.Within{Next: 3, Unit: "months"}, "2020-02-01", true}, {segment.Within{Next: 3, Unit: "months"}, "2020-03-01", false},
		{segment.Within{Last: 1, Unit: "years"}, "2020-03-01", true}, {segment.Within{Next: 365, Unit: "days"}, "2020-03-01", true},
		{segment.Within{From: "2026-02-20", To: "2026-03-05"}, "2020-02-29", true}, {segment.Within{From: "2026-02-20"}, "2020-01-01", true},
		{segment.Within{Next: 30, Unit: "days"}, "soon", false},
	} {
		born.Within = &one.within
		if got := segment.Compare(born, segment.Date, one.value, now); got != one.want {
			t.Errorf("%+v %s: %v", one.within, one.value, got)
		}
	}
}
