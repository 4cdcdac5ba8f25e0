package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
)

// ReleaseWinner gives a decided test's winner to as many as most who have not been written to:
// to those who waited now, or at their hour of the day, and to who was to try a variant
// later. A delivery that has it takes part in the test no longer, so what is left stands in
// the ledger: whichever process goes on, everybody has it once. more is false when nobody
// is left.
func (s *Store) ReleaseWinner(ctx context.Context, id int64, most int) (more bool, err error) {
	found, err := trialsWhere(s.db.WithContext(ctx), `id = ? AND decided_at IS NOT NULL AND released_at IS NULL`, id)
	if err != nil || len(found) == 0 {
		return false, err
	}
	t := found[0]
	c, err := s.Campaign(ctx, t.CampaignID)
	if err != nil {
		return false, err
	}
	m, err := c.MessageByID(t.MessageID)
	gone := err != nil
	err = s.txAgain(ctx, func(tx *gorm.DB) (err error) {
		if gone {
			return s.giveUp(tx, t)
		}
		more, err = s.releaseSome(tx, c, m, t, most)
		return err
	})
	if err != nil {
		err = fmt.Errorf("release test %d: %w", t.ID, err)
	}
	return more, err
}

// giveUp closes a test whose message is gone: there is no letter for those who wait.
func (s *Store) giveUp(tx *gorm.DB, t ledger.Trial) error {
	if err := s.closeDeliveries(tx, ledger.Cancelled, "its message was removed", "d.trial_id = ?", t.ID); err != nil {
		return err
	}
	return s.released(tx, t)
}

func (s *Store) released(tx *gorm.DB, t ledger.Trial) error {
	return tx.Exec(`UPDATE trials SET released_at = ? WHERE id = ? AND released_at IS NULL`, s.now(), t.ID).Error
}

// unreleased is a delivery that is to have the winner.
type unreleased struct {
	ID            int64
	Variant, Zone string
}

func (s *Store) releaseSome(tx *gorm.DB, c campaigns.Campaign, m campaigns.Message, t ledger.Trial, most int) (more bool, err error) {
	for _, which := range []string{`= ''`, `> ''`} { // two ranges of the index: those who wait, and the test group
		var rows []unreleased
		err := tx.Raw(`SELECT d.id, d.variant, COALESCE(s.zone, '') AS zone FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber_id
			WHERE d.trial_id = ? AND d.variant `+which+` AND d.state = 'planned' LIMIT ?`, t.ID, most).Scan(&rows).Error
		if err != nil {
			return false, err
		}
		if len(rows) > 0 {
			return true, s.releaseRows(tx, c, m, t, rows)
		}
	}
	return false, s.released(tx, t)
}

// releaseRows keeps the moment of who was to try a variant later.
func (s *Store) releaseRows(tx *gorm.DB, c campaigns.Campaign, m campaigns.Message, t ledger.Trial, rows []unreleased) error {
	run, err := oneRun(tx, "r.id = ?", t.RunID)
	if err != nil {
		return err
	}
	waited := map[time.Time][]int64{}
	var later []int64
	for _, r := range rows {
		if r.Variant != "" {
			later = append(later, r.ID)
			continue
		}
		at := releasedAt(m, run, t, zoneOr(r.Zone, c.Trigger.Zone))
		waited[at] = append(waited[at], r.ID)
	}
	const still = ` WHERE id IN ? AND trial_id = ? AND state = 'planned'`
	if len(later) > 0 {
		slices.Sort(later)
		if err := tx.Exec(`UPDATE deliveries SET variant = ?, trial_id = NULL, updated_at = ?`+still, t.Winner, s.now(), later, t.ID).Error; err != nil {
			return err
		}
	}
	for at, ids := range waited {
		err := tx.Exec(`UPDATE deliveries SET variant = ?, trial_id = NULL, state = ?, due_at = ?, updated_at = ?`+still+` AND variant = ''`,
			t.Winner, s.stateAt(at), at, s.now(), ids, t.ID).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// releasedAt is when a letter that waited leaves: when its test was decided, or when the
// message's hour came next, and never before it would have left without a test. It is the
// same in whichever step the letter's turn comes.
func releasedAt(m campaigns.Message, run ledger.Run, t ledger.Trial, zone string) time.Time {
	first := m.Due(run.DueAt.UTC(), zone)
	next := campaigns.Message{LocalTime: m.LocalTime}.Due(*t.DecidedAt, zone)
	if first.After(next) {
		return first
	}
	return next
}
