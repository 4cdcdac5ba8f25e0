package store

import (
	"context"

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
