package store

import (
	"context"
	"fmt"

	"keepsake/campaigns/audience"
)

// Who are the people of an audience who get a letter in one language.
type Who struct {
	Audience audience.Audience
	Lang     string   // those who read this language; "" is all
	NotLangs []string // but for those who read one of these
}

// Up to exactPeople people everyone is asked; of more, about samplePeople spread over all of them.
var (
	exactPeople  int64 = 50_000
	samplePeople int64 = 20_000
)

// whom is the condition that a subscriber s is one of them.
func (s *Store) whom(ctx context.Context, w Who) (sql string, args []any, err error) {
	sql, args, err = s.eligible(s.read.WithContext(ctx), w.Audience)
	if w.Lang != "" {
		sql, args = sql+` AND s.lang = ?`, append(args, w.Lang)
	}
	if len(w.NotLangs) > 0 {
		sql, args = sql+` AND s.lang NOT IN ?`, append(args, w.NotLangs)
	}
	return sql, args, err
}

// crowd is people s to ask: what stands before SELECT and after FROM. Each stands for step people.
type crowd struct {
	with, from         string
	withArgs, fromArgs []any
	step               int64
}

// crowd is everybody, or of too many those spread over all of them: a million people are
// never read to ask twenty thousand. People is how many they are, which for one language is
// known only when they are asked: then it is 0.
func (s *Store) crowd(ctx context.Context, w Who) (c crowd, people int64, err error) {
	a := w.Audience
	size, spoken := int64(0), w.Lang == "" && len(w.NotLangs) == 0 && a.Lang == "" && len(a.Segments)+len(a.NotSegments) == 0
	db := s.read.WithContext(ctx)
	switch {
	case len(a.Lists) == 0:
		err = db.Raw(`SELECT COUNT(*) FROM subscribers`).Scan(&size).Error
		people = size
	case spoken:
		r, failed := s.Reach(ctx, a)
		size, people, err = r.People, r.People, failed
	default:
		size, err = s.confirmedOn(db, a.Lists)
	}
	if err != nil {
		return c, 0, fmt.Errorf("size of the audience: %w", err)
	}
	if !spoken {
		people = 0
	}
	step := int64(1)
	if size > exactPeople {
		step = size/samplePeople | 1
	}
	if len(a.Lists) == 0 && step > 1 {
		c, err = s.spread(ctx, w, step)
		return c, people, err
	}
	c, err = s.listed(ctx, w, step)
	return c, people, err
}

// listed are people found by way of their lists.
func (s *Store) listed(ctx context.Context, w Who, step int64) (crowd, error) {
	where, args, err := s.whom(ctx, w)
	if len(w.Audience.Lists) > 0 {
		where = `s.id IN (SELECT l.subscriber_id FROM subscriptions l WHERE l.list_id IN ? AND l.subscriber_id % ? = 0 AND l.state = 'confirmed') AND ` + where
		args = append([]any{w.Audience.Lists, step}, args...)
	}
	return crowd{from: `subscribers s WHERE ` + where, fromArgs: args, step: step}, err
}

// spread is one in every step numbers of the books, looked up one by one.
func (s *Store) spread(ctx context.Context, w Who, step int64) (crowd, error) {
	where, args, err := s.whom(ctx, w)
	return crowd{`nth(id) AS (SELECT MIN(id) FROM subscribers UNION ALL SELECT id + ? FROM nth WHERE id + ? <= (SELECT MAX(id) FROM subscribers))`,
		`nth JOIN subscribers s ON s.id = nth.id WHERE ` + where, []any{step, step}, args, step}, err
}

// LongestNames are the n people with the longest first names; of a large audience those of
// a part of it.
func (s *Store) LongestNames(ctx context.Context, w Who, n int) ([]audience.Subscriber, error) {
	c, _, err := s.crowd(ctx, w)
	if err != nil {
		return nil, err
	}
	with := c.with
	if with != "" {
		with = `WITH RECURSIVE ` + with + ` `
	}
	args := append(append(append([]any{}, c.withArgs...), c.fromArgs...), n)
	var rows []subscriberRow
	err = s.read.WithContext(ctx).Raw(with+`SELECT s.* FROM `+c.from+` ORDER BY length(s.first_name) DESC, s.id LIMIT ?`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("longest names: %w", err)
	}
	return subscribers(rows), nil
}

// People are the people with these numbers, by number.
func (s *Store) People(ctx context.Context, ids []int64) (map[int64]audience.Subscriber, error) {
	var rows []subscriberRow
	if err := s.read.WithContext(ctx).Raw(`SELECT * FROM subscribers WHERE id IN ?`, ids).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("look up people: %w", err)
	}
	all := make(map[int64]audience.Subscriber, len(rows))
	for _, p := range subscribers(rows) {
		all[p.ID] = p
	}
	return all, nil
}
