package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"keepsake/internal/bench/sink"
	"keepsake/internal/show/stage"
)

// orders reports orders one by one, each of which owes a letter, and kills the program meanwhile. An order that was
// not answered is reported again, as a shop would; one that was answered must have its letter, once.
func orders(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	p, err := open(ctx, w, sink.Options{})
	if err != nil {
		return nil, err
	}
	c, err := p.Begin(ctx, stage.FeedbackDraft(0))
	if err != nil {
		return nil, err
	}
	d := &desk{p: p, buyers: people(size(4000, 500))}
	times := size(50, 3)
	for i := range times {
		if err := d.killed(ctx, (i*len(d.buyers)+rand.IntN(len(d.buyers)))/times); err != nil {
			return nil, fmt.Errorf("kill %d: %w", i+1, err)
		}
	}
	if err := d.report(ctx); err != nil {
		return nil, err
	}
	if _, err := p.Finished(ctx, c.ID, len(d.buyers), 5*time.Minute); err != nil {
		return nil, err
	}
	owed, err := p.Deliveries(ctx, c.ID)
	owed = slices.DeleteFunc(owed, func(d stage.Delivery) bool { return d.Message != "ask" }) // the reminder is not due yet
	got := stage.Reckon(d.buyers, owed, p.sink.Recipients())
	fmt.Fprintf(os.Stderr, "  %d orders were not answered and reported again, %d letters are in doubt\n", d.again, got.Unsure)
	return map[string]stage.Figure{"api_kill_lost": stage.Count(got.Lost, 0), "api_kill_twice": stage.Count(got.Twice, 0)}, err
}

// desk is the shop's, with a buyer for each order.
type desk struct {
	p       *post
	buyers  []stage.Person
	mu      sync.Mutex
	next    int   // who has not ordered yet
	waiting []int // whose order was not answered
	again   int   // orders reported once more
}

// tills report at once.
const tills = 4

// take is the next order to report, by its buyer; false when there is none.
func (d *desk) take() (int, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.waiting); n > 0 {
		i := d.waiting[n-1]
		d.waiting, d.again = d.waiting[:n-1], d.again+1
		return i, true
	}
	if d.next == len(d.buyers) {
		return 0, false
	}
	d.next++
	return d.next - 1, true
}

// report reports what is left; each till ends at its first error.
func (d *desk) report(ctx context.Context) error {
	errs := make([]error, tills)
	var all sync.WaitGroup
	for t := range errs {
		all.Go(func() { errs[t] = d.till(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func (d *desk) till(ctx context.Context) error {
	for i, ok := d.take(); ok; i, ok = d.take() {
		if err := d.p.Report(ctx, stage.Order(fmt.Sprint(10_000+i), d.buyers[i].Email, "fulfilled", 0)); err != nil {
			d.mu.Lock()
			d.waiting = append(d.waiting, i)
			d.mu.Unlock()
			return err
		}
	}
	return nil
}

// killed kills the program when so many orders have been reported, while others are, and starts it again.
func (d *desk) killed(ctx context.Context, at int) error {
	crashed := make(chan error, 1)
	go func() {
		err := stage.Until(ctx, time.Minute, "orders", func() (bool, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.next > at, nil
		})
		crashed <- errors.Join(err, d.p.Crash())
	}()
	_ = d.report(ctx) // it ends when nobody answers any more
	if err := <-crashed; err != nil {
		return err
	}
	return d.p.Start(ctx)
}
