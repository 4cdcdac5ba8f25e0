package store

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
)

// remood keeps what the newest rating of some people says; who gave none has no mood.
func (s *Store) remood(tx *gorm.DB, ids ...int64) error {
	var rows []struct {
		SubscriberID    int64
		Value, Settings string
		UpdatedAt       time.Time
	}
	err := tx.Raw(`SELECT r.subscriber_id, r.value, r.updated_at, c.settings FROM responses r JOIN campaigns c ON c.id = r.campaign_id
		JOIN subscribers p ON p.id = r.subscriber_id
		WHERE r.field = 'rating' AND r.subscriber_id IN ? ORDER BY r.subscriber_id, r.updated_at DESC, r.enrolment_id DESC`, ids).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("ratings: %w", err)
	}
	if err := tx.Exec(`DELETE FROM subscriber_moods WHERE subscriber_id IN ?`, ids).Error; err != nil {
		return err
	}
	known := map[int64]bool{}
	for _, r := range rows {
		mood, ok := campaigns.MoodOf(r.Settings, r.Value)
		if !ok || known[r.SubscriberID] {
			continue
		}
		known[r.SubscriberID] = true
		err := tx.Exec(`INSERT INTO subscriber_moods (subscriber_id, mood, rated_at) VALUES (?, ?, ?)`, r.SubscriberID, int(mood), r.UpdatedAt.UTC()).Error
		if err != nil {
			return fmt.Errorf("mood: %w", err)
		}
	}
	return nil
}
