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
	reasons, err := s.suppressed(s.read.WithContext(ctx), ids)
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

// Undo takes back a change of places on one list that somebody of the shop made by mistake.
type Undo struct {
	List int64
	Made audience.State           // where the change put people; who moved on since stays there
	Was  map[int64]audience.State // by person; "" is no place
	Left map[int64]bool           // who was suppressed for leaving, which joining lifted
}

// PutBack gives people the place they had before. The record of consent says so.
func (s *Store) PutBack(ctx context.Context, u Undo, c audience.Consent) error {
	return s.txAgain(ctx, func(tx *gorm.DB) error {
		for id := range u.Was {
			if err := s.putBack(tx, u, id, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) putBack(tx *gorm.DB, u Undo, subscriber int64, c audience.Consent) error {
	var now audience.Subscription
	if err := tx.Table("subscriptions").Where("list_id = ? AND subscriber_id = ?", u.List, subscriber).Limit(1).Find(&now).Error; err != nil {
		return err
	}
	if now.State != u.Made {
		return nil
	}
	if u.Left[subscriber] {
		if err := s.suppressPerson(tx, subscriber, audience.Left, c.Source); err != nil {
			return err
		}
	}
	was := u.Was[subscriber]
	if was == now.State {
		return nil
	}
	if err := s.replace(tx, u.List, subscriber, was); err != nil {
		return err
	}
	c.SubscriberID, c.ListID, c.Given = subscriber, u.List, was == audience.Confirmed
	return s.consent(tx, c)
}

// replace goes by way of unsubscribed: the list's counters follow, and a confirmed place
// may become a pending one, or none.
func (s *Store) replace(tx *gorm.DB, list, subscriber int64, state audience.State) error {
	if err := s.setState(tx, subscriber, list, audience.Unsubscribed); err != nil {
		return err
	}
	if state != "" {
		return s.setState(tx, subscriber, list, state)
	}
	return tx.Exec(`DELETE FROM subscriptions WHERE list_id = ? AND subscriber_id = ?`, list, subscriber).Error
}
