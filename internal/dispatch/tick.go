package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"keepsake/campaigns"
)

// promoteSize is how many planned deliveries become queued in one statement.
const promoteSize = 10000

// Tick plans what is due: runs whose moment has come, deliveries whose wait is over,
// appointments of kinds, tests that are to have a winner; and closes what is finished. It may be called at any time, by any
// number of processes: every step happens once.
func (d *Dispatcher) Tick(ctx context.Context) error {
	if n, err := d.store.Recover(ctx); err != nil {
		return fmt.Errorf("recover: %w", err)
	} else if n > 0 {
		slog.Warn("deliveries in doubt after a lost sender", "count", n)
	}
	errs := []error{d.planDue(ctx), d.keepDue(ctx), d.decideDue(ctx), d.sweepHourly(ctx)}
	for {
		n, err := d.store.Promote(ctx, promoteSize)
		errs = append(errs, err)
		if err != nil || n < promoteSize {
			break
		}
	}
	return errors.Join(append(errs, d.store.Finish(ctx))...)
}

// sweepHourly forgets sign-ups that nobody confirmed, signing keys long retired and spent tokens.
func (d *Dispatcher) sweepHourly(ctx context.Context) error {
	hour := d.store.Now().Unix() / 3600
	if d.swept.Swap(hour) == hour {
		return nil
	}
	if err := errors.Join(d.store.SweepSigning(ctx), d.store.SweepTokens(ctx)); err != nil {
		return err
	}
	n, err := d.store.SweepPending(ctx)
	if n > 0 {
		slog.Info("sign-ups ended that nobody confirmed", "count", n)
	}
	return err
}

func (d *Dispatcher) planDue(ctx context.Context) error {
	due, err := d.store.Due(ctx)
	for _, c := range due {
		if c.NextRunAt == nil || c.NextRunAt.After(d.store.Now()) {
			continue // another leader planned it since we asked
		}
		err = errors.Join(err, d.plan(ctx, c))
	}
	return err
}

// plan fires a campaign once, however many of its moments were missed meanwhile: the run
// is the latest one's. Advance comes after Plan, so that a crash between them plans again,
// which adds nobody.
func (d *Dispatcher) plan(ctx context.Context, c campaigns.Campaign) error {
	now := d.store.Now()
	due, next, err := d.moments(c, now)
	if err != nil {
		return fmt.Errorf("schedule of campaign %d: %w", c.ID, err)
	}
	if err := d.fire(ctx, c, due); err != nil {
		return err
	}
	if _, err := d.store.Advance(ctx, c, next); err != nil {
		return fmt.Errorf("advance campaign %d: %w", c.ID, err)
	}
	d.watch.changed()
	return nil
}

// moments returns the moment this run stands for, and the next one.
func (d *Dispatcher) moments(c campaigns.Campaign, now time.Time) (due, next time.Time, err error) {
	due = c.NextRunAt.UTC()
	if c.Trigger.Cron == "" {
		return due, time.Time{}, nil
	}
	latest, n, err := c.Trigger.Misfires(due, now)
	if err != nil {
		return due, next, err
	}
	if n > 0 {
		slog.Info("missed moments are caught up once", "campaign", c.ID, "missed", n)
		due = latest
	}
	next, err = c.Trigger.Next(now)
	return due, next, err
}

// fire prepares and plans one run, or writes down why it is skipped.
func (d *Dispatcher) fire(ctx context.Context, c campaigns.Campaign, due time.Time) error {
	err := d.prepare(ctx, c)
	if skip, ok := errors.AsType[campaigns.Skip](err); ok {
		slog.Info("run skipped", "campaign", c.ID, "reason", string(skip))
		return d.store.SkipRun(ctx, c.ID, due, string(skip))
	}
	if err != nil {
		return fmt.Errorf("prepare campaign %d: %w", c.ID, err)
	}
	anybody, err := d.store.Sample(ctx, c.Audience, 1)
	if err != nil {
		return err
	}
	if len(anybody) == 0 || len(c.Audience.Lists) == 0 {
		return d.store.SkipRun(ctx, c.ID, due, "nobody is in the audience")
	}
	run, planned, err := d.store.Plan(ctx, c, due)
	if planned {
		slog.Info("planned", "campaign", c.ID, "run", run.ID, "deliveries", run.Planned)
	}
	return err
}

// feeder is a kind that reads a feed.
type feeder interface{ Feed() string }

func (d *Dispatcher) prepare(ctx context.Context, c campaigns.Campaign) error {
	k, err := c.Open()
	if err != nil {
		return err
	}
	if f, ok := k.(feeder); ok && f.Feed() != "" {
		d.collect(ctx, c.ID, f.Feed())
	}
	if p, ok := k.(campaigns.Preparer); ok {
		return p.Prepare(ctx, d.desk(c, 0), d.store.Now())
	}
	return nil
}

// collect reads the feed. One that does not answer holds nothing up: what was collected
// before is still news.
func (d *Dispatcher) collect(ctx context.Context, campaign int64, url string) {
	if d.o.Feed == nil {
		return
	}
	items, guids, err := d.o.Feed(ctx, url)
	if err == nil {
		err = d.store.SaveItems(ctx, url, items, guids)
	}
	if err != nil {
		slog.Warn("feed", "campaign", campaign, "error", err)
	}
}

// keepDue lets kinds keep their appointments.
func (d *Dispatcher) keepDue(ctx context.Context) error {
	appointed, err := d.store.Appointed(ctx)
	for _, c := range appointed {
		err = errors.Join(err, d.keep(ctx, c))
	}
	return err
}

func (d *Dispatcher) keep(ctx context.Context, c campaigns.Campaign) error {
	k, err := c.Open()
	if err != nil {
		return err
	}
	keeper, ok := k.(campaigns.Keeper)
	if !ok {
		return d.store.Appoint(ctx, c.ID, time.Time{})
	}
	next, err := keeper.Keep(ctx, d.desk(c, 0), d.store.Now())
	if err != nil {
		return fmt.Errorf("appointment of campaign %d: %w", c.ID, err)
	}
	return d.store.Appoint(ctx, c.ID, next)
}
