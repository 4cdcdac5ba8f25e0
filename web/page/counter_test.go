package page_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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

// logged is what is written to the log until the test ends.
func logged(t *testing.T) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(was) })
	return &out
}

func TestAReaderWaitsASecondAtMostForADatabaseThatIsAway(t *testing.T) {
	out := logged(t)
	synctest.Test(t, func(t *testing.T) {
		back := make(chan struct{})
		c := page.NewCounter(func(context.Context, []store.Sighting) error { <-back; return nil })
		taken := 0
		for c.Add(t.Context(), store.Sighting{}) { // as much as it keeps
			taken++
			if taken%1000 == 0 {
				synctest.Wait()
			}
		}
		for range 50 {
			began := time.Now()
			if c.Add(t.Context(), store.Sighting{}) || time.Since(began) != time.Second {
				t.Fatalf("waited %v", time.Since(began))
			}
		}
		if got := strings.Count(out.String(), "not recorded"); got != 1 {
			t.Errorf("%d lines within a minute; want one:\n%s", got, out)
		}
		close(back)
		c.Flush()
		if !c.Add(t.Context(), store.Sighting{}) {
			t.Error("not taken though the database is back")
		}
		c.Close()
		if !strings.Contains(out.String(), "count=50") {
			t.Errorf("the log does not say how many are missing:\n%s", out)
		}
	})
}

func TestAStopDoesNotWaitForADatabaseThatIsAway(t *testing.T) {
	for name, write := range map[string]func(context.Context) error{
		"refuses": func(context.Context) error { return errors.New("away") },
		"hangs":   func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := page.NewCounter(func(ctx context.Context, _ []store.Sighting) error { return write(ctx) })
				c.Add(t.Context(), store.Sighting{})
				time.Sleep(2 * time.Second) // on the test's clock: it tries again and again
				c.Add(t.Context(), store.Sighting{})
				began := time.Now()
				c.Close()
				if took := time.Since(began); took > 11*time.Second {
					t.Errorf("the stop took %v", took)
				}
				if c.Add(t.Context(), store.Sighting{}) {
					t.Error("taken after the end")
				}
			})
		})
	}
}
