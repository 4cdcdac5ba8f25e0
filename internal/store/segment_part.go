package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns/segment"
)

// stretch is a stretch of people's numbers; a bound of 0 is none.
type stretch struct{ from, below int64 }

// in keeps a condition to the stretch. A column behind a plus sign is not looked up by an index of its own.
func (p stretch) in(person string, t *terms) {
	if p.from > 0 {
		t.add(person+` >= ?`, p.from)
	}
	if p.below > 0 {
		t.add(person+` < ?`, p.below)
	}
}

// halves are the parts that are counted at the same time: SQLite takes one core for a query, PostgreSQL itself several.
func (s *Store) halves(ctx context.Context) ([]stretch, error) {
	if s.d.name == goose.DialectPostgres {
		return []stretch{{}}, nil
	}
	top, err := s.newest(ctx)
	if middle := top / 2; middle > 0 && top >= manyRows {
		return []stretch{{below: middle}, {from: middle}}, err
	}
	return []stretch{{}}, err
}

// CountSegment counts exactly those whom a valid rule means.
func (s *Store) CountSegment(ctx context.Context, r segment.Rule) (n int64, err error) {
	k, r, err := s.compile(s.read.WithContext(ctx), r)
	if err != nil {
		return 0, err
	}
	parts, err := s.halves(ctx)
	if err != nil {
		return 0, err
	}
	counts, errs := make([]int64, len(parts)), make(chan error, len(parts))
	for i, p := range parts {
		go func() {
			k := k
			k.part = p
			from, args := k.from(r)
			errs <- s.read.WithContext(ctx).Raw(`SELECT COUNT(*) FROM `+from, args...).Scan(&counts[i]).Error
		}()
	}
	for range parts {
		err = errors.Join(err, <-errs)
	}
	if err != nil {
		return 0, fmt.Errorf("count segment: %w", err)
	}
	for _, one := range counts {
		n += one
	}
	return n, nil
}
