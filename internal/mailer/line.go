package mailer

import (
	"context"
	"time"
)

// A Line is a connection in the hands of one sender. When the sender has its next letter
// ready, leave for that is asked in one packet with the end of the letter before it (RFC
// 2920 §3.1), so that a letter costs one round trip to the server. It is for one at a time.
type Line struct {
	p     *Pool
	c     *conn     // kept for the letter that leave was asked for; else nil
	asked *Envelope // that letter
}

// Ahead is how a Line learns of the letter after the one at hand.
type Ahead struct {
	// Next is asked once the server waits for the letter at hand; nil when none is ready at
	// once. What it returns is to be the next that Send is given.
	Next func() *Envelope
	// Stalled says that the server does not answer for stallTime: the next letter need not
	// wait for it, and may be sent elsewhere.
	Stalled func()
}

// stallTime is how long the letter ahead waits for the answer to the one at hand.
const stallTime = 2 * time.Second

// Line returns a line over the pool's connections; it takes one with the first Send.
func (p *Pool) Line() *Line { return &Line{p: p} }

// Send is Pool.Send for one letter after another; ahead may be nil. A line of which leave
// was asked for another letter than e is hung up first.
func (l *Line) Send(ctx context.Context, e *Envelope, begin Begin, ahead *Ahead) Outcome {
	from, to, err := e.encoded()
	if err != nil { // addresses that cannot go on the wire
		return Outcome{State: Refused, Stage: StageMail, Enhanced: "5.1.3", Reply: err.Error()}
	}
	granted := l.asked == e && l.c != nil
	if !granted {
		l.Close()
		if l.c, err = l.p.acquire(ctx); err != nil {
			l.c = nil
			return unreachable(err)
		}
	}
	h := handing{from: from, to: to, Envelope: *e, asked: granted, wait: func() error { return nil }, ahead: ahead}
	if begin != nil {
		h.wait = begin()
	}
	o := l.hand(ctx, &h)
	if l.asked = h.next; l.asked == nil || l.c.broken != nil {
		l.asked = nil
		l.p.release(l.c)
		l.c = nil
	}
	return o
}

// hand hands over. A connection that waited, or has had its share, may have been closed by
// the server. Nothing of the letter was answered then, so a new connection can take it at once.
func (l *Line) hand(ctx context.Context, h *handing) Outcome {
	used := l.c.letters > 0
	o := l.c.hand(h)
	if used && o.State == Transport && o.Stage == StageMail && !l.c.timedOut() {
		if fresh, err := l.p.dial(context.WithoutCancel(ctx)); err == nil {
			l.c, h.asked, h.next = fresh, false, nil
			o = fresh.hand(h)
		}
	}
	return o
}

// Asked reports whether leave was asked for a letter, so that it goes over the connection that
// the one before it went over.
func (l *Line) Asked(e *Envelope) bool { return l.c != nil && l.asked == e }

// Close gives the connection back. One on which leave was asked for a letter that does not
// come is hung up: whatever we say now would be taken for the letter.
func (l *Line) Close() {
	if l.c == nil {
		return
	}
	if l.asked != nil {
		l.c.broken = errUnasked
		l.c.raw.Close()
	}
	l.p.release(l.c)
	l.c, l.asked = nil, nil
}
