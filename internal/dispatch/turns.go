package dispatch

import (
	"context"
	"errors"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/mailer"
)

// errHeld is every transport being unwell or at the end of its limits: what is leased goes
// back untouched.
var errHeld = errors.New("all mail servers are unwell or at the end of their limits")

// A sender waits for its transport's turn with a letter in its hand up to longWait; for
// longer the letter goes back to the queue. It looks again after longestNap at the latest.
const (
	longWait   = 5 * time.Second
	longestNap = 500 * time.Millisecond
)

// limited is why a letter waits that the gate refused.
const limited = "a sending limit is reached for now"

// wantsUTF8 is why a letter waits that other transports cannot take.
const wantsUTF8 = "waits for a mail server that offers SMTPUTF8"

// man puts senders to work for each transport in use that has none yet in this session, one
// for each of its connections. Those of a transport that is used no more end by themselves.
func (s *session) man(ctx context.Context, fail context.CancelCauseFunc) error {
	if err := s.d.fleet.refit(ctx); err != nil {
		return err
	}
	for _, c := range s.d.fleet.gate.plan.Load().carriers {
		if s.manned[c.pool] {
			continue
		}
		s.manned[c.pool] = true
		for range c.Connections {
			s.work.Go(func() { s.send(ctx, fail, c) })
		}
	}
	return nil
}

// push hands a letter to the senders; while they are slow it looks after what was changed.
func (s *session) push(ctx context.Context, fail context.CancelCauseFunc, j job) error {
	for {
		select {
		case s.queue <- j:
			return nil
		default:
		}
		look := time.NewTimer(lookEvery)
		select {
		case s.queue <- j:
			look.Stop()
			return nil
		case <-ctx.Done():
			look.Stop()
			return nil
		case <-look.C:
			if err := s.man(ctx, fail); err != nil {
				return err
			}
		}
	}
}

// tell passes a server's answer on, unless it is not the server's doing.
func (s *session) tell(ctx context.Context, c *carrier, j job, got mailer.Outcome) {
	s.d.fleet.gate.answered(ctx, c, s.sender(ctx, j), j.Subscriber.Email, got)
}

// finished reports whether all that was leased is taken, and no more comes.
func (s *session) finished() bool {
	select {
	case <-s.fed:
		return len(s.queue) == 0
	default:
		return false
	}
}

// await waits until the transport could take a letter; meanwhile others take it. It reports
// false when there is nothing left for it to do.
func (s *session) await(ctx context.Context, fail context.CancelCauseFunc, c *carrier, before **ledger.Outcome) bool {
	g := s.d.fleet.gate
	for ctx.Err() == nil && !c.gone() {
		ok, again := g.could(g.current(c))
		if ok {
			break
		}
		if s.settle(before); s.finished() {
			return false
		}
		if len(s.queue) > 0 && g.stuck() {
			fail(errHeld)
			break
		}
		s.nap(ctx, again)
	}
	return ctx.Err() != nil || !c.gone() // a session that ends hands back its whole queue
}

// turn waits for the transport's turn with a letter in hand, and asks whether the letter
// may leave; if not, it goes back to the queue with the moment to ask again. A letter that
// takes only this transport does not compete with others for it.
func (s *session) turn(ctx context.Context, c *carrier, only bool, j job, before **ledger.Outcome) bool {
	g := s.d.fleet.gate
	ask := g.turn
	if only {
		ask = g.turnOnly
	}
	for {
		ok, again := ask(ctx, c)
		if ok {
			break
		}
		s.settle(before)
		if again.Sub(g.now()) > longWait || c.gone() { // another transport may take it at once
			out := unsent(j.Work)
			if only {
				out.Reason, out.DueAt = wantsUTF8, g.now().Add(time.Minute)
			}
			s.d.clerk.settle(*out)
			return false
		}
		if s.nap(ctx, again); ctx.Err() != nil {
			return false
		}
	}
	ok, again := g.admit(ctx, c.ID, rankOf(j.Work), s.sender(ctx, j), j.Subscriber.Email)
	if !ok {
		g.back(c)
		s.d.clerk.settle(ledger.Outcome{DeliveryID: j.ID, State: ledger.Queued, Reason: limited, DueAt: again, Untried: true, Unbegun: true})
	}
	return ok
}

// nap sleeps until a moment, or a while.
func (s *session) nap(ctx context.Context, until time.Time) {
	t := time.NewTimer(max(time.Millisecond, min(until.Sub(s.d.store.Now()), longestNap)))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// sender is the address a letter will be from; it is looked for only where it matters.
func (s *session) sender(ctx context.Context, j job) string {
	if len(s.d.fleet.gate.plan.Load().senders) == 0 {
		return ""
	}
	return s.from(ctx, j)
}

// from is the address a letter will be from.
func (s *session) from(ctx context.Context, j job) string {
	from := campaigns.Sender{}
	if c, _, err := s.d.campaign(ctx, j.batch, j.Work); err == nil { // what is wrong is said when the letter is written
		from = c.Sender
	}
	return sender(from, j.batch.shop).Email
}

// over is the transport a letter leaves over: the sender's own, or for an address that needs
// SMTPUTF8 one that offers it.
func (s *session) over(ctx context.Context, c *carrier, j job) *carrier {
	if c.pool.UTF8() == mailer.Offered {
		return c
	}
	env := mailer.Envelope{To: j.Subscriber.Email}
	if s.d.o.BounceDomain == "" {
		env.From = s.from(ctx, j)
	}
	if !env.NeedsUTF8() {
		return c
	}
	return s.d.fleet.gate.offers(c)
}

// elsewhere puts a letter off that was refused for want of SMTPUTF8, when another transport
// may offer it; ok says so.
func (s *session) elsewhere(c *carrier, w ledger.Work, env mailer.Envelope, got mailer.Outcome) (out ledger.Outcome, ok bool) {
	if got.State != mailer.Refused || got.Code != 0 || !env.NeedsUTF8() || s.d.age(w) >= s.d.o.RetryFor {
		return out, false
	}
	for _, other := range s.d.fleet.gate.plan.Load().carriers {
		ok = ok || other.pool.UTF8() > c.pool.UTF8()
	}
	out = ledger.Outcome{DeliveryID: w.ID, State: ledger.Queued, Reason: wantsUTF8,
		DueAt: s.d.store.Now(), Untried: true, Tried: true}
	if s.d.fleet.gate.offers(c) == c {
		out.DueAt = out.DueAt.Add(time.Minute)
	}
	return out, ok
}
