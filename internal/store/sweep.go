package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
)

// pendingTime is how long a sign-up waits for its confirmation; sweepSize is how many are
// forgotten in one transaction.
const (
	pendingTime = 30 * 24 * time.Hour
	sweepSize   = 500
)

// SweepPending forgets sign-ups that nobody confirmed in time, and the people of whom we
// know nothing else: we have no reason to keep them (GDPR art. 5(1)(e)). It returns how many
// sign-ups it ended.
func (s *Store) SweepPending(ctx context.Context) (ended int, err error) {
	if err := s.emptyLogLate(ctx); err != nil {
		return 0, err
	}
	for n := sweepSize; n == sweepSize && err == nil; ended += n {
		err = s.txAgain(ctx, func(tx *gorm.DB) error {
			n, err = s.sweep(tx)
			return err
		})
	}
	return ended, err
}

func (s *Store) sweep(tx *gorm.DB) (int, error) {
	var old []audience.Subscription
	// The second condition lets SQLite use its index of those who are not confirmed.
	err := tx.Raw(s.d.clauses.Replace(`SELECT * FROM subscriptions WHERE state = 'pending' AND state <> 'confirmed' AND updated_at < ?
		ORDER BY subscriber_id, list_id LIMIT ? {{lock}}`), s.now().Add(-pendingTime), sweepSize).Scan(&old).Error
	for _, x := range old {
		if err == nil {
			err = s.forget(tx, x)
		}
	}
	return len(old), err
}

// forget ends one sign-up. Who was on the list before and left it stays unsubscribed: a
// form must not take them for somebody new.
func (s *Store) forget(tx *gorm.DB, x audience.Subscription) error {
	if err := s.setState(tx, x.SubscriberID, x.ListID, audience.Unsubscribed); err != nil {
		return err
	}
	err := tx.Exec(`DELETE FROM subscriptions WHERE list_id = ? AND subscriber_id = ? AND NOT EXISTS (SELECT 1 FROM consents c
		WHERE c.subscriber_id = subscriptions.subscriber_id AND c.list_id IN (0, subscriptions.list_id))`, x.ListID, x.SubscriberID).Error
	if err == nil {
		err = tx.Exec(`DELETE FROM subscribers WHERE id = ?`+nothingElse, x.SubscriberID).Error
	}
	return err
}

// nothingElse spares those of whom anything is on record.
var nothingElse = func() (sql string) {
	for _, table := range []string{"subscriptions", "consents", "orders", "events", "enrolments", "responses"} {
		sql += ` AND NOT EXISTS (SELECT 1 FROM ` + table + ` x WHERE x.subscriber_id = subscribers.id)`
	}
	return sql
}()
