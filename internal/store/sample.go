package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
)

// Past is what a shop brings along: people, what they joined and what they bought. It is
// loaded as history, so it sets nothing off.
type Past struct {
	People []audience.Subscriber // validated
	Joined map[string][]int64    // lists by normalised address
	Orders map[string][]audience.Order
	Source string // of the consents
}

// LoadPast stores a past in one transaction, into a database that has none of it yet.
func (s *Store) LoadPast(ctx context.Context, past Past) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		for i := range past.People {
			p := &past.People[i]
			if err := s.loadPerson(tx, p); err != nil {
				return err
			}
			if err := s.loadConsents(tx, *p, past); err != nil {
				return err
			}
			for _, o := range past.Orders[p.EmailNorm] {
				if err := s.loadOrder(tx, p.ID, o); err != nil {
					return err
				}
			}
			if err := s.revalue(tx, p.ID); err != nil {
				return err
			}
		}
		return tx.Exec(`UPDATE lists SET confirmed = (SELECT COUNT(*) FROM subscriptions x WHERE x.list_id = lists.id AND x.state = 'confirmed')`).Error
	})
}

func (s *Store) loadPerson(tx *gorm.DB, p *audience.Subscriber) error {
	if err := s.meet(tx, p.Attributes); err != nil {
		return err
	}
	err := tx.Raw(`INSERT INTO subscribers (email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`, p.Email, p.EmailNorm, p.FirstName, p.LastName, p.Lang, p.Zone,
		audience.PackAttributes(p.Attributes), p.Source, p.CreatedAt.UTC(), p.CreatedAt.UTC()).Scan(&p.ID).Error
	if err != nil {
		return fmt.Errorf("load person: %w", err)
	}
	return nil
}

func (s *Store) loadConsents(tx *gorm.DB, p audience.Subscriber, past Past) error {
	for _, l := range past.Joined[p.EmailNorm] {
		err := tx.Exec(`INSERT INTO subscriptions (list_id, subscriber_id, state, created_at, updated_at) VALUES (?, ?, 'confirmed', ?, ?)`, l, p.ID, p.CreatedAt.UTC(), p.CreatedAt.UTC()).Error
		if err != nil {
			return fmt.Errorf("load subscription: %w", err)
		}
		if err := s.consent(tx, audience.Consent{SubscriberID: p.ID, ListID: l, Given: true, Source: past.Source, At: p.CreatedAt}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) loadOrder(tx *gorm.DB, person int64, o audience.Order) error {
	if _, err := s.keepOrder(tx, person, &o); err != nil {
		return fmt.Errorf("load order: %w", err)
	}
	return tx.Exec(`INSERT INTO events (subscriber_id, name, occasion, order_id, at) VALUES (?, ?, ?, ?, ?)`,
		person, "order."+o.State, "order:"+o.Number, o.ID, o.UpdatedAt.UTC()).Error
}
