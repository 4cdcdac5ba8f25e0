package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// named is a person of a name, as a form brings them.
func named(t *testing.T, st *store.Store, email, first, last string) audience.Subscriber {
	t.Helper()
	p := audience.Subscriber{Email: email, FirstName: first, LastName: last, Lang: "en"}
	must(t, p.Validate())
	must(t, st.SaveSubscriber(t.Context(), &p))
	return p
}

func TestErasingSomebodyWhoseNameIsAWordChangesNobodyElsesRules(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		test := func(field, is string, values ...string) segment.Rule {
			return segment.Rule{Field: field, Is: is, Values: values}
		}
		one := segment.Segment{Name: "Хартия, Mark and list_id", Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{
			{Field: "ordered", Is: "did"}, test("attributes.market", "is", "Хартия", "Промоция", "rules", "Red Wine", "joana@shop.test", "x.ana@shop.test", "ana@shop.test.uk"),
			test("email", "contains", "shop.test"), {Match: segment.Any, Rules: []segment.Rule{test("first_name", "is", "Mark")}}}}}
		must(t, st.SaveSegment(ctx, &one, "test"))
		bulk := audience.Bulk{Do: audience.BulkSuppress, Who: audience.Selection{List: 7, State: audience.Unsubscribed}, Wording: "Red Wine and rules"}
		params, _ := json.Marshal(bulk)
		j := ledger.Job{Kind: ledger.BulkJob, Params: string(params)}
		must(t, st.CreateJob(ctx, &j))
		for i, name := range [][2]string{{"Rules", ""}, {"list_id", ""}, {"Ия", ""}, {"email", ""}, {"Mark", ""}, {"all", "any"}, {"Red", "Wine"}, {"Match", "all"}, {`"`, `:`}, {"", "suppress"}, {"first_name", ""}} {
			p := named(t, st, fmt.Sprintf("p%d@else.test", i), name[0], name[1])
			_, err := st.Erase(ctx, p.ID, "test")
			must(t, err)
		}
		ana := named(t, st, "Ana@shop.test", "", "")
		_, err := st.Erase(ctx, ana.ID, "test")
		must(t, err)
		after, err := st.Segment(ctx, one.ID)
		if fmt.Sprintf("%+v", after) != fmt.Sprintf("%+v", one) || err != nil {
			t.Errorf("the segment was\n%+v and is\n%+v, %v", one, after, err)
		}
		if now, err := st.Job(ctx, j.ID); err != nil || now.Params != string(params) {
			t.Errorf("the job was\n%s and is\n%s, %v", params, now.Params, err)
		}
	})
}

func TestAnErasedPersonIsTakenOutOfRulesSearchesAndNamesThatMeanThem(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		p := named(t, st, "Ana+a&b@shop.test", "Ана", "Петрова")
		one := segment.Segment{Name: "Without АНА петрова", Rule: segment.Rule{Match: segment.None, Rules: []segment.Rule{{Field: "email", Is: "is", Values: []string{"ana+A&b@shop.test", "b@shop.test"}}}}}
		must(t, st.SaveSegment(ctx, &one, "test"))
		jobs := []string{`{"search":"ана Петрова","n":12345678901234567890}`, `{"who":{"search":"ana+a\u0026b@shop.test"}}`, `<ana+a&b@shop.test>, and no JSON`}
		ids := make([]int64, len(jobs))
		for i, params := range jobs {
			j := ledger.Job{Kind: ledger.ExportJob, Params: params}
			must(t, st.CreateJob(ctx, &j))
			ids[i] = j.ID
		}
		must(t, st.RunSQL(ctx, `UPDATE jobs SET error = 'The server said: no ana+a&b@shop.test, or Ана Петрова.' WHERE id = ?`, ids[0]))
		_, err := st.Erase(ctx, p.ID, "test")
		must(t, err)
		after, err := st.Segment(ctx, one.ID)
		if err != nil || after.Name != "Without (erased)" || !slices.Equal(after.Rule.Rules[0].Values, []string{"(erased)", "b@shop.test"}) || after.Version == one.Version {
			t.Errorf("the segment is %+v, %v", after, err)
		}
		for i, want := range []string{`{"n":12345678901234567890,"search":"(erased)"}`, `{"who":{"search":"(erased)"}}`, `<(erased)>, and no JSON`} {
			if j, err := st.Job(ctx, ids[i]); err != nil || j.Params != want {
				t.Errorf("job %d: %s, %v; want %s", i, j.Params, err, want)
			}
		}
		if j, err := st.Job(ctx, ids[0]); err != nil || j.Error != "The server said: no (erased), or (erased)." {
			t.Errorf("error: %s, %v", j.Error, err)
		}
	})
}

func TestASegmentWhoseRuleCannotBeReadMeansNobody(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		p := named(t, st, "ana@shop.test", "", "")
		for _, rule := range []string{`{"match":"all","(erased)":[{"field":"ordered","is":"did"}]}`, `{"match":"all"}`, `{}`, `not JSON`, ``, `{"match":"none","rules":[{"match":"any"}]}`} {
			one := segment.Segment{Name: "Damaged", Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "email", Is: "filled"}}}}
			must(t, st.SaveSegment(ctx, &one, "test"))
			must(t, st.RunSQL(ctx, `UPDATE segments SET rule = ? WHERE id = ?`, rule, one.ID))
			if _, err := st.Segment(ctx, one.ID); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "Damaged") {
				t.Errorf("%s is read: %v", rule, err)
			}
			for _, asked := range []segment.Rule{{Match: segment.All, Rules: []segment.Rule{segment.In([]int64{one.ID})}}, {Match: segment.None, Rules: []segment.Rule{segment.In([]int64{one.ID})}}} {
				if n, err := st.CountSegment(ctx, asked); err == nil {
					t.Errorf("%s means %d people", rule, n)
				}
			}
			all, err := st.Segments(ctx)
			if err != nil || len(all) != 1 || all[0].ID != one.ID {
				t.Fatalf("%s: segments %+v, %v", rule, all, err)
			}
			if n, err := st.CountSegment(ctx, all[0].Rule); err == nil {
				t.Errorf("%s in the list means %d people", rule, n)
			}
			if in, err := st.SegmentsOf(ctx, p.ID); err != nil || in[one.ID] {
				t.Errorf("%s: the person is in %v, %v", rule, in, err)
			}
			if _, err := st.ValueBySegments(ctx, "EUR", "", 9); err != nil {
				t.Errorf("%s: value by segments: %v", rule, err)
			}
			must(t, st.DeleteSegment(ctx, one.ID))
			if err := st.RestoreSegment(ctx, one.ID); err == nil {
				t.Errorf("%s is restored", rule)
			}
		}
	})
}
