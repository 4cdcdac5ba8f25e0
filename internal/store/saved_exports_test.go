package store_test

import (
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

func daily(t *testing.T, st *store.Store) campaigns.SavedExport {
	t.Helper()
	one := campaigns.SavedExport{Name: "Everybody, daily", Cron: "30 6 * * *", Zone: "Europe/Sofia", Export: audience.Export{Fields: []string{"email"}, Form: audience.Raw},
		To: campaigns.Destination{Kind: campaigns.ToSFTP, Host: "sftp.example.org", Username: "shop", HostKey: "ssh-ed25519 AAAA", Secret: "v1.sealed", Folder: "in"}}
	must(t, one.Validate())
	must(t, st.SaveExport(t.Context(), &one))
	return one
}

func TestASavedExportRunsOnceWhenItIsDueWhoeverAsks(t *testing.T) {
	clock := storetest.NewClock(tuesday) // 10:00 UTC
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		one := daily(t, st)
		first := time.Date(2026, 11, 18, 4, 30, 0, 0, time.UTC)
		if one.NextRunAt == nil || !one.NextRunAt.Equal(first) || one.To.Secret != "v1.sealed" {
			t.Fatalf("%+v", one)
		}
		plan := func() int {
			var planned atomic.Int64
			var work sync.WaitGroup
			for range 4 {
				work.Go(func() {
					n, err := st.PlanExports(ctx)
					if err != nil {
						t.Error(err)
					}
					planned.Add(int64(n))
				})
			}
			work.Wait()
			return int(planned.Load())
		}
		if n := plan(); n != 0 {
			t.Errorf("%d runs before it is due", n)
		}
		clock.Set(first.Add(50 * time.Hour)) // two more moments passed: they are caught up once
		if n := plan(); n != 1 {
			t.Errorf("%d runs when it is due; want one", n)
		}
		one, err := st.SavedExport(ctx, one.ID)
		must(t, err)
		j, err := st.Job(ctx, one.LastJobID)
		if err != nil || !one.NextRunAt.Equal(time.Date(2026, 11, 21, 4, 30, 0, 0, time.UTC)) || j.Kind != ledger.ExportJob || j.State != ledger.JobQueued {
			t.Errorf("%+v, next %v, %v", j, one.NextRunAt, err)
		}
		if _, err := st.RunSavedExport(ctx, one.ID, 1); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second run beside the first: %v", err)
		}
		clock.Set(one.NextRunAt.Add(time.Minute))
		if n := plan(); n != 0 {
			t.Errorf("%d runs while the last one is under way", n)
		}
		must(t, st.StopJob(ctx, one.LastJobID))
		clock.Add(24 * time.Hour)
		if n := plan(); n != 1 {
			t.Errorf("%d runs after the last one is over", n)
		}
	})
}

func TestPausingAnExportLeavesWhereItGoesToWhoMaySaySo(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		one := daily(t, st)
		var work sync.WaitGroup
		for i := range 20 {
			owner := one
			owner.To.Folder, owner.To.Secret = "new", fmt.Sprintf("v1.%d", i)
			work.Go(func() {
				if err := st.PauseSavedExport(ctx, one.ID, true); err != nil {
					t.Error(err)
				}
			})
			must(t, st.SaveExport(ctx, &owner))
			work.Wait()
			if got, err := st.SavedExport(ctx, one.ID); err != nil || got.To.Folder != "new" || got.To.Secret != fmt.Sprintf("v1.%d", i) {
				t.Fatalf("a pause brought back %+v, %v", got.To, err)
			}
		}
	})
}

func TestAPausedOrDeletedExportWaits(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		one := daily(t, st)
		must(t, st.PauseSavedExport(ctx, one.ID, true))
		clock.Add(48 * time.Hour)
		if n, err := st.PlanExports(ctx); n != 0 || err != nil {
			t.Errorf("a paused one ran: %d, %v", n, err)
		}
		must(t, st.PauseSavedExport(ctx, one.ID, false))
		if n, err := st.PlanExports(ctx); n != 0 || err != nil {
			t.Errorf("what passed in the pause was caught up: %d, %v", n, err)
		}
		must(t, st.DeleteSavedExport(ctx, one.ID))
		clock.Add(48 * time.Hour)
		if n, err := st.PlanExports(ctx); n != 0 || err != nil {
			t.Errorf("a deleted one ran: %d, %v", n, err)
		}
		if _, err := st.SavedExport(ctx, one.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a deleted one is there: %v", err)
		}
		must(t, st.RestoreSavedExport(ctx, one.ID))
		one, err := st.SavedExport(ctx, one.ID)
		if err != nil || one.NextRunAt == nil || !one.NextRunAt.After(clock.Now()) {
			t.Errorf("brought back: %+v, %v", one, err)
		}
		job, err := st.RunSavedExport(ctx, one.ID, 7)
		j, err2 := st.Job(ctx, job)
		if err != nil || err2 != nil || j.UserID != 7 {
			t.Errorf("by hand: %+v, %v, %v", j, err, err2)
		}
		all, err := st.SavedExports(ctx)
		if err != nil || len(all) != 1 || all[0].LastJobID != job || all[0].Export.Saved != one.ID {
			t.Errorf("%+v, %v", all, err)
		}
	})
}
