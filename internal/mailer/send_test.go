package mailer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/internal/mailer/smtptest"
)

// pool returns a pool on the server, closed when the test ends.
func pool(t *testing.T, s *smtptest.Server, change ...func(*Config)) *Pool {
	t.Helper()
	cfg := Config{Host: s.Host, Port: s.Port, TLS: TLSNone, Connections: 1, Timeout: 5 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	p := New(cfg)
	p.tls.RootCAs = s.Roots
	t.Cleanup(func() { p.Close() })
	return p
}

func begun(context.Context) error { return nil }

func letter(to string) Envelope {
	return Envelope{From: "bounce@shop.test", To: to, Data: []byte("Subject: hello\r\n\r\n.dots\r\n..\r\nbody\r\n")}
}

func TestSentLetterArrivesAsItWas(t *testing.T) {
	for name, opts := range map[string][]smtptest.Option{
		"pipelined": nil,
		"step":      {smtptest.NoPipelining()},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Start(t, opts...)
			p := pool(t, s)
			e := letter("ann@shop.test")
			for range 3 {
				if o := p.Send(t.Context(), e, begun); o.State != Sent || o.Code != 250 || o.Stage != StageDone || o.Enhanced != "2.0.0" {
					t.Fatalf("got %+v", o)
				}
			}
			for _, l := range s.Wait(3) {
				if !bytes.Equal(l.Data, e.Data) || l.From != e.From || l.To != e.To || l.Session != 1 || l.UTF8 {
					t.Errorf("arrived: %+v %q", l, l.Data)
				}
			}
		})
	}
}

func TestEveryRefusalIsNamed(t *testing.T) {
	reply := func(code int, text string) smtptest.Option {
		return smtptest.OnRcpt(func(to string) error {
			if to == "bad@shop.test" {
				return smtptest.Reply(code, text)
			}
			return nil
		})
	}
	data := func(err error) smtptest.Option {
		return smtptest.OnData(func(l smtptest.Letter) error {
			if l.To == "bad@shop.test" {
				return err
			}
			return nil
		})
	}
	mail := func(err error) smtptest.Option {
		return smtptest.OnMail(func(from string) error {
			if from == "bad@shop.test" {
				return err
			}
			return nil
		})
	}
	for name, c := range map[string]struct {
		opt  smtptest.Option
		want Outcome
	}{
		"unknown":        {reply(550, "5.1.1 No such mailbox"), Outcome{Refused, 550, "5.1.1", "5.1.1 No such mailbox", StageRcpt}},
		"greylisted":     {reply(451, "4.7.1 Come back"), Outcome{Later, 451, "4.7.1", "4.7.1 Come back", StageRcpt}},
		"rcpt 421":       {reply(421, "4.3.2 Shutting down"), Outcome{Transport, 421, "4.3.2", "4.3.2 Shutting down", StageRcpt}},
		"no enhanced":    {reply(552, "Full"), Outcome{Refused, 552, "", "Full", StageRcpt}},
		"two lines":      {reply(550, "5.7.1 First\n5.7.1 Second"), Outcome{Refused, 550, "5.7.1", "5.7.1 First Second", StageRcpt}},
		"sender refused": {mail(smtptest.Reply(553, "5.1.8 Who?")), Outcome{Refused, 553, "5.1.8", "5.1.8 Who?", StageMail}},
		"not signed in":  {mail(smtptest.Reply(530, "5.7.0 Sign in")), Outcome{Transport, 530, "5.7.0", "5.7.0 Sign in", StageMail}},
		"spam":           {data(smtptest.Reply(554, "5.7.1 Spam")), Outcome{Refused, 554, "5.7.1", "5.7.1 Spam", StageDone}},
		"full for now":   {data(smtptest.Reply(452, "4.2.2 Full")), Outcome{Later, 452, "4.2.2", "4.2.2 Full", StageDone}},
		"done 421":       {data(smtptest.Reply(421, "4.3.2 Bye")), Outcome{Transport, 421, "4.3.2", "4.3.2 Bye", StageDone}},
		"done dropped":   {data(smtptest.Drop), Outcome{Unsure, 0, "", "", StageDone}},
		"done stalled":   {data(smtptest.Stall), Outcome{Unsure, 0, "", "", StageDone}},
		"mail dropped":   {mail(smtptest.Drop), Outcome{Transport, 0, "", "", StageMail}},
	} {
		for _, mode := range []string{"pipelined", "step"} {
			t.Run(name+" "+mode, func(t *testing.T) {
				opts := []smtptest.Option{c.opt}
				if mode == "step" {
					opts = append(opts, smtptest.NoPipelining())
				}
				s := smtptest.Start(t, opts...)
				p := pool(t, s, func(c *Config) { c.Timeout = 300 * time.Millisecond })
				bad := letter("bad@shop.test")
				bad.From = "bad@shop.test"
				got := p.Send(t.Context(), bad, begun)
				if c.want.Code == 0 {
					c.want.Reply = got.Reply // however the system words it
				}
				if got != c.want {
					t.Errorf("got %+v, want %+v", got, c.want)
				}
				// the next recipient is not touched by it
				if o := p.Send(t.Context(), letter("ok@shop.test"), begun); o.State != Sent {
					t.Errorf("next: %+v", o)
				}
				if ls := s.Wait(1); len(ls) != 1 || ls[0].To != "ok@shop.test" {
					t.Errorf("arrived: %+v", ls)
				}
			})
		}
	}
}

func TestHalfALetterIsNeverDelivered(t *testing.T) {
	s := smtptest.Start(t)
	p := pool(t, s)
	c, err := p.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.sc.Text.W = bufio.NewWriter(&failing{w: c.raw, left: 3000})
	o := c.hand("a@shop.test", "b@shop.test", bytes.Repeat([]byte("half a letter\r\n"), 10_000))
	if o.State != Transport || o.Stage != StageBody {
		t.Errorf("got %+v, want transport at body", o)
	}
	p.release(c)
	if o := p.Send(t.Context(), letter("ok@shop.test"), begun); o.State != Sent {
		t.Errorf("next: %+v", o)
	}
	p.Close()
	if ls := s.Letters(); len(ls) != 1 || ls[0].To != "ok@shop.test" {
		t.Errorf("arrived: %d letters", len(ls))
	}
}

// failing passes some bytes on and then breaks, once the envelope is over.
type failing struct {
	w    io.Writer
	left int
}

func (f *failing) Write(b []byte) (int, error) {
	if len(b) <= f.left {
		f.left -= len(b)
		return f.w.Write(b)
	}
	n, _ := f.w.Write(b[:f.left])
	f.left = 0
	return n, errors.New("cable pulled")
}

func TestFailedBeginWritesNothing(t *testing.T) {
	s := smtptest.Start(t, smtptest.OnMail(func(string) error { t.Error("MAIL was sent"); return nil }))
	p := pool(t, s)
	o := p.Send(t.Context(), letter("a@shop.test"), func(context.Context) error { return errors.New("disk full") })
	if o.State != Transport || o.Stage != StageConnect || o.Reply != "disk full" {
		t.Errorf("got %+v", o)
	}
}

func TestBeginIsCalledOnceAndOnlyWithAConnection(t *testing.T) {
	s := smtptest.Start(t)
	p := pool(t, s)
	n := 0
	count := func(context.Context) error { n++; return nil }
	for range 2 {
		p.Send(t.Context(), letter("a@shop.test"), count)
	}
	p.Send(t.Context(), letter("a b@shop.test"), count)
	if n != 3 {
		t.Errorf("begun %d times, want 3", n)
	}
	s.Stop()
	p.Send(t.Context(), letter("a@shop.test"), count) // the kept connection is dead, and there is no new one
	if o := p.Send(t.Context(), letter("a@shop.test"), count); o.State != Transport || o.Stage != StageConnect || n != 4 {
		t.Errorf("got %+v, begun %d times", o, n)
	}
}

func TestConnectionTheServerClosedIsReplaced(t *testing.T) {
	s := smtptest.Start(t)
	p := pool(t, s)
	p.Send(t.Context(), letter("a@shop.test"), begun)
	p.idle[0].raw.Close()
	if o := p.Send(t.Context(), letter("b@shop.test"), begun); o.State != Sent {
		t.Errorf("got %+v", o)
	}
	if total, _ := s.Sessions(); total != 2 {
		t.Errorf("%d connections, want 2", total)
	}
}

func TestConnectionsAreRecycledAndSayGoodbye(t *testing.T) {
	s := smtptest.Start(t)
	p := pool(t, s, func(c *Config) { c.PerConnection = 2 })
	for range 5 {
		if o := p.Send(t.Context(), letter("a@shop.test"), begun); o.State != Sent {
			t.Fatalf("got %+v", o)
		}
	}
	p.Close()
	if total, peak := s.Sessions(); total != 3 || peak != 1 || s.Quits() != 3 {
		t.Errorf("%d connections, %d at once, %d goodbyes; want 3, 1, 3", total, peak, s.Quits())
	}
	if o := p.Send(t.Context(), letter("a@shop.test"), begun); o.State != Transport {
		t.Errorf("after Close: %+v", o)
	}
}

func TestManyWorkersSettleAtWhatTheServerGrants(t *testing.T) {
	s := smtptest.Start(t, smtptest.MaxConnections(3), smtptest.Slow(time.Millisecond))
	p := pool(t, s, func(c *Config) { c.Connections = 8 })
	p.Send(t.Context(), letter("first@shop.test"), begun)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 5 {
				if o := p.Send(t.Context(), letter("a@shop.test"), begun); o.State != Sent {
					t.Errorf("got %+v", o)
				}
			}
		})
	}
	wg.Wait()
	if _, peak := s.Sessions(); peak > 3 || len(s.Letters()) != 101 {
		t.Errorf("%d connections at once, %d letters", peak, len(s.Letters()))
	}
}

func TestWaitingForAConnectionEndsWithTheContext(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	s := smtptest.Start(t, smtptest.OnMail(func(string) error { close(started); <-release; return nil }))
	p := pool(t, s)
	done := make(chan Outcome)
	go func() { done <- p.Send(context.Background(), letter("a@shop.test"), begun) }()
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if o := p.Send(ctx, letter("b@shop.test"), begun); o.State != Transport {
		t.Errorf("got %+v", o)
	}
	close(release)
	if o := <-done; o.State != Sent {
		t.Errorf("the first: %+v", o)
	}
}

func TestTLSAndSignIn(t *testing.T) {
	secret := func(c *Config) { c.Username, c.Password = "shop", "sesame" }
	for mode, opts := range map[string][]smtptest.Option{
		TLSStart: {smtptest.TLS()}, TLSImplicit: {smtptest.ImplicitTLS()}, TLSNone: nil, TLSOpportunistic: {smtptest.TLS()},
	} {
		t.Run(mode, func(t *testing.T) {
			s := smtptest.Start(t, append(opts, smtptest.Auth("shop", "sesame"))...)
			p := pool(t, s, secret, func(c *Config) { c.TLS = mode })
			if o := p.Send(t.Context(), letter("a@shop.test"), begun); o.State != Sent {
				t.Errorf("got %+v", o)
			}
			wrong := pool(t, s, func(c *Config) { c.TLS, c.Username, c.Password = mode, "shop", "wrong" })
			if o := wrong.Send(t.Context(), letter("a@shop.test"), begun); o.State != Transport || o.Code != 535 || o.Stage != StageConnect {
				t.Errorf("wrong password: %+v", o)
			}
		})
	}
}

func TestLocalPartsBeyondASCIINeedSMTPUTF8(t *testing.T) {
	s := smtptest.Start(t)
	p := pool(t, s)
	for to, wire := range map[string]string{
		"Ann@Пример.бг":      "Ann@xn--e1afmkfd.xn--90ae",
		"ann@bücher.example": "ann@xn--bcher-kva.example",
		"иван@пример.бг":     "иван@xn--e1afmkfd.xn--90ae",
	} {
		if o := p.Send(t.Context(), letter(to), begun); o.State != Sent {
			t.Fatalf("%s: %+v", to, o)
		}
		ls := s.Letters()
		if l := ls[len(ls)-1]; l.To != wire || l.UTF8 != strings.HasPrefix(to, "иван") {
			t.Errorf("%s: to %s, SMTPUTF8 %v", to, l.To, l.UTF8)
		}
	}
	old := smtptest.Start(t, smtptest.NoSMTPUTF8())
	o := pool(t, old).Send(t.Context(), letter("иван@пример.бг"), begun)
	if o.State != Refused || o.Enhanced != "5.6.7" || o.Reply == "" {
		t.Errorf("without SMTPUTF8: %+v", o)
	}
}

func TestAddressesCannotCarryCommands(t *testing.T) {
	s := smtptest.Start(t, smtptest.OnRcpt(func(to string) error { t.Errorf("RCPT %q", to); return nil }))
	p := pool(t, s)
	for _, to := range []string{"", "ann", "a@b\r\nDATA", "a>\r\nRCPT TO:<x@y.test", "a@", "@b", "a b@c.test",
		"a@-b.test", "a@b..test", "a\u00a0b@c.test", "\"a b\"@c.test", strings.Repeat("a", 65) + "@b.test", "a@b\x00.test", "a\u202eb@c.test"} {
		if o := p.Send(t.Context(), letter(to), begun); o.State != Refused || o.Stage != StageMail {
			t.Errorf("%q: %+v", to, o)
		}
	}
}

func TestTooLargeIsRefusedBeforeItIsWritten(t *testing.T) {
	s := smtptest.Start(t, smtptest.MaxSize(10))
	if o := pool(t, s).Send(t.Context(), letter("a@shop.test"), begun); o.State != Refused || o.Code != 552 || o.Stage != StageMail {
		t.Errorf("got %+v", o)
	}
}

// script runs a server that answers line by line as f says.
func script(t *testing.T, f func(c *textproto.Conn)) *Pool {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				tc := textproto.NewConn(c)
				tc.PrintfLine("220 hi")
				tc.ReadLine()
				tc.PrintfLine("250-hi\r\n250 PIPELINING")
				f(tc)
			}()
		}
	}()
	addr := l.Addr().(*net.TCPAddr)
	p := New(Config{Host: "127.0.0.1", Port: addr.Port, TLS: TLSNone, Connections: 1, Timeout: 200 * time.Millisecond})
	t.Cleanup(func() { p.Close() })
	return p
}

func TestDataGrantedAfterARefusedRecipientGetsALoneDot(t *testing.T) {
	got := make(chan string, 9)
	p := script(t, func(c *textproto.Conn) {
		for range 3 {
			c.ReadLine()
		}
		c.PrintfLine("250 ok\r\n550 5.1.1 nobody\r\n354 go on")
		for _, answer := range []string{"554 no valid recipients", "250 reset", "250 ok", "250 ok", "354 go"} {
			line, _ := c.ReadLine()
			got <- line
			c.PrintfLine("%s", answer)
		}
		c.ReadDotBytes()
		c.PrintfLine("250")
	})
	if o := p.Send(t.Context(), letter("a@shop.test"), begun); o.State != Refused || o.Enhanced != "5.1.1" {
		t.Errorf("got %+v", o)
	}
	if o := p.Send(t.Context(), letter("b@shop.test"), begun); o.State != Sent {
		t.Errorf("next: %+v", o)
	}
	for _, want := range []string{".", "RSET", "MAIL FROM:<bounce@shop.test>", "RCPT TO:<b@shop.test>", "DATA"} {
		if line := <-got; line != want {
			t.Errorf("got %q, want %q", line, want)
		}
	}
}

func TestNonsenseIsNoAnswer(t *testing.T) {
	for answer, want := range map[string]State{
		"hello": Unsure, "354 go": Unsure, "25x ok": Unsure, "250 fine": Sent, "250": Sent, "250-a\r\n251 b": Unsure,
		strings.Repeat("250-more\r\n", 200) + "250 end": Unsure, "250 " + strings.Repeat("x", 10_000): Unsure,
		"550 \x1b[31mred\x00": Refused,
	} {
		p := script(t, func(c *textproto.Conn) {
			for range 3 {
				c.ReadLine()
			}
			c.PrintfLine("250 ok\r\n250 ok\r\n354 go")
			c.ReadDotBytes()
			c.PrintfLine("%s", answer)
		})
		o := p.Send(t.Context(), letter("a@shop.test"), begun)
		if o.State != want || o.Stage != StageDone || strings.ContainsAny(o.Reply, "\x1b\x00\r\n") {
			t.Errorf("%.20q: %+v", answer, o)
		}
	}
}
