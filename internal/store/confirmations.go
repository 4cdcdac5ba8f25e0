package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"
)

// ask takes the right to write to a person about confirming, if nobody had it since.
const ask = `
	INSERT INTO confirmations (subscriber_id, asked_at) VALUES (?, ?)
	ON CONFLICT (subscriber_id) DO UPDATE SET asked_at = excluded.asked_at WHERE confirmations.asked_at <= ?`

// Asked is the right to send a person a letter that asks for a confirmation; the zero value is none.
type Asked struct {
	subscriber int64
	hourly     bool  // the letter of this span, from whichever form
	campaign   int64 // the only one of this campaign's own, or 0
}

// Ask takes the right to send the person a letter that asks for a confirmation: one each span, from
// whichever form and process. A campaign that people come to by its recipients' links (0 is none)
// has one letter more for each person, once. It counts as sent; see Unask.
func (s *Store) Ask(ctx context.Context, subscriber, campaign int64, each time.Duration) (a Asked, err error) {
	err = s.tx(ctx, func(tx *gorm.DB) error {
		a = Asked{}
		now := s.now()
		r := tx.Exec(ask, subscriber, now, now.Add(-each))
		hourly := r.RowsAffected == 1
		if r.Error == nil && campaign != 0 {
			r = tx.Exec(`INSERT INTO notes (campaign_id, name, value, at) VALUES (?, ?, 'yes', ?) ON CONFLICT DO NOTHING`, campaign, askedOf(subscriber), now)
			if r.RowsAffected == 1 {
				a.campaign = campaign
			}
		}
		if hourly || a.campaign != 0 {
			a.subscriber, a.hourly = subscriber, hourly
		}
		return r.Error
	})
	if err != nil {
		return Asked{}, fmt.Errorf("ask subscriber %d: %w", subscriber, err)
	}
	return a, nil
}

// askedOf is the name of the note that a campaign has asked somebody.
func askedOf(subscriber int64) string { return "asked:" + strconv.FormatInt(subscriber, 10) }

// Unask gives back the right that Ask took, when the letter could not be sent.
func (s *Store) Unask(ctx context.Context, a Asked) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if a.hourly {
			if err := tx.Exec(`DELETE FROM confirmations WHERE subscriber_id = ?`, a.subscriber).Error; err != nil {
				return err
			}
		}
		return tx.Exec(`DELETE FROM notes WHERE campaign_id = ? AND name = ?`, a.campaign, askedOf(a.subscriber)).Error
	})
}
