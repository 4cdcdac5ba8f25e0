// Package dispatch takes a due row to a settled one: it plans runs, writes letters and hands them over.
package dispatch

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/sending"
	"keepsake/internal/fetch"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// Options are what the operator decides about sending.
type Options struct {
	BaseURL      string // how the world reaches us, without a final slash
	BounceDomain string // of envelope senders (VERP); empty: the sender's own address
	// UnsubscribeMail is the mailbox that takes unsubscriptions by mail (the mailto of
	// List-Unsubscribe); empty leaves it out.
	UnsubscribeMail string
	Transport       sending.Transport // how the pool given to New is used; no connections: 4
	Limits          []sending.Rule    // of the configuration
	RetryFor        time.Duration     // how long a letter is tried that is put off; 0 is two days
	TrackOpens      bool
	TrackClicks     bool
	// Plans and Sends say whether this process plans and sends now; nil is always.
	Plans, Sends func(ctx context.Context) bool
	// Sign signs a finished letter of a sender domain (A-labels) where it has a key; nil
	// leaves that to the relay. An error says that nobody knows yet whether it has one.
	Sign func(domain string, letter []byte) ([]byte, error)
	// Feed collects the items of a feed.
	Feed func(ctx context.Context, url string) ([]campaigns.Item, []string, error)
	// Links opens the links of letters before they are sent; nil opens none.
	Links *fetch.Book
	// Samples are the program's own letters, to tell those nobody has rewritten; nil tells none.
	Samples *render.Samples
}

// Dispatcher is the sending half of Keepsake. Its methods are safe for many at once.
type Dispatcher struct {
	store    *store.Store
	fleet    *fleet
	links    *link.Signer
	catalog  *render.Catalog
	o        Options
	owner    string
	clerk    *clerk
	swept    atomic.Int64  // the hour, since 1970, in which it last swept
	wake     chan struct{} // planning looks at once
	due      chan struct{} // something may be due
	mu       sync.Mutex
	letters  map[letterKey]*readyLetter
	makes    map[letterKey]*making
	compile  func(campaigns.Content, render.Options) (*render.Letter, error) // render.Compile
	quoted   sync.Map                                                        // of letters' literals (*liquid.Literal) to what they are on the wire (*mailer.Quoted)
	pictures sync.Map                                                        // the smaller files of pictures, by name
	goods    goods
	kept     sync.Map // sentVersion: those that are kept as sent already
	watch    watchers
	looks    looks // at tests
}

// New returns a dispatcher; Run makes it work.
func New(st *store.Store, pool *mailer.Pool, links *link.Signer, catalog *render.Catalog, o Options) *Dispatcher {
	if o.RetryFor <= 0 {
		o.RetryFor = 48 * time.Hour
	}
	d := &Dispatcher{store: st, fleet: newFleet(st, links, pool, o), links: links, catalog: catalog, o: o, owner: "keepsake-" + rand.Text()[:8],
		wake: make(chan struct{}, 1), due: make(chan struct{}, 1), letters: map[letterKey]*readyLetter{},
		makes: map[letterKey]*making{}, compile: render.Compile}
	d.clerk = &clerk{store: st, owner: d.owner, in: make(chan entry, 256)}
	return d
}

// Wake makes Run look for due work now rather than at its next tick.
func (d *Dispatcher) Wake() { nudge(d.wake) }

// nudge tells whoever waits, once.
func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Check reports whether a transport that is in use answers; a *fault.Error says what to do.
func (d *Dispatcher) Check(ctx context.Context) error { return d.fleet.ranked(ctx)[0].pool.Check(ctx) }

// pauses between looks: when all is well, and when the transport or the database is away.
const (
	lookEvery = time.Second
	awayFirst = 2 * time.Second
	awayMost  = time.Minute
)

// Run plans and sends until ctx ends; then letters on their way finish and the rest goes
// back to the queue. What goes wrong is logged and tried again. An error says that the
// ledger could not be brought up to date: this process still holds letters.
func (d *Dispatcher) Run(ctx context.Context) error {
	defer d.watch.close()
	var work sync.WaitGroup
	work.Go(func() { d.keepPlanning(ctx) })
	work.Go(func() { d.keepSending(ctx) })
	work.Wait()
	return d.handBack(context.WithoutCancel(ctx))
}

// handBack settles what is owed and gives back what is leased, at the very end.
func (d *Dispatcher) handBack(ctx context.Context) error {
	err := d.clerk.insist(ctx)
	if err == nil {
		err = d.release(ctx)
	}
	if err != nil {
		slog.Error("the ledger cannot be written; letters on their way will be found unsure", "error", err)
	}
	return err
}

// keepPlanning plans what is due, beside the sending: a long campaign must not keep
// schedules waiting.
func (d *Dispatcher) keepPlanning(ctx context.Context) {
	for {
		if may(ctx, d.o.Plans) {
			if err := d.Tick(ctx); err != nil && ctx.Err() == nil { // one campaign that cannot be planned holds no other up
				slog.Error("planning", "error", err)
			}
		}
		nudge(d.due)
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-time.After(lookEvery):
		}
	}
}

// keepSending sends what is due, and goes on after a while when something was in the way.
func (d *Dispatcher) keepSending(ctx context.Context) {
	away := time.Duration(0)
	for ctx.Err() == nil {
		sent, err := d.session(ctx, d.awaitDue)
		if err == nil || ctx.Err() != nil {
			continue
		}
		if sent || errors.Is(err, errHeld) {
			away = 0
		}
		away = min(max(2*away, awayFirst), awayMost)
		slog.Warn("dispatch waits", "error", err, "for", away)
		select {
		case <-ctx.Done():
		case <-time.After(away):
		}
	}
}

// awaitDue waits until something may be due; it reports false when there is nothing more
// to wait for.
func (d *Dispatcher) awaitDue(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-d.due:
	case <-time.After(lookEvery):
	}
	return true
}

// Drain sends all that is due now and returns when nothing is left, the transport is away
// or ctx has ended. Every letter it began is settled when it returns without an error.
func (d *Dispatcher) Drain(ctx context.Context) error {
	_, err := d.session(ctx, func(context.Context) bool { return false })
	return err
}

// release gives back what is leased and was not begun.
func (d *Dispatcher) release(ctx context.Context) error {
	return d.store.Release(context.WithoutCancel(ctx), d.owner)
}
