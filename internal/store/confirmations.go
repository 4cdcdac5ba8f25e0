package store

import (
	"context"
	"fmt"
	"time"
)

// ask takes the right to write to a person about confirming, if nobody had it since.
const ask = `
	INSERT INTO confirmations (subscriber_id, asked_at) VALUES (?, ?)
	ON CONFLICT (subscriber_id) DO UPDATE SET asked_at = excluded.asked_at WHERE confirmations.asked_at <= ?`

// Ask reports whether a letter that asks for a confirmation may go to the person now: at most
// one each span, from whichever form and process. True counts as sent; see Unask.
func (s *Store) Ask(ctx context.Context, subscriber int64, each time.Duration) (bool, error) {
	now := s.now()
	r := s.db.WithContext(ctx).Exec(ask, subscriber, now, now.Add(-each))
	if r.Error != nil {
		return false, fmt.Errorf("ask subscriber %d: %w", subscriber, r.Error)
	}
	return r.RowsAffected == 1, nil
}

// Unask gives back the right that Ask took, when the letter could not be sent.
func (s *Store) Unask(ctx context.Context, subscriber int64) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM confirmations WHERE subscriber_id = ?`, subscriber).Error
}
