package store_test

import (
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/sending"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func relay() sending.Transport {
	return sending.Transport{Name: "Relay", Host: "smtp.tea.test", Port: 587, TLS: "starttls", Username: "tea", Password: "sealed", HELO: "tea.test", Connections: 5,
		PerConnection: 100, TimeoutSeconds: 60, Weight: 2, Priority: 1, Enabled: true, Rates: sending.Rates{PerSecond: 2.5, PerHour: 1000}, WarmUp: "50 100", FirstDay: "2026-11-17"}
}

func TestATransportIsKeptAsItWasMade(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		tr := relay()
		must(t, st.SaveTransport(ctx, &tr))
		if got, err := st.Transport(ctx, tr.ID); err != nil || got != tr || tr.ID == 0 {
			t.Errorf("kept %+v, %v; want %+v", got, err, tr)
		}
		tr.Weight, tr.PerHour = 7, 0
		must(t, st.SaveTransport(ctx, &tr))
		must(t, st.EnableTransport(ctx, tr.ID, false))
		tr.Enabled = false
		if all, err := st.Transports(ctx); err != nil || len(all) != 1 || all[0] != tr {
			t.Errorf("all %+v, %v; want %+v", all, err, tr)
		}
		must(t, st.DeleteTransport(ctx, tr.ID))
		if _, err := st.Transport(ctx, tr.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a deleted one: %v", err)
		}
		must(t, st.RestoreTransport(ctx, tr.ID))
		if v, err := st.SendingVersion(ctx); err != nil || v != 5 {
			t.Errorf("version %d, %v after five changes", v, err)
		}
	})
}

func TestALimitIsOneForEachDomain(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		first := sending.Rule{Scope: sending.ScopeDomain, Name: "shop.test", Rates: sending.Rates{PerMinute: 60}}
		again := sending.Rule{Scope: sending.ScopeDomain, Name: "shop.test", Rates: sending.Rates{PerSecond: 0.5}}
		must(t, st.SaveLimit(ctx, &first))
		must(t, st.SaveLimit(ctx, &again))
		if all, err := st.Limits(ctx); err != nil || len(all) != 1 || all[0] != again || first.ID != again.ID {
			t.Errorf("limits %+v, %v; want %+v", all, err, again)
		}
		must(t, st.DeleteLimit(ctx, again.ID))
		if all, err := st.Limits(ctx); err != nil || len(all) != 0 {
			t.Errorf("after deleting %+v, %v", all, err)
		}
		must(t, st.RestoreLimit(ctx, again.ID))
		if err := st.DeleteLimit(ctx, 99); !fault.Is(err, fault.NotFound) {
			t.Errorf("a limit that is not: %v", err)
		}
	})
}

func TestHealthIsWrittenDownForOtherProcesses(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		var h sending.Health
		for range 3 {
			h.Failed(tuesday, "connection refused")
		}
		must(t, st.SaveHealth(t.Context(), 3, h))
		must(t, st.SaveHealth(t.Context(), 3, h))
		ill, err := st.IllTransports(t.Context())
		if err != nil || ill[3].Why != "connection refused" || !ill[3].Since.Equal(tuesday) || !ill[3].TrialAt.Equal(h.Trial) {
			t.Errorf("ill %+v, %v", ill, err)
		}
		h.Worked()
		must(t, st.SaveHealth(t.Context(), 3, h))
		if ill, err := st.IllTransports(t.Context()); err != nil || len(ill) != 0 {
			t.Errorf("well again: %+v, %v", ill, err)
		}
	})
}

// handles opens three stores on one database, as three processes would.
func handles(t *testing.T, clock *storetest.Clock, test func(t *testing.T, all []*store.Store)) {
	open := func(t *testing.T, dsn string) (all []*store.Store) {
		for i := range 3 {
			st, err := store.Open(t.Context(), store.Options{DSN: dsn, Now: clock.Now, Beside: i > 0})
			must(t, err)
			t.Cleanup(func() { st.Close() })
			all = append(all, st)
		}
		return all
	}
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, filepath.Join(t.TempDir(), "keepsake.db"))) })
	if dsn := os.Getenv("KEEPSAKE_TEST_POSTGRES"); dsn != "" {
		t.Run("postgres", func(t *testing.T) { test(t, open(t, storetest.PostgresDSN(t, dsn))) })
	}
}

func TestThreeProcessesKeepOnePace(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	handles(t, clock, func(t *testing.T, all []*store.Store) {
		clock.Set(tuesday)
		pace := sending.Rates{PerMinute: 60}.Pace()
		held := make([]sending.Slots, len(all))
		sent := make([]int, len(all))
		const look = 700 * time.Millisecond
		for range 10 * time.Minute / look {
			var wg sync.WaitGroup
			for i, st := range all {
				wg.Go(func() {
					for !pace.Ready(&held[i], clock.Now()) {
						got, _, _, err := st.TakeSlots(t.Context(), "domain:shop.test:pace", pace)
						if err != nil {
							t.Error(err)
						}
						if held[i] = got; got.N == 0 {
							return
						}
					}
					pace.Take(&held[i])
					sent[i]++
				})
			}
			wg.Wait()
			clock.Add(look)
		}
		if total := sent[0] + sent[1] + sent[2]; math.Abs(float64(total)-600) > 30 {
			t.Errorf("%v letters in ten minutes; want 600 ± 5 %%", sent)
		}
	})
}

func TestThreeProcessesNeverExceedAQuota(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	handles(t, clock, func(t *testing.T, all []*store.Store) {
		quota := sending.Rates{PerDay: 777}.Quotas()[0]
		taken := make([]int64, len(all))
		var wg sync.WaitGroup
		for i, st := range all {
			wg.Go(func() {
				for {
					p, _, err := st.TakePart(t.Context(), "all:day", quota)
					if err != nil {
						t.Error(err)
					}
					if p.N == 0 {
						return
					}
					taken[i] += p.N
				}
			})
		}
		wg.Wait()
		if total := taken[0] + taken[1] + taken[2]; total != 777 {
			t.Errorf("%v letters in a day; want 777", taken)
		}
		if used, err := all[0].Used(t.Context(), []string{"all:day", "nothing"}); err != nil || used["all:day"] != 777 || len(used) != 1 {
			t.Errorf("used %v, %v", used, err)
		}
		clock.Add(100 * time.Hour)
		must(t, all[0].ForgetAllowances(t.Context()))
		if used, err := all[0].Used(t.Context(), []string{"all:day"}); err != nil || len(used) != 0 {
			t.Errorf("after four days %v, %v", used, err)
		}
	})
}

func TestWhatWaitsForALimitAsksAgainWhenItIsWoken(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		_, works := planned(t, st, "newsletter", 4)
		for i, wait := range []struct {
			reason string
			by     time.Duration
		}{{"a limit", 30 * time.Second}, {"a limit", time.Hour}, {"greylisted", 30 * time.Second}, {"a limit", 0}} {
			_, err := st.Record(ctx, "me", nil, []ledger.Outcome{{DeliveryID: works[i].ID, State: ledger.Queued, Reason: wait.reason, DueAt: tuesday.Add(wait.by), Untried: true}})
			must(t, err)
		}
		for _, step := range []struct {
			by   time.Duration
			want int64
		}{{time.Minute, 1}, {time.Minute, 0}, {24 * time.Hour, 1}} {
			if n, err := st.Wake(ctx, "a limit", tuesday.Add(step.by)); err != nil || n != step.want {
				t.Errorf("by %s: %d letters, %v; want %d", step.by, n, err, step.want)
			}
		}
		if due, err := st.Lease(ctx, "two", 10); err != nil || len(due) != 3 {
			t.Errorf("%d letters are due, %v; want those that waited for the limit", len(due), err)
		}
	})
}
