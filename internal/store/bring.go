package store

import (
	"context"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// Bring enters somebody who came by a recipient's link into that recipient's run and owes them
// the letters of the campaign's own moment. It returns their enrolment; who is in the run already
// keeps theirs. Whose link it was is noted only for somebody new with another mailbox. It is 0 when
// the campaign takes nobody any more: its runs stay as they ended.
func (s *Store) Bring(ctx context.Context, by ledger.Work, p audience.Subscriber) (enrolment int64, err error) {
	err = s.tx(ctx, func(tx *gorm.DB) error {
		var row campaignRow
		if err := tx.Raw(s.sql(`SELECT * FROM campaigns WHERE id = ? {{keep}}`), by.CampaignID).Scan(&row).Error; err != nil {
			return err
		}
		const same = `campaign_id = ? AND run_id = ? AND subscriber_id = ?`
		if err := tx.Raw(`SELECT id FROM enrolments WHERE `+same+` ORDER BY id LIMIT 1`, by.CampaignID, by.RunID, p.ID).Scan(&enrolment).Error; err != nil || enrolment != 0 || row.over() {
			return err
		}
		err := tx.Raw(`INSERT INTO enrolments (campaign_id, run_id, subscriber_id, occasion, state, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			by.CampaignID, by.RunID, p.ID, fmt.Sprintf("run:%d", by.RunID), ledger.Active, s.now()).Scan(&enrolment).Error
		if err != nil || enrolment == 0 {
			return err
		}
		if !audience.SameMailbox(p.Email, by.Subscriber.Email) {
			err = tx.Exec(`INSERT INTO notes (campaign_id, name, value, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				by.CampaignID, campaigns.BroughtBy(enrolment), strconv.FormatInt(by.EnrolmentID, 10), s.now()).Error
		}
		if err != nil {
			return err
		}
		return s.owe(tx, row.campaign(), enrolment, by.RunID, p, s.now(), func(m messageRow) bool { return m.OnResponse == "" })
	})
	if err != nil {
		enrolment, err = 0, fmt.Errorf("bring subscriber %d into run %d: %w", p.ID, by.RunID, err)
	}
	return enrolment, err
}

// over reports whether the campaign takes nobody any more: it is gone or cancelled, or it has
// finished and its kind keeps no moment that is still to come.
func (r campaignRow) over() bool {
	return r.ID == 0 || r.State == campaigns.Cancelled || r.State == campaigns.Finished && r.KeepAt == nil
}
