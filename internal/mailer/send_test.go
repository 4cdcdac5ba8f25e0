package mailer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
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

func begun() (wait func() error) { return func() error { return nil } }

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
		"done dropped":   {data(smtptest.ErrDrop), Outcome{Unsure, 0, "", "", StageDone}},
		"done stalled":   {data(smtptest.ErrStall), Outcome{Unsure, 0, "", "", StageDone}},
		"mail dropped":   {mail(smtptest.ErrDrop), Outcome{Transport, 0, "", "", StageMail}},
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
	o := c.hand(&handing{from: "a@shop.test", to: "b@shop.test", Envelope: Envelope{Data: bytes.Repeat([]byte("half a letter\r\n"), 10_000)}, wait: begun()})
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

func TestALetterThatIsNotBegunDoesNotLeave(t *testing.T) {
	s := smtptest.Start(t)
	p := pool(t, s)
	o := p.Send(t.Context(), letter("a@shop.test"), func() func() error { return func() error { return errors.New("disk full") } })
	if o.State != Transport || o.Stage != StageData || o.Reply != "disk full" {
		t.Errorf("got %+v", o)
	}
	if o := p.Send(t.Context(), letter("ok@shop.test"), begun); o.State != Sent {
		t.Errorf("next: %+v", o)
	}
	if ls := s.Wait(1); len(ls) != 1 || ls[0].To != "ok@shop.test" {
		t.Errorf("arrived: %+v", ls)
	}
}

func TestBeginIsCalledOnceAndOnlyWithAConnection(t *testing.T) {
	s := smtptest.Start(t)
	p := pool(t, s)
	n := 0
	count := func() func() error { n++; return begun() }
	for range 2 {
		p.Send(t.Context(), letter("a@shop.test"), count)
	}
	p.Send(t.Context(), letter("a b@shop.test"), count)
	if n != 2 {
		t.Errorf("begun %d times, want 2", n)
	}
	s.Stop()
	p.Send(t.Context(), letter("a@shop.test"), count) // the kept connection is dead, and there is no new one
	if o := p.Send(t.Context(), letter("a@shop.test"), count); o.State != Transport || o.Stage != StageConnect || n != 3 {
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
