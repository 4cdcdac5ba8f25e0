package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/value"
)

// The dimensions of value_sums; ByAll has one row for each currency.
const (
	ByAll     = "all"
	ByList    = "list" // name is the list's number; who is confirmed on several lists counts in each
	ByChannel = "channel"
	ByCountry = "country"
	ByProduct = "product" // the first line of the first order
	ByMonth   = "month"   // of the first order, 2026-05
	BySegment = "segment" // not kept: ValueBySegments adds it up
)

type sumKey struct{ currency, dim, name string }

type dayKey struct {
	currency  string
	day       int64
	frequency int
}

type cohortKey struct {
	currency, channel string
	month             value.Month
	later             int
}

// cells are sums, or changes of them.
type cells struct {
	sums    map[sumKey]value.Sums
	days    map[dayKey]value.Sums
	cohorts map[cohortKey]value.Sums
}

func newCells() cells {
	return cells{map[sumKey]value.Sums{}, map[dayKey]value.Sums{}, map[cohortKey]value.Sums{}}
}

// add adds a person's row, with the lists the person is on, as many times.
func (a cells) add(r valueRow, lists []int64, times int64) error {
	c, err := r.customer()
	if err != nil {
		return err
	}
	one := c.Sums()
	keys := []sumKey{{c.Currency, ByAll, ""}, {c.Currency, ByChannel, c.Channel}, {c.Currency, ByCountry, c.Country}, {c.Currency, ByProduct, c.Product}, {c.Currency, ByMonth, c.Month.String()}}
	for _, l := range lists {
		keys = append(keys, sumKey{c.Currency, ByList, fmt.Sprint(l)})
	}
	for _, k := range keys {
		a.sums[k] = a.sums[k].Plus(one, times)
	}
	day := dayKey{c.Currency, value.Day(c.Last), value.Frequency(c.Orders)}
	a.days[day] = a.days[day].Plus(value.Sums{Customers: 1, NetCents: c.NetCents}, times)
	for _, b := range c.Months {
		k := cohortKey{c.Currency, c.Channel, c.Month, b.Later}
		a.cohorts[k] = a.cohorts[k].Plus(value.Sums{Customers: 1, NetCents: b.NetCents, EarnedCents: b.EarnedCents, PlainCents: b.PlainCents}, times)
	}
	return nil
}

// moveSums takes rows out of the sums and puts others in.
func (s *Store) moveSums(tx *gorm.DB, gone, come []valueRow) error {
	if len(gone)+len(come) == 0 {
		return nil
	}
	var ids []int64
	for _, r := range slices.Concat(gone, come) {
		ids = append(ids, r.SubscriberID)
	}
	on, err := s.placesOf(tx, ids)
	if err != nil {
		return err
	}
	moved := newCells()
	for _, r := range gone {
		if err := moved.add(r, on[r.SubscriberID], -1); err != nil {
			return err
		}
	}
	for _, r := range come {
		if err := moved.add(r, on[r.SubscriberID], 1); err != nil {
			return err
		}
	}
	return moved.flush(tx)
}

// placesOf are the lists these people are confirmed on. All their places are held: one that is being changed elsewhere is
// waited for.
func (s *Store) placesOf(tx *gorm.DB, ids []int64) (map[int64][]int64, error) {
	on := map[int64][]int64{}
	var rows []audience.Subscription
	err := tx.Raw(s.d.clauses.Replace(`SELECT list_id, subscriber_id, state FROM subscriptions WHERE subscriber_id IN ? ORDER BY subscriber_id, list_id {{lock}}`), ids).Scan(&rows).Error
	for _, r := range rows {
		if r.State == audience.Confirmed {
			on[r.SubscriberID] = append(on[r.SubscriberID], r.ListID)
		}
	}
	return on, err
}

// valueListed keeps the sums of a list when people were confirmed on it (times 1) or no longer are (-1).
func (s *Store) valueListed(tx *gorm.DB, list int64, ids []int64, times int64) error {
	moved := newCells()
	for part := range slices.Chunk(ids, 500) {
		var rows []valueRow
		if err := tx.Raw(`SELECT `+valueColumns+` FROM subscriber_value WHERE subscriber_id IN ?`, part).Scan(&rows).Error; err != nil {
			return fmt.Errorf("values on list %d: %w", list, err)
		}
		for _, r := range rows {
			c, err := r.customer()
			if err != nil {
				return err
			}
			k := sumKey{r.Currency, ByList, fmt.Sprint(list)}
			moved.sums[k] = moved.sums[k].Plus(c.Sums(), times)
		}
	}
	return moved.flush(tx)
}

// flush adds the changes to what is kept, always in the same order: two transactions that
// change the same cells wait for each other and never in a circle.
func (a cells) flush(tx *gorm.DB) error {
	var sums, days, cohorts [][]any
	for _, k := range slices.SortedFunc(maps.Keys(a.sums), sumKey.compare) {
		if v := a.sums[k]; v != (value.Sums{}) {
			sums = append(sums, []any{k.currency, k.dim, k.name, v.Customers, v.Repeaters, v.Orders, v.NetCents, v.EarnedCents, v.PlainCents, v.SpanSeconds})
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(a.days), dayKey.compare) {
		if v := a.days[k]; v != (value.Sums{}) {
			days = append(days, []any{k.currency, k.day, k.frequency, v.Customers, v.NetCents})
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(a.cohorts), cohortKey.compare) {
		if v := a.cohorts[k]; v != (value.Sums{}) {
			cohorts = append(cohorts, []any{k.currency, k.channel, int(k.month), k.later, v.Customers, v.NetCents, v.EarnedCents, v.PlainCents})
		}
	}
	if err := addTo(tx, "value_sums", []string{"currency", "dim", "name"}, []string{"customers", "repeaters", "orders", "net_cents", "earned_cents", "plain_cents", "span_seconds"}, sums); err != nil {
		return err
	}
	if err := addTo(tx, "value_days", []string{"currency", "day", "frequency"}, []string{"customers", "net_cents"}, days); err != nil {
		return err
	}
	return addTo(tx, "value_cohorts", []string{"currency", "channel", "month", "later"}, []string{"customers", "net_cents", "earned_cents", "plain_cents"}, cohorts)
}

func (k sumKey) compare(o sumKey) int {
	return cmp.Or(cmp.Compare(k.currency, o.currency), cmp.Compare(k.dim, o.dim), cmp.Compare(k.name, o.name))
}

func (k dayKey) compare(o dayKey) int {
	return cmp.Or(cmp.Compare(k.currency, o.currency), cmp.Compare(k.day, o.day), cmp.Compare(k.frequency, o.frequency))
}

func (k cohortKey) compare(o cohortKey) int {
	return cmp.Or(cmp.Compare(k.currency, o.currency), cmp.Compare(k.channel, o.channel), cmp.Compare(k.month, o.month), cmp.Compare(k.later, o.later))
}

// addTo adds to the figures of rows that have these keys, or makes them.
func addTo(tx *gorm.DB, table string, keys, figures []string, rows [][]any) error {
	set := make([]string, len(figures))
	for i, f := range figures {
		set[i] = fmt.Sprintf("%s = %s.%s + excluded.%s", f, table, f, f)
	}
	columns := slices.Concat(keys, figures)
	for part := range slices.Chunk(rows, many) {
		err := tx.Exec(`INSERT INTO `+table+` (`+strings.Join(columns, ", ")+`) VALUES `+tuples(len(part), len(columns))+
			` ON CONFLICT (`+strings.Join(keys, ", ")+`) DO UPDATE SET `+strings.Join(set, ", "), slices.Concat(part...)...).Error
		if err != nil {
			return fmt.Errorf("add to %s: %w", table, err)
		}
	}
	return nil
}
