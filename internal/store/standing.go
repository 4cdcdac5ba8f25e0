package store

import (
	"context"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
)

// Standing is where a person stands with us.
type Standing struct {
	Lists      []SubscriptionRow
	Suppressed audience.Reason // "" when the address may be mailed
}

// Standings tells it of the people of one page.
func (s *Store) Standings(ctx context.Context, people []audience.Subscriber) (map[int64]Standing, error) {
	ids := make([]int64, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	var rows []SubscriptionRow
	err := s.read.WithContext(ctx).Raw(`SELECT x.*, l.name AS list FROM subscriptions x JOIN lists l ON l.id = x.list_id
		WHERE x.subscriber_id IN ? AND l.deleted_at IS NULL ORDER BY l.name, l.id`, ids).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	reasons, err := suppressed(s.read.WithContext(ctx), ids)
	if err != nil {
		return nil, err
	}
	out := map[int64]Standing{}
	for _, p := range people {
		out[p.ID] = Standing{Suppressed: reasons[p.ID]}
	}
	for _, r := range rows {
		st := out[r.SubscriberID]
		st.Lists = append(st.Lists, r)
		out[r.SubscriberID] = st
	}
	return out, nil
}

// PutBack gives people the place on a list they had before somebody of the shop changed it
// by mistake; "" is none. The record of consent says so.
func (s *Store) PutBack(ctx context.Context, list int64, was map[int64]audience.State, c audience.Consent) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		for id, state := range was {
			if err := s.putBack(tx, list, id, state, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) putBack(tx *gorm.DB, list, subscriber int64, state audience.State, c audience.Consent) error {
	// By way of unsubscribed: the list's counters follow, and a confirmed place may become a pending one.
	if err := s.setState(tx, subscriber, list, audience.Unsubscribed); err != nil {
		return err
	}
	if state != "" {
		if err := s.setState(tx, subscriber, list, state); err != nil {
			return err
		}
	} else {
		if err := tx.Exec(`DELETE FROM subscriptions WHERE list_id = ? AND subscriber_id = ?`, list, subscriber).Error; err != nil {
			return err
		}
	}
	c.SubscriberID, c.ListID, c.Given = subscriber, list, state == audience.Confirmed
	return s.consent(tx, c)
}
