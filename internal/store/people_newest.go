package store

import (
	"context"

	"github.com/pressly/goose/v3"
)

// newestOf are the people of a page and one more, when there is one.
func (s *Store) newestOf(ctx context.Context, q SubscriberQuery) ([]subscriberRow, error) {
	if q.Search == "" || q.List != 0 {
		return s.between(ctx, q, 0)
	}
	top := q.After
	if top == 0 {
		var err error
		if top, err = s.newest(ctx); err != nil {
			return nil, err
		}
	}
	switch {
	case top < manyRows:
		return s.between(ctx, q, 0)
	case s.d.name == goose.DialectPostgres:
		return s.recentFirst(ctx, q, top)
	}
	return s.bothHalves(ctx, q, top/2)
}

// recent is among how many of the newest a part of a name is looked for first.
const recent = 10_000

// recentFirst finds a common name among the newest. For a rarer one PostgreSQL then looks through all others with several
// processes, which it does only where it need not keep to an order from the start.
func (s *Store) recentFirst(ctx context.Context, q SubscriberQuery, top int64) ([]subscriberRow, error) {
	from := max(top-recent, 0)
	rows, err := s.between(ctx, q, from)
	if err != nil || from == 0 || len(rows) > q.Limit {
		return rows, err
	}
	q.After = from
	older, err := s.inOrder(ctx, q, 0, "subscribers.id + 0")
	return append(rows, older[:min(len(older), q.Limit+1-len(rows))]...), err
}

// bothHalves looks through the people above the middle and those below it at the same time: SQLite uses one core for a query,
// and a rare part of a name is looked for in everybody.
func (s *Store) bothHalves(ctx context.Context, q SubscriberQuery, middle int64) ([]subscriberRow, error) {
	ctx, enough := context.WithCancel(ctx)
	type answer struct {
		rows []subscriberRow
		err  error
	}
	below := make(chan answer, 1)
	go func() {
		q := q
		q.After = middle
		rows, err := s.between(ctx, q, 0)
		below <- answer{rows, err}
	}()
	rows, err := s.between(ctx, q, middle)
	if err != nil || len(rows) > q.Limit {
		enough()
		<-below
		return rows, err
	}
	older := <-below
	enough()
	return append(rows, older.rows[:min(len(older.rows), q.Limit+1-len(rows))]...), older.err
}

// between are those of a page whose number is from on.
func (s *Store) between(ctx context.Context, q SubscriberQuery, from int64) ([]subscriberRow, error) {
	if q.List != 0 { // in the order of the list's index: else SQLite sorts all who are on it
		return s.inOrder(ctx, q, from, "subscriptions.subscriber_id")
	}
	return s.inOrder(ctx, q, from, "subscribers.id")
}

func (s *Store) inOrder(ctx context.Context, q SubscriberQuery, from int64, number string) (rows []subscriberRow, err error) {
	db, err := s.narrow(ctx, s.read.WithContext(ctx).Table("subscribers").Select("subscribers.*"), q)
	if err != nil {
		return nil, err
	}
	db = q.where(db)
	if q.After > 0 {
		db = db.Where(number+" < ?", q.After)
		if s.d.name == goose.DialectPostgres && q.List != 0 { // else it goes through all newer people, to merge them with the list
			db = db.Where("subscribers.id < ?", q.After)
		}
	}
	if from > 0 {
		db = db.Where(number+" >= ?", from)
	}
	return rows, db.Order(number + " DESC").Limit(q.Limit + 1).Find(&rows).Error
}
