package store

import (
	"context"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
)

// RunSQL runs one statement.
func (s *Store) RunSQL(ctx context.Context, sql string, args ...any) error {
	return s.db.WithContext(ctx).Exec(sql, args...).Error
}

// Meant are the numbers of all whom a rule means, in order.
func (s *Store) Meant(ctx context.Context, r segment.Rule) (ids []int64, err error) {
	where, args, err := s.inSegment(s.db.WithContext(ctx), r)
	if err != nil {
		return nil, err
	}
	err = s.db.WithContext(ctx).Raw(`SELECT s.id FROM subscribers s WHERE `+where+` ORDER BY s.id`, args...).Scan(&ids).Error
	return ids, err
}

// PlanOf is how the database finds whom a rule means.
func (s *Store) PlanOf(ctx context.Context, r segment.Rule) (lines []string, err error) {
	where, args, err := s.inSegment(s.db.WithContext(ctx), r)
	if err != nil {
		return nil, err
	}
	count := `SELECT COUNT(*) FROM subscribers s WHERE ` + where
	if s.d.name == goose.DialectPostgres {
		return lines, s.db.WithContext(ctx).Raw(`EXPLAIN `+count, args...).Scan(&lines).Error
	}
	var rows []struct{ Detail string }
	err = s.db.WithContext(ctx).Raw(`EXPLAIN QUERY PLAN `+count, args...).Scan(&rows).Error
	for _, r := range rows {
		lines = append(lines, r.Detail)
	}
	return lines, err
}

// AddPerson puts somebody on the books, past all that is checked.
func (s *Store) AddPerson(ctx context.Context, email string, values map[string]string) error {
	return s.RunSQL(ctx, `INSERT INTO subscribers (email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at) VALUES (?, ?, '', '', 'en', '', ?, '', ?, ?)`,
		email, email, audience.PackAttributes(values), s.now(), s.now())
}

// Resee makes the latest opens and clicks of everybody anew: after activities that a test wrote by itself.
func (s *Store) Resee(ctx context.Context) error {
	const latest = `(SELECT MAX(a.at) FROM activities a WHERE a.subscriber_id = p.id AND a.verdict = 'human' AND a.kind = `
	return s.RunSQL(ctx, `INSERT INTO subscriber_latest (subscriber_id, last_open_at, last_click_at)
		SELECT p.id, `+latest+`'open'), `+latest+`'click') FROM subscribers p WHERE 1 = 1
		ON CONFLICT (subscriber_id) DO UPDATE SET last_open_at = excluded.last_open_at, last_click_at = excluded.last_click_at`)
}
