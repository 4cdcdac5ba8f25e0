package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// ListRow is a list with its kept counts.
type ListRow struct {
	audience.List
	Confirmed int64 `json:"confirmed"`
	Pending   int64 `json:"pending"`
}

const noList = "There is no list with that number."

// Lists are all lists, by name.
func (s *Store) Lists(ctx context.Context) (rows []ListRow, err error) {
	err = s.read.WithContext(ctx).Table("lists").Where("deleted_at IS NULL").Order("name, id").Find(&rows).Error
	return rows, err
}

// ListsOf are the lists that columns of a file may be of.
func (s *Store) ListsOf(ctx context.Context) (all []audience.List, err error) {
	rows, err := s.Lists(ctx)
	for _, r := range rows {
		all = append(all, r.List)
	}
	return all, err
}

// List is one list.
func (s *Store) List(ctx context.Context, id int64) (ListRow, error) {
	var r ListRow
	err := s.read.WithContext(ctx).Table("lists").Where("deleted_at IS NULL AND id = ?", id).First(&r).Error
	return r, notFound(err, noList)
}

// CreateList stores a validated list; a label that is taken gets a number.
func (s *Store) CreateList(ctx context.Context, l *audience.List) error {
	base := l.Label
	for i := 2; i < 1000; i++ {
		err := s.db.WithContext(ctx).Raw(`INSERT INTO lists (name, label, description, opt_in, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id`,
			l.Name, l.Label, l.Description, l.OptIn, s.now()).Scan(&l.ID).Error
		if !duplicated(err) {
			l.CreatedAt = s.now()
			return err
		}
		l.Label = fmt.Sprintf("%s-%d", base, i)
	}
	return fault.Field("label", "This label is taken.")
}

// UpdateList changes name, description and the way of joining; the label stays, mailboxes know it.
func (s *Store) UpdateList(ctx context.Context, l audience.List) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE lists SET name = ?, description = ?, opt_in = ? WHERE id = ? AND deleted_at IS NULL`,
		l.Name, l.Description, l.OptIn, l.ID)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.NotFound, noList)
	}
	return r.Error
}

// DeleteList hides a list; people and what they agreed to stay on record. RestoreList undoes it.
func (s *Store) DeleteList(ctx context.Context, id int64) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE lists SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL`, s.now(), id)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.NotFound, noList)
	}
	return r.Error
}

// RestoreList brings back a deleted list.
func (s *Store) RestoreList(ctx context.Context, id int64) error {
	return s.db.WithContext(ctx).Exec(`UPDATE lists SET deleted_at = NULL WHERE id = ?`, id).Error
}

// SubscriptionRow is a subscription with its list's name.
type SubscriptionRow struct {
	audience.Subscription
	List string `json:"list"`
}

// Subscriptions are a person's places on lists.
func (s *Store) Subscriptions(ctx context.Context, subscriber int64) (rows []SubscriptionRow, err error) {
	if subscriber, err = s.Current(ctx, subscriber); err != nil {
		return nil, err
	}
	err = s.read.WithContext(ctx).Raw(`SELECT x.*, l.name AS list FROM subscriptions x JOIN lists l ON l.id = x.list_id
		WHERE x.subscriber_id = ? AND l.deleted_at IS NULL ORDER BY l.name, l.id`, subscriber).Scan(&rows).Error
	return rows, err
}

// Subscribe puts a person on a list as pending or confirmed and records the consent. It is
// the person's own act (or a person's of the shop): it may bring back somebody who left,
// and lifts a suppression that came from leaving, never one from a bounce or a complaint.
func (s *Store) Subscribe(ctx context.Context, subscriber, list int64, state audience.State, c audience.Consent) error {
	return s.txAgain(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Table("lists").Where("id = ? AND deleted_at IS NULL", list).Count(&n).Error; err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.NotFound, noList))
		}
		subscriber, err := current(tx, subscriber)
		if err != nil {
			return err
		}
		if err := s.setState(tx, subscriber, list, state); err != nil {
			return err
		}
		if state != audience.Confirmed {
			return nil
		}
		err = tx.Exec(`DELETE FROM suppressions WHERE reason = ? AND email_norm = (SELECT email_norm FROM subscribers WHERE id = ?)`, audience.Left, subscriber).Error
		if err != nil {
			return err
		}
		c.SubscriberID, c.ListID, c.Given = subscriber, list, true
		if err := s.consent(tx, c); err != nil {
			return err
		}
		return s.joined(tx, subscriber, list)
	})
}

// joined tells automations of a confirmed subscription, once for each person and list.
func (s *Store) joined(tx *gorm.DB, subscriber, list int64) error {
	var r subscriberRow
	if err := tx.First(&r, subscriber).Error; err != nil {
		return notFound(err, noSubscriber)
	}
	e := audience.Event{SubscriberID: subscriber, Name: "subscribed", Key: fmt.Sprintf("list:%d:%d", list, subscriber), At: s.now()}
	return s.happen(tx, r.subscriber(), e)
}

// setState moves one subscription and keeps the list's counters.
func (s *Store) setState(tx *gorm.DB, subscriber, list int64, state audience.State) error {
	var old audience.Subscription
	if err := tx.Table("subscriptions").Where("list_id = ? AND subscriber_id = ?", list, subscriber).Limit(1).Find(&old).Error; err != nil {
		return err
	}
	asked := state == audience.Pending && old.State == state // again: the time to confirm begins anew
	if old.State == state && !asked || old.State == audience.Confirmed && state == audience.Pending {
		return nil
	}
	now := s.now()
	err := tx.Exec(`INSERT INTO subscriptions (list_id, subscriber_id, state, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (list_id, subscriber_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`,
		list, subscriber, state, now, now).Error
	if err != nil {
		return fmt.Errorf("subscription of %d to list %d: %w", subscriber, list, err)
	}
	if times := one(state == audience.Confirmed) - one(old.State == audience.Confirmed); times != 0 {
		if err := s.valueListed(tx, list, []int64{subscriber}, int64(times)); err != nil {
			return err
		}
	}
	return tx.Exec(`UPDATE lists SET confirmed = confirmed + ?, pending = pending + ? WHERE id = ?`,
		one(state == audience.Confirmed)-one(old.State == audience.Confirmed),
		one(state == audience.Pending)-one(old.State == audience.Pending), list).Error
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *Store) consent(tx *gorm.DB, c audience.Consent) error {
	if c.At.IsZero() {
		c.At = s.now()
	}
	return tx.Exec(`INSERT INTO consents (subscriber_id, list_id, given, source, wording, address, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		c.SubscriberID, c.ListID, c.Given, c.Source, c.Wording, c.Address, c.At.UTC()).Error
}

// Consents are what a person agreed to and took back, oldest first.
func (s *Store) Consents(ctx context.Context, subscriber int64) (rows []audience.Consent, err error) {
	err = s.read.WithContext(ctx).Table("consents").Where("subscriber_id = ?", subscriber).Order("id").Find(&rows).Error
	return rows, err
}
