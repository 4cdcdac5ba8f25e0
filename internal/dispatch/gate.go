package dispatch

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/sending"
	"keepsake/internal/store"
)

// gate says which letters may leave now and over which transport. Where nothing is limited
// and all is well, asking it costs a few loads and takes no lock.
type gate struct {
	store *store.Store
	now   func() time.Time
	rules []sending.Rule // of the configuration: they have the last word
	plan  atomic.Pointer[plan]

	mu    sync.Mutex // of turns and of every carrier's health
	turns sending.Turns

	slowed atomic.Int64 // how many domains are slowed down
	slowMu sync.RWMutex
	slow   map[slowKey]*slowLine
}

func newGate(st *store.Store) *gate {
	return &gate{store: st, now: st.Now, slow: map[slowKey]*slowLine{}}
}

// admit says whether a letter from sender to recipient, both addresses, may leave now over
// a transport whose turn it is; if not, when to ask again. It counts the letter.
func (g *gate) admit(ctx context.Context, transport int64, r rank, sender, recipient string) (ok bool, again time.Time) {
	p := g.plan.Load()
	if p.free && g.slowed.Load() == 0 {
		return true, time.Time{}
	}
	domain := audience.Domain(recipient)
	s, lines := g.slowOf(transport, domain), p.lines(sender, domain)
	if s == nil && len(lines) == 0 {
		return true, time.Time{}
	}
	now := g.now()
	if s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if again, ok = s.state.Ready(now); !ok {
			return false, s.queue(r, again, now)
		}
	}
	for _, l := range lines { // always in this order: all, sender, domain
		l.mu.Lock()
		defer l.mu.Unlock()
		ok, err := l.ready(ctx, g.store, now)
		if err != nil {
			slog.Error("limit", "transport", transport, "error", err)
			return false, now.Add(time.Second)
		}
		if !ok {
			return false, l.queue(r, now)
		}
	}
	for _, l := range lines {
		l.take()
	}
	if s != nil {
		s.state.Take(now)
	}
	return true, time.Time{}
}

// free says that nothing limits any letter and that there is one transport, which is well:
// then a letter needs no turn.
func (g *gate) free(c *carrier) bool {
	p := g.plan.Load()
	return p.free && p.alone && c.line == nil && c.sound.Load() && g.slowed.Load() == 0
}

// turn says whether a connection of the transport may take the next letter; if not, when to
// ask again. It counts the letter: one that is not sent after all is given back.
func (g *gate) turn(ctx context.Context, c *carrier) (ok bool, again time.Time) {
	if g.plan.Load().alone && c.line == nil && c.sound.Load() {
		return true, time.Time{}
	}
	return g.ask(ctx, c, g.choose)
}

// turnOnly is turn for a letter that takes no other transport: whose turn it is among those
// does not matter.
func (g *gate) turnOnly(ctx context.Context, c *carrier) (ok bool, again time.Time) {
	return g.ask(ctx, c, func(_ *plan, c *carrier, now time.Time) (bool, time.Time) {
		g.mu.Lock()
		defer g.mu.Unlock()
		return c.may(now)
	})
}

// ask is a turn: the transport's own limits first, then what choose says.
func (g *gate) ask(ctx context.Context, c *carrier, choose func(*plan, *carrier, time.Time) (bool, time.Time)) (ok bool, again time.Time) {
	p, now := g.plan.Load(), g.now()
	if c.line != nil {
		c.line.mu.Lock()
		defer c.line.mu.Unlock()
		ok, err := c.line.ready(ctx, g.store, now)
		if err != nil {
			slog.Error("limit", "transport", c.ID, "error", err)
			return false, now.Add(time.Second)
		}
		if !ok {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.turns.Rest(c.ID)
			return false, c.line.wait
		}
	}
	if ok, again = choose(p, c, now); ok && c.line != nil {
		c.line.take()
	}
	return ok, again
}

// How long a connection waits before it asks again for its turn.
const (
	notMine = 10 * time.Millisecond
	notYet  = 250 * time.Millisecond
)

func (g *gate) choose(p *plan, c *carrier, now time.Time) (bool, time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if ill := !c.health.Well(); ill || len(p.carriers) < 2 {
		return c.may(now)
	}
	bids := make([]sending.Bidder, 0, 8)
	wait := notMine
	for _, other := range p.carriers {
		able := other.able(now)
		if bids = append(bids, sending.Bidder{ID: other.ID, Priority: other.Priority, Weight: other.Weight, Able: able}); able && other.Priority < c.Priority {
			wait = notYet
		}
	}
	return g.turns.Mine(c.ID, bids, now), now.Add(wait)
}

// could says whether the transport could take a letter, without counting one; if not, when
// to ask again.
func (g *gate) could(c *carrier) (bool, time.Time) {
	p := g.plan.Load()
	if p.alone && c.line == nil && c.sound.Load() {
		return true, time.Time{}
	}
	now := g.now()
	if c.line != nil {
		if wait := c.line.until(now); now.Before(wait) {
			return false, wait
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !c.health.May(now) {
		return false, c.trial(now)
	}
	for _, other := range p.carriers {
		if c.health.Well() && other.Priority < c.Priority && other.able(now) {
			return false, now.Add(notYet)
		}
	}
	return true, time.Time{}
}

// stuck reports whether no transport could take a letter for a long while.
func (g *gate) stuck() bool {
	soon := g.now().Add(longWait)
	for _, c := range g.plan.Load().carriers {
		if ok, again := g.could(c); ok || again.Before(soon) {
			return false
		}
	}
	return true
}

// rest is told that the transport finds no letters: its equals do not wait for it.
func (g *gate) rest(c *carrier) {
	if g.plan.Load().alone {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turns.Rest(c.ID)
}

// others reports whether another transport than c is well, or c itself after all.
func (g *gate) others(c *carrier) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, all := g.now(), g.plan.Load().carriers
	for _, other := range all {
		if len(all) > 1 && other.able(now) {
			return true
		}
	}
	return false
}

// current is the transport as it is set now; itself when it is used no more.
func (g *gate) current(c *carrier) *carrier {
	if now := g.plan.Load().carrier(c.ID); now != nil && now.pool == c.pool {
		return now
	}
	return c
}

// back returns a turn that no letter used.
func (g *gate) back(c *carrier) {
	if !c.sound.Load() {
		g.mu.Lock()
		c.health.Forgo(g.now())
		g.mu.Unlock()
	}
	if c.line != nil {
		c.line.back()
	}
}

// unused returns all the room of a letter that did not leave after all.
func (g *gate) unused(c *carrier, sender, recipient string) {
	g.back(c)
	for _, l := range g.plan.Load().lines(sender, audience.Domain(recipient)) {
		l.back()
	}
}

// offers is the transport for a letter that needs SMTPUTF8: c, unless another that is well
// is likelier to offer it.
func (g *gate) offers(c *carrier) *carrier {
	g.mu.Lock()
	defer g.mu.Unlock()
	best := c
	for _, other := range g.plan.Load().carriers {
		if other.pool.UTF8() > best.pool.UTF8() && other.health.Well() {
			best = other
		}
	}
	return best
}
