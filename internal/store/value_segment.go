package store

import (
	"context"
	"fmt"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
	"keepsake/campaigns/value"
)

// ValueOfSegment are the sums of the customers that a valid rule means, by currency, now.
func (s *Store) ValueOfSegment(ctx context.Context, r segment.Rule) (map[string]value.Sums, error) {
	db := s.read.WithContext(ctx)
	k, r, err := s.compile(db, r)
	if err != nil {
		return nil, err
	}
	from, args := k.from(r)
	var rows []ValueGroup
	err = db.Raw(`SELECT v.currency AS name, COUNT(*) AS customers, SUM(CASE WHEN v.orders > 1 THEN 1 ELSE 0 END) AS repeaters, SUM(v.orders) AS orders,
		SUM(v.net_cents) AS net_cents, SUM(v.earned_cents) AS earned_cents, SUM(v.plain_cents) AS plain_cents, SUM(v.span_seconds) AS span_seconds
		FROM subscriber_value v WHERE v.subscriber_id IN (SELECT s.id FROM `+from+`) GROUP BY v.currency`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("value of a segment: %w", err)
	}
	by := map[string]value.Sums{}
	for _, g := range rows {
		by[g.Name] = g.Sums
	}
	return by, nil
}

// bySegment is the key of a segment's sums.
type bySegment struct {
	id      int64
	version int
}

// ValueBySegments is ValueBy for the first n segments by name, whose sums are not kept but added up; of many customers they may be
// half a minute old. Segments of which nobody bought in the currency are left out.
func (s *Store) ValueBySegments(ctx context.Context, currency, _ string, n int) (all []ValueGroup, err error) {
	segments, err := s.Segments(ctx)
	for _, one := range segments[:min(n, len(segments))] {
		by, err := lately(ctx, s, bySegment{one.ID, one.Version}, func() (map[string]value.Sums, int64, error) {
			by, err := s.ValueOfSegment(ctx, one.Rule)
			rows := int64(0)
			for _, sums := range by {
				rows += sums.Customers
			}
			return by, rows, err
		})
		if fault.Is(err, fault.Conflict) { // its rule cannot be read
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("segment %d: %w", one.ID, err)
		}
		if sums := by[currency]; sums.Customers > 0 {
			all = append(all, ValueGroup{fmt.Sprint(one.ID), sums})
		}
	}
	return all, err
}
