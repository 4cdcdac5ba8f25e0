package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/mailer"
)

// leaseSize is how many deliveries are leased at once; as many again wait while they are sent.
const leaseSize = 500

// errMayNot ends a session: sending is held, or another process does it now.
var errMayNot = errors.New("this process may not send now")

// errAway is the transport not answering: what is leased goes back untouched.
var errAway = errors.New("the mail server does not answer")

// mostTrouble is how many hand-overs in a row the server may break off before it counts as away.
const mostTrouble = 10

// session is one time of sending: a feeder leases, senders write letters and hand them
// over, the clerk commits.
type session struct {
	d       *Dispatcher
	work    sync.WaitGroup
	manned  map[*mailer.Pool]bool // transports that have their senders; of the feeder alone
	queue   chan job
	fed     chan struct{} // closed when nothing more comes into the queue
	trouble atomic.Int64  // hand-overs in a row that the server broke off
	sent    atomic.Bool
}

// job is a leased delivery with what its batch shares.
type job struct {
	ledger.Work
	batch *batch
}

// session sends what is due until more says that there is nothing to wait for, the
// transport or the database is away, or ctx ends; sent tells whether a letter left. What
// it leased and did not begin goes back to the queue.
func (d *Dispatcher) session(ctx context.Context, more func(context.Context) bool) (sent bool, err error) {
	if err := d.clerk.flush(ctx); err != nil { // handed over before and not yet settled
		return false, err
	}
	if err := d.release(ctx); err != nil {
		return false, err
	}
	s := &session{d: d, queue: make(chan job, leaseSize), fed: make(chan struct{}), manned: map[*mailer.Pool]bool{}}
	stop := d.clerk.start(context.WithoutCancel(ctx))
	sending, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.work.Go(func() { s.feed(sending, cancel, more) })
	s.work.Wait()
	if err = context.Cause(sending); ctx.Err() != nil {
		err = nil
	}
	err = errors.Join(err, d.settled(stop), d.release(ctx))
	d.watch.changed()
	return s.sent.Load(), err
}

// settled commits what is left, and with it what was kept beside the database.
func (d *Dispatcher) settled(stop func() error) error {
	if err := stop(); err != nil {
		return err
	}
	return d.store.ForgetAnswers()
}

// feed leases while there is something due, and waits with more when there is not.
func (s *session) feed(ctx context.Context, fail context.CancelCauseFunc, more func(context.Context) bool) {
	defer close(s.fed)
	defer close(s.queue)
	for ctx.Err() == nil {
		n, err := s.lease(ctx, fail)
		if err != nil {
			fail(err)
			return
		}
		s.d.watch.changed()
		if n == 0 && !more(ctx) {
			return
		}
	}
}

func (s *session) lease(ctx context.Context, fail context.CancelCauseFunc) (int, error) {
	if !may(ctx, s.d.o.Sends) {
		return 0, nil
	}
	if err := s.man(ctx, fail); err != nil || s.d.fleet.gate.stuck() {
		return 0, err
	}
	work, err := s.d.store.Lease(ctx, s.d.owner, leaseSize)
	if err != nil || len(work) == 0 {
		return 0, err
	}
	b, err := s.d.newBatch(ctx)
	if err != nil {
		return 0, err
	}
	for _, w := range work {
		if err := s.push(ctx, fail, job{w, b}); err != nil {
			return 0, err
		}
	}
	return len(work), nil
}

func (s *session) settle(before **ledger.Outcome) {
	if *before != nil {
		s.d.clerk.settle(**before)
		*before = nil
	}
}

// unsent gives a leased letter back, untouched; begun by another meanwhile, it stays with that one.
func unsent(w ledger.Work) *ledger.Outcome {
	return &ledger.Outcome{DeliveryID: w.ID, State: ledger.Queued, DueAt: w.DueAt, Untried: true, Unbegun: true}
}

// notBegun is for a letter that was skipped or cancelled meanwhile, or whose campaign was
// paused: then the others of the batch need not try. Another error ends the session.
func (s *session) notBegun(ctx context.Context, j job, err error) error {
	if !errors.Is(err, errNotBegun) {
		return fmt.Errorf("begin delivery %d: %w", j.ID, err)
	}
	c, err := s.d.store.Campaign(ctx, j.CampaignID)
	if err == nil && c.State != campaigns.Running && c.State != campaigns.Finished {
		j.batch.stop(c.ID)
	}
	return nil
}

// back returns the room that was taken for a letter which did not leave after all.
func (s *session) back(ctx context.Context, c *carrier, j job) {
	s.d.fleet.gate.unused(c, s.sender(ctx, j), j.Subscriber.Email)
}

// judge tells a server that is away from one that broke a connection off. While another
// transport is well the session goes on.
func (s *session) judge(ctx context.Context, c *carrier, got mailer.Outcome) error {
	if got.State != mailer.Transport {
		s.trouble.Store(0)
		s.sent.Store(true)
		return nil
	}
	if ctx.Err() == nil && !c.gone() && !s.d.fleet.gate.others(c) && (got.Stage == mailer.StageConnect || s.trouble.Add(1) >= mostTrouble) {
		return fmt.Errorf("%w: %s", errAway, got)
	}
	return nil
}

// brokenOff is how long a letter waits whose connection broke: long enough that one that
// breaks every connection does not keep the others busy.
const brokenOff = 10 * time.Second
