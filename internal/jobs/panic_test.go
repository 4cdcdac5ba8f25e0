package jobs_test

import (
	"context"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// falling is a store that a bug is in.
type falling struct{ *store.Store }

func (falling) ImportBatch(context.Context, []audience.ImportRow, ledger.Batch) (audience.ImportResult, error) {
	panic("a bug")
}

func TestABugEndsItsJobAndNotTheProcess(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		r := runner(falling{st}, t.TempDir())
		j := queue(t, st, r, ledger.ImportJob, file(20), options(l.ID))
		must(t, r.Drain(t.Context(), ledger.ImportJob))
		if j, _ = report(t, st, j); j.State != ledger.JobFailed || j.Error == "" {
			t.Errorf("%s %q", j.State, j.Error)
		}
	})
}
