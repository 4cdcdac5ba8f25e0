package store

import (
	"sync"
	"time"
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
	mu    sync.Mutex // held while it is counted: whoever asks meanwhile waits for it
	at    time.Time  // when it was counted; zero when it is to be
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
		one = &figure{}
		f.kept[key] = one
	}
	return one
}

// lately counts, or answers with what was counted of many rows a short while ago. The key is
// of a type of its own; count also tells how many rows it took in.
func lately[T any](s *Store, key any, count func() (T, int64, error)) (T, error) {
	one := s.figures.of(key)
	one.mu.Lock()
	defer one.mu.Unlock()
	now := s.now()
	if age := now.Sub(one.at); one.value != nil && age >= 0 && age < keptLately {
		return one.value.(T), nil
	}
	value, rows, err := count()
	if one.value = nil; err == nil && rows >= manyRows {
		one.value, one.at = value, now
	}
	return value, err
}
