package mailer

import (
	"context"
	"net"
	"net/textproto"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/internal/mailer/smtptest"
)

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

func TestFailedDialsLeaveNothingOpen(t *testing.T) {
	files := func() int { es, _ := os.ReadDir("/proc/self/fd"); return len(es) }
	if files() == 0 {
		t.Skip("no /proc here")
	}
	s := smtptest.Start(t)
	wrong := smtptest.Start(t, smtptest.Auth("shop", "sesame"))
	before := files()
	for range 20 {
		pool(t, s, func(c *Config) { c.TLS = TLSStart }).Send(t.Context(), letter("a@shop.test"), begun)
		pool(t, s, func(c *Config) { c.TLS = TLSImplicit }).Send(t.Context(), letter("a@shop.test"), begun)
		pool(t, wrong, func(c *Config) { c.Username = "x" }).Send(t.Context(), letter("a@shop.test"), begun)
	}
	s.Stop()
	wrong.Stop()
	if after := files(); after > before+5 {
		t.Errorf("%d files open, %d before", after, before)
	}
}

func TestSilenceEndsWithTheDeadline(t *testing.T) {
	p := script(t, func(c *textproto.Conn) { c.ReadDotBytes() })
	if o := p.Send(t.Context(), letter("a@shop.test"), begun); o.State != Transport || o.Stage != StageMail {
		t.Errorf("got %+v", o)
	}
	if total := p.open; total != 0 {
		t.Errorf("%d connections are kept", total)
	}
}
