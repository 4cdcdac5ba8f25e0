package store_test

import (
	"errors"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store/storetest"
)

// After a step of an import, done or not, what is written next waits for the disk again: a letter that was settled must not be forgotten.
func TestOnlyAnImportsStepsDoNotWaitForTheDisk(t *testing.T) {
	st := storetest.SQLite(t, nil)
	broken := ledger.Batch{Lease: ledger.Lease{Job: 1}, Settle: func(audience.ImportResult) (ledger.Progress, error) {
		return ledger.Progress{}, errors.New("no room")
	}}
	for _, b := range []ledger.Batch{importing(0), broken} {
		_, err := st.ImportBatch(t.Context(), []audience.ImportRow{line(t, 2, "a@shop.test", "", "")}, b)
		if (err != nil) != (b.Job == 1) {
			t.Errorf("the batch: %v", err)
		}
		if n, err := st.Number(t.Context(), `PRAGMA synchronous`); err != nil || n != 2 {
			t.Errorf("synchronous is %d, %v; want FULL, 2", n, err)
		}
	}
}
