package store_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/trial"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestDatabasesPutPeopleInTheOrderThatGoDoes(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		r := rand.New(rand.NewPCG(7, 19))
		for range 200 {
			subscriber, message, run := r.Int64N(1<<40), r.Int64N(1<<40), r.Int64N(1<<40)
			if run%3 == 0 {
				run = 0
			}
			got, err := st.OrderInSQL(t.Context(), subscriber, message, run)
			if want := trial.InRun(subscriber, message, run); err != nil || got != want {
				t.Fatalf("InRun(%d, %d, %d) is %d in Go and %d in the database, %v", subscriber, message, run, want, got, err)
			}
		}
	})
}

// divided is a planned campaign at noon of everybody's day, with a test whose winner was
// just chosen; n people wait for it.
func divided(t *testing.T, st *store.Store, people int) (campaigns.Campaign, ledger.Trial) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l := storetest.People(t, st, people)
	sofia := storetest.Join(t, st, l.ID, "sofia@shop.test")
	sofia.Zone = "Europe/Sofia"
	must(st.SaveSubscriber(t.Context(), &sofia))
	c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) {
		m := &c.Messages[0]
		_, err := m.AddVariant("a")
		must(err)
		at := tuesday
		m.LocalTime, c.Trigger = "12:00", campaigns.Trigger{At: &at, Zone: "UTC"}
	})
	must(st.Start(t.Context(), c.ID))
	c, err := st.Campaign(t.Context(), c.ID)
	must(err)
	_, planned, err := st.Plan(t.Context(), c, st.Now())
	if err != nil || !planned {
		t.Fatal(planned, err)
	}
	_, err = st.Advance(t.Context(), c, time.Time{})
	must(err)
	all, err := st.Trials(t.Context(), c.ID, 1)
	must(err)
	must(st.Choose(t.Context(), c.ID, all[0].ID, "b", "Maria"))
	return c, all[0]
}

func TestAReleaseThatStopsGoesOnWhereItStood(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		c, test := divided(t, st, 60)
		if more, err := st.ReleaseWinner(t.Context(), test.ID, 10); err != nil || !more {
			t.Fatal(more, err)
		}
		waiting := func() (n int) {
			t.Helper()
			rows, _, err := st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range rows {
				if d.TrialID != nil {
					n++
				}
			}
			return n
		}
		if n := waiting(); n != 51 {
			t.Errorf("%d of 61 are left after a step of 10; want 51", n)
		}
		if n, err := st.OpenTrialsOf(t.Context(), c.Messages[0].ID); err != nil || n != 1 {
			t.Errorf("half a release is over: %d, %v", n, err)
		}
		clock.Add(26 * time.Hour) // the process died here, and comes up the day after next
		other, err := store.Open(t.Context(), store.Options{DSN: storetest.DSN(st), Beside: true, Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		done := make(chan error, 2)
		for _, one := range []*store.Store{st, other} {
			go func() {
				for {
					more, err := one.ReleaseWinner(t.Context(), test.ID, 7)
					if err != nil || !more {
						done <- err
						return
					}
				}
			}()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		rows, _, err := st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, Limit: 1000})
		if err != nil || len(rows) != 61 {
			t.Fatal(len(rows), err)
		}
		due := map[time.Time]int{}
		for _, d := range rows {
			if d.Variant != "b" || d.TrialID != nil {
				t.Errorf("delivery %d has %q, %v", d.ID, d.Variant, d.TrialID)
			}
			due[d.DueAt.UTC()]++
		}
		if noon := tuesday.Add(2 * time.Hour); due[noon] != 60 || due[tuesday] != 1 { // of the day it was decided on, in either step
			t.Errorf("due: %v", due)
		}
		if open, err := st.OpenTrials(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("the test is not over: %+v, %v", open, err)
		}
	})
}

func TestATestWhoseMessageIsGoneIsClosed(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		c, test := divided(t, st, 20)
		if err := st.LoseMessage(t.Context(), test.ID); err != nil {
			t.Fatal(err)
		}
		if more, err := st.ReleaseWinner(t.Context(), test.ID, 10); err != nil || more {
			t.Errorf("more: %v, %v", more, err)
		}
		if open, err := st.OpenTrials(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("it is not over: %+v, %v", open, err)
		}
		rows, _, err := st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, State: ledger.Cancelled, Limit: 100})
		if err != nil || len(rows) != 21 {
			t.Errorf("%d of 21 are cancelled, %v", len(rows), err)
		}
	})
}
