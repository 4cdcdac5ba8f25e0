package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

type subscriberRow struct {
	ID                                                        int64
	Email, EmailNorm, FirstName, LastName, Lang, Zone, Source string
	Attributes                                                string
	CreatedAt, UpdatedAt                                      time.Time
}

func (subscriberRow) TableName() string { return "subscribers" }

func (r subscriberRow) subscriber() audience.Subscriber {
	p := audience.Subscriber{ID: r.ID, Email: r.Email, EmailNorm: r.EmailNorm, FirstName: r.FirstName, LastName: r.LastName,
		Lang: r.Lang, Zone: r.Zone, Source: r.Source, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC()}
	if json.Unmarshal([]byte(r.Attributes), &p.Attributes) != nil || p.Attributes == nil {
		p.Attributes = map[string]string{}
	}
	return p
}

func subscribers(rows []subscriberRow) []audience.Subscriber {
	out := make([]audience.Subscriber, len(rows))
	for i, r := range rows {
		out[i] = r.subscriber()
	}
	return out
}

const noSubscriber = "There is no subscriber with that number."

// Subscriber returns one person; by the number of somebody who was merged, the person they became.
func (s *Store) Subscriber(ctx context.Context, id int64) (audience.Subscriber, error) {
	var r subscriberRow
	db := s.read.WithContext(ctx)
	err := db.First(&r, id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		if now, known := current(db, id); known == nil && now != id {
			err = db.First(&r, now).Error
		}
	}
	return r.subscriber(), notFound(err, noSubscriber)
}

// SubscriberByEmail finds a person by address, however it is written, or by one that was theirs before a merge.
func (s *Store) SubscriberByEmail(ctx context.Context, email string) (audience.Subscriber, error) {
	r, err := byAddress(s.read.WithContext(ctx), audience.NormEmail(email))
	if err == nil && r.ID == 0 {
		err = fault.New(fault.NotFound, "There is no subscriber with that address.")
	}
	return r.subscriber(), err
}

// saveSubscriber keeps what is known: an empty name or zone never overwrites one we have,
// and attributes are merged by the caller.
const saveSubscriber = `
	INSERT INTO subscribers (email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (email_norm) DO UPDATE SET email = excluded.email,
	   first_name = CASE WHEN excluded.first_name = '' THEN subscribers.first_name ELSE excluded.first_name END,
	   last_name = CASE WHEN excluded.last_name = '' THEN subscribers.last_name ELSE excluded.last_name END,
	   zone = CASE WHEN excluded.zone = '' THEN subscribers.zone ELSE excluded.zone END,
	   lang = excluded.lang, attributes = excluded.attributes, updated_at = excluded.updated_at
	RETURNING *`

// SaveSubscriber creates the person, or updates the one with the same address; it expects
// a validated subscriber and fills in the rest of it.
func (s *Store) SaveSubscriber(ctx context.Context, p *audience.Subscriber) error {
	return s.tx(ctx, func(tx *gorm.DB) error { return s.save(tx, p) })
}

func (s *Store) save(tx *gorm.DB, p *audience.Subscriber) error {
	old, err := byAddress(tx, p.EmailNorm)
	if err != nil {
		return err
	}
	if old.ID != 0 && old.EmailNorm != p.EmailNorm { // by an address of before a merge
		p.Email, p.EmailNorm = old.Email, old.EmailNorm
	}
	merged := map[string]string{}
	for _, m := range []map[string]string{old.subscriber().Attributes, p.Attributes} {
		for k, v := range m {
			merged[k] = v
		}
	}
	if err := s.meet(tx, p.Attributes); err != nil {
		return err
	}
	now := s.now()
	var r subscriberRow
	err = tx.Raw(saveSubscriber, p.Email, p.EmailNorm, p.FirstName, p.LastName, p.Lang, p.Zone, audience.PackAttributes(merged), p.Source, now, now).Scan(&r).Error
	if err != nil {
		return fmt.Errorf("save subscriber: %w", err)
	}
	*p = r.subscriber()
	if old.ID != 0 {
		return nil
	}
	return s.recall(tx, p.EmailNorm)
}

// UpdateSubscriber writes every field of a known person, empty ones too.
func (s *Store) UpdateSubscriber(ctx context.Context, p *audience.Subscriber) error {
	if err := s.meet(s.db.WithContext(ctx), p.Attributes); err != nil {
		return err
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := freeAddress(tx, p.ID, p.EmailNorm); err != nil {
			return err
		}
		r := tx.Table("subscribers").Where("id = ?", p.ID).Updates(map[string]any{
			"email": p.Email, "email_norm": p.EmailNorm, "first_name": p.FirstName, "last_name": p.LastName,
			"lang": p.Lang, "zone": p.Zone, "attributes": audience.PackAttributes(p.Attributes), "updated_at": s.now()})
		switch {
		case duplicated(r.Error):
			return errAddressTaken
		case r.Error != nil:
			return fmt.Errorf("update subscriber %d: %w", p.ID, r.Error)
		case r.RowsAffected == 0:
			return fault.New(fault.NotFound, noSubscriber)
		}
		return s.recall(tx, p.EmailNorm)
	})
}

// SubscriberQuery says which subscribers; its zero value is all of them.
type SubscriberQuery struct {
	Search string // part of an address or a name
	List   int64
	State  audience.State // on List, "" is confirmed; without a List on any, "" is whatever
	Lang   string
	// those in this segment, and those who have this attribute: with the value, or "" with any
	Segment          int64
	Attribute, Value string
	After            int64 // keyset: those with a smaller id than this; 0 from the newest
	Limit            int   // 0 is 50
}

// AnyState asks for all who ever were on a list.
const AnyState audience.State = "any"

// Subscribers lists people, newest first, one page; next is the After of the following
// page, 0 when this was the last.
func (s *Store) Subscribers(ctx context.Context, q SubscriberQuery) (people []audience.Subscriber, next int64, err error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	rows, err := s.newestOf(ctx, q)
	if err != nil {
		return nil, 0, fmt.Errorf("list subscribers: %w", err)
	}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		next = rows[q.Limit-1].ID
	}
	return subscribers(rows), next, nil
}

// CountSubscribers counts those of the query, whatever its page.
func (s *Store) CountSubscribers(ctx context.Context, q SubscriberQuery) (n int64, err error) {
	return s.countIn(s.read.WithContext(ctx), q)
}

func (s *Store) countIn(db *gorm.DB, q SubscriberQuery) (n int64, err error) {
	q.After, q.Limit = 0, 0
	switch {
	case q.Search != "" || q.Lang != "" || q.Segment != 0 || q.Attribute != "" || q.List == 0 && q.State == "":
		if db, err = s.narrow(db.Statement.Context, db.Table("subscribers"), q); err != nil {
			return 0, err
		}
		db = q.where(db)
	case q.List == 0: // on any list
		err = openState(db.Table("subscriptions").Where("state = ?", q.State), q.State).Distinct("subscriber_id").Count(&n).Error
		return n, err
	default: // who is on a list is on our books: no look at the people
		db = db.Table("subscriptions").Where("list_id = ?", q.List)
		if q.State == "" {
			q.State = audience.Confirmed
		}
		if q.State != AnyState {
			db = openState(db.Where("state = ?", q.State), q.State)
		}
	}
	err = db.Count(&n).Error
	return n, err
}

// openState says once more that somebody is not confirmed, by which SQLite knows its index of those.
func openState(db *gorm.DB, state audience.State) *gorm.DB {
	if state != audience.Confirmed {
		db = db.Where("state <> 'confirmed'")
	}
	return db
}

func (q SubscriberQuery) where(db *gorm.DB) *gorm.DB {
	if q.List != 0 {
		db = db.Joins("JOIN subscriptions ON subscriptions.subscriber_id = subscribers.id").
			Where("subscriptions.list_id = ?", q.List)
		if q.State == "" {
			q.State = audience.Confirmed
		}
		if q.State != AnyState {
			db = db.Where("subscriptions.state = ?", q.State)
		}
	} else if q.State != "" {
		on := db.Session(&gorm.Session{NewDB: true}).Table("subscriptions x").Select("1").Where("x.subscriber_id = subscribers.id AND x.state = ?", q.State)
		if q.After > 0 { // else PostgreSQL goes through the places of all newer people
			on = on.Where("x.subscriber_id < ?", q.After)
		}
		db = db.Where("EXISTS (?)", on)
	}
	if q.Lang != "" {
		db = db.Where("subscribers.lang = ?", q.Lang)
	}
	if q.Search != "" {
		known, args := parts(db, q.Search, foundBy(q.Search, "subscribers.email_norm", "subscribers.first_name", "subscribers.last_name")...)
		former, more := parts(db, q.Search, "f.email_norm")
		db = db.Where("("+known+" OR subscribers.id IN (SELECT f.subscriber_id FROM former_addresses f WHERE "+former+"))", append(args, more...)...)
	}
	return db
}
