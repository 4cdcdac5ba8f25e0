package store_test

import (
	"fmt"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// mergedPeople are p1, who was p2 as well, and a list both were on.
func mergedPeople(t *testing.T, st *store.Store) audience.List {
	t.Helper()
	list := storetest.People(t, st, 2)
	_, err := st.Merge(t.Context(), audience.Merge{Keep: 1, Gone: 2})
	must(t, err)
	return list
}

func TestAComplaintInAFileUnderAnAddressOfBeforeAMergeStopsThePerson(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		list := mergedPeople(t, st)
		never := func(reason audience.Reason) {
			t.Helper()
			row := line(t, 2, "p2@shop.test", "C", audience.Unsubscribed)
			row.Never = reason
			got, err := st.ImportBatch(ctx, []audience.ImportRow{row}, importing(list.ID))
			if err != nil || got.Never != 1 {
				t.Errorf("%s: %+v, %v", reason, got.ImportCounts, err)
			}
			if s, err := st.Suppression(ctx, "p2@shop.test"); err != nil || s.Reason != reason {
				t.Errorf("the old address: %+v, %v", s, err)
			}
		}
		never(audience.HardBounce) // says something of the old address alone
		if s, err := st.Suppression(ctx, "p1@shop.test"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a bounce of the old address stops the new one: %+v, %v", s, err)
		}
		must(t, st.Unsuppress(ctx, "p2@shop.test"))
		never(audience.Complaint)
		if s, err := st.Suppression(ctx, "p1@shop.test"); err != nil || s.Reason != audience.Complaint || s.Source != "import:1" {
			t.Errorf("the person is mailed on: %+v, %v", s, err)
		}
	})
}

func TestAnOrderByAnAddressOfBeforeAMergeCountsForASuppressedPersonToo(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		mergedPeople(t, st)
		must(t, st.Suppress(ctx, "p1@shop.test", audience.Manual, "admin"))
		rows := []audience.OrderRow{told(t, 2, "p2@shop.test", "#1", "paid", 500, tuesday.Add(-time.Hour)), told(t, 3, "p1@shop.test", "#2", "paid", 700, tuesday.Add(-time.Hour))}
		got, err := st.ImportOrders(ctx, rows, importingOrders(t, st))
		if want := (audience.ImportCounts{Rows: 2, New: 2}); err != nil || got.ImportCounts != want {
			t.Errorf("%+v, %v", got.ImportCounts, err)
		}
		for _, number := range []string{"#1", "#2"} {
			if o, err := st.Order(ctx, number); err != nil || o.SubscriberID != 1 {
				t.Errorf("%s: %+v, %v", number, o, err)
			}
		}
		must(t, st.Suppress(ctx, "p2@shop.test", audience.HardBounce, "mailbox")) // the old address itself
		got, err = st.ImportOrders(ctx, []audience.OrderRow{told(t, 2, "p2@shop.test", "#3", "paid", 900, tuesday.Add(-time.Hour))}, importingOrders(t, st))
		if o, e := st.Order(ctx, "#3"); err != nil || e != nil || o.SubscriberID != 1 {
			t.Errorf("%+v, %v, %v", got.ImportCounts, err, e)
		}
		if wrong, err := st.CheckValue(ctx); err != nil || wrong.Mismatches != 0 {
			t.Errorf("value: %+v, %v", wrong, err)
		}
	})
}

func TestUndoingAnImportGivesBackWhatSomebodyOfBeforeAMergeWasCalled(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		list := mergedPeople(t, st)
		before, err := st.Subscriber(ctx, 1)
		must(t, err)
		b := importingOrders(t, st)
		b.Import = importing(list.ID).Import
		got, err := st.ImportBatch(ctx, []audience.ImportRow{line(t, 2, "p2@shop.test", "Maria", "")}, b)
		if err != nil || got.Updated != 1 {
			t.Fatalf("%+v, %v", got.ImportCounts, err)
		}
		takeBack(t, st, b)
		after, err := st.Subscriber(ctx, 1)
		if err != nil || after.Email != before.Email || after.FirstName != before.FirstName || after.Lang != before.Lang || after.Source != before.Source {
			t.Errorf("before %+v\nafter %+v, %v", before, after, err)
		}
	})
}

// takeBack undoes an import to its end.
func takeBack(t *testing.T, st *store.Store, b ledger.Batch) {
	t.Helper()
	ctx := t.Context()
	b.Settle = func(audience.ImportResult) (ledger.Progress, error) { return ledger.Progress{Result: "{}"}, nil }
	must(t, st.FinishJob(ctx, b.Lease, ledger.JobFinished, ""))
	must(t, st.UndoImport(ctx, b.Job, "{}"))
	again, err := st.LeaseJob(ctx, ledger.ImportJob)
	must(t, err)
	b.Lease = again.Lease()
	for at := (audience.UndoPoint{Phase: audience.UndoChanges}); at.Phase != audience.UndoOver; {
		r, err := st.UndoStep(ctx, at, 100, b)
		must(t, err)
		at = r.At
	}
}

func TestUndoingAnImportOfOrdersAfterAMergeLeavesTheLinesWithTheBuyer(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		storetest.People(t, st, 2)
		p, err := st.Subscriber(ctx, 2)
		must(t, err)
		tea := audience.Item{SKU: "T", Name: "Tea", Category: "Teas", Quantity: 2, PriceCents: 250}
		first := told(t, 2, "p2@shop.test", "#1", "paid", 500, tuesday.AddDate(-1, 0, 0), tea).Order
		must(t, st.RecordOrder(ctx, &p, &first))
		b := importingOrders(t, st)
		_, err = st.ImportOrders(ctx, []audience.OrderRow{told(t, 2, "p2@shop.test", "#1", "fulfilled", 500, tuesday.Add(-time.Hour), tea, tea)}, b)
		must(t, err)
		_, err = st.Merge(ctx, audience.Merge{Keep: 1, Gone: 2})
		must(t, err)
		takeBack(t, st, b)
		rows, err := st.Table(ctx, "order_items i JOIN orders o ON o.id = i.order_id", "o.state || ' of ' || o.subscriber_id || ', a line of ' || i.subscriber_id || ' at the time ' || CASE WHEN i.placed_at = o.placed_at THEN 'of the order' ELSE 'of something else' END")
		if want := `[["paid of 1, a line of 1 at the time of the order"]]`; err != nil || fmt.Sprint(rows.Rows) != want {
			t.Errorf("%v, %v; want %s", rows.Rows, err, want)
		}
		right, err := st.CheckValue(ctx)
		if err != nil || right.Mismatches != 0 {
			t.Errorf("value: %+v, %v", right, err)
		}
	})
}
