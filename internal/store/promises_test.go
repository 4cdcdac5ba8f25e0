package store_test

import (
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// planned starts a campaign of the kind for a new list and plans its run.
func planned(t *testing.T, st *store.Store, kind string, people int) (campaigns.Campaign, []ledger.Work) {
	t.Helper()
	l := storetest.People(t, st, people)
	c := storetest.Campaign(t, st, kind, l.ID, func(c *campaigns.Campaign) {
		now(t, c)
		if kind == "gift" {
			must(t, c.Keep(&campaigns.Gift{Reward: "tea"}))
		}
	})
	must(t, st.Start(t.Context(), c.ID))
	c, err := st.Campaign(t.Context(), c.ID)
	must(t, err)
	_, ok, err := st.Plan(t.Context(), c, tuesday)
	if err != nil || !ok {
		t.Fatalf("planned %v, %v", ok, err)
	}
	work, err := st.Lease(t.Context(), "me", 100)
	must(t, err)
	return c, work
}

func TestACodeThatMayHaveBeenSeenIsNeverGivenAgain(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c, work := planned(t, st, "gift", 1)
		_, err := st.AddCodes(ctx, c.ID, []string{"ONE"})
		must(t, err)
		w := work[0]
		_, err = st.Reserve(ctx, c.ID, w.SubscriberID, w.EnrolmentID, time.Time{})
		must(t, err)
		_, err = st.Record(ctx, "me", []int64{w.ID}, nil)
		must(t, err)
		_, err = st.Record(ctx, "me", nil, []ledger.Outcome{{DeliveryID: w.ID, State: ledger.Unsure}})
		must(t, err)
		must(t, st.Cancel(ctx, c.ID)) // the reminder is cancelled; the first letter may be in a mailbox
		if got, err := st.Stock(ctx, c.ID); err != nil || got.Free != 0 || got.Issued != 1 {
			t.Errorf("stock %+v, %v; want the code kept", got, err)
		}
	})
}

func TestACodeNobodySawGoesBack(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c, work := planned(t, st, "gift", 1)
		_, err := st.AddCodes(ctx, c.ID, []string{"ONE"})
		must(t, err)
		w := work[0]
		_, err = st.Reserve(ctx, c.ID, w.SubscriberID, w.EnrolmentID, time.Time{})
		must(t, err)
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: w.SubscriberID, List: c.Audience.Lists[0], Source: "page"}))
		if got, err := st.Stock(ctx, c.ID); err != nil || got.Free != 1 {
			t.Errorf("stock %+v, %v; want the code back", got, err)
		}
		_, err = st.Record(ctx, "stranger", nil, []ledger.Outcome{{DeliveryID: w.ID, State: ledger.Sent}})
		must(t, err)
		if got, err := st.Stock(ctx, c.ID); err != nil || got.Free != 1 {
			t.Errorf("after a stranger's word the stock is %+v, %v", got, err)
		}
	})
}

func TestWhatWasTakenBackIsNotPlanned(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 2)
		c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { now(t, c) })
		must(t, st.Start(ctx, c.ID))
		read, err := st.Campaign(ctx, c.ID)
		must(t, err)
		must(t, st.Unschedule(ctx, c.ID))
		if _, ok, err := st.Plan(ctx, read, tuesday); ok || err != nil {
			t.Errorf("planned %v, %v; want nothing", ok, err)
		}
		if runs, err := st.Runs(ctx, c.ID, 5); err != nil || len(runs) != 0 {
			t.Errorf("%d runs, %v", len(runs), err)
		}
	})
}

func TestAnEventsKeyIsOnePersons(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := storetest.Campaign(t, st, "newsletter", 0, func(c *campaigns.Campaign) {
			c.Audience.Lists, c.Trigger = nil, campaigns.Trigger{On: "birthday"}
		})
		must(t, st.Start(ctx, c.ID))
		for _, email := range []string{"a@shop.test", "b@shop.test", "a@shop.test"} {
			p := audience.Subscriber{Email: email, Source: "api"}
			must(t, p.Validate())
			must(t, st.RecordEvent(ctx, &p, audience.Event{Name: "birthday", Key: "2026", At: tuesday}))
		}
		totals, err := st.Totals(ctx, c.ID)
		if got := totals[c.ID].Planned; err != nil || got != 2 {
			t.Errorf("%d letters owed, %v; want one each", got, err)
		}
	})
}

func TestAComplaintWeighsMoreThanLeaving(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 0)
		p := storetest.Join(t, st, l.ID, "a@shop.test")
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: p.ID, Source: "page"}))
		must(t, st.Suppress(ctx, p.Email, audience.Complaint, "arf"))
		must(t, st.Subscribe(ctx, p.ID, l.ID, audience.Confirmed, audience.Consent{Source: "form"}))
		if s, err := st.Suppression(ctx, p.Email); err != nil || s.Reason != audience.Complaint {
			t.Errorf("suppression %+v, %v; want the complaint", s, err)
		}
	})
}

func TestTheServersOwnTroubleCostsNoTry(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		_, work := planned(t, st, "newsletter", 1)
		for range 3 {
			_, err := st.Record(ctx, "me", []int64{work[0].ID}, nil)
			must(t, err)
			_, err = st.Record(ctx, "me", nil, []ledger.Outcome{{DeliveryID: work[0].ID, State: ledger.Queued, DueAt: tuesday, Untried: true}})
			must(t, err)
			work, err = st.Lease(ctx, "me", 1)
			if err != nil || len(work) != 1 || work[0].Attempts != 0 {
				t.Fatalf("leased %+v, %v; want one without a try", work, err)
			}
		}
	})
}
