package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// eligible is the condition that a subscriber s is in the audience and may be written to. Segments are asked as they are
// now; one that is no longer there is a fault, and nobody is written to.
func (s *Store) eligible(db *gorm.DB, a audience.Audience) (sql string, args []any, err error) {
	parts := []string{`NOT EXISTS (SELECT 1 FROM suppressions p WHERE p.email_norm = s.email_norm)`}
	if len(a.Lists) > 0 {
		parts = append(parts, `EXISTS (SELECT 1 FROM subscriptions x WHERE x.subscriber_id = s.id AND x.state = 'confirmed' AND x.list_id IN ?)`)
		args = append(args, a.Lists)
	}
	if len(a.NotLists) > 0 {
		parts = append(parts, `NOT EXISTS (SELECT 1 FROM subscriptions x WHERE x.subscriber_id = s.id AND x.state = 'confirmed' AND x.list_id IN ?)`)
		args = append(args, a.NotLists)
	}
	if a.Lang != "" {
		parts = append(parts, `s.lang = ?`)
		args = append(args, a.Lang)
	}
	narrow, more, err := s.narrowed(db, a)
	return strings.Join(append(parts, narrow...), " AND "), append(args, more...), err
}

// Plan opens the run that was due at that moment and enters one delivery for each message
// and each person of the audience, in one transaction. A moment that has its run already
// gets nobody a second letter: the run is returned as it is, with planned false.
func (s *Store) Plan(ctx context.Context, c campaigns.Campaign, due time.Time) (run ledger.Run, planned bool, err error) {
	err = s.tx(ctx, func(tx *gorm.DB) error {
		key := due.UTC().Format(time.RFC3339)
		if ok, err := s.claim(tx, c); err != nil || !ok {
			return err
		}
		var id int64
		if err := s.insertRun(tx, c.ID, key, ledger.Running, "", due).Scan(&id).Error; err != nil {
			return err
		}
		if id != 0 {
			planned = true
			if err := s.enter(tx, c, id, due); err != nil {
				return fmt.Errorf("plan run %s of campaign %d: %w", key, c.ID, err)
			}
		}
		run, err = oneRun(tx, `campaign_id = ? AND run_key = ?`, c.ID, key)
		return err
	})
	if err == nil && planned && run.Planned >= manyPlanned {
		s.analyse(ctx)
	}
	return run, planned, err
}

// manyPlanned is how many new deliveries change what a database should know of its tables.
const manyPlanned = 5000

// analyse tells PostgreSQL how large the ledger is now: a plan made while it was small reads
// the whole table for a dozen rows. SQLite's plans do not depend on it.
func (s *Store) analyse(ctx context.Context) {
	if s.d.name != goose.DialectPostgres {
		return
	}
	if err := s.db.WithContext(ctx).Exec(`ANALYZE deliveries, enrolments`).Error; err != nil {
		slog.Warn("analyse the ledger", "error", err)
	}
}

// claim makes sure, within the plan's transaction, that the campaign still is what was read:
// it may have been taken back, cancelled or planned meanwhile.
func (s *Store) claim(tx *gorm.DB, c campaigns.Campaign) (bool, error) {
	sql, args := `UPDATE campaigns SET state = 'running' WHERE id = ? AND state IN ('scheduled', 'running')`, []any{c.ID}
	if c.NextRunAt != nil {
		sql, args = sql+` AND next_run_at = ?`, append(args, utc(c.NextRunAt))
	}
	r := tx.Exec(sql, args...)
	return r.RowsAffected == 1, r.Error
}

// SkipRun writes down that a run was left out, and why; once for each moment.
func (s *Store) SkipRun(ctx context.Context, campaign int64, due time.Time, note string) error {
	var id int64
	return s.insertRun(s.db.WithContext(ctx), campaign, due.UTC().Format(time.RFC3339), ledger.RunSkipped, note, due).Scan(&id).Error
}

func (s *Store) insertRun(tx *gorm.DB, campaign int64, key, state, note string, due time.Time) *gorm.DB {
	now := s.now()
	var finished *time.Time
	if state == ledger.RunSkipped {
		finished = &now
	}
	return tx.Raw(`INSERT INTO runs (campaign_id, run_key, state, note, due_at, started_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (campaign_id, run_key) DO NOTHING RETURNING id`, campaign, key, state, note, due.UTC(), now, finished)
}

func (s *Store) enter(tx *gorm.DB, c campaigns.Campaign, run int64, due time.Time) error {
	where, args, err := s.eligible(tx, c.Audience)
	if err != nil {
		return err
	}
	now := s.now()
	enrol := append([]any{c.ID, run, fmt.Sprintf("run:%d", run), ledger.Active, now}, args...)
	if err := tx.Exec(`INSERT INTO enrolments (campaign_id, run_id, subscriber_id, occasion, state, created_at)
		SELECT ?, ?, s.id, ?, ?, ? FROM subscribers s WHERE `+where+` ORDER BY s.id ON CONFLICT DO NOTHING`, enrol...).Error; err != nil {
		return err
	}
	for _, m := range c.Messages {
		if m.On != "" {
			continue
		}
		if err := s.enterMessage(tx, c, run, m, due); err != nil {
			return err
		}
		if err := s.beginTrial(tx, c, run, m); err != nil {
			return err
		}
	}
	return s.recount(tx, run)
}

// enterMessage owes the message to every enrolment of the run, at the moment it is due in
// each reader's zone.
func (s *Store) enterMessage(tx *gorm.DB, c campaigns.Campaign, run int64, m campaigns.Message, due time.Time) error {
	zones := []string{""}
	if m.LocalTime != "" {
		err := tx.Raw(`SELECT DISTINCT s.zone FROM enrolments e JOIN subscribers s ON s.id = e.subscriber_id WHERE e.run_id = ?`, run).Scan(&zones).Error
		if err != nil {
			return err
		}
	}
	for _, zone := range zones {
		at := m.Due(due, zoneOr(zone, c.Trigger.Zone))
		sql, args := `INSERT INTO deliveries (run_id, campaign_id, enrolment_id, message_id, subscriber_id, state, due_at, created_at, updated_at)
			SELECT e.run_id, e.campaign_id, e.id, ?, e.subscriber_id, ?, ?, ?, ? FROM enrolments e WHERE e.run_id = ?`,
			[]any{m.ID, s.stateAt(at), at, s.now(), s.now(), run}
		if m.LocalTime != "" {
			sql += ` AND e.subscriber_id IN (SELECT id FROM subscribers WHERE zone = ?)`
			args = append(args, zone)
		}
		if err := tx.Exec(sql+` ORDER BY e.id ON CONFLICT DO NOTHING`, args...).Error; err != nil {
			return err
		}
	}
	return nil
}

func zoneOr(zone, other string) string {
	if zone == "" {
		return other
	}
	return zone
}

// stateAt is planned for what is due later, queued for what is due.
func (s *Store) stateAt(due time.Time) ledger.State {
	if due.After(s.now()) {
		return ledger.Planned
	}
	return ledger.Queued
}

// recount sets a run's planned counter after its deliveries were entered.
func (s *Store) recount(tx *gorm.DB, run int64) error {
	return tx.Exec(`UPDATE runs SET planned = (SELECT COUNT(*) FROM deliveries d WHERE d.run_id = runs.id) WHERE id = ?`, run).Error
}

const runColumns = `SELECT r.*, r.run_key AS "key" FROM runs r WHERE `

func oneRun(tx *gorm.DB, where string, args ...any) (run ledger.Run, err error) {
	err = tx.Raw(runColumns+where, args...).Scan(&run).Error
	return run, err
}

// Run is one run.
func (s *Store) Run(ctx context.Context, id int64) (ledger.Run, error) {
	run, err := oneRun(s.read.WithContext(ctx), "r.id = ?", id)
	if err == nil && run.ID == 0 {
		err = fault.New(fault.NotFound, "There is no run with that number.")
	}
	return run, err
}

// Runs are a campaign's firings, newest first.
func (s *Store) Runs(ctx context.Context, campaign int64, limit int) (runs []ledger.Run, err error) {
	err = s.read.WithContext(ctx).Raw(runColumns+`r.campaign_id = ? ORDER BY r.id DESC LIMIT ?`, campaign, limit).Scan(&runs).Error
	return runs, err
}

// LastRuns are the newest runs of all campaigns, for Home.
func (s *Store) LastRuns(ctx context.Context, limit int) (runs []ledger.Run, err error) {
	err = s.read.WithContext(ctx).Raw(runColumns+`r.planned > 0 OR r.state = 'skipped' ORDER BY r.id DESC LIMIT ?`, limit).Scan(&runs).Error
	return runs, err
}

// Totals adds up the counters of all of a campaign's runs.
func (s *Store) Totals(ctx context.Context, campaigns ...int64) (map[int64]ledger.Counts, error) {
	var rows []struct {
		CampaignID int64
		ledger.Counts
	}
	out := map[int64]ledger.Counts{}
	if len(campaigns) == 0 {
		return out, nil
	}
	err := s.read.WithContext(ctx).Raw(`SELECT campaign_id, SUM(planned) AS planned, SUM(sent) AS sent, SUM(skipped) AS skipped, SUM(failed) AS failed,
		SUM(unsure) AS unsure, SUM(cancelled) AS cancelled, SUM(opened) AS opened, SUM(machine_opened) AS machine_opened, SUM(clicked) AS clicked,
		SUM(responded) AS responded, SUM(unsubscribed) AS unsubscribed, SUM(bounced) AS bounced, SUM(hard_bounced) AS hard_bounced, SUM(complained) AS complained
		FROM runs WHERE campaign_id IN ? GROUP BY campaign_id`, campaigns).Scan(&rows).Error
	for _, r := range rows {
		out[r.CampaignID] = r.Counts
	}
	return out, err
}

// Due are the campaigns whose moment has come.
func (s *Store) Due(ctx context.Context) ([]campaigns.Campaign, error) {
	return s.campaignsWhere(ctx, `next_run_at <= ? AND state IN ('scheduled', 'running')`, s.now())
}

// Appointed are the campaigns whose kind wants to be asked, with what they are waiting for.
func (s *Store) Appointed(ctx context.Context) ([]campaigns.Campaign, error) {
	return s.campaignsWhere(ctx, `keep_at <= ? AND state IN ('scheduled', 'running', 'finished')`, s.now())
}

func (s *Store) campaignsWhere(ctx context.Context, where string, args ...any) (out []campaigns.Campaign, err error) {
	var ids []int64
	if err := s.db.WithContext(ctx).Table("campaigns").Where(where, args...).Order("id").Pluck("id", &ids).Error; err != nil {
		return nil, err
	}
	for _, id := range ids {
		c, err := s.Campaign(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// Advance moves a campaign past the moment that was due to its next one (zero: none). Only
// one of several processes succeeds; the others get false and plan nothing.
func (s *Store) Advance(ctx context.Context, c campaigns.Campaign, next time.Time) (bool, error) {
	var at *time.Time
	if !next.IsZero() {
		at = utc(&next)
	}
	r := s.db.WithContext(ctx).Exec(`UPDATE campaigns SET next_run_at = ?, state = 'running', updated_at = ? WHERE id = ? AND next_run_at = ? AND state IN ('scheduled', 'running')`,
		at, s.now(), c.ID, utc(c.NextRunAt))
	return r.RowsAffected == 1, r.Error
}

// Appoint sets when a campaign's kind wants to be asked next; zero is never.
func (s *Store) Appoint(ctx context.Context, campaign int64, at time.Time) error {
	var keep *time.Time
	if !at.IsZero() {
		keep = utc(&at)
	}
	return s.db.WithContext(ctx).Exec(`UPDATE campaigns SET keep_at = ? WHERE id = ?`, keep, campaign).Error
}

// Finish closes runs in which nothing is waiting any more, and the one-off campaigns that
// have nothing left to do.
func (s *Store) Finish(ctx context.Context) error {
	now := s.now()
	return s.tx(ctx, func(tx *gorm.DB) error {
		return firstError(
			tx.Exec(`UPDATE runs SET state = 'finished', finished_at = ? WHERE state = 'running' AND run_key <> 'live'
				AND planned = sent + skipped + failed + unsure + cancelled`, now).Error,
			tx.Exec(`UPDATE campaigns SET state = 'finished', updated_at = ? WHERE state = 'running' AND next_run_at IS NULL AND keep_at IS NULL
				AND trigger_on = '' AND trigger_cron = '' AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.campaign_id = campaigns.id AND r.state = 'running')`, now).Error)
	})
}
