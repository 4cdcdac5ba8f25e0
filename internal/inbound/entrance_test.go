package inbound

import (
	"net"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// guests is a listener at which connections of invented addresses arrive.
type guests chan net.Conn

func (g guests) Accept() (net.Conn, error) {
	if c, ok := <-g; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (guests) Close() error   { return nil }
func (guests) Addr() net.Addr { return &net.TCPAddr{} }

type guest struct {
	net.Conn
	ip string
}

func (g guest) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(g.ip), Port: 25} }

// comes is a connection from an address; its other end is what the stranger sees.
func (g guests) comes(t *testing.T, ip string) *textproto.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { theirs.Close() })
	g <- guest{ours, ip}
	return textproto.NewConn(theirs)
}

func TestOneAddressGetsAFewConnections(t *testing.T) {
	g := make(guests)
	e := &entrance{Listener: g, lim: Limits{PerAddress: 2}, inside: map[string]int{}}
	in := make(chan net.Conn)
	go func() {
		for c, err := e.Accept(); err == nil; c, err = e.Accept() {
			in <- c
		}
		close(in)
	}()
	let := func(ip string) net.Conn { t.Helper(); g.comes(t, ip); return <-in }
	turned := func(ip string) {
		t.Helper()
		if line, err := g.comes(t, ip).ReadLine(); err != nil || !strings.HasPrefix(line, "421 4.7.0 ") {
			t.Errorf("one too many of %s: %q, %v", ip, line, err)
		}
	}
	first := let("203.0.113.7")
	let("203.0.113.7")
	turned("203.0.113.7")
	turned("::ffff:203.0.113.7")
	let("203.0.113.8") // another is let in meanwhile
	let("2001:db8:1:2::1")
	let("2001:db8:1:2::2")
	turned("2001:db8:1:2:ffff::3")
	let("2001:db8:1:3::1")
	for range 10 {
		let("127.0.0.1")
		let("::1")
	}
	first.Close()
	first.Close() // counts once
	let("203.0.113.7")
	turned("203.0.113.7")
	close(g)
	<-in
}

func TestWhoNamesNobodyIsSentAwayEvenWhenBusy(t *testing.T) {
	ours := func(to string) bool { return to == "bounce@shop.test" }
	for name, c := range map[string]struct {
		lim  Limits
		says []string
	}{
		"named nobody":       {Limits{Unnamed: 100 * time.Millisecond, Life: time.Hour}, []string{"NOOP"}},
		"named a stranger":   {Limits{Unnamed: 100 * time.Millisecond}, []string{"RSET", "MAIL FROM:<>", "RCPT TO:<who@shop.test>"}},
		"named one, in vain": {Limits{Unnamed: 50 * time.Millisecond, Life: 200 * time.Millisecond}, []string{"RSET", "MAIL FROM:<>", "RCPT TO:<bounce@shop.test>"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.lim.Accepts = ours
			r := start(t, keep(make(chan taken, 1)), c.lim)
			began := time.Now()
			tc, err := textproto.Dial("tcp", r.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer tc.Close()
			tc.ReadLine()
			tc.PrintfLine("HELO x")
			for said := 0; err == nil; said++ { // never silent
				tc.PrintfLine("%s", c.says[said%len(c.says)])
				_, err = tc.ReadLine()
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it stayed for %s", took)
			}
		})
	}
}

func TestWhoNamesOneOfOursMayStay(t *testing.T) {
	r := start(t, keep(make(chan taken, 1)), Limits{Unnamed: time.Second, Life: time.Hour})
	tc, err := textproto.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer tc.Close()
	tc.ReadLine()
	for _, line := range []string{"HELO x", "MAIL FROM:<>", "RCPT TO:<bounce@shop.test>"} {
		tc.PrintfLine("%s", line)
		if _, _, err := tc.ReadResponse(250); err != nil {
			t.Fatal(err)
		}
	}
	for began := time.Now(); time.Since(began) < 1200*time.Millisecond; {
		tc.PrintfLine("NOOP")
		if _, _, err := tc.ReadResponse(250); err != nil {
			t.Fatalf("after %s: %v", time.Since(began), err)
		}
	}
}
