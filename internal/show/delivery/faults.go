package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"keepsake/internal/bench/sink"
	"keepsake/internal/show/stage"
)

// patience is how many seconds our program waits for an answer; the one after the final dot may take five times as long.
const patience = 2

// servers are two unfriendly ones, each beside the same one in a good mood.
var servers = []struct{ bad, good sink.Options }{
	{sink.Options{Soft: 0.05, Hard: 0.02, Drop: 0.01, Stall: 0.002, Letters: 100}, sink.Options{Letters: 100}},
	{sink.Options{Soft: 0.05, Hard: 0.02, Drop: 0.01, Stall: 0.002, Late: true, Trickle: 256, NoPipelining: true, NoUTF8: true},
		sink.Options{Trickle: 256, NoPipelining: true, NoUTF8: true}},
}

// faults sends to servers that refuse, cut off, fall silent, speak slowly or know no extension, and looks at what the
// ledger says of each recipient.
func faults(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	wrong, delay := 0, 0.0
	for _, s := range servers {
		good, err := try(ctx, w, s.good)
		if err != nil {
			return nil, err
		}
		bad, err := try(ctx, w, s.bad)
		if err != nil {
			return nil, err
		}
		wrong, delay = wrong+good.wrong+bad.wrong, max(delay, bad.lasted.Seconds()-good.lasted.Seconds())
	}
	return map[string]stage.Figure{"fault_wrong_state": stage.Count(wrong, 0), "fault_others_delay_s": stage.AtMost("%.1f", delay, 5)}, nil
}

// trial is one campaign to one of the servers.
type trial struct {
	*post
	o        sink.Options
	all      []stage.Person
	campaign int64
	wrong    int           // recipients in another state than the server put them
	lasted   time.Duration // until the last of those whom nothing befell
}

// foreign have a name that needs SMTPUTF8 before the @, one in so many.
const foreign = 20

func try(ctx context.Context, w *stage.Workshop, o sink.Options) (*trial, error) {
	p, err := open(ctx, w, o, setting("SMTP_TIMEOUT_SECONDS", patience))
	if err != nil {
		return nil, err
	}
	t := &trial{post: p, o: o, all: people(size(5000, 1000))}
	for i := range t.all {
		if i%foreign == 0 {
			t.all[i].Email = "чай" + t.all[i].Email
		}
	}
	list, err := p.fill(ctx, t.all)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	c, err := p.Begin(ctx, newsletter(list))
	if err != nil {
		return nil, err
	}
	t.campaign = c.ID
	if _, err := p.Finished(ctx, c.ID, len(t.all)-t.fated(sink.Refused), 5*time.Minute); err != nil {
		return nil, err
	}
	t.lasted = t.last().Sub(began)
	if err := t.judge(ctx); err != nil {
		return nil, err
	}
	return t, errors.Join(t.relent(ctx), p.Stop())
}

// utf8 reports whether the address cannot be written to without SMTPUTF8.
func utf8(email string) bool { return strings.HasPrefix(email, "чай") }

// fate is what the server does to a person.
func (t *trial) fate(email string) sink.Outcome { return t.o.Fate([]byte(email)) }

// fated counts those with that fate who can be written to.
func (t *trial) fated(fate sink.Outcome) (n int) {
	for _, one := range t.all {
		if t.fate(one.Email) == fate && !(t.o.NoUTF8 && utf8(one.Email)) {
			n++
		}
	}
	return n
}

// last is when the last of those came whom nothing befell.
func (t *trial) last() (last time.Time) {
	t.sink.Each(func(e sink.Entry) {
		if e.Outcome == sink.Taken && e.At.After(last) {
			last = e.At
		}
	})
	return last
}

// ruling is what the ledger must say: the state, and words of the reply.
type ruling struct{ state, reply string }

var rulings = map[sink.Outcome]ruling{
	sink.Taken:   {"sent", ""},
	sink.Refused: {"queued", "asks you to come back later"},
	sink.Unknown: {"failed", "knows nobody of that name"},
	sink.Dropped: {"unsure", ""},
	sink.Stalled: {"unsure", ""},
}

// judge counts the recipients whose state is not what the server did to them.
func (t *trial) judge(ctx context.Context) error {
	owed, err := t.Deliveries(ctx, t.campaign)
	if err != nil {
		return err
	}
	for _, d := range owed {
		want := rulings[t.fate(d.Email)]
		if t.o.NoUTF8 && utf8(d.Email) {
			want = ruling{"failed", "SMTPUTF8"}
		}
		state := d.State
		if state == "planned" { // it waits for its next try
			state = "queued"
		}
		if state != want.state || !strings.Contains(d.Reply, want.reply) || state == "unsure" && d.Stage == "" {
			t.fault("%s with “%s” at %q, want %s with “%s”", d.State, d.Reply, d.Stage, want.state, want.reply)
		}
	}
	for range len(t.all) - len(owed) {
		t.fault("no delivery")
	}
	suppressed, err := t.number(ctx, `SELECT COUNT(*) FROM suppressions`)
	if want := t.fated(sink.Unknown); suppressed != want {
		t.fault("%d addresses are suppressed, want %d", suppressed, want)
	}
	return err
}

func (t *trial) fault(format string, args ...any) {
	if t.wrong++; t.wrong <= 5 {
		fmt.Fprintf(os.Stderr, "  "+format+"\n", args...)
	}
}

// relent lets the server take everybody, and sees that those who were asked to come back do. The whole form waits for
// their next try, the small one brings it forward.
func (t *trial) relent(ctx context.Context) error {
	before, again := t.sink.Figures().Taken, t.fated(sink.Refused)
	o := t.o
	o.Relents = true
	t.sink.Set(o)
	if brief {
		if _, err := t.db.ExecContext(ctx, `UPDATE deliveries SET due_at = created_at WHERE state IN ('queued', 'planned')`); err != nil {
			return err
		}
	}
	c, err := t.Finished(ctx, t.campaign, len(t.all), 10*time.Minute)
	if err != nil {
		return fmt.Errorf("after the server relented: %w", err)
	}
	if came := int(t.sink.Figures().Taken - before); came != again || c.Counts.Sent != t.fated(sink.Taken)+again {
		t.fault("%d came back, want %d; %+v", came, again, c.Counts)
	}
	return nil
}
