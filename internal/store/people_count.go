package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

// countKey is a query without its page, and the job with many people that ended last.
type countKey struct {
	SubscriberQuery
	jobs string
}

// CountLately is CountSubscribers for a page, which may be some seconds old where there are many; an import that ended, or
// what was done in bulk, is always in it.
func (s *Store) CountLately(ctx context.Context, q SubscriberQuery) (int64, error) {
	return s.countKept(ctx, q, func() (int64, error) { return s.CountSubscribers(ctx, q) })
}

// few people are counted while one waits.
const few = 100_000

// CountWithin is CountLately for a page that does not wait longer where there are many: known is false then.
func (s *Store) CountWithin(ctx context.Context, q SubscriberQuery, longest time.Duration) (n int64, known bool, err error) {
	all, err := s.newest(ctx)
	if err == nil && all < few {
		n, err = s.CountLately(ctx, q)
	}
	if err != nil || all < few {
		return n, err == nil, err
	}
	short, stop := context.WithTimeout(ctx, longest)
	defer stop()
	n, err = s.countKept(short, q, func() (int64, error) {
		if s.d.name == goose.DialectPostgres {
			return s.countInTime(ctx, q, longest)
		}
		return s.CountSubscribers(short, q)
	})
	if err != nil && ctx.Err() == nil && (short.Err() != nil || errors.Is(err, context.DeadlineExceeded)) {
		return 0, false, nil
	}
	return n, err == nil, err
}

// countInTime lets PostgreSQL itself end what takes too long: a context that ends takes the connection along.
func (s *Store) countInTime(ctx context.Context, q SubscriberQuery, longest time.Duration) (n int64, err error) {
	err = s.read.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Exec(fmt.Sprintf(`SET LOCAL statement_timeout = %d`, max(longest.Milliseconds(), 1))).Error; err != nil {
			return err
		}
		n, err = s.countIn(tx, q)
		return err
	})
	if late, is := errors.AsType[*pgconn.PgError](err); is && late.Code == "57014" { // query_canceled
		return 0, context.DeadlineExceeded
	}
	return n, err
}

func (s *Store) countKept(ctx context.Context, q SubscriberQuery, count func() (int64, error)) (int64, error) {
	q.After, q.Limit = 0, 0
	jobs, err := s.lastJobs(ctx)
	if err != nil {
		return 0, err
	}
	return lately(ctx, s, countKey{q, jobs}, func() (int64, int64, error) {
		n, err := count()
		if err != nil {
			return 0, 0, err
		}
		all, err := s.newest(ctx) // it took a look at everybody, however few fit
		return n, all, err
	})
}

// newest is the number of the newest person, and about how many there are.
func (s *Store) newest(ctx context.Context) (id int64, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT COALESCE(MAX(id), 0) FROM subscribers`).Scan(&id).Error
	return id, err
}
