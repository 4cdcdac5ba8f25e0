package store_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// usual is the guard of an installation that nobody has configured.
var usual = ledger.Guard{After: 1000, Hard: 5, Complaints: 0.3}

// onGuard runs the test on every database, with a guard.
func onGuard(t *testing.T, g ledger.Guard, test func(t *testing.T, st *store.Store)) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		st.SetGuard(g)
		test(t, st)
	})
}

// halfSent has letters leave for some of a campaign's people, and not yet for the rest.
func halfSent(t *testing.T, st *store.Store, people, sent int) (campaigns.Campaign, []ledger.Work) {
	t.Helper()
	c, work := planned(t, st, "newsletter", people)
	for len(work) < sent {
		more, err := st.Lease(t.Context(), "me", sent-len(work))
		must(t, err)
		work = append(work, more...)
	}
	leave(t, st, work[:sent])
	return c, work[:sent]
}

func state(t *testing.T, st *store.Store, id int64) string {
	t.Helper()
	c, err := st.Campaign(t.Context(), id)
	must(t, err)
	return c.State
}

// until takes reports one by one and says how many it took until the campaign paused itself; 0 when it did not.
func until(t *testing.T, st *store.Store, work []ledger.Work, v ledger.Verdict) int {
	t.Helper()
	for i, w := range work {
		if take(t, st, report(w, v, fmt.Sprint(v, w.ID))).Paused != "" {
			return i + 1
		}
	}
	return 0
}

func guardAlerts(t *testing.T, st *store.Store, campaign int64) (n int) {
	t.Helper()
	all, err := st.Alerts(t.Context(), 100)
	must(t, err)
	for _, a := range all {
		if a.CampaignID == campaign && strings.HasPrefix(a.Text, "A campaign paused itself") {
			n++
		}
	}
	return n
}

func TestACampaignPausesWhenItsShareOfHardBouncesPasses(t *testing.T) {
	onGuard(t, ledger.Guard{After: 40, Hard: 60, Complaints: 0}, func(t *testing.T, st *store.Store) {
		c, work := halfSent(t, st, 120, 100)
		if n := until(t, st, work, ledger.HardBounce); n != 61 { // of 100: 60 % is not more than 60 %
			t.Errorf("paused by bounce %d; want 61", n)
		}
		if state(t, st, c.ID) != campaigns.Paused || guardAlerts(t, st, c.ID) != 1 {
			t.Errorf("state %s, %d alerts", state(t, st, c.ID), guardAlerts(t, st, c.ID))
		}
		runs, err := st.Runs(t.Context(), c.ID, 1)
		must(t, err)
		if runs[0].By != ledger.ByHard || runs[0].HardShare() != 61 {
			t.Errorf("run %+v", runs[0])
		}
		if left, err := st.Lease(t.Context(), "me", 100); err != nil || len(left) != 0 {
			t.Errorf("%d letters are leased of a paused campaign: %v", len(left), err)
		}
		until(t, st, work[61:], ledger.HardBounce)
		if guardAlerts(t, st, c.ID) != 1 {
			t.Errorf("%d alerts", guardAlerts(t, st, c.ID))
		}
	})
}

func TestASmallRunIsPausedByItsFifthComplaint(t *testing.T) {
	onGuard(t, usual, func(t *testing.T, st *store.Store) {
		c, work := halfSent(t, st, 30, 20)
		if n := until(t, st, work, ledger.Complaint); n != ledger.ComplaintFloor || state(t, st, c.ID) != campaigns.Paused {
			t.Errorf("paused by complaint %d, state %s", n, state(t, st, c.ID))
		}
	})
}

func TestASmallRunIsPausedByItsFiftiethHardBounce(t *testing.T) {
	onGuard(t, usual, func(t *testing.T, st *store.Store) {
		c, work := halfSent(t, st, 70, 60)
		if n := until(t, st, work, ledger.HardBounce); n != ledger.HardFloor || state(t, st, c.ID) != campaigns.Paused {
			t.Errorf("paused by bounce %d, state %s", n, state(t, st, c.ID))
		}
	})
}

func TestSoftBouncesAndAGuardTurnedOffPauseNothing(t *testing.T) {
	onGuard(t, ledger.Guard{After: 10}, func(t *testing.T, st *store.Store) {
		c, work := halfSent(t, st, 30, 20)
		until(t, st, work, ledger.HardBounce)
		until(t, st, work, ledger.Complaint)
		if state(t, st, c.ID) != campaigns.Running {
			t.Errorf("state %s", state(t, st, c.ID))
		}
	})
	onGuard(t, ledger.Guard{After: 10, Hard: 5, Complaints: 0.3}, func(t *testing.T, st *store.Store) {
		c, work := halfSent(t, st, 30, 20)
		until(t, st, work, ledger.SoftBounce)
		if state(t, st, c.ID) != campaigns.Running {
			t.Errorf("state %s", state(t, st, c.ID))
		}
	})
}

func TestARefusalAtTheHandOverCountsForTheGuard(t *testing.T) {
	onGuard(t, ledger.Guard{After: 10, Hard: 5}, func(t *testing.T, st *store.Store) {
		c, work := planned(t, st, "newsletter", 40)
		var ids []int64
		var out []ledger.Outcome
		for _, w := range work[:20] {
			ids, out = append(ids, w.ID), append(out, ledger.Outcome{DeliveryID: w.ID, State: ledger.Failed, Reason: "the mail server refused the letter", Reply: "550 5.1.1"})
		}
		_, err := st.Record(t.Context(), "me", ids, nil)
		must(t, err)
		_, err = st.Record(t.Context(), "me", nil, out)
		must(t, err)
		got := take(t, st, ledger.Report{Verdict: ledger.HardBounce, Delivery: work[0].ID, Status: "5.1.1", Source: "sending", Key: "1"})
		if got.Paused != "" { // one of 20 is 5 %
			t.Error("paused at the limit, not above it")
		}
		got = take(t, st, ledger.Report{Verdict: ledger.HardBounce, Delivery: work[1].ID, Status: "5.1.1", Source: "sending", Key: "2"})
		if got.Paused != ledger.ByHard || state(t, st, c.ID) != campaigns.Paused {
			t.Errorf("%+v, state %s", got, state(t, st, c.ID))
		}
	})
}

func TestResumedAnywayItPausesAgainWhenTheShareHasGrownByHalf(t *testing.T) {
	onGuard(t, ledger.Guard{After: 10, Hard: 5}, func(t *testing.T, st *store.Store) {
		c, work := halfSent(t, st, 120, 100)
		if n := until(t, st, work, ledger.HardBounce); n != 6 {
			t.Fatalf("paused by bounce %d; want 6", n)
		}
		must(t, st.ResumeBy(t.Context(), c.ID, 7))
		if n := until(t, st, work[6:], ledger.HardBounce); n != 3 { // 9 % is half as much again as 6 %
			t.Errorf("paused again by bounce %d after; want 3", n)
		}
		if guardAlerts(t, st, c.ID) != 2 || state(t, st, c.ID) != campaigns.Paused {
			t.Errorf("%d alerts, state %s", guardAlerts(t, st, c.ID), state(t, st, c.ID))
		}
	})
}

func TestAPauseByHandIsNotTheGuards(t *testing.T) {
	onGuard(t, ledger.Guard{After: 10, Hard: 5}, func(t *testing.T, st *store.Store) {
		c, work := halfSent(t, st, 60, 50)
		must(t, st.Pause(t.Context(), c.ID))
		if n := until(t, st, work[:10], ledger.HardBounce); n != 0 || guardAlerts(t, st, c.ID) != 0 {
			t.Errorf("the guard paused what was paused: bounce %d, %d alerts", n, guardAlerts(t, st, c.ID))
		}
		must(t, st.Resume(t.Context(), c.ID))
		if n := until(t, st, work[10:], ledger.HardBounce); n != 1 {
			t.Errorf("after that it paused by bounce %d; want the next one", n)
		}
	})
}

func TestReportsAtOncePauseOnce(t *testing.T) {
	onGuard(t, ledger.Guard{After: 10, Hard: 5}, func(t *testing.T, st *store.Store) {
		c, work := halfSent(t, st, 60, 40)
		var all sync.WaitGroup
		for _, w := range work {
			all.Go(func() { st.TakeReport(t.Context(), report(w, ledger.HardBounce, fmt.Sprint(w.ID))) })
		}
		all.Wait()
		if n := counts(t, st, c.ID); n.HardBounced != 40 || guardAlerts(t, st, c.ID) != 1 || state(t, st, c.ID) != campaigns.Paused {
			t.Errorf("counted %d, %d alerts, state %s", n.HardBounced, guardAlerts(t, st, c.ID), state(t, st, c.ID))
		}
	})
}

func TestCallsThatCouldNotBeVerifiedAreCountedForADay(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		count := func(n int, why string, want int) {
			t.Helper()
			must(t, st.Refused(t.Context(), "ses", n, why))
			ways, err := st.Intakes(t.Context())
			must(t, err)
			if w := ways["ses"]; w.Refused != want || w.RefusedWhy != why || !w.RefusedAt.Equal(clock.Now()) || !w.Well() || w.HeardAt != nil {
				t.Errorf("%+v, want %d", w, want)
			}
		}
		count(1, "forged", 1)
		count(11, "unnamed", 12)
		clock.Add(23 * time.Hour)
		count(1, "forged", 13)
		clock.Add(25 * time.Hour)
		count(2, "forged", 2)
		must(t, st.Heard(t.Context(), "ses"))
		must(t, st.Refused(t.Context(), "ses", 1, "forged"))
	})
}

func TestATokenIsSpentOnceUntilItsTimeIsOver(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		spend := func(token string, want bool) {
			t.Helper()
			if got, err := st.SpendToken(t.Context(), "mailgun", token, clock.Now().Add(time.Minute)); err != nil || got != want {
				t.Errorf("%s: %t, %v", token, got, err)
			}
		}
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				got, err := st.SpendToken(t.Context(), "mailgun", "a", tuesday.Add(time.Minute))
				if err != nil {
					t.Error(err)
				}
				if got {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d spent the same token", won.Load())
		}
		must(t, st.ReturnToken(t.Context(), "mailgun", "a"))
		spend("a", true)
		spend("b", true)
		must(t, st.KeepToken(t.Context(), "mailgun", "a", tuesday.Add(9*time.Hour)))
		clock.Add(2 * time.Minute)
		spend("b", true) // whoever had it ended before the work was done
		clock.Add(2 * time.Minute)
		must(t, st.SweepTokens(t.Context()))
		spend("a", false)
		clock.Set(tuesday.Add(10 * time.Hour))
		must(t, st.SweepTokens(t.Context()))
		must(t, st.KeepToken(t.Context(), "mailgun", "a", clock.Now().Add(time.Hour))) // gone: nothing to keep
		spend("a", true)
	})
}

func TestWaysOfReportsAreKnownByTheirLastSign(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		_, work := sentTo(t, st, 2)
		must(t, st.Hindered(t.Context(), "mailbox", "mailbox: connection refused"))
		ways, err := st.Intakes(t.Context())
		must(t, err)
		if w := ways["mailbox"]; w.Well() || w.Trouble != "mailbox: connection refused" || w.HeardAt != nil || w.ReportAt != nil {
			t.Errorf("%+v", w)
		}
		clock.Add(60e9)
		must(t, st.Heard(t.Context(), "mailbox"))
		take(t, st, report(work[0], ledger.HardBounce, "k"))
		ways, err = st.Intakes(t.Context())
		must(t, err)
		if w := ways["mailbox"]; !w.Well() || w.HeardAt == nil || w.ReportAt == nil || !w.ReportAt.Equal(clock.Now()) {
			t.Errorf("%+v", w)
		}
		rows, err := st.LastReports(t.Context(), 10)
		must(t, err)
		if len(rows) != 1 || rows[0].Words != "550 says the server" || rows[0].Email != work[0].Subscriber.Email || rows[0].Campaign == "" {
			t.Errorf("%+v", rows)
		}
	})
}
