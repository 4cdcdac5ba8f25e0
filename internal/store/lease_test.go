package store_test

import (
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// A lease lasts as long as a letter of it is held, and not longer: not one settled letter may
// end it, and a campaign of a million letters leaves no leases behind.
func TestALeaseEndsWithItsLastLetter(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		work := leaseThree(t, st)
		leases := func(want int) {
			t.Helper()
			if n, err := st.Leases(ctx); err != nil || n != want {
				t.Errorf("%d leases, %v; want %d", n, err, want)
			}
		}
		sent := func(i int) ledger.Outcome {
			return ledger.Outcome{DeliveryID: work[i].ID, State: ledger.Sent, Reply: "250 ok"}
		}
		record := func(begin []int64, out ...ledger.Outcome) {
			t.Helper()
			_, err := st.Record(ctx, "me", begin, out)
			must(t, err)
		}
		record([]int64{work[0].ID, work[1].ID})
		record(nil, sent(0), sent(0), ledger.Outcome{DeliveryID: work[2].ID, State: ledger.Queued, DueAt: tuesday.Add(time.Hour), Untried: true})
		record(nil, sent(0)) // told twice, counted once
		leases(1)
		unsure, err := st.RecoverAll(ctx) // as after a kill
		if err != nil || unsure != 1 {
			t.Errorf("unsure %d, %v; want the one that was being handed over", unsure, err)
		}
		leases(0)
		clock.Add(2 * time.Hour)
		again, err := st.Lease(ctx, "me", 10)
		if err != nil || len(again) != 1 {
			t.Fatalf("%d leased again, %v; want 1", len(again), err)
		}
		record([]int64{again[0].ID})
		record(nil, ledger.Outcome{DeliveryID: again[0].ID, State: ledger.Sent, Reply: "250 ok"})
		record(nil)
		leases(0)
	})
}

func leaseThree(t *testing.T, st *store.Store) []ledger.Work {
	t.Helper()
	ctx := t.Context()
	l := storetest.People(t, st, 3)
	c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { now(t, c) })
	must(t, st.Start(ctx, c.ID))
	_, _, err := st.Plan(ctx, c, tuesday)
	must(t, err)
	work, err := st.Lease(ctx, "me", 10)
	if err != nil || len(work) != 3 {
		t.Fatalf("leased %d, %v; want 3", len(work), err)
	}
	return work
}

// A process can come to hold a letter twice, when its lease ran out beside it. Who is refused
// the begin does not take the letter from who has begun it.
func TestARefusedBeginLeavesTheLetterToWhoHasIt(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		work := leaseThree(t, st)
		for range 2 {
			_, err := st.Record(t.Context(), "me", []int64{work[0].ID}, nil)
			must(t, err)
		}
		refused := ledger.Outcome{State: ledger.Queued, DueAt: tuesday, Untried: true, Unbegun: true}
		for i, want := range []ledger.State{ledger.Sending, ledger.Queued} {
			refused.DeliveryID = work[i].ID
			_, err := st.Record(t.Context(), "me", nil, []ledger.Outcome{refused})
			must(t, err)
			if got, err := st.Work(t.Context(), work[i].ID); err != nil || got.State != want {
				t.Errorf("letter %d is %s, %v; want %s", i+1, got.State, err, want)
			}
		}
	})
}
