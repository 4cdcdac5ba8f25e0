package store

import (
	"fmt"
	"time"

	"gorm.io/gorm"
)

// reorder keeps what subscriber_latest says of some people's orders: those that were not taken back.
func (s *Store) reorder(tx *gorm.DB, ids []int64) error {
	err := tx.Exec(`INSERT INTO subscriber_latest (subscriber_id, orders, first_order_at, last_order_at)
		SELECT subscriber_id, COUNT(*), MIN(placed_at), MAX(placed_at) FROM orders WHERE subscriber_id IN ? AND state NOT IN `+endedStates+` GROUP BY subscriber_id ORDER BY subscriber_id
		ON CONFLICT (subscriber_id) DO UPDATE SET orders = excluded.orders, first_order_at = excluded.first_order_at, last_order_at = excluded.last_order_at`, ids).Error
	if err == nil {
		err = tx.Exec(`UPDATE subscriber_latest SET orders = 0, first_order_at = NULL, last_order_at = NULL WHERE subscriber_id IN ? AND orders > 0
			AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.subscriber_id = subscriber_latest.subscriber_id AND o.state NOT IN `+endedStates+`)`, ids).Error
	}
	if err != nil {
		return fmt.Errorf("latest orders: %w", err)
	}
	return nil
}

// latest compares what is kept of some people's orders with the orders.
func (c *ValueCheck) latest(tx *gorm.DB, ids []int64) error {
	var wrong []int64
	err := tx.Raw(`SELECT p.id FROM subscribers p LEFT JOIN subscriber_latest f ON f.subscriber_id = p.id
		LEFT JOIN (SELECT subscriber_id, COUNT(*) AS n, MIN(placed_at) AS first, MAX(placed_at) AS last FROM orders
			WHERE subscriber_id IN ? AND state NOT IN `+endedStates+` GROUP BY subscriber_id) o ON o.subscriber_id = p.id
		WHERE p.id IN ? AND (COALESCE(f.orders, 0) <> COALESCE(o.n, 0) OR f.first_order_at IS DISTINCT FROM o.first OR f.last_order_at IS DISTINCT FROM o.last)
		ORDER BY p.id`, ids, ids).Scan(&wrong).Error
	for _, id := range wrong {
		c.differs(fmt.Sprintf("subscriber %d: the number of orders, the first or the last is not as the orders say", id))
	}
	return err
}

// seen keeps the latest opens and clicks by humans, as they come. None is kept for who is being erased.
func (r *sightings) seen() error {
	latest := map[string]map[int64]string{"open": {}, "click": {}}
	at := map[string]map[int64]time.Time{"open": {}, "click": {}}
	var who []int64
	for _, a := range r.judged {
		if a.Verdict != "human" {
			continue
		}
		id := r.letters[a.DeliveryID].subscriber
		if of, ok := at[a.Kind]; ok && a.At.After(of[id]) {
			of[id], latest[a.Kind][id] = a.At, a.At.UTC().Format(momentText)
			who = append(who, id)
		}
	}
	if len(who) == 0 {
		return nil
	}
	return firstOf(
		func() error { _, err := r.s.referTo(r.tx, who); return err },
		func() error { return r.keep("last_open_at", latest["open"]) },
		func() error { return r.keep("last_click_at", latest["click"]) })
}

// referTo keeps these people from being erased until the transaction ends, where there are several writers, and returns
// those who are there still. All who write of several people hold them in this order.
func (s *Store) referTo(tx *gorm.DB, ids []int64) (there []int64, err error) {
	share := s.d.clauses.Replace("{{refer}}")
	if share == "" {
		return ids, nil
	}
	err = tx.Raw(s.sql(`SELECT p.id FROM subscribers p WHERE p.id {{in}}{{ids}}{{end}} ORDER BY p.id `)+share, asJSON(ids)).Scan(&there).Error
	return there, err
}

func (r *sightings) keep(column string, latest map[int64]string) error {
	if len(latest) == 0 {
		return nil
	}
	err := r.tx.Exec(r.s.sql(`INSERT INTO subscriber_latest (subscriber_id, `+column+`)
		SELECT p.id, o.value{{time}} FROM {{pairs}} o JOIN subscribers p ON p.id = CAST(o.key AS BIGINT) WHERE 1 = 1
		ON CONFLICT (subscriber_id) DO UPDATE SET `+column+` = excluded.`+column+`
		WHERE subscriber_latest.`+column+` IS NULL OR subscriber_latest.`+column+` < excluded.`+column), asJSON(latest)).Error
	if err != nil {
		return fmt.Errorf("keep %s: %w", column, err)
	}
	return nil
}
