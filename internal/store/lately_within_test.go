package store

import (
	"context"
	"testing"
	"time"
)

func TestWhatWasNotCountedInTimeIsNotTriedAgainForAWhile(t *testing.T) {
	now := time.Date(2026, 5, 5, 9, 0, 0, 0, time.UTC)
	s := &Store{now: func() time.Time { return now }}
	hasty, stop := context.WithDeadline(t.Context(), time.Now().Add(time.Hour))
	defer stop()
	tries := 0
	ask := func(ctx context.Context, err error) error {
		_, got := lately(ctx, s, "all", func() (int, int64, error) { tries++; return 7, 1, err })
		return got
	}
	if err := ask(hasty, context.DeadlineExceeded); err == nil || tries != 1 {
		t.Fatal(err, tries)
	}
	if err := ask(hasty, nil); err == nil || tries != 1 {
		t.Errorf("tried again at once: %v, %d tries", err, tries)
	}
	if err := ask(t.Context(), nil); err != nil || tries != 2 {
		t.Errorf("who waits is told: %v, %d tries", err, tries)
	}
	if err := ask(hasty, context.DeadlineExceeded); err == nil || tries != 3 {
		t.Errorf("after that it may be in time: %v, %d tries", err, tries)
	}
	now = now.Add(time.Minute)
	if err := ask(hasty, nil); err != nil || tries != 4 {
		t.Errorf("a minute later: %v, %d tries", err, tries)
	}
}
