package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"keepsake/internal/bench/sink"
	"keepsake/internal/show/stage"
)

// One domain of seven may get so many letters a minute, from three processes together.
const (
	slowDomain = "mail0.test"
	aMinute    = 60
)

// limits counts what comes to that domain in ten minutes, and when all others had their letter.
func limits(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	p, err := openPostgres(ctx, w, sink.Options{}, setting("LIMITS", fmt.Sprintf("domain=%s per_minute=%d", slowDomain, aMinute)))
	if err != nil {
		return nil, err
	}
	for range 2 {
		if _, err := p.Beside(ctx); err != nil {
			return nil, err
		}
	}
	minutes := size(10, 1)
	list, err := p.crowd(ctx, 7*aMinute*(minutes+1))
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if _, err := p.Begin(ctx, newsletter(list)); err != nil {
		return nil, err
	}
	if err := p.sink.Wait(ctx, 1); err != nil {
		return nil, err
	}
	span := time.Duration(minutes) * time.Minute
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(span + 2*time.Second):
	}
	slow, others := p.arrivals()
	if len(slow) == 0 || len(others) != 6*aMinute*(minutes+1) {
		return nil, fmt.Errorf("%d letters to %s and %d to others came", len(slow), slowDomain, len(others))
	}
	came, end := 0, earliest(slow).Add(span)
	for _, at := range slow {
		if at.Before(end) {
			came++
		}
	}
	fmt.Fprintf(os.Stderr, "  %d came in %d minutes\n", came, minutes)
	off := math.Abs(float64(came)/float64(aMinute*minutes)-1) * 100
	return map[string]stage.Figure{"limit_error_pct": stage.AtMost("%.1f", off, 5), "limit_others_s": stage.Info("%.1f", latest(others).Sub(began).Seconds())}, nil
}

// arrivals are when letters came to the slow domain and to the others.
func (p *post) arrivals() (slow, others []time.Time) {
	p.sink.Each(func(e sink.Entry) {
		switch {
		case e.Outcome != sink.Taken:
		case strings.HasSuffix(e.To, "@"+slowDomain):
			slow = append(slow, e.At)
		default:
			others = append(others, e.At)
		}
	})
	return slow, others
}

func earliest(all []time.Time) time.Time { return slices.MinFunc(all, time.Time.Compare) }

func latest(all []time.Time) time.Time { return slices.MaxFunc(all, time.Time.Compare) }
