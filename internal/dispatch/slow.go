package dispatch

import (
	"context"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/sending"
	"keepsake/internal/mailer"
)

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

// queue is the moment a letter that was refused may try again.
func (s *slowLine) queue(r rank, again, now time.Time) time.Time {
	if r == person {
		return again
	}
	return s.queues[r].Next(again, s.state.Every, now, sending.SlowWait)
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
