// Package dispatch takes a due row to a settled one: it plans runs, writes letters and hands them over.
package dispatch

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// Options are what the operator decides about sending.
type Options struct {
	BaseURL       string  // how the world reaches us, without a final slash
	BounceDomain  string  // of envelope senders (VERP); empty: the sender's own address
	Workers       int     // letters on their way at once; 0 is 4
	RatePerSecond float64 // 0 is as fast as the server takes them
	TrackOpens    bool
	TrackClicks   bool
	// Plans and Sends say whether this process plans and sends now; nil is always.
	Plans, Sends func(ctx context.Context) bool
	// Feed collects the items of a feed.
	Feed func(ctx context.Context, url string) ([]campaigns.Item, []string, error)
}

// Dispatcher is the sending half of Keepsake. Its methods are safe for many at once.
type Dispatcher struct {
	store   *store.Store
	pool    *mailer.Pool
	links   *link.Signer
	catalog *render.Catalog
	o       Options
	owner   string
	clerk   *clerk
	held    atomic.Bool  // what is leased could not be given back
	swept   atomic.Int64 // the hour, since 1970, in which it last swept
	limit   *rate.Limiter
	wake    chan struct{}
	mu      sync.Mutex
	letters map[letterKey]*render.Letter
	watch   watchers
}

// New returns a dispatcher; Run makes it work.
func New(st *store.Store, pool *mailer.Pool, links *link.Signer, catalog *render.Catalog, o Options) *Dispatcher {
	if o.Workers <= 0 {
		o.Workers = 4
	}
	limit := rate.Inf
	if o.RatePerSecond > 0 {
		limit = rate.Limit(o.RatePerSecond)
	}
	d := &Dispatcher{store: st, pool: pool, links: links, catalog: catalog, o: o, owner: "keepsake-" + rand.Text()[:8],
		limit: rate.NewLimiter(limit, 1), wake: make(chan struct{}, 1), letters: map[letterKey]*render.Letter{}}
	d.clerk = &clerk{store: st, owner: d.owner, in: make(chan entry, 256)}
	return d
}

// Wake makes Run look for due work now rather than at its next tick.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Check reports whether the transport answers; a *fault.Error says what to do.
func (d *Dispatcher) Check(ctx context.Context) error { return d.pool.Check(ctx) }

// pauses between looks: when all is well, and when the transport or the database is away.
const (
	lookEvery = time.Second
	awayFirst = 2 * time.Second
	awayMost  = time.Minute
)

// Run plans and sends until ctx ends; then letters on their way finish and the rest goes
// back to the queue. What goes wrong is logged and tried again.
func (d *Dispatcher) Run(ctx context.Context) {
	defer d.watch.close()
	away := time.Duration(0)
	for {
		pause := lookEvery
		more, err := d.turn(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			away = min(max(2*away, awayFirst), awayMost)
			pause = away
			slog.Warn("dispatch waits", "error", err, "for", pause)
		case more:
			pause, away = 0, 0
		default:
			away = 0
		}
		select {
		case <-ctx.Done():
			if err := d.clerk.insist(context.WithoutCancel(ctx)); err != nil {
				slog.Error("the ledger cannot be written; these letters will be found unsure", "error", err)
			}
			return
		case <-d.wake:
		case <-time.After(pause):
		}
	}
}

// turn settles what is owed, plans what is due and sends for a while; more says that there
// is more to send. A long campaign must not keep schedules waiting.
func (d *Dispatcher) turn(ctx context.Context) (more bool, err error) {
	if err := d.catchUp(ctx); err != nil {
		return false, err
	}
	if may(ctx, d.o.Plans) {
		if err := d.Tick(ctx); err != nil && ctx.Err() == nil { // one campaign that cannot be planned holds no other up
			slog.Error("planning", "error", err)
		}
	}
	if !may(ctx, d.o.Sends) {
		return false, nil
	}
	return d.round(ctx, time.Now().Add(roundTime))
}

// catchUp writes down what could not be written before: what was handed over, and what
// was leased and goes back.
func (d *Dispatcher) catchUp(ctx context.Context) error {
	if err := d.clerk.flush(ctx); err != nil {
		return err
	}
	if d.held.Load() {
		return d.release(ctx)
	}
	return nil
}

// release gives back what is leased and was not begun.
func (d *Dispatcher) release(ctx context.Context) error {
	err := d.store.Release(context.WithoutCancel(ctx), d.owner)
	d.held.Store(err != nil)
	return err
}

// leaseSize is how many deliveries are leased at once; roundTime is how long is sent
// before schedules are looked at again.
const (
	leaseSize = 500
	roundTime = 2 * time.Second
)

// errAway is the transport not answering: what is leased goes back untouched.
var errAway = errors.New("the mail server does not answer")

// Drain sends all that is due now and returns when nothing is left, the transport is away
// or ctx has ended. Every letter it began is settled when it returns without an error.
func (d *Dispatcher) Drain(ctx context.Context) error {
	if err := d.catchUp(ctx); err != nil {
		return err
	}
	for more := true; more; {
		var err error
		if more, err = d.round(ctx, time.Now().Add(roundTime)); err != nil {
			return err
		}
	}
	return nil
}

// round sends what is due until a moment; what it leased and did not begin goes back.
func (d *Dispatcher) round(ctx context.Context, until time.Time) (more bool, err error) {
	for {
		work, err := d.store.Lease(ctx, d.owner, leaseSize)
		if err != nil || len(work) == 0 {
			return false, err
		}
		if err := d.send(ctx, work, until); err != nil {
			return false, errors.Join(err, d.release(ctx))
		}
		if ctx.Err() != nil || !time.Now().Before(until) {
			return ctx.Err() == nil, d.release(ctx)
		}
	}
}

// send brings one leased batch to its outcomes, or as much of it as there is time for.
func (d *Dispatcher) send(ctx context.Context, work []ledger.Work, until time.Time) error {
	stop := d.clerk.start(context.WithoutCancel(ctx))
	batch, err := d.newBatch(ctx)
	if err != nil {
		return errors.Join(err, stop())
	}
	sending, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan ledger.Work)
	var workers sync.WaitGroup
	for range d.o.Workers {
		workers.Go(func() {
			for w := range queue {
				if err := d.one(sending, batch, w); err != nil {
					cancel(err)
				}
			}
		})
	}
	feed(sending, queue, work, until)
	workers.Wait()
	err = context.Cause(sending)
	d.watch.changed()
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, stop())
}

func feed(ctx context.Context, queue chan<- ledger.Work, work []ledger.Work, until time.Time) {
	defer close(queue)
	late := time.NewTimer(time.Until(until))
	defer late.Stop()
	for _, w := range work {
		select {
		case queue <- w:
		case <-late.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// one writes and sends one letter, or settles why not. An error stops the batch.
func (d *Dispatcher) one(ctx context.Context, b *batch, w ledger.Work) error {
	if ctx.Err() != nil {
		return nil
	}
	env, out, err := d.write(ctx, b, w)
	if broken, ok := errors.AsType[*brokenError](err); ok {
		return d.halt(ctx, w, broken)
	}
	switch {
	case ctx.Err() != nil:
		return nil // still leased: released at the end
	case err != nil:
		return fmt.Errorf("write delivery %d: %w", w.ID, err)
	case out != nil:
		d.clerk.settle(*out)
		return nil
	}
	if err := d.limit.Wait(ctx); err != nil {
		return nil
	}
	return d.handOver(ctx, env, w)
}

func (d *Dispatcher) handOver(ctx context.Context, env mailer.Envelope, w ledger.Work) error {
	var denied error
	got := d.pool.Send(ctx, env, func(ctx context.Context) error {
		denied = d.clerk.begin(ctx, w.ID)
		return denied
	})
	switch {
	case errors.Is(denied, errNotBegun):
		return nil // skipped, cancelled or paused meanwhile: the ledger knows
	case denied != nil:
		return fmt.Errorf("begin delivery %d: %w", w.ID, denied)
	}
	out := d.outcome(w, got)
	d.clerk.settle(out)
	slog.Debug("settled", "delivery", w.ID, "state", out.State)
	d.bounced(ctx, w, got)
	if got.State == mailer.Transport && ctx.Err() == nil {
		return fmt.Errorf("%w: %s", errAway, got)
	}
	return nil
}
