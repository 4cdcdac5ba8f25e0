package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
	"keepsake/campaigns/segment/segmenttest"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// typed gives an attribute a type and an index.
func typed(t *testing.T, st *store.Store, key, kind string) {
	t.Helper()
	a := audience.Attribute{Key: key, Type: kind, Choices: []string{"red", "blue"}}
	must(t, a.Validate())
	must(t, st.SaveAttribute(t.Context(), &a))
	must(t, st.WantIndex(t.Context(), key, true))
	must(t, st.MakeIndexes(t.Context()))
	got, err := st.Attribute(t.Context(), key)
	if err != nil || got.Index != audience.IndexReady {
		t.Fatalf("the index of %s: %+v, %v", key, got, err)
	}
}

func TestARuleMeansTheSameByAnIndexOfEachKind(t *testing.T) {
	const key = "size"
	values := append(slices.Clone(segmenttest.Texts), strings.Repeat("я", 1500), strings.Repeat("kilo, ", 300), "k", "\u212A", "x, ,y", "красное; СИНЕЕ")
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		kept := map[string]string{}
		for i, v := range values {
			p := audience.Subscriber{Email: fmt.Sprintf("p%d@shop.test", i), Attributes: map[string]string{key: v}}
			if i%7 == 0 {
				p.Attributes = nil
			}
			must(t, p.Validate())
			must(t, st.SaveSubscriber(t.Context(), &p))
			kept[p.Email] = audience.PackAttributes(p.Attributes)
		}
		var rules []segment.Rule
		for _, kind := range segment.Types {
			f, _ := segment.Rule{Field: "attributes." + key, Type: string(kind)}.FieldOf()
			for _, is := range f.Tests() {
				rules = append(rules, rulesOf(f, is, values)...)
			}
		}
		var before [][]int64
		for _, r := range rules {
			ids, err := st.Meant(t.Context(), r)
			must(t, err)
			before = append(before, ids)
		}
		for _, kind := range audience.AttributeTypes {
			typed(t, st, key, kind)
			for email, packed := range kept { // whatever the type made of them
				must(t, st.RunSQL(t.Context(), `UPDATE subscribers SET attributes = ? WHERE email = ?`, packed, email))
			}
			for i, r := range rules {
				ids, err := st.Meant(t.Context(), r)
				if err != nil || !slices.Equal(ids, before[i]) {
					t.Fatalf("%s: by the index %v are meant, %v; without %v\n%+v", kind, ids, err, before[i], r.Rules[0])
				}
			}
			must(t, st.WantIndex(t.Context(), key, false))
		}
	})
}

// rulesOf ask one thing of each of the values, where it may be asked.
func rulesOf(f segment.Field, is string, values []string) (rules []segment.Rule) {
	needs := f.NeedsOf(is)
	add := func(one segment.Rule) {
		one.Field, one.Type, one.Is = f.Name, string(f.Sort), is
		r := segment.Rule{Match: segment.All, Rules: []segment.Rule{one}}
		if r.Validate() == nil {
			rules = append(rules, r)
		}
	}
	switch {
	case needs.Within:
		add(segment.Rule{Within: &segment.Within{From: "2026-10-20", To: "2026-11-01"}})
		add(segment.Rule{Within: &segment.Within{Last: 30, Unit: "days"}})
		add(segment.Rule{Within: &segment.Within{To: "2025-12-31"}})
	case needs.Values == 0:
		add(segment.Rule{})
	case needs.Least == 2:
		add(segment.Rule{Values: []string{"-1.5", "1.5"}})
	default:
		for _, v := range values {
			add(segment.Rule{Values: []string{v}})
		}
	}
	return rules
}

func TestSegmentsFindPeopleByTheIndexOfAnAttribute(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		values := map[string]func(i int) string{"text": func(i int) string { return fmt.Sprint("Град ", i) }, "number": func(i int) string { return fmt.Sprint(i, ".5") },
			"money": func(i int) string { return fmt.Sprint(i, ".50 EUR") }, "date": func(i int) string { return fmt.Sprintf("%d-11-22", 1900+i/10) },
			"choice": func(i int) string { return fmt.Sprint("c", i) }, "list": func(i int) string { return fmt.Sprint("a; b", i) }}
		for i := range 3000 {
			all := map[string]string{}
			for kind, of := range values {
				if i%20 == 0 {
					all["my_"+kind] = of(i)
				}
			}
			must(t, st.AddPerson(t.Context(), fmt.Sprintf("p%d@shop.test", i), all))
		}
		for kind, one := range map[string]segment.Rule{"text": {Is: "is", Values: []string{"ГРАД 40"}}, "choice": {Is: "is", Values: []string{"C40", "c60"}},
			"number": {Is: "between", Values: []string{"2900", "2940.5"}}, "money": {Is: "above", Values: []string{"2940 EUR"}}, "date": {Is: "after", Values: []string{"2196-01-01"}},
			"list": {Is: "has", Values: []string{"B40"}}} {
			one.Field, one.Type = "attributes.my_"+kind, kind
			not := one
			not.Is = map[string]string{"is": "is_not", "has": "has_not"}[one.Is]
			typed(t, st, "my_"+kind, kind)
			for _, one := range []segment.Rule{one, not} {
				r := segment.Rule{Match: segment.All, Rules: []segment.Rule{one}}
				if r.Validate() != nil {
					continue
				}
				plan, err := st.PlanOf(t.Context(), r)
				if err != nil || !strings.Contains(strings.Join(plan, "\n"), "attribute_") {
					t.Errorf("%s: %v\n%s", kind, err, strings.Join(plan, "\n"))
				}
			}
			ids, err := st.Meant(t.Context(), segment.Rule{Match: segment.All, Rules: []segment.Rule{one}})
			if err != nil || len(ids) == 0 || len(ids) > 10 {
				t.Errorf("%s: %d are meant, %v", kind, len(ids), err)
			}
		}
	})
}
