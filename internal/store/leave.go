package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// Leave says what an unsubscription is about.
type Leave struct {
	Subscriber int64
	List       int64 // 0: everything
	Delivery   int64 // whose letter led here; 0 when none
	Source     string
	Address    string
}

// Unsubscribe takes a person off a list, or off everything, at once: what waits for them
// is skipped, also when its letter is already written. Twice is as good as once, and a
// person who was erased has left (RFC 8058: an old letter's button still answers well).
func (s *Store) Unsubscribe(ctx context.Context, l Leave) error {
	return s.txAgain(ctx, func(tx *gorm.DB) error {
		var err error
		if l.Subscriber, err = current(tx, l.Subscriber); err != nil {
			return err
		}
		var known int64
		if err := tx.Table("subscribers").Where("id = ?", l.Subscriber).Count(&known).Error; err != nil || known == 0 {
			return err
		}
		if err := s.refuse(tx, l.Subscriber); err != nil {
			return err
		}
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

// LeftElsewhere takes who unsubscribed at a mail provider, at a moment, off the list by which
// the delivery reached them, as its own one-click link would: of everything when no delivery
// is known. Whoever agreed to mail after that moment stays, so a call that comes again, or
// late, undoes nothing.
func (s *Store) LeftElsewhere(ctx context.Context, delivery int64, email, source string, at time.Time) error {
	l := Leave{Delivery: delivery, Source: source}
	db := s.db.WithContext(ctx)
	norm := audience.NormEmail(email)
	err := db.Raw(`SELECT id FROM subscribers WHERE id = COALESCE((SELECT subscriber_id FROM deliveries WHERE id = ?), 0)
		OR ? = 0 AND (email_norm = ? OR id = (SELECT subscriber_id FROM former_addresses WHERE email_norm = ?))`, delivery, delivery, norm, norm).Scan(&l.Subscriber).Error
	if err != nil || l.Subscriber == 0 {
		return err
	}
	var since int64
	err = db.Table("consents").Where("subscriber_id = ? AND given = ? AND at > ?", l.Subscriber, true, at.UTC().Add(time.Second)).Count(&since).Error
	if err != nil || since > 0 {
		return err
	}
	var c campaignRow
	if err := db.Where("id = (SELECT campaign_id FROM deliveries WHERE id = ?)", delivery).Limit(1).Find(&c).Error; err != nil {
		return err
	}
	if lists := numbers(c.Lists); len(lists) > 0 {
		err := db.Raw(`SELECT COALESCE(MIN(list_id), 0) FROM subscriptions WHERE subscriber_id = ? AND list_id IN ? AND state = 'confirmed'`,
			l.Subscriber, lists).Scan(&l.List).Error
		if err != nil || l.List == 0 { // left already
			return err
		}
	}
	return s.Unsubscribe(ctx, l)
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

// Suppress stops all mail to an address, known or not, for good; of before a merge, to the one the person has now as well.
func (s *Store) Suppress(ctx context.Context, email string, reason audience.Reason, source string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		norm := audience.NormEmail(email)
		if err := s.suppress(tx, norm, reason, source); err != nil {
			return err
		}
		r, err := byAddress(tx, norm)
		if err != nil || r.ID == 0 {
			return err
		}
		if r.EmailNorm != norm && slices.Contains(aboutPerson, reason) {
			err = s.suppress(tx, r.EmailNorm, reason, source)
		}
		return firstError(err, s.skipIneligible(tx, r.ID))
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
	var known []int64
	if err := tx.Raw(`SELECT id FROM subscribers WHERE email_norm = ?`, norm).Scan(&known).Error; err != nil {
		return err
	}
	if err := s.refuse(tx, known...); err != nil {
		return err
	}
	return tx.Exec(`INSERT INTO suppressions (email_norm, reason, source, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (email_norm) DO UPDATE SET reason = excluded.reason, source = excluded.source, at = excluded.at
		 WHERE suppressions.reason = 'unsubscribed' AND excluded.reason <> 'unsubscribed' -- a complaint weighs more than leaving
		    OR suppressions.reason IN ('soft_bounce', 'hard_bounce') AND excluded.reason = 'complaint'
		    OR suppressions.reason = 'soft_bounce' AND excluded.reason = 'hard_bounce'`,
		norm, reason, source, s.now()).Error
}

// Unsuppress lifts a suppression by hand; it is written to the audit log by the caller.
func (s *Store) Unsuppress(ctx context.Context, email string) error {
	return s.tx(ctx, func(tx *gorm.DB) error { // soft bounces count from here
		norm := audience.NormEmail(email)
		if err := tx.Exec(`UPDATE reports SET counts = ? WHERE email_norm = ?`, false, norm).Error; err != nil {
			return err
		}
		return tx.Exec(`DELETE FROM suppressions WHERE email_norm IN ?`, s.knownAs(norm)).Error
	})
}

// Suppression returns why an address is never mailed; NotFound when it may be.
func (s *Store) Suppression(ctx context.Context, email string) (audience.Suppression, error) {
	var r audience.Suppression
	norm := audience.NormEmail(email)
	err := s.read.WithContext(ctx).Table("suppressions").Where("email_norm IN ?", s.knownAs(norm)).Limit(1).Take(&r).Error
	if err == nil {
		r.EmailNorm = norm
	}
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
