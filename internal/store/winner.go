package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/trial"
)

// TestLeft says when the last letter of a test group left; ok is false while one has not
// been tried yet. A letter that its server puts off for days holds nobody up. It reads the
// test group only, however many wait.
func (s *Store) TestLeft(ctx context.Context, id int64) (at time.Time, ok bool, err error) {
	db := s.read.WithContext(ctx)
	var one []int64
	err = db.Raw(`SELECT id FROM deliveries WHERE trial_id = ? AND variant > '' AND (state IN ('planned', 'leased', 'sending') OR state = 'queued' AND tried_at IS NULL) LIMIT 1`, id).Scan(&one).Error
	if err != nil || len(one) > 0 {
		return at, false, err
	}
	var last struct{ SentAt timeText }
	err = db.Raw(`SELECT MAX(sent_at) AS sent_at FROM deliveries WHERE trial_id = ? AND variant > ''`, id).Scan(&last).Error
	if at = s.now(); !last.SentAt.IsZero() && last.SentAt.Before(at) {
		at = last.SentAt.Time
	}
	return at, true, err
}

// EndTrialAt sets when a test is decided, once.
func (s *Store) EndTrialAt(ctx context.Context, id int64, at time.Time) error {
	return s.db.WithContext(ctx).Exec(`UPDATE trials SET ends_at = ? WHERE id = ? AND ends_at IS NULL AND decided_at IS NULL`, at.UTC(), id).Error
}

// arms counts people, not letters: in an automation somebody may come twice. A click by a
// machine is no click; an answer counts from when the letter had left. Only the first reads
// every letter of the test; the others begin with what came back.
const (
	arms = `SELECT variant, COUNT(*) AS people, COUNT(clicked_at) AS clicked
		FROM deliveries WHERE trial_id = @trial AND variant > '' AND state = 'sent' GROUP BY variant` // a run writes to everybody once
	armsOneByOne = `SELECT variant, COUNT(DISTINCT subscriber_id) AS people, COUNT(DISTINCT CASE WHEN clicked_at IS NOT NULL THEN subscriber_id END) AS clicked
		FROM deliveries WHERE trial_id = @trial AND variant > '' AND state = 'sent' GROUP BY variant`
	answered = `SELECT d.variant, COUNT(DISTINCT d.subscriber_id) AS responded FROM responses r CROSS JOIN deliveries d
		WHERE r.campaign_id = @campaign AND d.enrolment_id = r.enrolment_id AND r.created_at >= d.sent_at
		AND d.trial_id = @trial AND d.variant > '' AND d.state = 'sent' GROUP BY d.variant`
	machines = `SELECT d.variant, COUNT(DISTINCT d.id) AS machines FROM activities a CROSS JOIN deliveries d
		WHERE a.campaign_id = @campaign AND a.kind = 'click' AND a.verdict = 'machine' AND d.id = a.delivery_id AND d.clicked_at IS NULL
		AND d.trial_id = @trial AND d.variant > '' AND d.state = 'sent' GROUP BY d.variant`
)

// bought are the orders that came after a person's click on a letter of a test. An order
// that was refunded or cancelled since brings nothing, and what was given back of one does not count.
const bought = `
	SELECT d.variant, d.subscriber_id, o.id AS order_id, o.currency, o.total_cents - o.refunded_cents AS total_cents, o.placed_at, MAX(a.at) AS clicked_at
	  FROM activities a CROSS JOIN deliveries d JOIN orders o ON o.subscriber_id = d.subscriber_id AND o.placed_at >= a.at
	 WHERE a.campaign_id = @campaign AND a.kind = 'click' AND a.verdict <> 'machine' AND d.id = a.delivery_id
	   AND d.trial_id = @trial AND d.variant > '' AND d.clicked_at IS NOT NULL AND o.state NOT IN ('refunded', 'cancelled')
	 GROUP BY d.variant, d.subscriber_id, o.id, o.currency, o.total_cents, o.refunded_cents, o.placed_at`

// Arms are a test's figures now, of each variant in order. Revenue is in the currency of
// most of its orders; those in others do not count.
func (s *Store) Arms(ctx context.Context, t ledger.Trial) ([]trial.Arm, string, error) {
	db := s.read.WithContext(ctx)
	named := map[string]any{"trial": t.ID, "campaign": t.CampaignID}
	sent := arms
	if t.OneByOne {
		sent = armsOneByOne
	}
	out := make([]trial.Arm, len(t.Variants))
	at := map[string]*trial.Arm{}
	for i, v := range t.Variants {
		out[i].Variant = v
		at[v] = &out[i]
	}
	for _, sql := range []string{sent, answered, machines} {
		var found []trial.Arm
		if err := db.Raw(sql, named).Scan(&found).Error; err != nil {
			return nil, "", fmt.Errorf("figures of test %d: %w", t.ID, err)
		}
		for _, a := range found {
			if to := at[a.Variant]; to != nil {
				to.People, to.Clicked, to.Responded, to.Machines = to.People+a.People, to.Clicked+a.Clicked, to.Responded+a.Responded, to.Machines+a.Machines
			}
		}
	}
	currency, err := s.revenue(db, t, named, at)
	return out, currency, err
}

// armsKey is the test that figures were counted of.
type armsKey struct{ trial int64 }

type armsOf struct {
	arms     []trial.Arm
	currency string
}

// ArmsLately are a test's figures for a page: of many letters up to keptLately old. Nothing is
// decided by them.
func (s *Store) ArmsLately(ctx context.Context, t ledger.Trial) ([]trial.Arm, string, error) {
	f, err := lately(ctx, s, armsKey{t.ID}, func() (armsOf, int64, error) {
		found, currency, err := s.Arms(ctx, t)
		var people int64
		for _, a := range found {
			people += a.People
		}
		return armsOf{found, currency}, people, err
	})
	return slices.Clone(f.arms), f.currency, err
}

type boughtRow struct {
	Variant      string
	SubscriberID int64
	OrderID      int64
	Currency     string
	TotalCents   int64
	PlacedAt     time.Time
	ClickedAt    timeText
}

// revenue adds the orders that count to the arms, each order once.
func (s *Store) revenue(db *gorm.DB, t ledger.Trial, named map[string]any, arms map[string]*trial.Arm) (currency string, err error) {
	var rows, counted []boughtRow
	if err := db.Raw(bought, named).Scan(&rows).Error; err != nil {
		return "", fmt.Errorf("revenue of test %d: %w", t.ID, err)
	}
	window, orders, seen := time.Duration(max(t.Rule.Days, 1))*24*time.Hour, map[string]int{}, map[int64]bool{}
	for _, r := range rows {
		if r.PlacedAt.Sub(r.ClickedAt.Time) <= window && !seen[r.OrderID] {
			seen[r.OrderID] = true
			counted = append(counted, r)
			if orders[r.Currency]++; orders[r.Currency] > orders[currency] || currency == "" {
				currency = r.Currency
			}
		}
	}
	spent := map[string]map[int64]int64{}
	for _, r := range counted {
		if r.Currency != currency || arms[r.Variant] == nil {
			continue
		}
		if spent[r.Variant] == nil {
			spent[r.Variant] = map[int64]int64{}
		}
		spent[r.Variant][r.SubscriberID] += r.TotalCents
	}
	for v, people := range spent {
		for _, cents := range people {
			a := arms[v]
			a.Buyers, a.Cents, a.Squares = a.Buyers+1, a.Cents+cents, a.Squares+float64(cents)*float64(cents)
		}
	}
	return currency, nil
}

// Decide ends a test with a winner, once. Of several processes one does it; the others, and
// a second time, are told false. By is who chose, "" for the rule. ReleaseWinner then gives the
// winner to those who were not written to yet.
func (s *Store) Decide(ctx context.Context, t ledger.Trial, v trial.Verdict, arms []trial.Arm, by string) (decided bool, err error) {
	err = s.txAgain(ctx, func(tx *gorm.DB) error {
		r := tx.Exec(`UPDATE trials SET winner = ?, decided_at = ?, decided_by = ?, verdict = ?, figures = ? WHERE id = ? AND decided_at IS NULL
			AND campaign_id IN (SELECT id FROM campaigns WHERE state IN ('running', 'paused', 'finished'))`,
			v.Winner, s.now(), by, asJSON(v), asJSON(arms), t.ID)
		decided = r.RowsAffected == 1
		return r.Error
	})
	if err != nil {
		return false, fmt.Errorf("decide test %d: %w", t.ID, err)
	}
	return decided, nil
}

// Choose ends a test by hand.
func (s *Store) Choose(ctx context.Context, campaign, id int64, winner, by string) error {
	t, err := s.Trial(ctx, campaign, id)
	if err != nil {
		return err
	}
	if !slices.Contains(t.Variants, winner) {
		return fault.Field("variant", "This test has no such variant.")
	}
	figures, _, err := s.Arms(ctx, t)
	if err != nil {
		return err
	}
	v := trial.Decide(t.Rule, figures)
	v.Winner, v.Why = winner, trial.ByHand
	decided, err := s.Decide(ctx, t, v, figures, by)
	if err == nil && !decided {
		err = fault.New(fault.Conflict, "This test has a winner already, or its campaign is over.")
	}
	return err
}
