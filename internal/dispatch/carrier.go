package dispatch

import (
	"sync/atomic"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/sending"
	"keepsake/internal/mailer"
)

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

func (p *plan) carrier(id int64) *carrier {
	for _, c := range p.carriers {
		if c.ID == id {
			return c
		}
	}
	return nil
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

// able reports whether it is well and not at the end of a quota. With gate.mu held.
func (c *carrier) able(now time.Time) bool {
	return c.health.Well() && (c.line == nil || !c.line.spentAt(now))
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
