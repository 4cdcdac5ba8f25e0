package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/value"
)

// Customers' value is kept in three layers. A row of subscriber_value says what one person bought in one currency; the sums
// (value_sums, value_days, value_cohorts) add those rows up. Whatever changes a person's orders calls revalue in its own
// transaction: that person's rows are made anew from their orders, and the sums move by the difference. So the sums are
// right as long as the rows are, and CheckValue looks at both.

// valueRow is one person's value in one currency, as it is kept.
type valueRow struct {
	SubscriberID                      int64
	Currency                          string
	Orders                            int64
	NetCents, EarnedCents, PlainCents int64
	FirstAt, LastAt                   time.Time
	SpanSeconds                       int64
	Channel, Country, Product         string
	Month                             value.Month
	Months                            string
	NextAt, RiskAt, LostAt            *time.Time
}

const valueColumns = `subscriber_id, currency, orders, net_cents, earned_cents, plain_cents, first_at, last_at, span_seconds,
	channel, country, product, month, months, next_at, risk_at, lost_at`

func (r valueRow) args() []any {
	return []any{r.SubscriberID, r.Currency, r.Orders, r.NetCents, r.EarnedCents, r.PlainCents, r.FirstAt, r.LastAt, r.SpanSeconds,
		r.Channel, r.Country, r.Product, int(r.Month), r.Months, r.NextAt, r.RiskAt, r.LostAt}
}

// rowOfValue writes down a customer.
func rowOfValue(subscriber int64, c value.Customer) (valueRow, error) {
	r := valueRow{SubscriberID: subscriber, Currency: c.Currency, Orders: c.Orders, NetCents: c.NetCents, EarnedCents: c.EarnedCents, PlainCents: c.PlainCents,
		FirstAt: c.First, LastAt: c.Last, SpanSeconds: c.SpanSeconds(), Channel: c.Channel, Country: c.Country, Product: c.Product, Month: c.Month}
	months := make([][4]int64, len(c.Months))
	for i, b := range c.Months {
		months[i] = [4]int64{int64(b.Later), b.NetCents, b.EarnedCents, b.PlainCents}
	}
	j, err := json.Marshal(months)
	if rhythm, ok := c.Rhythm(); ok {
		r.NextAt, r.RiskAt, r.LostAt = &rhythm.Next, &rhythm.Risk, &rhythm.Lost
	}
	r.Months = string(j)
	return r, err
}

// customer reads it back.
func (r valueRow) customer() (value.Customer, error) {
	c := value.Customer{Currency: r.Currency, Orders: r.Orders, NetCents: r.NetCents, EarnedCents: r.EarnedCents, PlainCents: r.PlainCents,
		First: r.FirstAt.UTC(), Last: r.LastAt.UTC(), Channel: r.Channel, Country: r.Country, Product: r.Product, Month: r.Month}
	var months [][4]int64
	if err := json.Unmarshal([]byte(r.Months), &months); err != nil {
		return c, fmt.Errorf("months of subscriber %d: %w", r.SubscriberID, err)
	}
	for _, b := range months {
		c.Months = append(c.Months, value.Bought{Later: int(b[0]), NetCents: b[1], EarnedCents: b[2], PlainCents: b[3]})
	}
	return c, nil
}

// same reports whether two rows say the same.
func (r valueRow) same(o valueRow) bool {
	moment := func(a, b *time.Time) bool { return a == nil && b == nil || a != nil && b != nil && a.Equal(*b) }
	equal := r.FirstAt.Equal(o.FirstAt) && r.LastAt.Equal(o.LastAt) && moment(r.NextAt, o.NextAt) && moment(r.RiskAt, o.RiskAt) && moment(r.LostAt, o.LostAt)
	r.FirstAt, r.LastAt, r.NextAt, r.RiskAt, r.LostAt = o.FirstAt, o.LastAt, o.NextAt, o.RiskAt, o.LostAt
	return equal && r == o
}

// revalue makes the values of some people anew from their orders and moves the sums by what changed. It is right after any
// change of orders, merging two people included; before a person is erased, unvalue is.
func (s *Store) revalue(tx *gorm.DB, ids ...int64) error {
	terms, err := s.terms(tx)
	if err != nil {
		return err
	}
	now, err := customersOf(tx, terms, ids)
	if err != nil {
		return err
	}
	return errors.Join(s.replaceValues(tx, ids, now), s.reorder(tx, ids))
}

// unvalue takes the values of a person away.
func (s *Store) unvalue(tx *gorm.DB, id int64) error {
	return s.replaceValues(tx, []int64{id}, nil)
}

// holdCustomers keeps others from changing these people's orders and places on lists until the transaction ends: whoever
// writes an order or a place refers to the person's row.
func (s *Store) holdCustomers(tx *gorm.DB, ids ...int64) error {
	lock := s.d.clauses.Replace("{{lock}}")
	if lock == "" { // there is one writer
		return nil
	}
	var held []int64
	return tx.Raw(`SELECT id FROM subscribers WHERE id IN ? ORDER BY id `+lock, ids).Scan(&held).Error
}

// customersOf reads what some people are worth, from their orders alone.
func customersOf(tx *gorm.DB, terms valueTerms, ids []int64) ([]valueRow, error) {
	var rows []orderRow
	err := tx.Raw(`SELECT id, subscriber_id, state, currency, total_cents, refunded_cents, channel, country, items, placed_at
		FROM orders WHERE subscriber_id IN ? ORDER BY subscriber_id, placed_at, id`, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("orders to value: %w", err)
	}
	var out []valueRow
	for len(rows) > 0 {
		who, n := rows[0].SubscriberID, 0
		orders := make([]value.Order, 0, 4)
		for ; n < len(rows) && rows[n].SubscriberID == who; n++ {
			orders = append(orders, rows[n].valued())
		}
		for _, c := range value.Fold(orders, terms.margins, terms.zone) {
			r, err := rowOfValue(who, c)
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
		rows = rows[n:]
	}
	return out, nil
}

func (r orderRow) valued() value.Order {
	return value.Order{Currency: r.Currency, TotalCents: r.TotalCents, RefundedCents: r.RefundedCents, Channel: r.Channel, Country: r.Country,
		Ended: slices.Contains(ended, r.State), PlacedAt: r.PlacedAt.UTC(), Items: func() (items []audience.Item) {
			_ = json.Unmarshal([]byte(r.Items), &items) // written by us
			return items
		}}
}

type valueKey struct {
	subscriber int64
	currency   string
}

func (r valueRow) key() valueKey { return valueKey{r.SubscriberID, r.Currency} }

// replaceValues puts rows in the place of those that some people have, and moves the sums.
func (s *Store) replaceValues(tx *gorm.DB, ids []int64, now []valueRow) error {
	var before []valueRow
	if err := tx.Raw(`SELECT `+valueColumns+` FROM subscriber_value WHERE subscriber_id IN ? ORDER BY subscriber_id, currency`, ids).Scan(&before).Error; err != nil {
		return fmt.Errorf("values before: %w", err)
	}
	was := map[valueKey]valueRow{}
	for _, r := range before {
		was[r.key()] = r
	}
	var changed, gone []valueRow
	for _, r := range now {
		old, known := was[r.key()]
		delete(was, r.key())
		if known && r.same(old) {
			continue
		}
		if known {
			gone = append(gone, old)
		}
		changed = append(changed, r)
	}
	for _, r := range was {
		gone = append(gone, r)
		if err := tx.Exec(`DELETE FROM subscriber_value WHERE subscriber_id = ? AND currency = ?`, r.SubscriberID, r.Currency).Error; err != nil {
			return err
		}
	}
	if err := saveValues(tx, changed); err != nil {
		return err
	}
	return s.moveSums(tx, gone, changed)
}

const saveValue = ` ON CONFLICT (subscriber_id, currency) DO UPDATE SET orders = excluded.orders, net_cents = excluded.net_cents, earned_cents = excluded.earned_cents,
	plain_cents = excluded.plain_cents, first_at = excluded.first_at, last_at = excluded.last_at, span_seconds = excluded.span_seconds, channel = excluded.channel,
	country = excluded.country, product = excluded.product, month = excluded.month, months = excluded.months, next_at = excluded.next_at, risk_at = excluded.risk_at, lost_at = excluded.lost_at`

func saveValues(tx *gorm.DB, rows []valueRow) error {
	for part := range slices.Chunk(rows, many) {
		var args []any
		for _, r := range part {
			args = append(args, r.args()...)
		}
		if err := tx.Exec(`INSERT INTO subscriber_value (`+valueColumns+`) VALUES `+tuples(len(part), 17)+saveValue, args...).Error; err != nil {
			return fmt.Errorf("save values: %w", err)
		}
	}
	return nil
}
