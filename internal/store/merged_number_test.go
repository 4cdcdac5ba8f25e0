package store_test

import (
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestAMergedPersonsOldNumberLeadsToTheOneTheyAreEverywhere(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a, b, c := named(t, st, "a@shop.test", "", ""), named(t, st, "b@shop.test", "", ""), named(t, st, "c@shop.test", "", "")
		must(t, st.RecordOrder(ctx, &b, &audience.Order{Number: "1", State: "paid", Currency: "EUR", TotalCents: 500, PlacedAt: tuesday, UpdatedAt: tuesday}))
		for _, m := range []audience.Merge{{Keep: b.ID, Gone: c.ID}, {Keep: a.ID, Gone: b.ID}} {
			_, err := st.Merge(ctx, m)
			must(t, err)
		}
		never := segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "ordered", Is: "did_not"}}}
		for _, id := range []int64{a.ID, b.ID, c.ID} {
			if v, err := st.ValueOf(ctx, id); err != nil || len(v) != 1 || v[0].Orders != 1 {
				t.Errorf("value of %d: %+v, %v", id, v, err)
			}
			if why, err := st.ExplainSegment(ctx, never, id); err != nil || why[0].Holds {
				t.Errorf("%d never ordered: %+v, %v", id, why, err)
			}
		}
		if _, sum := bulk(t, st, audience.Bulk{Do: audience.BulkSet, Attribute: "wave", Value: "one", Who: audience.Selection{IDs: []int64{c.ID, 9999, b.ID}}}); sum.Chosen != 1 || sum.Changed != 1 {
			t.Errorf("in bulk: %+v", sum)
		}
		_, err := st.Erase(ctx, c.ID, "test")
		must(t, err)
		for _, id := range []int64{a.ID, b.ID, c.ID} {
			if _, err := st.Subscriber(ctx, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%d is found after they were erased: %v", id, err)
			}
		}
		for _, email := range []string{"a@shop.test", "b@shop.test", "c@shop.test"} {
			if why, err := st.Suppression(ctx, email); err != nil || why.Reason != audience.Erased {
				t.Errorf("%s: %+v, %v", email, why, err)
			}
		}
	})
}
