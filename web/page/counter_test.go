package page_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/web/page"
)

func TestACounterWritesAllItTookInFewTransactions(t *testing.T) {
	var written, commits atomic.Int64
	c := page.NewCounter(func(_ context.Context, list []store.Sighting) error {
		written.Add(int64(len(list)))
		commits.Add(1)
		return nil
	})
	for i := range int64(10_000) {
		if !c.Add(t.Context(), store.Sighting{Activity: ledger.Activity{DeliveryID: i}}) {
			t.Fatal("not taken")
		}
	}
	c.Close()
	if written.Load() != 10_000 || commits.Load() > 100 {
		t.Errorf("%d written in %d transactions", written.Load(), commits.Load())
	}
	if c.Add(t.Context(), store.Sighting{}) {
		t.Error("taken after the end")
	}
}

func TestACounterTriesAgain(t *testing.T) {
	var tries atomic.Int64
	c := page.NewCounter(func(context.Context, []store.Sighting) error {
		if tries.Add(1) == 1 {
			return errors.New("disk full")
		}
		return nil
	})
	c.Add(t.Context(), store.Sighting{})
	c.Flush()
	if tries.Load() != 2 {
		t.Errorf("%d tries; want 2", tries.Load())
	}
}
