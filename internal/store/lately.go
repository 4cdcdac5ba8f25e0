package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"keepsake/campaigns/ledger"
)

// manyRows is from how many rows on a page's figures are kept for keptLately: fewer are counted
// at each look, which costs a few milliseconds.
var manyRows int64 = 10_000

const (
	keptLately = 30 * time.Second
	mostLately = 500 // figures that are kept
)

// figures are counts of many rows that several looks within a short while share.
type figures struct {
	mu   sync.Mutex
	kept map[any]*figure
}

type figure struct {
	turn  chan struct{} // full while it is counted: whoever asks meanwhile waits for it
	at    time.Time     // when it was counted; zero when it is to be
	late  time.Time     // when it was last not counted in time
	value any
}

func (f *figures) of(key any) *figure {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil || len(f.kept) >= mostLately {
		f.kept = map[any]*figure{}
	}
	one := f.kept[key]
	if one == nil {
		one = &figure{turn: make(chan struct{}, 1)}
		f.kept[key] = one
	}
	return one
}

// lastJobs tells when jobs that change many people last ended: what was counted before is old.
func (s *Store) lastJobs(ctx context.Context) (at string, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT COALESCE(CAST(MAX(finished_at) AS TEXT), '') FROM (SELECT finished_at FROM jobs WHERE kind IN ? ORDER BY id DESC LIMIT 100) x`,
		[]string{ledger.ImportJob, ledger.BulkJob}).Scan(&at).Error
	if err != nil {
		return "", fmt.Errorf("jobs that ended: %w", err)
	}
	return at, nil
}

// lately counts, or answers with what was counted of many rows a short while ago. The key is
// of a type of its own; count also tells how many rows it took in. What was not counted by the deadline of ctx is not tried
// again for a while but without one.
func lately[T any](ctx context.Context, s *Store, key any, count func() (T, int64, error)) (value T, err error) {
	one := s.figures.of(key)
	select {
	case one.turn <- struct{}{}:
		defer func() { <-one.turn }()
	case <-ctx.Done():
		return value, ctx.Err()
	}
	now := s.now()
	if age := now.Sub(one.at); one.value != nil && age >= 0 && age < keptLately {
		return one.value.(T), nil
	}
	_, soon := ctx.Deadline()
	if soon && !one.late.IsZero() && now.Sub(one.late) < keptLately {
		return value, context.DeadlineExceeded // it would not be in time now either
	}
	value, rows, err := count()
	if one.late = (time.Time{}); soon && err != nil {
		one.late = now
	}
	if one.value = nil; err == nil && rows >= manyRows {
		one.value, one.at = value, now
	}
	return value, err
}
