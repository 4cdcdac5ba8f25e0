package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"keepsake/campaigns/value"
)

// valueStep is how many people are valued in one transaction.
const valueStep = 1000

// ValueWork says whether all figures are being made anew.
type ValueWork struct {
	Due       bool
	AtID      int64 // up to this subscriber so far
	BeganAt   *time.Time
	FirstFill bool // of the orders that were here before there were figures
}

// ValueWork reads it.
func (s *Store) ValueWork(ctx context.Context) (w ValueWork, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT TRUE AS due, at_id, began_at, first_fill FROM value_work`).Scan(&w).Error
	return w, err
}

// RefreshValue makes all figures anew where that is due: after the update that brought them, and after a change of the
// shop's time zone or of a margin. It goes by steps; one that was stopped goes on. It returns how many people it looked at.
func (s *Store) RefreshValue(ctx context.Context) (people int, err error) {
	for {
		n, err := s.refreshStep(ctx)
		people += n
		if err != nil || n == 0 {
			return people, err
		}
	}
}

const toValue = `SELECT p.id FROM subscribers p WHERE p.id > ? AND (EXISTS (SELECT 1 FROM orders o WHERE o.subscriber_id = p.id)
	OR EXISTS (SELECT 1 FROM subscriber_value v WHERE v.subscriber_id = p.id) OR EXISTS (SELECT 1 FROM responses r WHERE r.subscriber_id = p.id)) ORDER BY p.id LIMIT ?`

func (s *Store) refreshStep(ctx context.Context) (n int, err error) {
	err = s.txAgain(ctx, func(tx *gorm.DB) error {
		n = 0
		var w ValueWork
		if err := tx.Raw(s.d.clauses.Replace(`SELECT TRUE AS due, at_id FROM value_work {{lock}}`)).Scan(&w).Error; err != nil || !w.Due {
			return err
		}
		var ids []int64
		if err := tx.Raw(toValue, w.AtID, valueStep).Scan(&ids).Error; err != nil {
			return err
		}
		if n = len(ids); n == 0 {
			return tx.Exec(`DELETE FROM value_work`).Error
		}
		return errors.Join(s.holdCustomers(tx, ids...), s.revalue(tx, ids...), s.remood(tx, ids...),
			tx.Exec(`UPDATE value_work SET at_id = ?`, ids[n-1]).Error)
	})
	return n, err
}

// anew asks for all figures to be made anew, from the first person on.
func (s *Store) anew(tx *gorm.DB) error {
	return tx.Exec(`INSERT INTO value_work (id, at_id, began_at, first_fill) VALUES (1, 0, ?, FALSE)
		ON CONFLICT (id) DO UPDATE SET at_id = 0, began_at = excluded.began_at`, s.now()).Error
}

// fillValue values the orders that an update found here.
func (s *Store) fillValue(ctx context.Context) error {
	w, err := s.ValueWork(ctx)
	if err == nil && w.FirstFill {
		_, err = s.RefreshValue(ctx)
	}
	return err
}

// ValueCheck is what a comparison with the orders found.
type ValueCheck struct {
	People, Rows, Cells int64 // that were looked at
	Mismatches          int64
	Examples            []string // the first few, by numbers and codes
}

const mostExamples = 20

func (c *ValueCheck) differs(how string) {
	if c.Mismatches++; len(c.Examples) < mostExamples {
		c.Examples = append(c.Examples, how)
	}
}

// CheckValue makes every figure anew from the orders, in memory and in one snapshot of the database, and compares it with
// what is kept. It writes nothing.
func (s *Store) CheckValue(ctx context.Context) (c ValueCheck, err error) {
	var options []*sql.TxOptions
	if s.d.name == goose.DialectPostgres {
		options = append(options, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	}
	err = s.read.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		all := newCells()
		terms, err := s.terms(tx)
		if err != nil {
			return err
		}
		for last := int64(0); ; {
			var ids []int64
			if err := tx.Raw(toValue, last, valueStep).Scan(&ids).Error; err != nil {
				return err
			}
			if len(ids) == 0 {
				return c.cells(tx, all)
			}
			last = ids[len(ids)-1]
			if err := c.people(tx, terms, ids, all); err != nil {
				return err
			}
		}
	}, options...)
	return c, err
}

// people compares the rows of some people and adds what is right to all.
func (c *ValueCheck) people(tx *gorm.DB, terms valueTerms, ids []int64, all cells) error {
	right, err := customersOf(tx, terms, ids)
	if err != nil {
		return err
	}
	var kept []valueRow
	if err := tx.Raw(`SELECT `+valueColumns+` FROM subscriber_value WHERE subscriber_id IN ?`, ids).Scan(&kept).Error; err != nil {
		return err
	}
	var places []struct{ SubscriberID, ListID int64 }
	if err := tx.Raw(`SELECT subscriber_id, list_id FROM subscriptions WHERE state = 'confirmed' AND subscriber_id IN ?`, ids).Scan(&places).Error; err != nil {
		return err
	}
	on := map[int64][]int64{}
	for _, p := range places {
		on[p.SubscriberID] = append(on[p.SubscriberID], p.ListID)
	}
	c.People += int64(len(ids))
	c.Rows += int64(len(right))
	is := map[valueKey]valueRow{}
	for _, r := range kept {
		is[r.key()] = r
	}
	for _, r := range right {
		if k, known := is[r.key()]; !known || !r.same(k) {
			c.differs(fmt.Sprintf("subscriber %d in %s: kept %d orders and %d, the orders say %d and %d", r.SubscriberID, r.Currency, k.Orders, k.NetCents, r.Orders, r.NetCents))
		}
		delete(is, r.key())
		if err := all.add(r, on[r.SubscriberID], 1); err != nil {
			return err
		}
	}
	for _, r := range is {
		c.differs(fmt.Sprintf("subscriber %d in %s: kept %d orders and %d, the orders say none", r.SubscriberID, r.Currency, r.Orders, r.NetCents))
	}
	return c.latest(tx, ids)
}

// cells compares the sums.
func (c *ValueCheck) cells(tx *gorm.DB, right cells) error {
	kept, err := keptCells(tx)
	if err != nil {
		return err
	}
	compareCells(c, "sums", kept.sums, right.sums)
	compareCells(c, "days", kept.days, right.days)
	compareCells(c, "cohorts", kept.cohorts, right.cohorts)
	return nil
}

func compareCells[K comparable](c *ValueCheck, of string, kept, right map[K]value.Sums) {
	for k, v := range kept {
		if right[k] != v {
			c.differs(fmt.Sprintf("%s of %+v: kept %+v, the orders say %+v", of, k, v, right[k]))
		}
	}
	for k, v := range right {
		if _, known := kept[k]; !known && v != (value.Sums{}) {
			c.differs(fmt.Sprintf("%s of %+v: nothing kept, the orders say %+v", of, k, v))
		}
	}
	c.Cells += int64(len(right))
}

func keptCells(tx *gorm.DB) (cells, error) {
	all := newCells()
	var rows []struct {
		Currency, Dim, Name, Channel string
		Day                          int64
		Frequency, Month, Later      int
		value.Sums
	}
	err := tx.Raw(`SELECT * FROM value_sums`).Scan(&rows).Error
	for _, r := range rows {
		all.sums[sumKey{r.Currency, r.Dim, r.Name}] = r.Sums
	}
	rows = nil
	err = errors.Join(err, tx.Raw(`SELECT * FROM value_days`).Scan(&rows).Error)
	for _, r := range rows {
		all.days[dayKey{r.Currency, r.Day, r.Frequency}] = r.Sums
	}
	rows = nil
	err = errors.Join(err, tx.Raw(`SELECT * FROM value_cohorts`).Scan(&rows).Error)
	for _, r := range rows {
		all.cohorts[cohortKey{r.Currency, r.Channel, value.Month(r.Month), r.Later}] = r.Sums
	}
	return all, err
}

// RepairValue forgets all that is kept and makes it anew from the orders. Until it is through, figures are of those whom it
// has come to.
func (s *Store) RepairValue(ctx context.Context) (people int, err error) {
	err = s.tx(ctx, func(tx *gorm.DB) error {
		for _, table := range []string{"subscriber_value", "value_sums", "value_days", "value_cohorts", "subscriber_moods"} {
			if err := tx.Exec(`DELETE FROM ` + table).Error; err != nil {
				return fmt.Errorf("repair %s: %w", table, err)
			}
		}
		return s.anew(tx)
	})
	if err != nil {
		return 0, err
	}
	return s.RefreshValue(ctx)
}
