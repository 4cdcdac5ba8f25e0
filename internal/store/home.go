package store

import (
	"context"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
)

// TrendDays is how many days a Trend spans.
const TrendDays = 30

// Trend is how often something happened in the last 30 days (UTC), today included.
type Trend struct {
	Now    int64   // in these days
	Before int64   // in as many days before
	Days   []int64 // by day, oldest first
}

// Figures are what the first page counts.
type Figures struct {
	Subscribers                   int64
	Joined, Sent, Clicks, Replies Trend
}

// Figures counts the shop's last days.
func (s *Store) Figures(ctx context.Context) (f Figures, err error) {
	if f.Subscribers, err = s.CountSubscribers(ctx, SubscriberQuery{}); err != nil {
		return f, err
	}
	for _, q := range []struct {
		into                    *Trend
		n, table, column, where string
	}{
		{&f.Joined, "COUNT(*)", "subscribers", "created_at", ""},
		{&f.Sent, "SUM(n)", "sent_days", "day", ""},
		{&f.Clicks, "COUNT(*)", "activities", "at", " AND kind = 'click' AND verdict = 'human'"},
		{&f.Replies, "COUNT(*)", "responses", "created_at", ""},
	} {
		if *q.into, err = s.trend(ctx, q.n, q.table, q.column, q.where); err != nil {
			return f, fmt.Errorf("trend of %s: %w", q.table, err)
		}
	}
	return f, nil
}

func (s *Store) trend(ctx context.Context, n, table, column, where string) (Trend, error) {
	day := "substr(" + column + ", 1, 10)" // SQLite keeps a moment as text
	if s.d.name == goose.DialectPostgres {
		day = "to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
	}
	today := s.now().Truncate(24 * time.Hour)
	first := today.AddDate(0, 0, 1-2*TrendDays)
	var rows []struct {
		Day string
		N   int64
	}
	err := s.read.WithContext(ctx).Raw(`SELECT `+day+` AS day, `+n+` AS n FROM `+table+` WHERE `+column+` >= ?`+where+` GROUP BY 1`, first).Scan(&rows).Error
	t := Trend{Days: make([]int64, TrendDays)}
	for _, r := range rows {
		at, err := time.Parse(time.DateOnly, r.Day)
		if err != nil {
			return t, err
		}
		if i := int(at.Sub(first)/(24*time.Hour)) - TrendDays; i >= TrendDays {
			continue // a clock that was ahead
		} else if i >= 0 {
			t.Days[i] += r.N
			t.Now += r.N
		} else {
			t.Before += r.N
		}
	}
	return t, err
}

// NextOut are the campaigns that fire next, soonest first.
func (s *Store) NextOut(ctx context.Context, limit int) ([]campaigns.Campaign, error) {
	var rows []campaignRow
	err := s.read.WithContext(ctx).Where("next_run_at IS NOT NULL AND state IN ?", []string{campaigns.Scheduled, campaigns.Running}).
		Order("next_run_at, id").Limit(limit).Find(&rows).Error
	out := make([]campaigns.Campaign, len(rows))
	for i, r := range rows {
		out[i] = r.campaign()
	}
	return out, err
}

// NamedRun is a run with its campaign's name and kind.
type NamedRun struct {
	ledger.Run
	Name, Kind, CampaignState string
}

// Settled is how many deliveries have an outcome.
func (r NamedRun) Settled() int64 { return r.Planned - r.Waiting() }

const namedRuns = `SELECT r.*, r.run_key AS "key", c.name, c.kind, c.state AS campaign_state FROM runs r JOIN campaigns c ON c.id = r.campaign_id WHERE `

// RunsNow are the runs that still have something to send, an automation's too, newest first.
func (s *Store) RunsNow(ctx context.Context, limit int) (runs []NamedRun, err error) {
	err = s.read.WithContext(ctx).Raw(namedRuns+`r.state = ? ORDER BY r.id DESC LIMIT ?`, ledger.Running, limit).Scan(&runs).Error
	return runs, err
}

// RunsBefore are the runs that ended, skipped ones too, newest first.
func (s *Store) RunsBefore(ctx context.Context, limit int) (runs []NamedRun, err error) {
	err = s.read.WithContext(ctx).Raw(namedRuns+`r.state <> ? ORDER BY r.id DESC LIMIT ?`, ledger.Running, limit).Scan(&runs).Error
	return runs, err
}

// Unsure is how many letters of a campaign may or may not have arrived.
type Unsure struct {
	CampaignID int64
	Name       string
	N          int64
}

// UnsureByCampaign are the campaigns with letters in doubt.
func (s *Store) UnsureByCampaign(ctx context.Context) (rows []Unsure, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT r.campaign_id, c.name, SUM(r.unsure) AS n FROM runs r JOIN campaigns c ON c.id = r.campaign_id
		WHERE r.unsure > 0 GROUP BY r.campaign_id, c.name ORDER BY r.campaign_id DESC`).Scan(&rows).Error
	return rows, err
}

// NamedAlert is an alert with the names it speaks of.
type NamedAlert struct {
	Alert
	Campaign, Email string
}

// NamedAlerts are the open alerts, newest first.
func (s *Store) NamedAlerts(ctx context.Context, limit int) (rows []NamedAlert, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT a.*, COALESCE(c.name, '') AS campaign, COALESCE(p.email, '') AS email FROM alerts a
		LEFT JOIN campaigns c ON c.id = a.campaign_id LEFT JOIN subscribers p ON p.id = a.subscriber_id
		WHERE a.done_at IS NULL ORDER BY a.id DESC LIMIT ?`, limit).Scan(&rows).Error
	return rows, err
}

// ReopenAlert takes CloseAlert back.
func (s *Store) ReopenAlert(ctx context.Context, id int64) error {
	return s.db.WithContext(ctx).Exec(`UPDATE alerts SET done_at = NULL WHERE id = ?`, id).Error
}
