package dispatch

import (
	"context"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/sending"
	"keepsake/internal/mailer"
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

// queue is the moment a letter that was refused may try again.
func (s *slowLine) queue(r rank, again, now time.Time) time.Time {
	if r == person {
		return again
	}
	return s.queues[r].Next(again, s.state.Every, now, sending.SlowWait)
}

type slowKey struct {
	transport int64
	domain    string
}

// slowLine is the slow-down of one domain over one transport.
type slowLine struct {
	mu     sync.Mutex
	state  sending.Slow
	queues [2]sending.Cursor // of bulk and of event letters
}

// plan is what the operator has set, as it is in force. It does not change; another one
// takes its place and takes over the lines that stay as they are.
type plan struct {
	version  int64
	day      string // of the shop, since warm-ups go by the day
	carriers []*carrier
	all      *line
	domains  map[string]*line
	senders  map[string]*line
	free     bool // no limit on any letter
	alone    bool // one transport without limits of its own
}

// carrier is a transport in use.
type carrier struct {
	sending.Transport
	pool    *mailer.Pool
	line    *line          // its own limits; nil when it has none
	health  sending.Health // guarded by gate.mu
	written bool           // the pages know how it fares; guarded by gate.mu
	sound   atomic.Bool    // it is well, answered here and did not fail lately
	retired chan struct{}  // closed when it is used no more
}

// trial is when to ask again for a transport that is left alone. With gate.mu held.
func (c *carrier) trial(now time.Time) time.Time {
	if c.health.Trying(now) {
		return now.Add(notYet)
	}
	return c.health.Trial
}

// may reports whether it may take a letter as it fares; if it is ill, that letter is the
// trial. With gate.mu held.
func (c *carrier) may(now time.Time) (ok bool, again time.Time) {
	if !c.health.May(now) {
		return false, c.trial(now)
	}
	c.health.Try(now)
	return true, time.Time{}
}

// gone reports whether it is used no more.
func (c *carrier) gone() bool {
	select {
	case <-c.retired:
		return true
	default:
		return false
	}
}

// able reports whether it is well and not at the end of a quota. With gate.mu held.
func (c *carrier) able(now time.Time) bool {
	return c.health.Well() && (c.line == nil || !c.line.spentAt(now))
}

func newGate(st *store.Store) *gate {
	return &gate{store: st, now: st.Now, slow: map[slowKey]*slowLine{}}
}

func (p *plan) carrier(id int64) *carrier {
	for _, c := range p.carriers {
		if c.ID == id {
			return c
		}
	}
	return nil
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

// lines are the limits that a letter falls under.
func (p *plan) lines(sender, domain string) []*line {
	var buf [3]*line
	all := buf[:0]
	if p.all != nil {
		all = append(all, p.all)
	}
	if len(p.senders) > 0 {
		if l := p.senders[audience.NormEmail(sender)]; l != nil {
			all = append(all, l)
		}
	}
	if l := p.domains[domain]; l != nil {
		all = append(all, l)
	}
	return all
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

// told learns from each answer of a server how the transport fares and which domain is
// written to too fast.
func (g *gate) told(ctx context.Context, c *carrier, recipient string, o mailer.Outcome) {
	rated := tooFast(o)
	if rated { // the server answers: that is about the domain
		g.slowDown(c.ID, audience.Domain(recipient))
	}
	switch {
	case !rated && (o.State == mailer.Transport || o.State == mailer.Unsure):
		g.failed(ctx, c, o)
	case !c.sound.Load():
		g.worked(ctx, c)
	}
}

func (g *gate) failed(ctx context.Context, c *carrier, o mailer.Outcome) {
	g.mu.Lock()
	c.sound.Store(false)
	changed := c.health.Failed(g.now(), o.Reply)
	health := c.health
	g.mu.Unlock()
	if changed {
		slog.Warn("transport left alone", "transport", c.ID, "until", health.Trial, "stage", o.Stage, "code", o.Code)
		g.write(ctx, c.ID, health)
	}
}

func (g *gate) worked(ctx context.Context, c *carrier) {
	g.mu.Lock()
	changed, first := c.health.Worked(), !c.written
	c.written = true
	c.sound.Store(true)
	g.mu.Unlock()
	if changed {
		slog.Info("transport is well again", "transport", c.ID)
	}
	if changed || first { // another process may have written that it is ill, and be no more
		g.write(ctx, c.ID, sending.Health{})
	}
}

// write tells the pages, which may be another process's, how a transport fares.
func (g *gate) write(ctx context.Context, transport int64, h sending.Health) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := g.store.SaveHealth(ctx, transport, h); err != nil {
		slog.Error("health of a transport", "transport", transport, "error", err)
	}
}

// rateWords are how servers say in their own words that we write too fast.
var rateWords = regexp.MustCompile(`(?i)\brates?\b|rate.?limit|too many|too (fast|quickly)|throttl`)

// tooFast reports whether a server answers that a domain gets too many letters at once: not
// 4.2.x, which is about the mailbox, and nothing before the envelope.
func tooFast(o mailer.Outcome) bool {
	if o.Code/100 != 4 || o.Stage == mailer.StageConnect || len(o.Enhanced) > 3 && o.Enhanced[:4] == "4.2." {
		return false
	}
	return o.Code == 454 || len(o.Enhanced) > 3 && o.Enhanced[:4] == "4.7." || o.Code != 421 && rateWords.MatchString(o.Reply)
}

// mostSlow bounds how many domains are remembered as slowed down.
const mostSlow = 10_000

func (g *gate) slowDown(transport int64, domain string) {
	now, key := g.now(), slowKey{transport, domain}
	g.slowMu.Lock()
	s := g.slow[key]
	if s == nil && len(g.slow) < mostSlow {
		s = &slowLine{}
		g.slow[key] = s
		g.slowed.Store(int64(len(g.slow)))
	}
	g.slowMu.Unlock()
	if s == nil {
		return
	}
	step := time.Duration(0)
	if l := g.plan.Load().domains[domain]; l != nil {
		step = l.rates.Step()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Rated(now, step)
}

func (g *gate) slowOf(transport int64, domain string) *slowLine {
	if g.slowed.Load() == 0 {
		return nil
	}
	g.slowMu.RLock()
	defer g.slowMu.RUnlock()
	return g.slow[slowKey{transport, domain}]
}

// forgive forgets the domains that may be written to at full speed again, and reports
// whether there were any.
func (g *gate) forgive() (any bool) {
	if g.slowed.Load() == 0 {
		return false
	}
	now := g.now()
	g.slowMu.Lock()
	defer g.slowMu.Unlock()
	for key, s := range g.slow {
		s.mu.Lock()
		over := s.state.Over(now)
		s.mu.Unlock()
		if any = any || over; over {
			delete(g.slow, key)
		}
	}
	g.slowed.Store(int64(len(g.slow)))
	return any
}

// requeue forgets who waits for which limit: all of them ask again.
func (g *gate) requeue() {
	p := g.plan.Load()
	all := slices.AppendSeq(slices.Collect(maps.Values(p.domains)), maps.Values(p.senders))
	for _, l := range append(all, p.all) {
		if l != nil {
			l.mu.Lock()
			l.forget()
			l.mu.Unlock()
		}
	}
}
