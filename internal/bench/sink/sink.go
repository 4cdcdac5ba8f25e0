// Package sink is an SMTP server for measurements: it takes letters, throws them away and remembers whose they were.
//
// It is as lean as it can be, so that what is measured is the sender. It can be slow, forgetful or unfriendly in the
// ways mail servers are, and by the recipient's address alone, so that a test knows beforehand to whom. Bind it to
// loopback.
package sink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Options are how a sink treats its callers. The zero value takes everything at once.
type Options struct {
	AfterData  time.Duration // waits so long before it answers a letter
	EveryReply time.Duration // waits so long before each write of replies

	// Shares of recipients, from 0 to 1; Fate says whom.
	Soft, Hard, Drop, Stall float64
	Late                    bool // Soft and Hard are said of the letter, not of the recipient
	Relents                 bool // takes those it asked to come back

	Trickle     int // reads so many octets a millisecond and speaks slower still; 0 is no limit
	Letters     int // a connection takes so many, then 421; 0 is no limit
	Connections int // more are answered 421; 0 is no limit

	NoPipelining, NoUTF8 bool // are not offered

	Keep int // so many letters are kept whole, the first ones
}

// A Sink is a listening server. Its methods are safe for many at once.
type Sink struct {
	listener net.Listener
	options  atomic.Pointer[Options]
	figures  figures
	mu       sync.Mutex
	open     map[net.Conn]struct{}
	logs     []*log
	kept     []Letter
	sessions sync.WaitGroup
}

// figures are counted without a lock.
type figures struct {
	taken, octets, connections, now atomic.Int64
	first, last                     atomic.Int64 // when a letter was taken, Unix nanoseconds
}

// Listen starts a sink at addr, host:port; port 0 is any free one.
func Listen(addr string, o Options) (*Sink, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("sink: %w", err)
	}
	s := &Sink{listener: l, open: map[net.Conn]struct{}{}}
	s.Set(o)
	s.sessions.Go(s.accept)
	return s, nil
}

// Addr is where it listens, host:port.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// Set changes how callers are treated from their next command on.
func (s *Sink) Set(o Options) { s.options.Store(&o) }

// Close hangs up on everybody. What was recorded can still be asked for.
func (s *Sink) Close() error {
	err := s.listener.Close()
	s.mu.Lock()
	for c := range s.open {
		c.Close()
	}
	s.mu.Unlock()
	s.sessions.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Sink) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.sessions.Go(func() { s.serve(c) })
	}
}

func (s *Sink) serve(c net.Conn) {
	defer c.Close()
	s.figures.connections.Add(1)
	defer s.figures.now.Add(-1)
	crowded := s.figures.now.Add(1)
	if most := s.options.Load().Connections; most > 0 && crowded > int64(most) {
		c.Write([]byte("421 4.7.0 Too many connections\r\n"))
		return
	}
	l := &log{}
	s.mu.Lock()
	s.open[c] = struct{}{}
	s.logs = append(s.logs, l)
	s.mu.Unlock()
	session := &session{sink: s, conn: c, log: l, in: make([]byte, 32<<10), out: make([]byte, 0, 1024)}
	session.end(session.run())
	s.mu.Lock()
	delete(s.open, c)
	s.mu.Unlock()
}

// Reset forgets what was recorded.
func (s *Sink) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.logs {
		l.reset()
	}
	s.kept = nil
	for _, n := range []*atomic.Int64{&s.figures.taken, &s.figures.octets, &s.figures.connections, &s.figures.first, &s.figures.last} {
		n.Store(0)
	}
}

// Wait returns when n letters were taken since the last Reset, or ctx has ended.
func (s *Sink) Wait(ctx context.Context, n int) error {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for int(s.figures.taken.Load()) < n {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d letters came: %w", s.figures.taken.Load(), n, ctx.Err())
		case <-look.C:
		}
	}
	return nil
}
