package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// Start sets a ready draft going: a broadcast waits for its moment, a schedule for its
// next one, an automation listens from now on.
func (s *Store) Start(ctx context.Context, id int64) error {
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return err
	}
	if c.State != campaigns.Draft {
		return fault.New(fault.Conflict, "This campaign was started already.")
	}
	if err := c.Ready(); err != nil {
		return err
	}
	state, next, err := s.firstMoment(c)
	if err != nil {
		return err
	}
	keep, err := s.firstAppointment(c)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		now := s.now()
		r := tx.Exec(`UPDATE campaigns SET state = ?, next_run_at = ?, keep_at = ?, updated_at = ? WHERE id = ? AND state = ?`,
			state, next, keep, now, id, campaigns.Draft)
		if r.Error != nil || r.RowsAffected == 0 {
			return errorOr(r.Error, fault.New(fault.Conflict, "This campaign was started already."))
		}
		if !c.Automation() {
			return nil
		}
		return tx.Exec(`INSERT INTO runs (campaign_id, run_key, state, due_at, started_at) VALUES (?, 'live', ?, ?, ?) ON CONFLICT DO NOTHING`,
			id, ledger.Running, now, now).Error
	})
}

func (s *Store) firstMoment(c campaigns.Campaign) (state string, next *time.Time, err error) {
	now := s.now()
	switch {
	case c.Automation():
		return campaigns.Running, nil, nil
	case c.Trigger.At != nil:
		at := c.Trigger.At.UTC()
		return campaigns.Scheduled, &at, nil
	}
	at, err := c.Trigger.Next(now)
	if err == nil && at.IsZero() {
		err = fault.Field("cron", "This schedule never fires.")
	}
	return campaigns.Running, &at, err
}

func (s *Store) firstAppointment(c campaigns.Campaign) (*time.Time, error) {
	k, err := c.Open()
	if _, keeps := k.(campaigns.Keeper); err != nil || !keeps {
		return nil, err
	}
	now := s.now()
	return &now, nil
}

// changes are the moves a person may make between states.
var changes = map[string]struct {
	from []string
	to   string
}{
	"pause":  {[]string{campaigns.Scheduled, campaigns.Running}, campaigns.Paused},
	"cancel": {[]string{campaigns.Scheduled, campaigns.Running, campaigns.Paused}, campaigns.Cancelled},
}

// Pause stops all that has not been handed over until Resume.
func (s *Store) Pause(ctx context.Context, id int64) error {
	return s.change(s.db.WithContext(ctx), id, "pause")
}

const cancelled = "the campaign was cancelled"

// Cancel ends a campaign: what waits is cancelled, what was sent stays sent.
func (s *Store) Cancel(ctx context.Context, id int64) error {
	return s.txAgain(ctx, func(tx *gorm.DB) error {
		if err := s.change(tx, id, "cancel"); err != nil {
			return err
		}
		if err := s.closeDeliveries(tx, ledger.Cancelled, cancelled, "d.campaign_id = ?", id); err != nil {
			return err
		}
		now := s.now()
		return firstError(
			tx.Exec(`UPDATE campaigns SET next_run_at = NULL, keep_at = NULL WHERE id = ?`, id).Error,
			tx.Exec(`UPDATE runs SET state = ?, finished_at = ? WHERE campaign_id = ? AND state = ?`, ledger.RunCancelled, now, id, ledger.Running).Error)
	})
}

// Halt pauses a campaign that cannot go on, with one alert that says why.
func (s *Store) Halt(ctx context.Context, campaign, subscriber int64, alert string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		r := tx.Exec(`UPDATE campaigns SET state = 'paused', updated_at = ? WHERE id = ? AND state IN ('scheduled', 'running', 'finished')`, s.now(), campaign)
		if r.Error != nil || r.RowsAffected == 0 { // paused by the letter before this one
			return r.Error
		}
		return tx.Exec(`INSERT INTO alerts (campaign_id, subscriber_id, text, at) VALUES (?, ?, ?, ?)`, campaign, subscriber, alert, s.now()).Error
	})
}

// Unschedule makes a campaign whose first run has not begun a draft again: the way back
// from a start that was too early. With a run it is a Conflict.
func (s *Store) Unschedule(ctx context.Context, id int64) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE campaigns SET state = ?, next_run_at = NULL, keep_at = NULL, updated_at = ?
		WHERE id = ? AND state IN (?, ?) AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.campaign_id = campaigns.id)`,
		campaigns.Draft, s.now(), id, campaigns.Scheduled, campaigns.Paused)
	if r.Error != nil || r.RowsAffected > 0 {
		return r.Error
	}
	if _, err := s.Campaign(ctx, id); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "It is too late to undo this: letters are on their way. You can still pause or cancel.")
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) change(tx *gorm.DB, id int64, name string) error {
	ch := changes[name]
	r := tx.Exec(`UPDATE campaigns SET state = ?, updated_at = ? WHERE id = ? AND state IN ?`, ch.to, s.now(), id, ch.from)
	if r.Error != nil || r.RowsAffected > 0 {
		return r.Error
	}
	var c campaignRow
	if err := tx.First(&c, id).Error; err != nil {
		return notFound(err, noCampaign)
	}
	return fault.New(fault.Conflict, "This cannot be done while the campaign is %s.", fault.Word(c.State))
}

// Resume goes on where Pause, or the guard, stopped. A schedule that missed moments meanwhile goes on
// with its next one. A campaign that was left incomplete in the pause is refused, as by Start.
func (s *Store) Resume(ctx context.Context, id int64) error { return s.ResumeBy(ctx, id, 0) }

// ResumeBy is Resume by a user: letting a campaign go on that the guard had stopped is written
// to the audit log.
func (s *Store) ResumeBy(ctx context.Context, id, user int64) error {
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return err
	}
	if c.State != campaigns.Paused {
		return fault.New(fault.Conflict, "This cannot be done while the campaign is %s.", fault.Word(c.State))
	}
	if err := c.Ready(); err != nil {
		return err
	}
	state, next := campaigns.Running, c.NextRunAt
	if c.Trigger.At != nil && next != nil {
		state = campaigns.Scheduled
	}
	if c.Trigger.Cron != "" {
		at, err := c.Trigger.Next(s.now())
		if err != nil {
			return err
		}
		next = &at
	}
	return s.txAgain(ctx, func(tx *gorm.DB) error {
		r := tx.Exec(`UPDATE campaigns SET state = ?, next_run_at = ?, updated_at = ? WHERE id = ? AND state = ?`, state, next, s.now(), id, campaigns.Paused)
		if r.Error != nil || r.RowsAffected == 0 {
			return r.Error
		}
		return s.letPass(tx, id, user)
	})
}

// closeDeliveries gives a final state to whatever was not handed over and matches, and
// keeps the runs' counters. A letter that is already written but not handed over is
// stopped too: Begin asks for its state.
func (s *Store) closeDeliveries(tx *gorm.DB, state ledger.State, reason, where string, args ...any) error {
	var rows []struct{ ID, RunID int64 }
	sql := `UPDATE deliveries SET state = ?, counted = ?, reason = ?, updated_at = ?
		WHERE id IN (SELECT d.id FROM deliveries d WHERE d.state IN ('planned', 'queued', 'leased') AND ` + where + `)
		  AND state IN ('planned', 'queued', 'leased') RETURNING id, run_id`
	if err := tx.Raw(sql, append([]any{state, true, reason, s.now()}, args...)...).Scan(&rows).Error; err != nil {
		return fmt.Errorf("close deliveries: %w", err)
	}
	n := map[int64]int64{}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		n[r.RunID]++
		ids[i] = r.ID
	}
	for chunk := range slices.Chunk(ids, 10000) { // a statement has room for some tens of thousands of values
		if err := s.returnCodes(tx, chunk); err != nil {
			return err
		}
	}
	for _, run := range slices.Sorted(maps.Keys(n)) {
		if err := tx.Exec(`UPDATE runs SET `+string(state)+` = `+string(state)+` + ? WHERE id = ?`, n[run], run).Error; err != nil {
			return err
		}
	}
	return nil
}
