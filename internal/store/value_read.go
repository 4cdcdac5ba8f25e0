package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/value"
)

// ValueGroup is the sums of one group of customers.
type ValueGroup struct {
	Name string
	value.Sums
}

// ValueCurrencies are those customers bought in, the one with most customers first.
func (s *Store) ValueCurrencies(ctx context.Context) (all []ValueGroup, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT currency AS name, customers, repeaters, orders, net_cents, earned_cents, plain_cents, span_seconds
		FROM value_sums WHERE dim = ? AND customers > 0 ORDER BY customers DESC, currency`, ByAll).Scan(&all).Error
	return all, err
}

// ValueBy are up to n groups of a dimension, those with most customers first; months come newest first.
func (s *Store) ValueBy(ctx context.Context, currency, dim string, n int) (all []ValueGroup, err error) {
	order := "customers DESC, name"
	if dim == ByMonth {
		order = "name DESC"
	}
	err = s.read.WithContext(ctx).Raw(`SELECT name, customers, repeaters, orders, net_cents, earned_cents, plain_cents, span_seconds
		FROM value_sums WHERE currency = ? AND dim = ? AND customers > 0 ORDER BY `+order+` LIMIT ?`, currency, dim, n).Scan(&all).Error
	return all, err
}

// RFMCell is how many customers have two scores, and what they brought.
type RFMCell struct {
	Recency, Frequency  int
	Customers, NetCents int64
}

// RFM is the grid of all customers of a currency, as of today (UTC).
func (s *Store) RFM(ctx context.Context, currency string) (grid []RFMCell, err error) {
	var rows []struct {
		Day                 int64
		Frequency           int
		Customers, NetCents int64
	}
	err = s.read.WithContext(ctx).Raw(`SELECT day, frequency, customers, net_cents FROM value_days WHERE currency = ? AND customers > 0`, currency).Scan(&rows).Error
	by, today := map[[2]int]RFMCell{}, value.Day(s.now())
	for _, r := range rows {
		k := [2]int{value.Recency(r.Day, today), r.Frequency}
		c := by[k]
		by[k] = RFMCell{k[0], k[1], c.Customers + r.Customers, c.NetCents + r.NetCents}
	}
	for _, c := range by {
		grid = append(grid, c)
	}
	slices.SortFunc(grid, func(a, b RFMCell) int { return cmp.Or(b.Recency-a.Recency, b.Frequency-a.Frequency) })
	return grid, err
}

// Cohorts are the cells of first orders since a month, of all channels together.
func (s *Store) Cohorts(ctx context.Context, currency string, since value.Month) (cells []value.Cell, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT month, later, SUM(customers) AS customers, SUM(net_cents) AS net_cents, SUM(earned_cents) AS earned_cents, SUM(plain_cents) AS plain_cents
		FROM value_cohorts WHERE currency = ? AND month >= ? GROUP BY month, later HAVING SUM(customers) > 0 ORDER BY month, later`, currency, int(since)).Scan(&cells).Error
	return cells, err
}

// FirstMonth is that of the first order of all in a currency, 0 where there is none.
func (s *Store) FirstMonth(ctx context.Context, currency string) (m value.Month, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT COALESCE(MIN(month), 0) FROM value_cohorts WHERE currency = ? AND customers > 0`, currency).Scan(&m).Error
	return m, err
}

// ChannelCohorts are the cells of one channel.
func (s *Store) ChannelCohorts(ctx context.Context, currency, channel string) (cells []value.Cell, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT month, later, customers, net_cents, earned_cents, plain_cents FROM value_cohorts
		WHERE currency = ? AND channel = ? AND customers > 0 ORDER BY month, later`, currency, channel).Scan(&cells).Error
	return cells, err
}

// Rhythms count customers by how they keep their own rhythm.
type Rhythms struct {
	Mood    int   // campaigns.Mood; 0 for all customers, rated or not
	Keeping int64 // not two gaps late
	AtRisk  int64
	Lost    int64
	Untold  int64 // too few orders to tell
}

// Rhythms are those of all customers of a currency.
func (s *Store) Rhythms(ctx context.Context, currency string, all int64) (r Rhythms, err error) {
	now := s.now()
	err = s.read.WithContext(ctx).Raw(`SELECT (SELECT COUNT(*) FROM subscriber_value WHERE currency = ? AND risk_at IS NOT NULL AND risk_at > ?) AS keeping,
		(SELECT COUNT(*) FROM subscriber_value WHERE currency = ? AND risk_at IS NOT NULL AND risk_at <= ? AND lost_at > ?) AS at_risk,
		(SELECT COUNT(*) FROM subscriber_value WHERE currency = ? AND risk_at IS NOT NULL AND risk_at <= ? AND lost_at <= ?) AS lost`,
		currency, now, currency, now, now, currency, now, now).Scan(&r).Error
	r.Untold = max(0, all-r.Keeping-r.AtRisk-r.Lost)
	return r, err
}

// Moods are the customers of a currency who rated something, by their newest rating. CROSS JOIN has SQLite begin with the
// ratings: by itself it goes through all customers.
func (s *Store) Moods(ctx context.Context, currency string) ([]Rhythms, error) {
	return lately(ctx, s, [2]string{"moods", currency}, func() (rows []Rhythms, n int64, err error) {
		now := s.now()
		err = s.read.WithContext(ctx).Raw(`SELECT m.mood, SUM(CASE WHEN v.risk_at > ? THEN 1 ELSE 0 END) AS keeping,
			SUM(CASE WHEN v.risk_at <= ? AND v.lost_at > ? THEN 1 ELSE 0 END) AS at_risk, SUM(CASE WHEN v.lost_at <= ? THEN 1 ELSE 0 END) AS lost,
			SUM(CASE WHEN v.risk_at IS NULL THEN 1 ELSE 0 END) AS untold
			FROM subscriber_moods m CROSS JOIN subscriber_value v WHERE v.subscriber_id = m.subscriber_id AND v.currency = ? GROUP BY m.mood ORDER BY m.mood`,
			now, now, now, now, currency).Scan(&rows).Error
		for _, r := range rows {
			n += r.Keeping + r.AtRisk + r.Lost + r.Untold
		}
		return rows, n, err
	})
}

// LateCustomer is somebody whose order is overdue.
type LateCustomer struct {
	SubscriberID     int64
	Email, Name      string
	Orders, NetCents int64
	LastAt, NextAt   time.Time
}

// AtRisk are up to n customers at risk, who came to be so last first: those are the easiest to win back.
func (s *Store) AtRisk(ctx context.Context, currency string, n int) (rows []LateCustomer, err error) {
	now := s.now()
	err = s.read.WithContext(ctx).Raw(`SELECT v.subscriber_id, p.email, TRIM(p.first_name || ' ' || p.last_name) AS name, v.orders, v.net_cents, v.last_at, v.next_at
		FROM subscriber_value v JOIN subscribers p ON p.id = v.subscriber_id
		WHERE v.currency = ? AND v.risk_at IS NOT NULL AND v.risk_at <= ? AND v.lost_at > ? ORDER BY v.risk_at DESC, v.subscriber_id LIMIT ?`, currency, now, now, n).Scan(&rows).Error
	return rows, err
}

// PersonValue is what one person is worth in one currency, with the scores among all its customers.
type PersonValue struct {
	value.Customer
	Recency, Frequency, Money int
	Mood                      int // campaigns.Mood, 0 for none
	Rhythm                    *value.Rhythm
	AtRisk, Lost              bool
}

// Average is the customer's mean net order in minor units.
func (p PersonValue) Average() int64 { return audience.Mean(p.NetCents, p.Orders) }

// ValueOf is what a subscriber is worth, a row for each currency; none of who bought nothing that counts.
func (s *Store) ValueOf(ctx context.Context, subscriber int64) ([]PersonValue, error) {
	db := s.read.WithContext(ctx)
	subscriber, err := current(db, subscriber)
	if err != nil {
		return nil, err
	}
	var rows []valueRow
	if err := db.Raw(`SELECT `+valueColumns+` FROM subscriber_value WHERE subscriber_id = ? ORDER BY orders DESC, currency`, subscriber).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	var mood int
	if err := db.Raw(`SELECT mood FROM subscriber_moods WHERE subscriber_id = ?`, subscriber).Scan(&mood).Error; err != nil {
		return nil, err
	}
	out := make([]PersonValue, len(rows))
	for i, r := range rows {
		all, err := s.ValueBy(ctx, r.Currency, ByAll, 1)
		if err != nil {
			return nil, err
		}
		if out[i], err = s.personValue(r, mood, all); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Worth is what a customer is worth, with the lifetime value by the margins in force.
type Worth struct {
	PersonValue
	LTVCents int64 // rounded to the minor unit
}

// WorthOf is what a subscriber is worth in the currency bought in most often; ok is false for who bought nothing that counts.
func (s *Store) WorthOf(ctx context.Context, subscriber int64) (w Worth, ok bool, err error) {
	all, err := s.ValueOf(ctx, subscriber)
	if err != nil || len(all) == 0 {
		return w, false, err
	}
	m, err := s.Margins(ctx)
	return Worth{all[0], value.Round(all[0].Sums().Margin(m.Default))}, true, err
}

func (s *Store) personValue(r valueRow, mood int, all []ValueGroup) (PersonValue, error) {
	c, err := r.customer()
	p := PersonValue{Customer: c, Mood: mood, Recency: value.Recency(value.Day(c.Last), value.Day(s.now())), Frequency: value.Frequency(c.Orders)}
	if len(all) > 0 {
		p.Money = value.Money(c.NetCents, all[0].Sums)
	}
	if rhythm, ok := c.Rhythm(); ok {
		p.Rhythm = &rhythm
		p.Lost = !rhythm.Lost.After(s.now())
		p.AtRisk = !p.Lost && !rhythm.Risk.After(s.now())
	}
	return p, err
}
