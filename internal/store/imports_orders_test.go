package store_test

import (
	"fmt"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func told(t *testing.T, line int, email, number, state string, cents int64, at time.Time, items ...audience.Item) audience.OrderRow {
	t.Helper()
	p := audience.Subscriber{Email: email}
	must(t, p.Validate())
	o := audience.Order{Number: number, State: state, Currency: "EUR", TotalCents: cents, PlacedAt: at, UpdatedAt: at, Items: items}
	must(t, o.Validate(tuesday))
	return audience.OrderRow{Line: line, Subscriber: p, Order: o}
}

func importingOrders(t *testing.T, st *store.Store) ledger.Batch {
	t.Helper()
	j := ledger.Job{Kind: ledger.ImportJob, Params: "{}"}
	must(t, st.CreateJob(t.Context(), &j))
	j, err := st.LeaseJob(t.Context(), ledger.ImportJob)
	must(t, err)
	return ledger.Batch{Source: fmt.Sprintf("import:%d", j.ID), Lease: j.Lease(), Import: audience.Import{Of: audience.OfOrders, Lang: "bg"}}
}

func TestOrdersAreImportedOnceAndCountTheirBuyersValue(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx, year := t.Context(), tuesday.AddDate(-1, 0, 0)
		storetest.People(t, st, 2)
		must(t, st.Suppress(ctx, "p2@shop.test", audience.Manual, "admin"))
		must(t, st.Suppress(ctx, "stranger@shop.test", audience.Manual, "admin"))
		tea := audience.Item{SKU: "T", Name: "Tea", Category: "Teas", Quantity: 2, PriceCents: 500}
		rows := []audience.OrderRow{told(t, 2, "p1@shop.test", "#1", "fulfilled", 1000, year, tea), told(t, 3, "P1@shop.test", "#2", "paid", 500, year.AddDate(0, 1, 0)),
			told(t, 4, "p2@shop.test", "#3", "refunded", 700, year), told(t, 5, "new@shop.test", "#4", "paid", 900, year, tea, tea),
			told(t, 6, "stranger@shop.test", "#5", "paid", 900, year), {Line: 7, Fault: fault.New(fault.Invalid, "The address is missing.")},
			told(t, 8, "p1@shop.test", "#2", "paid", 500, year.AddDate(0, 1, 0)), told(t, 9, "p1@shop.test", "#1", "paid", 9, year)}
		want := audience.ImportCounts{Rows: 8, New: 4, Same: 1, Wrong: 2, Suppressed: 1, People: 1}
		dry := importingOrders(t, st)
		dry.Dry = true
		got, err := st.ImportOrders(ctx, rows, dry)
		if n, _ := st.OrderCount(ctx); err != nil || got.ImportCounts != want || n != 0 {
			t.Fatalf("dry: %+v, %v; %d orders", got.ImportCounts, err, n)
		}
		if got, err = st.ImportOrders(ctx, rows, importingOrders(t, st)); err != nil || got.ImportCounts != want {
			t.Fatalf("%+v, %v\nwant %+v", got.ImportCounts, err, want)
		}
		o, err := st.Order(ctx, "#4")
		if err != nil || len(o.Items) != 2 || !o.PlacedAt.Equal(year) {
			t.Errorf("%+v, %v", o, err)
		}
		p, err := st.SubscriberByEmail(ctx, "new@shop.test")
		if subs, e := st.Subscriptions(ctx, p.ID); err != nil || e != nil || len(subs) != 0 {
			t.Errorf("buying is no consent: %+v, %v, %v", subs, err, e)
		}
		right := func() {
			t.Helper()
			if wrong, err := st.CheckValue(ctx); err != nil || wrong.Mismatches != 0 {
				t.Errorf("value: %+v, %v", wrong, err)
			}
		}
		right()
		again, err := st.ImportOrders(ctx, rows, importingOrders(t, st))
		if want := (audience.ImportCounts{Rows: 8, Same: 5, Wrong: 2, Suppressed: 1}); err != nil || again.ImportCounts != want {
			t.Errorf("again: %+v, %v", again.ImportCounts, err)
		}
		later := []audience.OrderRow{told(t, 2, "p1@shop.test", "#2", "refunded", 500, year.AddDate(0, 2, 0)), told(t, 3, "p1@shop.test", "#1", "placed", 1000, year.AddDate(0, -1, 0), tea),
			told(t, 4, "p2@shop.test", "#3", "paid", 700, tuesday.AddDate(0, 0, -1))}
		if got, err := st.ImportOrders(ctx, later, importingOrders(t, st)); err != nil || got.Updated != 1 || got.Same != 2 {
			t.Errorf("later: %+v, %v", got.ImportCounts, err)
		}
		if o, err := st.Order(ctx, "#2"); err != nil || o.State != "refunded" || o.RefundedCents != 500 {
			t.Errorf("%+v, %v", o, err)
		}
		right()
	})
}

func TestNobodyGetsALetterForAnImportedOrder(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		storetest.People(t, st, 1)
		c := storetest.Campaign(t, st, "feedback", 0, func(c *campaigns.Campaign) {
			c.Audience.Lists = nil
			c.Trigger.On = "order.paid"
		})
		must(t, st.Start(ctx, c.ID))
		due := func() int64 {
			totals, err := st.Totals(ctx, c.ID)
			must(t, err)
			return totals[c.ID].Planned
		}
		row := told(t, 2, "p1@shop.test", "#1", "paid", 500, tuesday.Add(-time.Hour))
		_, err := st.ImportOrders(ctx, []audience.OrderRow{row}, importingOrders(t, st))
		must(t, err)
		p, o := row.Subscriber, row.Order // the shop tells the same state of it again
		must(t, st.RecordOrder(ctx, &p, &o))
		if n := due(); n != 0 {
			t.Errorf("%d letters for an imported order", n)
		}
		asked := importingOrders(t, st)
		asked.Orders.Letters = true
		_, err = st.ImportOrders(ctx, []audience.OrderRow{told(t, 2, "p1@shop.test", "#2", "paid", 500, tuesday.Add(-time.Hour))}, asked)
		must(t, err)
		if n := due(); n != 2 {
			t.Errorf("%d letters where they were asked for", n)
		}
	})
}
