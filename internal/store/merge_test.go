package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// twin is another number of Zoe's, with an order, a code of the same pool and places of their own.
func twin(t *testing.T, st *store.Store, c campaigns.Campaign) audience.Subscriber {
	t.Helper()
	p := storetest.Join(t, st, c.Audience.Lists[0], "Zoe.Other@person.test")
	o := audience.Order{Number: "T-1", State: "paid", Currency: "USD", TotalCents: 700, PlacedAt: tuesday, UpdatedAt: tuesday, Items: []audience.Item{{SKU: "B", Name: "Cup", Quantity: 1, PriceCents: 700}}}
	must(t, st.RecordOrder(t.Context(), &p, &o))
	must(t, st.RecordEvent(t.Context(), &p, audience.Event{Name: "trial.started", Key: "k", At: tuesday}))
	must(t, st.ExecAll(t.Context(), fmt.Sprintf(`INSERT INTO codes (campaign_id, code, code_norm, state, subscriber_id, created_at) VALUES (%d, 'TEA-2', 'TEA2', 'issued', %d, '2026-11-17 10:00:00+00:00')`, c.ID, p.ID)))
	return p
}

// sum is what a database holds of two people, whoever of the two has it.
func sums(t *testing.T, st *store.Store, ids ...int64) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []string{"orders", "order_items", "events", "enrolments", "deliveries", "activities", "responses", "consents", "alerts", "reports"} {
		rows, err := st.Table(t.Context(), table+fmt.Sprintf(" WHERE subscriber_id IN (%d, %d)", ids[0], ids[len(ids)-1]), "COUNT(*)")
		must(t, err)
		out[table] = rows.Rows[0]
	}
	return out
}

func TestTwoPeopleBecomeOneAndTwoAgain(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		gone, c := zoe(t, st)
		must(t, st.ExecAll(ctx, "DELETE FROM merges"))
		keep := twin(t, st, c)
		before := sums(t, st, keep.ID, gone.ID)
		was, err := st.Everything(ctx)
		must(t, err)
		id, err := st.Merge(ctx, audience.Merge{Keep: keep.ID, Gone: gone.ID, Take: []string{"last_name"}})
		must(t, err)
		if got := sums(t, st, keep.ID, keep.ID); fmt.Sprint(got) != fmt.Sprint(before) {
			t.Errorf("history was %v and is %v", before, got)
		}
		p, err := st.Subscriber(ctx, gone.ID)
		if err != nil || p.ID != keep.ID || p.Email != "Zoe.Other@person.test" || p.FirstName != "Ana" || p.LastName != zoeLast || p.Attributes["hobby"] != zoeWord {
			t.Errorf("the one is %+v, %v", p, err)
		}
		for _, email := range []string{zoeEmail, "old." + zoeEmail, "zoe.other@person.test"} {
			if p, err := st.SubscriberByEmail(ctx, email); err != nil || p.ID != keep.ID {
				t.Errorf("%s leads to %d, %v", email, p.ID, err)
			}
		}
		if found, _, err := st.Subscribers(ctx, store.SubscriberQuery{Search: "unmatched"}); err != nil || len(found) != 1 {
			t.Errorf("the old address finds %v, %v", found, err)
		}
		same(t, st)
		if back, err := st.Unmerge(ctx, id); err != nil || back != gone.ID {
			t.Fatalf("undone: %d, %v", back, err)
		}
		same(t, st)
		is, err := st.Everything(ctx)
		must(t, err)
		for name := range was {
			if slices.Contains([]string{"merges", "subscribers", "subscriptions", "deliveries", "lists", "value_sums", "value_days", "value_cohorts", "subscriber_moods", "runs", "import_changes", "subscriber_latest"}, name) {
				continue // moments of change, what the address of hers that bounced now skips, and kept figures, which were looked at
			}
			if !slices.Equal(is[name].Rows, was[name].Rows) {
				t.Errorf("%s was\n%v\nand is\n%v", name, was[name].Rows, is[name].Rows)
			}
		}
		if _, err := st.Unmerge(ctx, id); !fault.Is(err, fault.Conflict) {
			t.Errorf("undone twice: %v", err)
		}
	})
}

// same looks whether kept figures are right.
func same(t *testing.T, st *store.Store) {
	t.Helper()
	if check, err := st.CheckValue(t.Context()); err != nil || check.Mismatches != 0 {
		t.Errorf("figures: %+v, %v", check, err)
	}
	lists, err := st.Lists(t.Context())
	must(t, err)
	for _, l := range lists {
		n, err := st.CountSubscribers(t.Context(), store.SubscriberQuery{List: l.ID})
		if err != nil || n != l.Confirmed {
			t.Errorf("list %d keeps %d and has %d, %v", l.ID, l.Confirmed, n, err)
		}
	}
}

func TestTheStricterStateWinsAMerge(t *testing.T) {
	for name, tc := range map[string]struct {
		do   func(t *testing.T, st *store.Store, list int64, p audience.Subscriber)
		want audience.State
		stop audience.Reason
	}{
		"left the list": {func(t *testing.T, st *store.Store, list int64, p audience.Subscriber) {
			must(t, st.Unsubscribe(t.Context(), store.Leave{Subscriber: p.ID, List: list, Source: "page"}))
		}, audience.Unsubscribed, ""},
		"left everything": {func(t *testing.T, st *store.Store, _ int64, p audience.Subscriber) {
			must(t, st.Unsubscribe(t.Context(), store.Leave{Subscriber: p.ID, Source: "page"}))
		}, audience.Unsubscribed, audience.Left},
		"complained": {func(t *testing.T, st *store.Store, _ int64, p audience.Subscriber) {
			must(t, st.Suppress(t.Context(), p.Email, audience.Complaint, "test"))
		}, audience.Confirmed, audience.Complaint},
		"bounced": {func(t *testing.T, st *store.Store, _ int64, p audience.Subscriber) {
			must(t, st.Suppress(t.Context(), p.Email, audience.HardBounce, "test"))
		}, audience.Confirmed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
				ctx := t.Context()
				l := storetest.People(t, st, 2)
				keep, err := st.Subscriber(ctx, 1)
				must(t, err)
				gone, err := st.Subscriber(ctx, 2)
				must(t, err)
				tc.do(t, st, l.ID, gone)
				id, err := st.Merge(ctx, audience.Merge{Keep: keep.ID, Gone: gone.ID})
				must(t, err)
				places, err := st.Subscriptions(ctx, keep.ID)
				stand, err2 := st.Standings(ctx, []audience.Subscriber{keep})
				if err != nil || err2 != nil || len(places) != 1 || places[0].State != tc.want || stand[keep.ID].Suppressed != tc.stop {
					t.Errorf("%+v, %+v, %v, %v", places, stand[keep.ID].Suppressed, err, err2)
				}
				same(t, st)
				_, err = st.Unmerge(ctx, id)
				must(t, err)
				stand, err = st.Standings(ctx, []audience.Subscriber{keep, gone})
				if err != nil || stand[keep.ID].Suppressed != "" || stand[keep.ID].Lists[0].State != audience.Confirmed || stand[gone.ID].Lists[0].State == audience.Confirmed && tc.want != audience.Confirmed {
					t.Errorf("parted: %+v, %v", stand, err)
				}
				same(t, st)
			})
		})
	}
}

func TestNoLetterIsSentTwiceToTheMergedPerson(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		l := storetest.People(t, st, 0)
		welcome := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { c.Trigger = campaigns.Trigger{On: "subscribed"} })
		asks := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { c.Trigger = campaigns.Trigger{On: "order.paid"} })
		must(t, st.Start(ctx, welcome.ID))
		must(t, st.Start(ctx, asks.ID))
		keep, gone := storetest.Join(t, st, l.ID, "a@shop.test"), storetest.Join(t, st, l.ID, "b@shop.test")
		for i, p := range []audience.Subscriber{keep, gone} {
			o := audience.Order{Number: fmt.Sprint("O-", i), State: "paid", Currency: "EUR", TotalCents: 100, PlacedAt: clock.Now(), UpdatedAt: clock.Now()}
			must(t, st.RecordOrder(ctx, &p, &o))
		}
		id, err := st.Merge(ctx, audience.Merge{Keep: keep.ID, Gone: gone.ID})
		must(t, err)
		waiting := func(c campaigns.Campaign) int {
			rows, _, err := st.Deliveries(ctx, store.DeliveryQuery{Campaign: c.ID, State: ledger.Queued})
			must(t, err)
			return len(rows)
		}
		if waiting(welcome) != 1 || waiting(asks) != 2 {
			t.Errorf("%d welcomes and %d questions wait; want 1 and, for two orders, 2", waiting(welcome), waiting(asks))
		}
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: gone.ID, List: l.ID, Source: "page"})) // by an old letter's link
		must(t, st.Subscribe(ctx, gone.ID, l.ID, audience.Confirmed, audience.Consent{Source: "page"}))
		rows, _, err := st.Deliveries(ctx, store.DeliveryQuery{Campaign: welcome.ID})
		if err != nil || len(rows) != 2 {
			t.Errorf("who came back is welcomed again: %d letters, %v", len(rows), err)
		}
		clock.Add(store.MergeUndo + time.Hour)
		if _, err := st.Unmerge(ctx, id); !fault.Is(err, fault.Conflict) {
			t.Errorf("undone after a month: %v", err)
		}
		if n, err := st.ForgetMerges(ctx); err != nil || n != 1 {
			t.Errorf("%d merges forgotten, %v", n, err)
		}
	})
}

func TestAMergeIsUndoneWithItsLetters(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 0)
		welcome := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { c.Trigger = campaigns.Trigger{On: "subscribed"} })
		must(t, st.Start(ctx, welcome.ID))
		keep, gone := storetest.Join(t, st, l.ID, "a@shop.test"), storetest.Join(t, st, l.ID, "b@shop.test")
		id, err := st.Merge(ctx, audience.Merge{Keep: keep.ID, Gone: gone.ID, Take: []string{"email"}})
		must(t, err)
		if p, err := st.Subscriber(ctx, keep.ID); err != nil || p.Email != "b@shop.test" {
			t.Errorf("%+v, %v", p, err)
		}
		_, err = st.Unmerge(ctx, id)
		must(t, err)
		runs, err := st.Runs(ctx, welcome.ID, 5)
		must(t, err)
		work, err := st.Lease(ctx, "me", 10)
		if err != nil || len(work) != 2 || work[0].Subscriber.Email == work[1].Subscriber.Email || runs[0].Skipped != 0 {
			t.Errorf("%d letters leave, %d are skipped, %v", len(work), runs[0].Skipped, err)
		}
		if _, err := st.Merge(ctx, audience.Merge{Keep: keep.ID, Gone: gone.ID}); !fault.Is(err, fault.Conflict) {
			t.Errorf("merged while letters leave: %v", err)
		}
		for _, bad := range []audience.Merge{{Keep: 1, Gone: 1}, {Keep: 1, Gone: 99}, {Keep: 99, Gone: 1}, {Keep: 1, Gone: 2, Take: []string{"password"}}} {
			if _, err := st.Merge(ctx, bad); err == nil {
				t.Errorf("%+v was merged", bad)
			}
		}
	})
}

func TestAnOldAddressLeadsToTheMergedPersonEverywhere(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 2)
		id, err := st.Merge(ctx, audience.Merge{Keep: 1, Gone: 2})
		must(t, err)
		buyer := audience.Subscriber{Email: "P2@shop.test", Lang: "en", Source: "order"}
		must(t, buyer.Validate())
		api := buyer
		api.LastName = "Petrova"
		row := audience.ImportRow{Line: 1, Subscriber: buyer}
		row.Subscriber.Zone = "Europe/Sofia"
		o := audience.Order{Number: "O-1", State: "paid", Currency: "EUR", TotalCents: 100, PlacedAt: tuesday, UpdatedAt: tuesday}
		must(t, st.RecordOrder(ctx, &buyer, &o))
		must(t, st.SaveSubscriber(ctx, &api))
		r, err := st.ImportBatch(ctx, []audience.ImportRow{row}, ledger.Batch{Source: "import:1"})
		if err != nil || r.New != 0 || r.Updated != 1 {
			t.Errorf("import: %+v, %v", r, err)
		}
		p, err := st.Subscriber(ctx, 1)
		n, err2 := st.CountSubscribers(ctx, store.SubscriberQuery{})
		if err != nil || err2 != nil || buyer.ID != 1 || api.ID != 1 || n != 1 || p.Email != "p1@shop.test" || p.LastName != "Petrova" || p.Zone != "Europe/Sofia" {
			t.Errorf("%d people, buyer %d, api %d, %+v, %v, %v", n, buyer.ID, api.ID, p, err, err2)
		}
		other := storetest.Join(t, st, l.ID, "p3@shop.test")
		other.Email, other.EmailNorm = "p2@shop.test", "p2@shop.test"
		if err := st.UpdateSubscriber(ctx, &other); err == nil {
			t.Error("an old address of one person became another's")
		}
		_, err = st.TakeReport(ctx, ledger.Report{Verdict: ledger.HardBounce, Email: "p2@shop.test", Source: "test", Key: "b"})
		must(t, err)
		if stand, err := st.Standings(ctx, []audience.Subscriber{p}); err != nil || stand[1].Suppressed != "" {
			t.Errorf("a bounce of the old address: %+v, %v", stand[1], err)
		}
		_, err = st.TakeReport(ctx, ledger.Report{Verdict: ledger.Complaint, Email: "p2@shop.test", Source: "test", Key: "c"})
		must(t, err)
		if stand, err := st.Standings(ctx, []audience.Subscriber{p}); err != nil || stand[1].Suppressed != audience.Complaint || stand[1].Lists[0].State != audience.Unsubscribed {
			t.Errorf("a complaint at the old address: %+v, %v", stand[1], err)
		}
		_, err = st.Unmerge(ctx, id)
		must(t, err)
		same(t, st)
	})
}

func TestWhoLeavesOrIsStoppedByAnOldAddressIsStopped(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		storetest.People(t, st, 4)
		for i, stop := range []func() error{func() error { return st.Suppress(ctx, "p2@shop.test", audience.Manual, "test") },
			func() error { return st.LeftElsewhere(ctx, 0, "p4@shop.test", "ses", tuesday.Add(time.Minute)) }} {
			keep := int64(2*i + 1)
			_, err := st.Merge(ctx, audience.Merge{Keep: keep, Gone: keep + 1})
			must(t, err)
			must(t, stop())
			p, err := st.Subscriber(ctx, keep)
			must(t, err)
			if stand, err := st.Standings(ctx, []audience.Subscriber{p}); err != nil || stand[keep].Suppressed == "" {
				t.Errorf("number %d: %+v, %v", keep, stand[keep], err)
			}
		}
	})
}
