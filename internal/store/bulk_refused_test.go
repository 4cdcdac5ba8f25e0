package store_test

import (
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func leaveAll(t *testing.T, st *store.Store, list int64) int64 {
	t.Helper()
	id, _ := bulk(t, st, audience.Bulk{Do: audience.BulkLeave, List: list, Who: audience.Selection{List: list, State: "any"}})
	return id
}

func suppressAll(t *testing.T, st *store.Store, list int64) int64 {
	t.Helper()
	id, _ := bulk(t, st, audience.Bulk{Do: audience.BulkSuppress, Who: audience.Selection{List: list, State: "any"}})
	return id
}

func stands(t *testing.T, st *store.Store, list int64, want map[string]string) {
	t.Helper()
	for email, state := range want {
		if got := placeOf(t, st, email, list); got != state {
			t.Errorf("%s is %s; want %s", email, got, state)
		}
	}
	checkCounters(t, st, list)
}

func TestUndoingALeaveOfManyBringsNobodyBackWhomAFileSaysHasLeft(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		list := storetest.People(t, st, 3)
		id := leaveAll(t, st, list.ID)
		rows := []audience.ImportRow{line(t, 2, "p1@shop.test", "A", audience.Unsubscribed), line(t, 3, "p2@shop.test", "B", audience.Declined)}
		_, err := st.ImportBatch(t.Context(), rows, importing(list.ID))
		must(t, err)
		undo(t, st, id)
		stands(t, st, list.ID, map[string]string{"p1@shop.test": "unsubscribed", "p2@shop.test": "unsubscribed", "p3@shop.test": "confirmed"})
	})
}

func TestUndoingALeaveOfManyBringsNobodyBackWhoLeftWithAnotherAddress(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		list := storetest.People(t, st, 4)
		x := storetest.Join(t, st, list.ID, "x@shop.test")
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: x.ID, List: list.ID, Source: "one-click"}))
		id := leaveAll(t, st, list.ID)
		for _, m := range []audience.Merge{{Keep: 1, Gone: x.ID}, {Keep: 2, Gone: 3}} { // p3 was taken off with p2, and left nothing
			_, err := st.Merge(ctx, m)
			must(t, err)
		}
		undo(t, st, id)
		stands(t, st, list.ID, map[string]string{"p1@shop.test": "unsubscribed", "p2@shop.test": "confirmed", "p4@shop.test": "confirmed"})
	})
}

func TestUndoingALeaveOfManyBringsNobodyBackWhoLeftWhileTheyWereOnePerson(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		list := storetest.People(t, st, 6)
		x := storetest.Join(t, st, list.ID, "x@shop.test")
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: x.ID, List: list.ID, Source: "one-click"}))
		id := leaveAll(t, st, list.ID)
		var merges []int64
		for _, m := range []audience.Merge{{Keep: 2, Gone: 1}, {Keep: 3, Gone: 2}, {Keep: 5, Gone: 4}, {Keep: 6, Gone: x.ID}} {
			merge, err := st.Merge(ctx, m)
			must(t, err)
			merges = append(merges, merge)
		}
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: 3, List: list.ID, Source: "one-click"})) // with all three addresses
		for _, i := range []int{1, 0, 2, 3} {
			_, err := st.Unmerge(ctx, merges[i])
			must(t, err)
		}
		undo(t, st, id)
		stands(t, st, list.ID, map[string]string{"p1@shop.test": "unsubscribed", "p2@shop.test": "unsubscribed", "p3@shop.test": "unsubscribed",
			"p4@shop.test": "confirmed", "p5@shop.test": "confirmed", "p6@shop.test": "confirmed", "x@shop.test": "unsubscribed"})
	})
}

func TestUndoingOneOfTwoJobsLeavesWhatTheOtherAskedFor(t *testing.T) {
	for name, first := range map[string]bool{"the first": true, "the second": false} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
				list := storetest.People(t, st, 2)
				left, stopped := leaveAll(t, st, list.ID), suppressAll(t, st, list.ID)
				left2, stopped2 := leaveAll(t, st, list.ID), suppressAll(t, st, list.ID)
				if !first {
					left, left2, stopped, stopped2 = left2, left, stopped2, stopped
				}
				out := func(want string, mailed bool) {
					t.Helper()
					stands(t, st, list.ID, map[string]string{"p1@shop.test": want, "p2@shop.test": want})
					if _, err := st.Suppression(t.Context(), "p1@shop.test"); fault.Is(err, fault.NotFound) != mailed {
						t.Errorf("p1 may be mailed: %v", err)
					}
				}
				undo(t, st, left)
				undo(t, st, stopped)
				out("unsubscribed", false)
				undo(t, st, left2)
				undo(t, st, stopped2)
				out("confirmed", true)
			})
		})
	}
}
