package dispatch

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"keepsake/campaigns/fault"
	"keepsake/internal/mailer"
)

// promptWait is how long a person waits, in all, until a letter may leave.
const promptWait = 2 * time.Second

// prompt sends a letter outside the ledger that a person waits for, within the limits, and
// over a second mail server when the first does not answer. A *fault.Error says that a limit
// stands in its way.
func (d *Dispatcher) prompt(ctx context.Context, sender string, env mailer.Envelope) (got mailer.Outcome, err error) {
	g, left, tries, limited := d.fleet.gate, promptWait, 0, false
	for _, c := range d.fleet.ranked(ctx) {
		if !g.soon(ctx, c, sender, env.To, &left) {
			why, ill := g.ill(c)
			if limited = limited || !ill; tries == 0 {
				got = mailer.Outcome{State: mailer.Transport, Stage: mailer.StageConnect, Reply: why}
			}
			continue
		}
		got = c.pool.Send(ctx, env, nil)
		g.answered(ctx, c, sender, env.To, got)
		if tries++; got.State != mailer.Transport || tries == 2 || ctx.Err() != nil {
			return got, nil
		}
	}
	if tries == 0 && limited {
		err = fault.New(fault.Away, "A sending limit is reached for now. Please try again in a few minutes.")
	}
	return got, err
}

// answered is told of the answer to a letter that a person waited for.
func (g *gate) answered(ctx context.Context, c *carrier, sender, recipient string, got mailer.Outcome) {
	ours := ctx.Err() != nil || c.gone()
	if got.State != mailer.Transport || !ours {
		g.told(context.WithoutCancel(ctx), c, recipient, got)
	}
	if got.State == mailer.Transport && (ours || got.Stage == mailer.StageConnect) {
		g.unused(c, sender, recipient)
	}
}

// soon waits until a letter may leave over the transport, and counts it; false when it may
// not before a person has waited long enough.
func (g *gate) soon(ctx context.Context, c *carrier, sender, recipient string, left *time.Duration) bool {
	for {
		ok, again := g.turnOnly(ctx, c)
		if ok {
			if ok, again = g.admit(ctx, c.ID, person, sender, recipient); ok {
				return true
			}
			g.back(c)
		}
		wait := max(again.Sub(g.now()), time.Millisecond)
		if *left -= wait; *left < 0 {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
	}
}

// ill is why a transport is left alone, if it is.
func (g *gate) ill(c *carrier) (why string, ill bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return c.health.Why, !c.health.Well()
}

// ranked are the transports in the order in which they are asked for a letter outside the
// ledger: those that are able, by priority. Pages ask too, so it sees to it that what is set
// is in force.
func (f *fleet) ranked(ctx context.Context) []*carrier {
	if err := f.refit(ctx); err != nil {
		slog.Error("transports", "error", err)
	}
	now, all := f.gate.now(), slices.Clone(f.gate.plan.Load().carriers)
	f.gate.mu.Lock()
	defer f.gate.mu.Unlock()
	last := func(c *carrier) int {
		if c.able(now) {
			return c.Priority
		}
		return c.Priority + 1000
	}
	slices.SortStableFunc(all, func(a, b *carrier) int { return cmp.Compare(last(a), last(b)) })
	return all
}
