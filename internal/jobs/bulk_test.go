package jobs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// cuttingBulk ends its worker's context after some steps, as a stop does.
type cuttingBulk struct {
	*store.Store
	after int
	cut   func()
}

func (c *cuttingBulk) BulkStep(ctx context.Context, l ledger.Lease, b audience.Bulk, after int64, settle func(audience.BulkCounts, int64) ledger.Progress) (int64, error) {
	last, err := c.Store.BulkStep(ctx, l, b, after, settle)
	if c.after--; c.after == 0 {
		c.cut()
	}
	return last, err
}

// crowded is a database with so many people.
func crowded(t *testing.T, st *store.Store, n int) {
	t.Helper()
	var rows []audience.ImportRow
	for i := range n {
		p := audience.Subscriber{Email: fmt.Sprintf("p%d@shop.test", i)}
		must(t, p.Validate())
		rows = append(rows, audience.ImportRow{Line: i + 1, Subscriber: p})
	}
	_, err := st.ImportBatch(t.Context(), rows, ledger.Batch{Import: audience.Import{State: audience.Confirmed}})
	must(t, err)
}

func TestAJobInBulkGoesOnWhereItWasStoppedAndIsUndone(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		crowded(t, st, 1800)
		ctx, cut := context.WithCancel(t.Context())
		b := audience.Bulk{Do: audience.BulkSet, Attribute: "wave", Value: "one"}
		first := runner(&cuttingBulk{st, 2, cut}, t.TempDir())
		j := queue(t, st, first, ledger.BulkJob, "", b)
		_ = first.Drain(ctx, ledger.BulkJob) // says that it was stopped
		half, rep := report(t, st, j)
		if half.State != ledger.JobQueued || half.Done != 1000 || half.Total != 1800 || rep.Bulk.Changed != 1000 {
			t.Fatalf("stopped: %+v, %+v", half, rep.Bulk)
		}
		must(t, st.PauseJob(t.Context(), j.ID))
		must(t, runner(st, t.TempDir()).Drain(t.Context(), ledger.BulkJob))
		if half, _ = report(t, st, j); half.State != ledger.JobPaused || half.Done != 1000 {
			t.Errorf("paused: %+v", half)
		}
		must(t, st.ResumeJob(t.Context(), j.ID))
		must(t, runner(st, t.TempDir()).Drain(t.Context(), ledger.BulkJob))
		whole, rep := report(t, st, j)
		if whole.State != ledger.JobFinished || rep.Bulk.Changed != 1800 || rep.Bulk.Done() != 1800 {
			t.Fatalf("finished: %+v, %+v", whole, rep.Bulk)
		}
		if n, err := st.CountSubscribers(t.Context(), store.SubscriberQuery{Attribute: "wave", Value: "one"}); err != nil || n != 1800 {
			t.Errorf("%d have it, %v", n, err)
		}
		id, err := st.UndoJob(t.Context(), whole, fmt.Sprintf(`{"do":"undo","undoes":%d}`, j.ID))
		must(t, err)
		must(t, runner(st, t.TempDir()).Drain(t.Context(), ledger.BulkJob))
		undone, rep := report(t, st, ledger.Job{ID: id})
		if undone.State != ledger.JobFinished || undone.Total != 1800 || rep.Bulk.Changed != 1800 {
			t.Errorf("undone: %+v, %+v", undone, rep.Bulk)
		}
		if n, err := st.CountSubscribers(t.Context(), store.SubscriberQuery{Attribute: "wave"}); err != nil || n != 0 {
			t.Errorf("%d still have it, %v", n, err)
		}
	})
}

func TestADeletionOfManyWaitsAMinuteAndIsBounded(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		crowded(t, st, 45)
		data := t.TempDir()
		r := jobs.New(jobs.Options{Store: st, Data: data, Now: clock.Now, Say: func(_ string, err error) string { return err.Error() }})
		stopped := queue(t, st, r, ledger.BulkJob, "", audience.Bulk{Do: audience.BulkDelete})
		ctx, cut := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_ = r.Drain(ctx, ledger.BulkJob)
		cut()
		must(t, st.StopJob(t.Context(), stopped.ID))
		if n, err := st.CountSubscribers(t.Context(), store.SubscriberQuery{}); err != nil || n != 45 {
			t.Errorf("%d are left within the minute, %v", n, err)
		}
		j := queue(t, st, r, ledger.BulkJob, "", audience.Bulk{Do: audience.BulkDelete, Who: audience.Selection{Search: "p1"}})
		clock.Add(2 * ledger.BulkGrace)
		must(t, r.Drain(t.Context(), ledger.BulkJob))
		j, rep := report(t, st, j)
		if n, err := st.CountSubscribers(t.Context(), store.SubscriberQuery{}); err != nil || n != 34 || j.State != ledger.JobFinished || rep.Bulk.Changed != 11 {
			t.Errorf("%d are left, %v; %+v, %+v", n, err, j, rep.Bulk)
		}
	})
}
