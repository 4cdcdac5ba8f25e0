package store

import (
	"context"

	"github.com/pressly/goose/v3"
)

// Number is the answer to a question that has one number.
func (s *Store) Number(ctx context.Context, question string) (n int64, err error) {
	err = s.db.WithContext(ctx).Raw(question).Scan(&n).Error
	return n, err
}

// Indexes are the names of all indexes, in order.
func (s *Store) Indexes(ctx context.Context) (names []string, err error) {
	list := `SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY 1`
	if s.d.name == goose.DialectPostgres {
		list = `SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1`
	}
	err = s.db.WithContext(ctx).Raw(list).Scan(&names).Error
	return names, err
}
