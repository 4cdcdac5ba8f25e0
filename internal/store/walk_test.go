package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

var tuesday = time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)

func now(t *testing.T, c *campaigns.Campaign) {
	t.Helper()
	at := tuesday
	c.Trigger = campaigns.Trigger{At: &at}
}

func TestPlanTwiceAddsNobody(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 3)
		c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { now(t, c) })
		if err := st.Start(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{true, false} {
			run, planned, err := st.Plan(t.Context(), c, tuesday)
			if err != nil || planned != want || run.Planned != 3 {
				t.Errorf("plan %d: planned %v, %d deliveries, %v; want %v, 3", i, planned, run.Planned, err, want)
			}
		}
	})
}

func TestADeliveryGoesThroughItsStates(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 4)
		c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { now(t, c) })
		must(t, st.Start(ctx, c.ID))
		due, err := st.Due(ctx)
		if err != nil || len(due) != 1 {
			t.Fatalf("due: %d, %v", len(due), err)
		}
		if _, _, err := st.Plan(ctx, due[0], tuesday); err != nil {
			t.Fatal(err)
		}
		if ok, err := st.Advance(ctx, due[0], time.Time{}); err != nil || !ok {
			t.Fatalf("advance: %v %v", ok, err)
		}
		work, err := st.Lease(ctx, "me", 10)
		if err != nil || len(work) != 4 {
			t.Fatalf("leased %d, %v; want 4", len(work), err)
		}
		if work[0].Subscriber.Email == "" || work[0].Refusal != "" {
			t.Errorf("work is not complete: %+v", work[0])
		}
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: work[1].SubscriberID, List: l.ID, Delivery: work[1].ID, Source: "one-click"}))
		begun, err := st.Record(ctx, "me", []int64{work[0].ID, work[1].ID, work[2].ID}, nil)
		if err != nil || !begun[work[0].ID] || begun[work[1].ID] || !begun[work[2].ID] {
			t.Fatalf("begun %v, %v; want all but the unsubscribed", begun, err)
		}
		_, err = st.Record(ctx, "me", nil, []ledger.Outcome{{DeliveryID: work[0].ID, State: ledger.Sent, Reply: "250 ok"}})
		must(t, err)
		unsure, err := st.RecoverAll(ctx)
		if err != nil || unsure != 1 {
			t.Errorf("unsure %d, %v; want 1", unsure, err)
		}
		work, err = st.Lease(ctx, "other", 10)
		if err != nil || len(work) != 1 {
			t.Fatalf("after recovery leased %d, %v; want 1", len(work), err)
		}
		_, err = st.Record(ctx, "other", []int64{work[0].ID}, nil)
		must(t, err)
		_, err = st.Record(ctx, "other", nil, []ledger.Outcome{{DeliveryID: work[0].ID, State: ledger.Sent}})
		must(t, err)
		must(t, st.Finish(ctx))
		totals, err := st.Totals(ctx, c.ID)
		got := totals[c.ID]
		if err != nil || got.Sent != 2 || got.Skipped != 1 || got.Unsure != 1 || got.Waiting() != 0 || got.Unsubscribed != 1 {
			t.Errorf("counts %+v, %v", got, err)
		}
		if c, err := st.Campaign(ctx, c.ID); err != nil || c.State != campaigns.Finished {
			t.Errorf("campaign is %s, %v; want finished", c.State, err)
		}
		rows, _, err := st.Deliveries(ctx, store.DeliveryQuery{Campaign: c.ID, State: ledger.Sent})
		if err != nil || len(rows) != 2 || rows[0].Email == "" {
			t.Errorf("deliveries %v, %v", rows, err)
		}
		moments, next, err := st.Timeline(ctx, store.TimelineQuery{Subscriber: rows[0].SubscriberID})
		if err != nil || len(moments) != 3 || moments[0].At.IsZero() || next != "" {
			t.Errorf("time line %+v, %q, %v; want a delivery, a consent and the beginning", moments, next, err)
		}
	})
}

func TestAnOrderPostedAgainEnrolsOnce(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		clock.Set(tuesday)
		c := storetest.Campaign(t, st, "feedback", 0, func(c *campaigns.Campaign) {
			c.Audience.Lists = nil
			c.Trigger.On = "order.fulfilled"
		})
		must(t, st.Start(ctx, c.ID))
		order := func(number, state string, at time.Time) audience.Order {
			return audience.Order{Number: number, State: state, Currency: "EUR", TotalCents: 1999, PlacedAt: tuesday, UpdatedAt: at}
		}
		for i := range 15 {
			p := audience.Subscriber{Email: "buyer@shop.test", Source: "order"}
			must(t, p.Validate())
			state := "fulfilled"
			if i < 3 {
				state = "paid"
			}
			o := order("A1", state, tuesday.Add(time.Duration(i)*time.Minute))
			must(t, st.RecordOrder(ctx, &p, &o))
		}
		totals, err := st.Totals(ctx, c.ID)
		if got := totals[c.ID]; err != nil || got.Planned != 2 {
			t.Fatalf("planned %d, %v; want the question and the reminder", got.Planned, err)
		}
		p := audience.Subscriber{Email: "buyer@shop.test", Source: "order"}
		must(t, p.Validate())
		o := order("A1", "refunded", tuesday.Add(time.Hour))
		must(t, st.RecordOrder(ctx, &p, &o))
		late := order("A1", "fulfilled", tuesday.Add(time.Minute))
		must(t, st.RecordOrder(ctx, &p, &late))
		clock.Add(30 * 24 * time.Hour)
		_, err = st.Promote(ctx, 100)
		must(t, err)
		work, err := st.Lease(ctx, "me", 10)
		if err != nil || len(work) != 0 {
			t.Errorf("a refunded order leased %d, %v; want none", len(work), err)
		}
		if got, err := st.Order(ctx, "A1"); err != nil || got.State != "refunded" {
			t.Errorf("order is %s, %v; want refunded", got.State, err)
		}
	})
}

func TestACodeGoesToOnePersonAndIsRedeemedOnce(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 12)
		c := storetest.Campaign(t, st, "gift", l.ID, func(c *campaigns.Campaign) { now(t, c) })
		var codes []string
		for i := range 10 {
			codes = append(codes, fmt.Sprintf("code-%02d", i))
		}
		if n, err := st.AddCodes(ctx, c.ID, append(codes, "CODE00")); err != nil || n != 10 {
			t.Fatalf("added %d, %v; want 10", n, err)
		}
		people, _, err := st.Subscribers(ctx, store.SubscriberQuery{List: l.ID})
		must(t, err)
		var wg sync.WaitGroup
		var sold atomic.Int32
		var mu sync.Mutex
		seen := map[string]int64{}
		for _, p := range people {
			for range 2 { // a retry at the same moment
				wg.Go(func() {
					code, err := st.Reserve(context.WithoutCancel(ctx), c.ID, p.ID, p.ID+1000, time.Time{})
					if errors.Is(err, campaigns.ErrSoldOut) {
						sold.Add(1)
						return
					}
					if errors.Is(err, campaigns.ErrHasOne) {
						return
					}
					mu.Lock()
					defer mu.Unlock()
					if err != nil || seen[code.Code] != 0 && seen[code.Code] != p.ID {
						t.Errorf("%s for %d: %v, was %d's", code.Code, p.ID, err, seen[code.Code])
					}
					seen[code.Code] = p.ID
				})
			}
		}
		wg.Wait()
		if len(seen) != 10 || sold.Load() != 4 {
			t.Errorf("%d codes given, %d times sold out; want 10 and 4", len(seen), sold.Load())
		}
		var won atomic.Int32
		for range 8 {
			wg.Go(func() {
				if _, err := st.Redeem(context.WithoutCancel(ctx), "Code 00", "api"); err == nil {
					won.Add(1)
				} else if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("redeemed %d times; want once", won.Load())
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
