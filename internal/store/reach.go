package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
)

// Reach counts an audience as it is now, and those its lists hold who will not get it, each
// under one reason. It starts from the lists' kept counts, so that a million people are
// counted while one chooses; only a language has to be looked up person by person.
func (s *Store) Reach(ctx context.Context, a audience.Audience) (r audience.Reach, err error) {
	if len(a.Lists) == 0 {
		return r, nil
	}
	db := s.read.WithContext(ctx)
	err = db.Raw(leftOut, a.Lists, a.Lists).Scan(&r).Error
	if err != nil {
		return r, fmt.Errorf("count who is left out: %w", err)
	}
	r.Unsubscribed -= r.Pending
	var suppressed struct{ Known, Confirmed int64 }
	if err := db.Raw(suppressedOn, a.Lists, a.Lists).Scan(&suppressed).Error; err != nil {
		return r, fmt.Errorf("count the suppressed: %w", err)
	}
	r.Suppressed = suppressed.Known
	if a.Lang != "" || len(a.Segments)+len(a.NotSegments) > 0 {
		err := s.reachOne(db, a, &r)
		return r, err
	}
	r.People, err = s.confirmedOn(db, a.Lists)
	r.People -= suppressed.Confirmed
	if err == nil && len(a.NotLists) > 0 {
		var excluded int64
		err = db.Raw(excludedBy, a.NotLists, a.Lists).Scan(&excluded).Error
		r.People -= excluded
	}
	return r, err
}

// reachOne counts, person by person, an audience that its lists' counts do not tell.
func (s *Store) reachOne(db *gorm.DB, a audience.Audience, r *audience.Reach) error {
	where, args, err := s.eligible(db, a)
	if err != nil {
		return err
	}
	if err := db.Raw(`SELECT COUNT(*) FROM subscribers s WHERE `+where, args...).Scan(&r.People).Error; err != nil {
		return fmt.Errorf("count an audience: %w", err)
	}
	if len(a.Segments)+len(a.NotSegments) == 0 {
		return nil
	}
	wider := a
	wider.Segments, wider.NotSegments = nil, nil
	if where, args, err = s.eligible(db, wider); err != nil {
		return err
	}
	var all int64
	if err := db.Raw(`SELECT COUNT(*) FROM subscribers s WHERE `+where, args...).Scan(&all).Error; err != nil {
		return fmt.Errorf("count an audience: %w", err)
	}
	r.Outside = all - r.People
	return nil
}

// leftOut counts those who have a place on a list, but a confirmed one on none.
const leftOut = `
	SELECT COUNT(DISTINCT CASE WHEN x.state = 'pending' THEN x.subscriber_id END) AS pending, COUNT(DISTINCT x.subscriber_id) AS unsubscribed
	  FROM subscriptions x JOIN subscribers s ON s.id = x.subscriber_id
	 WHERE x.list_id IN ? AND x.state <> 'confirmed'
	   AND NOT EXISTS (SELECT 1 FROM subscriptions y WHERE y.list_id IN ? AND y.subscriber_id = x.subscriber_id AND y.state = 'confirmed')
	   AND NOT EXISTS (SELECT 1 FROM suppressions p WHERE p.email_norm = s.email_norm)`

const suppressedOn = `
	SELECT COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM subscriptions x WHERE x.list_id IN ? AND x.subscriber_id = s.id) THEN 1 ELSE 0 END), 0) AS known,
	       COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM subscriptions x WHERE x.list_id IN ? AND x.subscriber_id = s.id AND x.state = 'confirmed') THEN 1 ELSE 0 END), 0) AS confirmed
	  FROM suppressions p JOIN subscribers s ON s.email_norm = p.email_norm`

const excludedBy = `
	SELECT COUNT(DISTINCT x.subscriber_id) FROM subscriptions x JOIN subscribers s ON s.id = x.subscriber_id
	 WHERE x.list_id IN ? AND x.state = 'confirmed'
	   AND EXISTS (SELECT 1 FROM subscriptions y WHERE y.list_id IN ? AND y.subscriber_id = x.subscriber_id AND y.state = 'confirmed')
	   AND NOT EXISTS (SELECT 1 FROM suppressions p WHERE p.email_norm = s.email_norm)`

// confirmedOn counts people confirmed on any of the lists: the largest by its kept count,
// of each smaller one those who are on no larger one.
func (s *Store) confirmedOn(db *gorm.DB, ids []int64) (n int64, err error) {
	var lists []struct{ ID, Confirmed int64 }
	if err := db.Table("lists").Select("id, confirmed").Where("id IN ?", ids).Find(&lists).Error; err != nil {
		return 0, err
	}
	slices.SortFunc(lists, func(a, b struct{ ID, Confirmed int64 }) int { return cmp.Compare(b.Confirmed, a.Confirmed) })
	var larger []int64
	for i, l := range lists {
		if i == 0 {
			n = l.Confirmed
		} else {
			var more int64
			err := db.Raw(`SELECT COUNT(*) FROM subscriptions x WHERE x.list_id = ? AND x.state = 'confirmed' AND NOT EXISTS
				(SELECT 1 FROM subscriptions y WHERE y.list_id IN ? AND y.subscriber_id = x.subscriber_id AND y.state = 'confirmed')`, l.ID, larger).Scan(&more).Error
			if err != nil {
				return n, fmt.Errorf("count list %d: %w", l.ID, err)
			}
			n += more
		}
		larger = append(larger, l.ID)
	}
	return n, nil
}

// Sample is n people of an audience, the newest on its lists, for a look before sending and
// for previews. Without lists it is n people who may be written to.
func (s *Store) Sample(ctx context.Context, a audience.Audience, n int) ([]audience.Subscriber, error) {
	db := s.read.WithContext(ctx)
	where, args, err := s.eligible(db, a)
	if err != nil {
		return nil, err
	}
	if len(a.Lists) == 0 {
		var rows []subscriberRow
		err := db.Raw(`SELECT s.* FROM subscribers s WHERE `+where+` ORDER BY s.id DESC LIMIT ?`, append(args, n)...).Scan(&rows).Error
		return subscribers(rows), err
	}
	var all []subscriberRow
	for _, list := range a.Lists {
		var rows []subscriberRow
		err := db.Raw(`SELECT s.* FROM subscriptions l JOIN subscribers s ON s.id = l.subscriber_id WHERE l.list_id = ? AND l.state = 'confirmed' AND `+where+`
			ORDER BY l.subscriber_id DESC LIMIT ?`, append(append([]any{list}, args...), n)...).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b subscriberRow) int { return cmp.Compare(b.ID, a.ID) })
	all = slices.CompactFunc(all, func(a, b subscriberRow) bool { return a.ID == b.ID })
	return subscribers(all[:min(n, len(all))]), nil
}
