package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
)

// guardedRun is a run's counters, as the guard looks at them.
type guardedRun struct {
	ID int64
	ledger.Counts
	ledger.Guarded
}

const guardColumns = `id, sent, failed, unsure, hard_bounced, complained, guarded, hard_passed, complaint_passed`

// guardAlerts say to the shop what paused a campaign.
var guardAlerts = map[string]string{
	ledger.ByHard:      "A campaign paused itself: too many of its letters came back for good. Look at where its addresses are from, then decide.",
	ledger.ByComplaint: "A campaign paused itself: too many people said that its letters are spam. Look at whom it writes to, then decide.",
}

// guardRun pauses the campaign of a run that the guard stops, with one alert. A campaign in
// which nothing is left to pause is left as it is.
func (s *Store) guardRun(ctx context.Context, campaign int64, run guardedRun) (by string, err error) {
	if run.ID == 0 || run.By != "" {
		return "", nil
	}
	trips := s.guard.Trips(run.Counts, run.Guarded)
	if trips == "" {
		return "", nil
	}
	err = s.txAgain(ctx, func(tx *gorm.DB) error {
		by = ""
		r := tx.Exec(`UPDATE campaigns SET state = ?, updated_at = ? WHERE id = ? AND state IN (?, ?)`,
			campaigns.Paused, s.now(), campaign, campaigns.Scheduled, campaigns.Running)
		if r.Error != nil || r.RowsAffected == 0 { // paused or over already
			return r.Error
		}
		by = trips
		return firstError(
			tx.Exec(`UPDATE runs SET guarded = ? WHERE id = ?`, by, run.ID).Error,
			tx.Exec(`INSERT INTO alerts (campaign_id, subscriber_id, text, at) VALUES (?, 0, ?, ?)`, campaign, guardAlerts[by], s.now()).Error,
			tx.Exec(`INSERT INTO audits (user_id, action, object, at) VALUES (0, ?, ?, ?)`, "guard.pause."+by, fmt.Sprintf("campaign:%d", campaign), s.now()).Error)
	})
	return by, err
}

// letPass remembers the shares with which a person lets guarded runs go on, and who that was.
func (s *Store) letPass(tx *gorm.DB, campaign, user int64) error {
	var runs []guardedRun
	if err := tx.Raw(`SELECT `+guardColumns+` FROM runs WHERE campaign_id = ? AND guarded <> ''`, campaign).Scan(&runs).Error; err != nil {
		return err
	}
	for _, r := range runs {
		err := tx.Exec(`UPDATE runs SET guarded = '', hard_passed = ?, complaint_passed = ? WHERE id = ?`, r.HardShare(), r.ComplaintShare(), r.ID).Error
		if err != nil {
			return err
		}
		err = tx.Exec(`INSERT INTO audits (user_id, action, object, at) VALUES (?, ?, ?, ?)`, user, "guard.resume."+r.By, fmt.Sprintf("campaign:%d", campaign), s.now()).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// Intake is one way by which reports come.
type Intake struct {
	Source    string
	HeardAt   *time.Time // when something came that was ours to read; nil: never
	Trouble   string     // what was in its way, by TroubleAt; older than HeardAt it is over
	TroubleAt *time.Time
	ReportAt  *time.Time `gorm:"-"` // of its last report

	Refused    int // calls that could not be verified, since a day passed without any
	RefusedAt  *time.Time
	RefusedWhy string // which check failed the last time
}

// Well reports whether nothing was in its way the last time.
func (i Intake) Well() bool {
	return i.TroubleAt == nil || i.HeardAt != nil && !i.HeardAt.Before(*i.TroubleAt)
}

// Heard notes that a way of reports is alive: a letter or a call came, or a mailbox was read.
func (s *Store) Heard(ctx context.Context, source string) error {
	return s.db.WithContext(ctx).Exec(`INSERT INTO intakes (source, heard_at) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET heard_at = excluded.heard_at`,
		source, s.now()).Error
}

// Hindered notes what is in the way of reports.
func (s *Store) Hindered(ctx context.Context, source, trouble string) error {
	return s.db.WithContext(ctx).Exec(`INSERT INTO intakes (source, trouble, trouble_at) VALUES (?, ?, ?)
		ON CONFLICT (source) DO UPDATE SET trouble = excluded.trouble, trouble_at = excluded.trouble_at`, source, cut(trouble, 500), s.now()).Error
}

// refusedRest is how long no call may have been refused before they are counted anew.
const refusedRest = 24 * time.Hour

// Refused notes that n calls of a way could not be verified, and why the last one could not.
// Anybody can send such a call, so it is no trouble.
func (s *Store) Refused(ctx context.Context, source string, n int, why string) error {
	now := s.now()
	return s.db.WithContext(ctx).Exec(`INSERT INTO intakes (source, refused, refused_at, refused_why) VALUES (?, ?, ?, ?)
		ON CONFLICT (source) DO UPDATE SET refused = CASE WHEN intakes.refused_at < ? THEN 0 ELSE intakes.refused END + excluded.refused,
		refused_at = excluded.refused_at, refused_why = excluded.refused_why`, source, n, now, cut(why, 500), now.Add(-refusedRest)).Error
}

// SpendToken spends a webhook's token until a moment; false when it is spent already, by
// whichever process.
func (s *Store) SpendToken(ctx context.Context, source, token string, until time.Time) (bool, error) {
	r := s.db.WithContext(ctx).Exec(`INSERT INTO hook_tokens (source, token, until) VALUES (?, ?, ?)
		ON CONFLICT (source, token) DO UPDATE SET until = excluded.until WHERE hook_tokens.until < ?`, source, token, until.UTC(), s.now())
	return r.RowsAffected == 1, r.Error
}

// KeepToken leaves a spent token spent until a later moment.
func (s *Store) KeepToken(ctx context.Context, source, token string, until time.Time) error {
	return s.db.WithContext(ctx).Exec(`UPDATE hook_tokens SET until = ? WHERE source = ? AND token = ?`, until.UTC(), source, token).Error
}

// ReturnToken gives a token back whose call was not taken.
func (s *Store) ReturnToken(ctx context.Context, source, token string) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM hook_tokens WHERE source = ? AND token = ?`, source, token).Error
}

// SweepTokens forgets tokens whose time is over.
func (s *Store) SweepTokens(ctx context.Context) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM hook_tokens WHERE until < ?`, s.now()).Error
}

// Intakes are all the ways by which reports come, by their source.
func (s *Store) Intakes(ctx context.Context) (map[string]Intake, error) {
	var rows []Intake
	db := s.read.WithContext(ctx)
	if err := db.Table("intakes").Find(&rows).Error; err != nil {
		return nil, err
	}
	all := make(map[string]Intake, len(ledger.Sources))
	for _, r := range rows {
		all[r.Source] = r
	}
	for _, source := range ledger.Sources {
		var at []time.Time
		if err := db.Table("reports").Where("source = ?", source).Order("at DESC").Limit(1).Pluck("at", &at).Error; err != nil {
			return nil, err
		}
		one := all[source]
		if one.Source = source; len(at) > 0 {
			one.ReportAt = utc(&at[0])
		}
		all[source] = one
	}
	return all, nil
}

// ReportRow is a report with whom it is about.
type ReportRow struct {
	SubscriberID, DeliveryID, CampaignID int64
	Email, Campaign                      string // "" when it is gone
	Verdict                              ledger.Verdict
	Status, Words, Source                string
	At                                   time.Time
}

// LastReports are the newest reports.
func (s *Store) LastReports(ctx context.Context, limit int) (rows []ReportRow, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT r.subscriber_id, r.delivery_id, r.campaign_id, r.verdict, r.status, r.words, r.source, r.at,
		COALESCE(p.email, '') AS email, COALESCE(c.name, '') AS campaign FROM reports r
		LEFT JOIN subscribers p ON p.id = r.subscriber_id LEFT JOIN campaigns c ON c.id = r.campaign_id
		ORDER BY r.at DESC, r.report_key LIMIT ?`, limit).Scan(&rows).Error
	return rows, err
}
