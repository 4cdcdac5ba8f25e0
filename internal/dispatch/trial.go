package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/trial"
)

// decideDue ends the tests whose time is over. A test's time runs from when its last letter
// left, so a pause, a slow server or the hours of the readers' zones shorten it for nobody.
func (d *Dispatcher) decideDue(ctx context.Context) error {
	open, err := d.store.OpenTrials(ctx)
	for _, t := range open {
		err = errors.Join(err, d.decide(ctx, t))
	}
	return err
}

// decide takes one test as far as it can go now.
func (d *Dispatcher) decide(ctx context.Context, t ledger.Trial) error {
	if !t.Open() {
		return d.releaseWinner(ctx, t.ID)
	}
	now := d.store.Now()
	if d.looks.early(t.ID, now) {
		return nil
	}
	if t.EndsAt == nil {
		left, all, err := d.store.TestLeft(ctx, t.ID)
		if err != nil || !all {
			d.looks.at(t.ID, now.Add(lookLeft))
			return err
		}
		ends := left.Add(t.Rule.After)
		if err := d.store.EndTrialAt(ctx, t.ID, ends); err != nil {
			return err
		}
		t.EndsAt = &ends
		d.watch.changed()
	}
	if t.EndsAt.After(now) {
		return nil
	}
	return d.judge(ctx, t)
}

// judge decides a test whose time is over. One that people come to one by one goes on until
// each variant has reached enough of them.
func (d *Dispatcher) judge(ctx context.Context, t ledger.Trial) error {
	arms, _, err := d.store.Arms(ctx, t)
	if err != nil {
		return err
	}
	if t.OneByOne && !trial.Enough(arms) {
		d.looks.at(t.ID, d.store.Now().Add(lookEnough))
		return nil
	}
	v := trial.Decide(t.Rule, arms)
	decided, err := d.store.Decide(ctx, t, v, arms, "")
	if err != nil {
		return fmt.Errorf("test of message %d: %w", t.MessageID, err)
	}
	if decided {
		slog.Info("test decided", "campaign", t.CampaignID, "message", t.MessageID, "winner", v.Winner, "because", string(v.Why))
		d.watch.changed()
	}
	return d.releaseWinner(ctx, t.ID)
}

// A release goes in steps, so that nobody else who writes waits long, and a tick takes so
// many of them at most, so that it gets to its other work.
const (
	releaseSize  = 2000
	releaseSteps = 25
)

// releaseWinner gives a winner to those who wait for it; a tick goes on where the last stopped.
func (d *Dispatcher) releaseWinner(ctx context.Context, test int64) error {
	for range releaseSteps {
		more, err := d.store.ReleaseWinner(ctx, test, releaseSize)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// How long it is until a test is looked at again: whether its last letter has left, and
// whether enough people have come.
const (
	lookLeft   = 30 * time.Second
	lookEnough = 10 * time.Minute
)

// looks are the moments until which tests are left alone, so that a large one is not counted
// each second.
type looks struct {
	mu    sync.Mutex
	after map[int64]time.Time
}

func (l *looks) early(test int64, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.after[test]) {
		return true
	}
	delete(l.after, test)
	return false
}

func (l *looks) at(test int64, next time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.after == nil {
		l.after = map[int64]time.Time{}
	}
	l.after[test] = next
}

// Choose ends a test by hand: its winner goes out at once to all who wait for it.
func (d *Dispatcher) Choose(ctx context.Context, campaign, test int64, winner, by string) error {
	if err := d.store.Choose(ctx, campaign, test, winner, by); err != nil {
		return err
	}
	err := d.releaseWinner(ctx, test)
	d.watch.changed()
	d.Wake()
	return err
}

// fewPeople is the size of a variant's group below which chance decides almost alone.
const fewPeople = 100

// testLines say what a message's test will do, and what makes it say little.
func testLines(c campaigns.Campaign, m campaigns.Message, people int64) []Line {
	all := m.Variants()
	if len(all) < 2 || m.Test == nil {
		return nil
	}
	var lines []Line
	line := func(level, format string, args ...any) {
		lines = append(lines, Line{Level: level, Format: format, Args: args, Where: m.Name})
	}
	each, wait := m.Test.Split(people, len(all))
	switch {
	case c.OneByOne(m):
		line("pass", "A/B test: each reader who comes gets one of %d variants until there is a winner.", len(all))
	case each == 0:
		line("fail", "A/B test: there are too few people for %d variants. Let a larger share try them, or take one away.", len(all))
	default:
		line("pass", "A/B test: %d people get each of %d variants; %d wait for the winner.", each, len(all), wait)
		if each < fewPeople {
			line("warn", "A/B test: only %d people get each variant; chance will decide more than they do. Let a larger share try them.", each)
		}
	}
	return lines
}
