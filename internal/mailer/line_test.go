package mailer

import (
	"bytes"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"testing"
	"time"

	"keepsake/internal/mailer/smtptest"
)

// all hands letters over on one line, each asked for with the one before, and returns what
// became of them.
func all(t *testing.T, p *Pool, letters []*Envelope, begin func(i int) Begin) []Outcome {
	t.Helper()
	l := p.Line()
	defer l.Close()
	out := make([]Outcome, len(letters))
	for i, e := range letters {
		out[i] = l.Send(t.Context(), e, begin(i), &Ahead{Stalled: func() { t.Error("stalled") }, Next: func() *Envelope {
			if i+1 < len(letters) {
				return letters[i+1]
			}
			return nil
		}})
	}
	return out
}

func some(n int) (letters []*Envelope) {
	for i := range n {
		e := letter(fmt.Sprintf("p%d@shop.test", i))
		letters = append(letters, &e)
	}
	return letters
}

func begunAll(int) Begin { return begun }

func states(out []Outcome) (all []State) {
	for _, o := range out {
		all = append(all, o.State)
	}
	return all
}

func TestLettersOfALineArriveAsTheyWere(t *testing.T) {
	for name, opts := range map[string][]smtptest.Option{"pipelined": nil, "step": {smtptest.NoPipelining()}} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Start(t, opts...)
			letters := some(20)
			for i, o := range all(t, pool(t, s, func(c *Config) { c.PerConnection = 7 }), letters, begunAll) {
				if o.State != Sent {
					t.Errorf("%d: %+v", i, o)
				}
			}
			for i, l := range s.Wait(20) {
				if l.To != letters[i].To || !bytes.Equal(l.Data, letters[i].Data) {
					t.Errorf("%d: to %s %q", i, l.To, l.Data)
				}
			}
			if total, _ := s.Sessions(); total != 3 {
				t.Errorf("%d connections, want 3", total)
			}
		})
	}
}

func TestARefusalOnALineIsTheLettersOwn(t *testing.T) {
	refuse := func(to string) error {
		if to == "p1@shop.test" {
			return smtptest.Reply(550, "5.1.1 No such mailbox")
		}
		return nil
	}
	for name, opt := range map[string]smtptest.Option{
		"at rcpt": smtptest.OnRcpt(refuse),
		"at data": smtptest.OnData(func(l smtptest.Letter) error { return refuse(l.To) }),
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Start(t, opt)
			out := all(t, pool(t, s), some(4), begunAll)
			if got := states(out); !slices.Equal(got, []State{Sent, Refused, Sent, Sent}) {
				t.Errorf("got %v", got)
			}
			if len(s.Wait(3)) != 3 {
				t.Errorf("%d arrived", len(s.Letters()))
			}
		})
	}
}

func TestALetterOfALineThatIsNotBegunDoesNotLeave(t *testing.T) {
	s := smtptest.Start(t)
	out := all(t, pool(t, s), some(3), func(i int) Begin {
		if i == 1 {
			return func() func() error { return func() error { return errors.New("paused") } }
		}
		return begun
	})
	if got := states(out); !slices.Equal(got, []State{Sent, Transport, Sent}) || out[1].Stage != StageData {
		t.Errorf("got %+v", out)
	}
	for _, l := range s.Wait(2) {
		if l.To == "p1@shop.test" {
			t.Error("it left")
		}
	}
}

func TestALineThatEndsLeavesNoHalfLetter(t *testing.T) {
	s := smtptest.Start(t)
	p := pool(t, s)
	letters := some(2)
	l := p.Line()
	o := l.Send(t.Context(), letters[0], begun, &Ahead{Next: func() *Envelope { return letters[1] }})
	l.Close()
	if o.State != Sent {
		t.Errorf("got %+v", o)
	}
	if o := p.Send(t.Context(), letter("ok@shop.test"), begun); o.State != Sent {
		t.Errorf("next: %+v", o)
	}
	if ls := s.Wait(2); len(ls) != 2 || ls[1].To != "ok@shop.test" {
		t.Errorf("arrived: %+v", ls)
	}
}

func TestLeaveForTheNextLetterComesWithTheEndOfTheOneBefore(t *testing.T) {
	together := make(chan bool, 2)
	p := script(t, func(c *textproto.Conn) {
		for range 3 {
			c.ReadLine()
		}
		c.PrintfLine("250 ok\r\n250 ok\r\n354 go")
		for range 2 {
			c.ReadDotBytes()
			together <- c.R.Buffered() > 0
			c.PrintfLine("250 taken")
			for range 3 {
				c.ReadLine()
			}
			c.PrintfLine("250 ok\r\n250 ok\r\n354 go")
		}
	})
	all(t, p, some(2), begunAll)
	if !<-together {
		t.Error("the envelope came later")
	}
	if <-together {
		t.Error("leave was asked for a letter that is not there")
	}
}

// A server that hangs up after each letter, with the next one's envelope unread.
func TestALetterIsNotInDoubtBecauseOfTheOneBehindIt(t *testing.T) {
	p := script(t, func(c *textproto.Conn) {
		for range 3 {
			c.ReadLine()
		}
		c.PrintfLine("250 ok\r\n250 ok\r\n354 go")
		c.ReadDotBytes()
		c.PrintfLine("250 taken")
	})
	if got := states(all(t, p, some(4), begunAll)); !slices.Equal(got, []State{Sent, Sent, Sent, Sent}) {
		t.Errorf("got %v", got)
	}
}

func TestAServerThatStallsHoldsOneLetterOnly(t *testing.T) {
	stalled := make(chan bool, 1)
	p := script(t, func(c *textproto.Conn) {
		for range 3 {
			c.ReadLine()
		}
		c.PrintfLine("250 ok\r\n250 ok\r\n354 go")
		c.ReadDotBytes()
		<-stalled
		c.PrintfLine("250 taken, late")
		c.ReadLine()
	})
	p.cfg.Timeout = time.Second // and ten times that for the answer; the stall is noticed after two
	letters := some(2)
	l := p.Line()
	defer l.Close()
	o := l.Send(t.Context(), letters[0], begun, &Ahead{Next: func() *Envelope { return letters[1] }, Stalled: func() { stalled <- true }})
	if o.State != Sent || l.asked != nil {
		t.Errorf("got %+v, still asked: %v", o, l.asked != nil)
	}
}
