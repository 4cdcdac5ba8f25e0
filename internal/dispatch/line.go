package dispatch

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/campaigns/sending"
	"keepsake/internal/store"
)

// line is a limit in force: what this process holds of the shared allowance, and where the
// letters that wait for it stand. Its mutex is held from ready to take.
type line struct {
	mu     sync.Mutex
	name   string // of its shared allowances
	rates  sending.Rates
	pace   sending.Pace
	quotas []sending.Quota
	slots  sending.Slots
	parts  []sending.Part
	wait   time.Time         // nothing before, as the shared allowance said
	seen   time.Time         // when it was last asked
	spent  atomic.Int64      // a quota is used up until then, in microseconds since 1970
	queues [2]sending.Cursor // of bulk and of event letters
}

// rank says whom a letter waits behind, where it must wait.
type rank int

const (
	bulk   rank = iota
	event       // answers somebody's act: behind its like only
	person      // somebody waits for it on a page: behind nobody
)

// rankOf is a delivery's.
func rankOf(w ledger.Work) rank {
	if w.Event != nil {
		return event
	}
	return bulk
}

func newLine(name string, rates sending.Rates, more ...sending.Quota) *line {
	quotas := append(rates.Quotas(), more...)
	if rates.None() && len(quotas) == 0 {
		return nil
	}
	return &line{name: name, rates: rates, pace: rates.Pace(), quotas: quotas, parts: make([]sending.Part, len(quotas))}
}

// ready reports whether the limit has room for one letter now; if not, wait says until when.
func (l *line) ready(ctx context.Context, st *store.Store, now time.Time) (bool, error) {
	if l.look(now); now.Before(l.wait) {
		return false, nil
	}
	for i, q := range l.quotas {
		if ok, err := l.readyPart(ctx, st, now, i, q); !ok || err != nil {
			return false, err
		}
	}
	if l.pace.Every == 0 || l.pace.Ready(&l.slots, now) {
		return true, nil
	}
	if l.slots.N > 0 {
		l.wait = l.slots.First
		return false, nil
	}
	got, next, idle, err := st.TakeSlots(ctx, l.name+":pace", l.pace)
	if err != nil {
		return false, err
	}
	if idle {
		l.forget()
	}
	l.slots, l.wait = got, next
	if got.N > 0 {
		l.wait = time.Time{}
	}
	return got.N > 0, nil
}

// look forgets what a clock that was set back since has made untrue. A part of a quota
// stays: its letters are counted.
func (l *line) look(now time.Time) {
	if now.Before(l.seen.Add(-sending.Skew)) {
		l.wait, l.slots = time.Time{}, sending.Slots{}
		l.forget()
		l.spent.Store(0)
	}
	l.seen = now
}

func (l *line) readyPart(ctx context.Context, st *store.Store, now time.Time, i int, q sending.Quota) (bool, error) {
	if l.parts[i].Ready(now) {
		return true, nil
	}
	got, idle, err := st.TakePart(ctx, l.name+":"+q.Name, q)
	if err != nil {
		return false, err
	}
	if idle && l.pace.Every == 0 {
		l.forget()
	}
	if l.parts[i] = got; got.N == 0 {
		l.wait = got.Until
		l.spent.Store(got.Until.UnixMicro())
	}
	return got.N > 0, nil
}

// take uses the room for one letter.
func (l *line) take() {
	for i := range l.parts {
		l.parts[i].N--
	}
	if l.pace.Every > 0 {
		l.pace.Take(&l.slots)
	}
}

// back returns the room of a letter that did not leave after all.
func (l *line) back() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.parts {
		l.parts[i].N++
	}
	if l.pace.Every > 0 {
		l.slots.First, l.slots.N = l.slots.First.Add(-l.pace.Every), l.slots.N+1
	}
	l.wait = time.Time{} // the next letter may take it
	l.spent.Store(0)
}

// until is when to ask again, as far as it is known.
func (l *line) until(now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.look(now)
	return l.wait
}

// queue is the moment a letter that was refused may try again: its own, so that a long
// queue is not asked at every look.
func (l *line) queue(r rank, now time.Time) time.Time {
	if r == person {
		return l.wait
	}
	return l.queues[r].Next(l.wait, l.rates.Step(), now, sending.LimitWait)
}

// forget forgets who waits, with l.mu held.
func (l *line) forget() { l.queues = [2]sending.Cursor{} }

// spentAt reports whether a quota is used up.
func (l *line) spentAt(now time.Time) bool { return now.UnixMicro() < l.spent.Load() }
