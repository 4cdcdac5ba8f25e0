// Package sending is how fast letters may leave and over which server: limits, warm-up, health and turns, as plain arithmetic.
package sending

import (
	"math"
	"time"
)

// Rates are the most letters in a span; 0 is no limit. Those of a second and of a minute
// are paced evenly, those of an hour and of a day counted from the first letter on.
type Rates struct {
	PerSecond float64 `json:"per_second,omitempty" yaml:"per_second"`
	PerMinute int64   `json:"per_minute,omitempty" yaml:"per_minute"`
	PerHour   int64   `json:"per_hour,omitempty" yaml:"per_hour"`
	PerDay    int64   `json:"per_day,omitempty" yaml:"per_day"`
}

// None reports whether nothing is limited.
func (r Rates) None() bool { return r == Rates{} }

// Step is the even distance between letters that would keep every one of the limits.
func (r Rates) Step() time.Duration {
	step := r.Pace().Every
	for _, q := range r.Quotas() {
		step = max(step, q.Window/time.Duration(q.Most))
	}
	return step
}

// How late a slot may still be used: those who share it look for due letters only now and
// then. It is also the burst after a silence.
const (
	lateOfSecond = 200 * time.Millisecond
	lateOfMinute = 2 * time.Second
)

// Pace is an even flow: one letter Every so often, and a slot of up to Late ago is caught
// up. The zero Pace is no limit.
type Pace struct{ Every, Late time.Duration }

// Pace is the stricter of the two paced limits.
func (r Rates) Pace() Pace {
	var p Pace
	if r.PerSecond > 0 {
		p = Pace{time.Duration(float64(time.Second) / r.PerSecond), lateOfSecond}
	}
	if r.PerMinute > 0 {
		if every := time.Minute / time.Duration(r.PerMinute); every > p.Every {
			p = Pace{every, lateOfMinute}
		}
	}
	p.Late = max(p.Late, p.Every)
	return p
}

// chunkTime is how much of a fast flow one process takes at once.
const chunkTime = 250 * time.Millisecond

// Slots are moments at which one process may send: First, and N-1 more, Every apart.
type Slots struct {
	First time.Time
	N     int
}

// Skew is how far apart the clocks of processes may be. What lies further ahead than that
// and the limit explain was written before a clock was set back.
const Skew = 10 * time.Second

// Grant takes slots out of a flow whose next free moment is next, and returns them with
// the next free moment after them. Without any, wait until the returned moment. A flow
// whose next moment the limit cannot explain begins anew.
func (p Pace) Grant(next, now time.Time) (Slots, time.Time) {
	if late := now.Add(-p.Late); next.Before(late) {
		next = late
	}
	if next.After(now.Add(max(chunkTime, p.Every) + p.Late + Skew)) {
		next = now
	}
	if next.After(now) {
		return Slots{}, next
	}
	n := max(1, int(chunkTime/p.Every))
	return Slots{next, n}, next.Add(time.Duration(n) * p.Every)
}

// keep is how long after its moment a granted slot that found no letter stays good.
const keep = time.Second

// Ready drops the slots that are too old and reports whether one may be used now.
func (p Pace) Ready(s *Slots, now time.Time) bool {
	oldest := now.Add(-p.Late - keep)
	for s.N > 0 && s.First.Before(oldest) {
		p.Take(s)
	}
	return s.N > 0 && !s.First.After(now)
}

// Take uses the first slot.
func (p Pace) Take(s *Slots) { s.First, s.N = s.First.Add(p.Every), s.N-1 }

// Quota is a counted limit: Most letters in each Window, which begins with its first letter.
type Quota struct {
	Name   string // what its row is called: hour, day
	Most   int64
	Window time.Duration
}

// Quotas are the counted limits.
func (r Rates) Quotas() []Quota {
	var all []Quota
	if r.PerHour > 0 {
		all = append(all, Quota{"hour", r.PerHour, time.Hour})
	}
	if r.PerDay > 0 {
		all = append(all, Quota{"day", r.PerDay, 24 * time.Hour})
	}
	return all
}

// Window is what is known of a quota: since when it is counted, and how many were handed out.
type Window struct {
	Start time.Time
	Used  int64
}

// Part is what one process may send of a quota, until its window ends.
type Part struct {
	N     int64
	Until time.Time
}

// mostPart is the most one process takes of a quota at once.
const mostPart = 100

// Grant takes a part out of the window, a tenth of what is left at most, so that little is
// lost when a process has no letters for its part. An empty part says until when to wait.
// A window that begins in the future begins anew.
func (q Quota) Grant(w Window, now time.Time) (Part, Window) {
	if w.Start.IsZero() || !now.Before(w.Start.Add(q.Window)) || w.Start.After(now.Add(Skew)) {
		w = Window{Start: now}
	}
	left := max(0, q.Most-w.Used)
	p := Part{N: min(left, max(1, min(mostPart, left/10))), Until: w.Start.Add(q.Window)}
	w.Used += p.N
	return p, w
}

// Ready reports whether the part has a letter for now.
func (p Part) Ready(now time.Time) bool { return p.N > 0 && now.Before(p.Until) }

// How long a letter that was refused waits at most before it asks again, at a limit and at
// a domain that is slowed down: what is known of the queue before it may change meanwhile.
// A hundred thousand letters that wait ask about 230 times a second at a limit, and 450
// times at a domain, whose slow-down mostly ends within minutes.
const (
	LimitWait = 10 * time.Minute
	SlowWait  = 5 * time.Minute
)

// Cursor gives each letter that must wait a moment of its own, so that a long queue is
// touched a few times and not at every look.
type Cursor struct {
	at     time.Time
	spread float64
}

// golden spreads moments evenly, however many there are.
const golden = 0.6180339887498949

// Next is the next moment from then on, a step after the last one. Where that is further
// ahead than most, it is one of the later half of that time.
func (c *Cursor) Next(from time.Time, step time.Duration, now time.Time, most time.Duration) time.Time {
	if c.at.Before(from) {
		c.at = from
	}
	if c.at.After(now.Add(most)) {
		_, c.spread = math.Modf(c.spread + golden)
		return now.Add(most/2 + time.Duration(c.spread*float64(most/2)))
	}
	at := c.at
	c.at = at.Add(step)
	return at
}

// Reset forgets the queue: the flow was found idle.
func (c *Cursor) Reset() { c.at = time.Time{} }
