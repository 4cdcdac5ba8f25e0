package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
)

// clerk merges the begins and settles that wait into one commit: a connection waits for
// the commit that holds its begin, which also holds the settle of its last letter.
type clerk struct {
	store *store.Store
	owner string
	in    chan entry
	owed  []ledger.Outcome // settled letters whose commit failed: kept until it works
	last  int              // how many entries the last commit held
}

// entry settles a letter, or begins the next, or both in one commit.
type entry struct {
	outcome *ledger.Outcome
	begin   int64 // answered when it is not 0
	behind  int64 // the letter it is begun behind; 0 for none
	answer  chan error
}

// errNotBegun is the answer for a delivery that must not be handed over after all.
var errNotBegun = errors.New("the delivery is no longer ours to send")

// mostEntries is how much one commit takes.
const mostEntries = 256

// begin asks for a delivery to be written down as handed over, in one commit with the
// outcome of the letter before it (nil: none). wait returns nil when that is so, the same
// each time it is asked.
func (c *clerk) begin(before *ledger.Outcome, delivery int64) (wait func() error) {
	return c.ask(entry{outcome: before, begin: delivery})
}

// beginAhead is begin for a letter behind another that is not answered yet.
func (c *clerk) beginAhead(delivery, behind int64) (wait func() error) {
	return c.ask(entry{begin: delivery, behind: behind})
}

func (c *clerk) ask(e entry) (wait func() error) {
	e.answer = make(chan error, 1)
	c.in <- e
	return sync.OnceValue(func() error { return <-e.answer })
}

// settle hands in an outcome; it is committed by the time stop returns without an error.
func (c *clerk) settle(o ledger.Outcome) { c.in <- entry{outcome: &o} }

// start begins a session; stop commits what is left and returns when nothing is.
func (c *clerk) start(ctx context.Context) (stop func() error) {
	end, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- c.work(ctx, end) }()
	return func() error {
		close(end)
		return <-done
	}
}

func (c *clerk) work(ctx context.Context, end <-chan struct{}) error {
	for {
		select {
		case first := <-c.in:
			c.commit(ctx, c.gather(first))
		case <-end:
			return c.rest(ctx)
		}
	}
}

// A commit costs as much as the rows of some dozen letters, so when many wait already it is
// worth patience to fill it; when each waits for a distant server it is not.
const (
	thick    = 8
	patience = time.Millisecond
)

// gather takes what waits already and, when that is much, what comes within a moment, up to a
// third more than came last.
func (c *clerk) gather(first entry) []entry {
	all := c.waiting(append(make([]entry, 0, mostEntries), first))
	if len(all) < thick {
		c.last = len(all)
		return all
	}
	late := time.After(patience)
	for most := min(c.last+c.last/3, mostEntries); len(all) < most; all = c.waiting(all) {
		select {
		case e := <-c.in:
			all = append(all, e)
			continue
		case <-late:
		}
		break
	}
	c.last = len(all)
	return all
}

// waiting adds what waits already.
func (c *clerk) waiting(all []entry) []entry {
	for len(all) < mostEntries {
		select {
		case e := <-c.in:
			all = append(all, e)
		default:
			return all
		}
	}
	return all
}

func (c *clerk) commit(ctx context.Context, entries []entry) {
	var begins []int64
	ahead := map[int64]int64{}
	for _, e := range entries {
		switch {
		case e.behind != 0:
			ahead[e.begin] = e.behind
		case e.begin != 0:
			begins = append(begins, e.begin)
		}
		if e.outcome != nil {
			c.owed = append(c.owed, *e.outcome)
		}
	}
	begun, err := c.store.RecordAhead(ctx, c.owner, begins, ahead, c.owed)
	for _, e := range entries {
		switch {
		case e.begin == 0:
		case err != nil:
			e.answer <- err
		case !begun[e.begin]:
			e.answer <- errNotBegun
		default:
			delete(begun, e.begin) // one of two that hold the same letter hands it over
			e.answer <- nil
		}
	}
	if err == nil {
		c.owed = nil
	}
}

// rest commits what still waits.
func (c *clerk) rest(ctx context.Context) error {
	for {
		select {
		case e := <-c.in:
			c.commit(ctx, c.gather(e))
		default:
			return c.flush(ctx)
		}
	}
}

// flush commits what is owed, between sessions: letters were handed over and the ledger
// must say so before anything else is sent.
func (c *clerk) flush(ctx context.Context) error {
	if len(c.owed) == 0 {
		return nil
	}
	if _, err := c.store.Record(ctx, c.owner, nil, c.owed); err != nil {
		return fmt.Errorf("%d letters are handed over and not yet settled: %w", len(c.owed), err)
	}
	c.owed = nil
	return nil
}

// insist flushes for a while, at the very end: after it the rows are found as unsure.
func (c *clerk) insist(ctx context.Context) error {
	err := c.flush(ctx)
	for wait := 50 * time.Millisecond; err != nil && wait < 10*time.Second; wait *= 2 {
		time.Sleep(wait)
		err = c.flush(ctx)
	}
	return err
}
