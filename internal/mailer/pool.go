package mailer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// How long connections live. A server that is asked for more connections than it grants
// is left alone for regrowth before one more is tried.
const (
	maxAge   = 5 * time.Minute
	maxIdle  = 20 * time.Second
	regrowth = 30 * time.Second
)

var (
	errClosed  = errors.New("the mailer is closed")
	errUnasked = errors.New("leave was asked for a letter that did not come")
)

// Pool hands letters to one server over connections it keeps open. Its methods are
// meant to be called by many workers at once.
type Pool struct {
	cfg    Config
	bad    error // what is wrong with cfg
	tls    *tls.Config
	dialer net.Dialer

	mu      sync.Mutex
	idle    []*conn
	open    int       // idle, busy and being dialled
	live    int       // idle and busy
	limit   int       // at most Config.Connections; less when the server grants less
	shrunk  time.Time // when the limit was last changed
	waiters []chan struct{}
	closed  bool
	gone    chan struct{} // closed when closed and none is open
	reaper  *time.Timer
	utf8    atomic.Int32 // an Offer
}

// Usable reports whether the configuration names a server.
func (p *Pool) Usable() bool { return p.bad == nil }

// Offer is what is known of an extension of the server.
type Offer int32

// What is known: Unknown before the first connection.
const (
	NotOffered Offer = iota - 1
	Unknown
	Offered
)

// UTF8 is whether the server offers SMTPUTF8, as it said last (RFC 6531).
func (p *Pool) UTF8() Offer { return Offer(p.utf8.Load()) }

// NeedsUTF8 reports whether the letter can only go to a server that offers SMTPUTF8: its
// addresses have more than ASCII before the @. Behind it A-labels do.
func (e Envelope) NeedsUTF8() bool {
	for _, addr := range []string{e.From, e.To} {
		local, _, _ := strings.Cut(addr, "@")
		if !ascii(local) {
			return true
		}
	}
	return false
}

// New returns a Pool; it connects at the first Send. A bad Config shows at Send and Check.
func New(cfg Config) *Pool {
	cfg, err := cfg.filled()
	return &Pool{cfg: cfg, bad: err, limit: cfg.Connections, gone: make(chan struct{}),
		tls: &tls.Config{ServerName: cfg.Host, MinVersion: tls.VersionTLS12}}
}

// Begin is told that a connection is there for a letter, and starts to commit that it is
// being handed over. wait returns when that is committed; it is asked before the first
// byte of the letter leaves. An error of either means that the letter must not leave.
type Begin func() (wait func() error)

// Send hands one letter over and returns what the server said. It waits for a free
// connection as long as ctx allows; once there is one, ctx no longer interrupts: that
// could only turn a letter that is leaving into an unsure one.
//
// begin may be nil. While it commits, the server is asked for leave (MAIL, RCPT, DATA); if
// it fails after that the connection is closed, the letter unwritten, and the outcome is
// Transport at "data".
func (p *Pool) Send(ctx context.Context, e Envelope, begin Begin) Outcome {
	l := p.Line()
	defer l.Close()
	return l.Send(ctx, &e, begin, nil)
}

func unreachable(err error) Outcome {
	o := Outcome{State: Transport, Stage: StageConnect, Reply: oneLine(err.Error())}
	if code, text, ok := said(err); ok {
		o.Code, o.Enhanced = code, enhanced(text)
	}
	return o
}

// encoded returns the addresses as they go on the wire.
func (e Envelope) encoded() (from, to string, err error) {
	if e.From != "" {
		if from, err = encode(e.From); err != nil {
			return "", "", err
		}
	}
	to, err = encode(e.To)
	return from, to, err
}

// acquire returns an idle connection, opens one, or waits for one.
func (p *Pool) acquire(ctx context.Context) (*conn, error) {
	for {
		c, wait, err := p.take()
		if c != nil || err != nil {
			return c, err
		}
		if wait == nil {
			if c, err = p.dial(ctx); err == nil {
				p.alive()
				return c, nil
			}
			if ctx.Err() != nil { // we gave up, which says nothing of the server
				p.forgo()
				return nil, err
			}
			if !p.shrink() {
				return nil, err
			}
			continue // others are open: take one of those when it is free
		}
		select {
		case <-wait:
		case <-ctx.Done():
			p.leave(wait)
			return nil, ctx.Err()
		}
	}
}

// take returns an idle connection, or a channel to wait on, or neither: then the caller
// may open one, and its place is already counted.
func (p *Pool) take() (*conn, chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, errClosed
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c, nil, nil
	}
	if p.limit < p.cfg.Connections && time.Since(p.shrunk) > regrowth {
		p.limit, p.shrunk = p.limit+1, time.Now()
	}
	if p.open < p.limit {
		p.open++
		return nil, nil, nil
	}
	wait := make(chan struct{}, 1)
	p.waiters = append(p.waiters, wait)
	return nil, wait, nil
}

func (p *Pool) alive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live++
}

// forgo gives back the place of a dial that was not waited for.
func (p *Pool) forgo() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free()
}

// shrink gives back the place of a failed dial. When other connections live, the server
// grants no more than those, so it reports true: wait for one of them. When none does,
// the server is away, which says nothing about how many it will grant.
func (p *Pool) shrink() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free()
	if p.live == 0 || p.closed {
		p.limit = p.cfg.Connections
		return false
	}
	p.limit, p.shrunk = p.live, time.Now()
	return true
}

// free takes one connection out of the count and lets a waiter try. With p.mu held.
func (p *Pool) free() {
	p.open--
	p.wake()
	if p.closed && p.open == 0 {
		close(p.gone)
	}
}

// bury frees the place of a connection that lived. With p.mu held.
func (p *Pool) bury() {
	p.live--
	p.free()
}

func (p *Pool) wake() {
	if len(p.waiters) > 0 {
		p.waiters[0] <- struct{}{}
		p.waiters = p.waiters[1:]
	}
}

// leave takes a waiter out that gave up, and passes its turn on if it had one.
func (p *Pool) leave(wait chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiters, wait); i >= 0 {
		p.waiters = slices.Delete(p.waiters, i, i+1)
		return
	}
	p.wake()
}

// release takes a connection back, or ends it when it is broken, old or has done its share.
func (p *Pool) release(c *conn) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.broken != nil {
		p.bury()
		return
	}
	if p.closed || c.spent() {
		go p.end(c)
		return
	}
	c.idle = now
	p.idle = append(p.idle, c)
	p.wake()
	if p.reaper == nil {
		p.reaper = time.AfterFunc(maxIdle, p.reap)
	}
}

// end says goodbye; the place counts until then, for the server counts it too.
func (p *Pool) end(c *conn) {
	c.quit()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bury()
}

// reap ends the connections nobody has needed for a while.
func (p *Pool) reap() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reaper = nil
	p.idle = slices.DeleteFunc(p.idle, func(c *conn) bool {
		old := time.Since(c.idle) >= maxIdle
		if old {
			go p.end(c)
		}
		return old
	})
	if len(p.idle) > 0 {
		p.reaper = time.AfterFunc(maxIdle, p.reap)
	}
}

// Close lets letters that are leaving finish, says goodbye on every connection and
// refuses further ones. A second call waits as the first does.
func (p *Pool) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		for _, c := range p.idle {
			go p.end(c)
		}
		p.idle = nil
		for len(p.waiters) > 0 {
			p.wake()
		}
		if p.open == 0 {
			close(p.gone)
		}
	}
	p.mu.Unlock()
	<-p.gone
	return nil
}
