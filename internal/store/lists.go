package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
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

// List is one list.
func (s *Store) List(ctx context.Context, id int64) (ListRow, error) {
	var r ListRow
	err := s.db.WithContext(ctx).Table("lists").Where("deleted_at IS NULL AND id = ?", id).First(&r).Error
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
	err = s.db.WithContext(ctx).Raw(`SELECT x.*, l.name AS list FROM subscriptions x JOIN lists l ON l.id = x.list_id
		WHERE x.subscriber_id = ? AND l.deleted_at IS NULL ORDER BY l.name, l.id`, subscriber).Scan(&rows).Error
	return rows, err
}

// Subscribe puts a person on a list as pending or confirmed and records the consent. It is
// the person's own act (or a person's of the shop): it may bring back somebody who left,
// and lifts a suppression that came from leaving, never one from a bounce or a complaint.
func (s *Store) Subscribe(ctx context.Context, subscriber, list int64, state audience.State, c audience.Consent) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Table("lists").Where("id = ? AND deleted_at IS NULL", list).Count(&n).Error; err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.NotFound, noList))
		}
		if err := s.setState(tx, subscriber, list, state); err != nil {
			return err
		}
		if state != audience.Confirmed {
			return nil
		}
		err := tx.Exec(`DELETE FROM suppressions WHERE reason = ? AND email_norm = (SELECT email_norm FROM subscribers WHERE id = ?)`, audience.Left, subscriber).Error
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
	if old.State == state || old.State == audience.Confirmed && state == audience.Pending {
		return nil
	}
	now := s.now()
	err := tx.Exec(`INSERT INTO subscriptions (list_id, subscriber_id, state, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (list_id, subscriber_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`,
		list, subscriber, state, now, now).Error
	if err != nil {
		return fmt.Errorf("subscription of %d to list %d: %w", subscriber, list, err)
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
	err = s.db.WithContext(ctx).Table("consents").Where("subscriber_id = ?", subscriber).Order("id").Find(&rows).Error
	return rows, err
}

// Leave says what an unsubscription is about.
type Leave struct {
	Subscriber int64
	List       int64 // 0: everything
	Delivery   int64 // whose letter led here; 0 when none
	Source     string
	Address    string
}

// Unsubscribe takes a person off a list, or off everything, at once: what waits for them
// is skipped, also when its letter is already written. Twice is as good as once.
func (s *Store) Unsubscribe(ctx context.Context, l Leave) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		changed, err := s.waitsOrReads(tx, l)
		if err != nil {
			return err
		}
		if err := s.leaveCampaign(tx, l); err != nil {
			return err
		}
		if l.List == 0 {
			if err := s.suppressPerson(tx, l.Subscriber, audience.Left, l.Source); err != nil {
				return err
			}
		}
		if !changed {
			return nil
		}
		c := audience.Consent{SubscriberID: l.Subscriber, ListID: l.List, Source: l.Source, Address: l.Address}
		if err := s.consent(tx, c); err != nil {
			return err
		}
		return s.countLeave(tx, l)
	})
}

// leaveCampaign takes a person off the list, and off the other lists by which the same
// campaign would reach them: who leaves a letter wants no more of it by another door.
func (s *Store) leaveCampaign(tx *gorm.DB, l Leave) error {
	lists := []int64{l.List}
	if l.List != 0 && l.Delivery != 0 {
		var c campaignRow
		err := tx.Where("id = (SELECT campaign_id FROM deliveries WHERE id = ? AND subscriber_id = ?)", l.Delivery, l.Subscriber).Limit(1).Find(&c).Error
		if err != nil {
			return err
		}
		lists = append(lists, numbers(c.Lists)...)
	}
	for _, list := range lists {
		if err := s.leaveLists(tx, l.Subscriber, list); err != nil {
			return err
		}
	}
	return nil
}

// waitsOrReads reports whether leaving changes anything for the person.
func (s *Store) waitsOrReads(tx *gorm.DB, l Leave) (bool, error) {
	var n int64
	q := tx.Table("subscriptions").Where("subscriber_id = ? AND state <> ?", l.Subscriber, audience.Unsubscribed)
	if l.List != 0 {
		err := q.Where("list_id = ?", l.List).Count(&n).Error
		return n > 0, err
	}
	var left int64
	err := tx.Raw(`SELECT COUNT(*) FROM suppressions WHERE email_norm = (SELECT email_norm FROM subscribers WHERE id = ?)`, l.Subscriber).Scan(&left).Error
	if err == nil {
		err = q.Count(&n).Error
	}
	return n > 0 || left == 0, err
}

func (s *Store) leaveLists(tx *gorm.DB, subscriber, list int64) error {
	q := tx.Table("subscriptions").Where("subscriber_id = ? AND state <> ?", subscriber, audience.Unsubscribed)
	if list != 0 {
		q = q.Where("list_id = ?", list)
	}
	var lists []int64
	if err := q.Pluck("list_id", &lists).Error; err != nil {
		return err
	}
	for _, l := range lists {
		if err := s.setState(tx, subscriber, l, audience.Unsubscribed); err != nil {
			return err
		}
	}
	return s.skipIneligible(tx, subscriber)
}

func (s *Store) countLeave(tx *gorm.DB, l Leave) error {
	if l.Delivery == 0 {
		return nil
	}
	var d ledger.Delivery
	if err := tx.Table("deliveries").Where("id = ? AND subscriber_id = ?", l.Delivery, l.Subscriber).Limit(1).Find(&d).Error; err != nil || d.ID == 0 {
		return err
	}
	err := tx.Exec(`INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, verdict, at) VALUES (?, ?, ?, 'unsubscribe', 'human', ?)`,
		d.ID, d.CampaignID, d.SubscriberID, s.now()).Error
	if err != nil {
		return err
	}
	return tx.Exec(`UPDATE runs SET unsubscribed = unsubscribed + 1 WHERE id = ?`, d.RunID).Error
}

// Suppress stops all mail to an address, known or not, for good.
func (s *Store) Suppress(ctx context.Context, email string, reason audience.Reason, source string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		norm := audience.NormEmail(email)
		if err := s.suppress(tx, norm, reason, source); err != nil {
			return err
		}
		var r subscriberRow
		if err := tx.Where("email_norm = ?", norm).Limit(1).Find(&r).Error; err != nil || r.ID == 0 {
			return err
		}
		return s.skipIneligible(tx, r.ID)
	})
}

func (s *Store) suppressPerson(tx *gorm.DB, subscriber int64, reason audience.Reason, source string) error {
	var r subscriberRow
	if err := tx.Limit(1).Find(&r, subscriber).Error; err != nil || r.ID == 0 {
		return err
	}
	if err := s.suppress(tx, r.EmailNorm, reason, source); err != nil {
		return err
	}
	return s.skipIneligible(tx, subscriber)
}

func (s *Store) suppress(tx *gorm.DB, norm string, reason audience.Reason, source string) error {
	return tx.Exec(`INSERT INTO suppressions (email_norm, reason, source, at) VALUES (?, ?, ?, ?) ON CONFLICT (email_norm) DO NOTHING`,
		norm, reason, source, s.now()).Error
}

// Unsuppress lifts a suppression by hand; it is written to the audit log by the caller.
func (s *Store) Unsuppress(ctx context.Context, email string) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM suppressions WHERE email_norm = ?`, audience.NormEmail(email)).Error
}

// Suppression returns why an address is never mailed; NotFound when it may be.
func (s *Store) Suppression(ctx context.Context, email string) (audience.Suppression, error) {
	var r audience.Suppression
	err := s.db.WithContext(ctx).Table("suppressions").Where("email_norm = ?", audience.NormEmail(email)).First(&r).Error
	return r, notFound(err, "This address is not suppressed.")
}

// Suppressions lists suppressed addresses, newest first, before a moment (zero: now).
func (s *Store) Suppressions(ctx context.Context, before time.Time, limit int) (rows []audience.Suppression, err error) {
	q := s.read.WithContext(ctx).Table("suppressions").Order("at DESC, email_norm").Limit(limit)
	if !before.IsZero() {
		q = q.Where("at < ?", before.UTC())
	}
	err = q.Find(&rows).Error
	return rows, err
}
