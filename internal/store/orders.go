package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

type orderRow struct {
	ID, SubscriberID                        int64
	Number, State, Currency, Channel, Items string
	Coupon, Country                         string
	TotalCents, RefundedCents               int64
	PlacedAt, UpdatedAt                     time.Time
}

func (r orderRow) order() *audience.Order {
	o := &audience.Order{ID: r.ID, SubscriberID: r.SubscriberID, Number: r.Number, State: r.State, Currency: r.Currency,
		TotalCents: r.TotalCents, RefundedCents: r.RefundedCents, Channel: r.Channel, Coupon: r.Coupon, Country: r.Country,
		PlacedAt: r.PlacedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC()}
	_ = json.Unmarshal([]byte(r.Items), &o.Items) // written by us
	return o
}

func loadOrders(db *gorm.DB, ids []int64) (map[int64]*audience.Order, error) {
	out := map[int64]*audience.Order{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []orderRow
	err := db.Table("orders").Where("id IN ?", ids).Find(&rows).Error
	for _, r := range rows {
		out[r.ID] = r.order()
	}
	return out, err
}

// Orders are a person's orders, newest first.
func (s *Store) Orders(ctx context.Context, subscriber int64, limit int) ([]audience.Order, error) {
	var rows []orderRow
	err := s.read.WithContext(ctx).Table("orders").Where("subscriber_id = ?", subscriber).Order("placed_at DESC, id DESC").Limit(limit).Find(&rows).Error
	out := make([]audience.Order, len(rows))
	for i, r := range rows {
		out[i] = *r.order()
	}
	return out, err
}

// Order finds an order by the shop's number.
func (s *Store) Order(ctx context.Context, number string) (audience.Order, error) {
	var r orderRow
	err := s.read.WithContext(ctx).Table("orders").Where("number = ?", number).First(&r).Error
	return *r.order(), notFound(err, "There is no order with that number.")
}

// saveOrder keeps the newest report: an older one that arrives late changes nothing, and what
// was refunded or cancelled stays so.
const saveOrder = `
	INSERT INTO orders (subscriber_id, number, state, currency, total_cents, refunded_cents, channel, coupon, country, items, placed_at, updated_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (number) DO UPDATE SET state = excluded.state, currency = excluded.currency, total_cents = excluded.total_cents,
	   refunded_cents = excluded.refunded_cents, channel = excluded.channel, coupon = excluded.coupon, country = excluded.country,
	   items = excluded.items, updated_at = excluded.updated_at, import_id = 0 -- the shop itself tells now
	 WHERE excluded.updated_at >= orders.updated_at AND (orders.state NOT IN ('refunded', 'cancelled') OR excluded.state IN ('refunded', 'cancelled'))
	RETURNING id, subscriber_id, placed_at`

// RecordOrder stores an order as last reported and brings about what follows from it, in
// one transaction: the person is made or matched by address (which is no consent), each
// state it reached becomes one event, ever, each automation that listens owes its letters
// once, and a refund or a cancellation ends what the order set off.
func (s *Store) RecordOrder(ctx context.Context, p *audience.Subscriber, o *audience.Order) error {
	return s.RecordReport(ctx, p, o, audience.Silence{})
}

// RecordReport is RecordOrder of a report that is silent on some things, which then stay as they were.
func (s *Store) RecordReport(ctx context.Context, p *audience.Subscriber, o *audience.Order, silent audience.Silence) error {
	told := *o
	return s.txAgain(ctx, func(tx *gorm.DB) error {
		if err := s.match(tx, p); err != nil {
			return err
		}
		*o = told
		if err := s.saveOrder(tx, p.ID, o, silent); err != nil {
			return fmt.Errorf("save order: %w", err)
		}
		if o.ID == 0 { // a late, older report
			return tx.Raw(`SELECT id FROM orders WHERE number = ?`, o.Number).Scan(&o.ID).Error
		}
		return s.reached(tx, *p, *o)
	})
}

// saveOrder writes an order and its lines, and what its buyer is worth with it; of a late, older report nothing, and its
// number stays 0. Whose order it is and when it was placed are as they were first told, and so is what the report is silent on.
func (s *Store) saveOrder(tx *gorm.DB, subscriber int64, o *audience.Order, silent audience.Silence) error {
	if err := s.holdCustomers(tx, subscriber); err != nil {
		return err
	}
	if silent != (audience.Silence{}) {
		var was orderRow
		if err := tx.Raw(s.sql(`SELECT * FROM orders WHERE number = ? {{lock}}`), o.Number).Scan(&was).Error; err != nil {
			return err
		}
		if was.ID != 0 {
			silent.Keep(o, *was.order())
		}
	}
	buyer, err := s.keepOrder(tx, subscriber, o)
	if err != nil || o.ID == 0 {
		return err
	}
	return s.revalue(tx, buyer)
}

// keepOrder is saveOrder without the value: whoever calls it calls revalue for the buyer, once for all the orders.
func (s *Store) keepOrder(tx *gorm.DB, subscriber int64, o *audience.Order) (buyer int64, err error) {
	items, err := json.Marshal(o.Items)
	if err != nil {
		return 0, err
	}
	var kept orderRow
	err = tx.Raw(saveOrder, subscriber, o.Number, o.State, o.Currency, o.TotalCents, o.RefundedCents, o.Channel, o.Coupon, o.Country, string(items), o.PlacedAt.UTC(), o.UpdatedAt.UTC()).Scan(&kept).Error
	if err != nil || kept.ID == 0 {
		return 0, err
	}
	o.ID, o.SubscriberID = kept.ID, subscriber
	if err := tx.Exec(`DELETE FROM order_items WHERE order_id = ?`, o.ID).Error; err != nil {
		return 0, err
	}
	first := 0
	for part := range slices.Chunk(o.Items, many) {
		args := make([]any, 0, 10*len(part))
		for i, it := range part {
			args = append(args, o.ID, first+i, kept.SubscriberID, it.SKU, it.Name, it.Category, it.Quantity, it.PriceCents, kept.PlacedAt.UTC(), o.Ended())
		}
		if err := tx.Exec(saveItems+tuples(len(part), 10), args...).Error; err != nil {
			return 0, err
		}
		first += len(part)
	}
	return kept.SubscriberID, nil
}

const saveItems = `INSERT INTO order_items (order_id, line, subscriber_id, sku, name, category, quantity, price_cents, placed_at, ended) VALUES `

// match finds the person by address or makes one. What an order says of a known person
// changes nothing they told us themselves.
func (s *Store) match(tx *gorm.DB, p *audience.Subscriber) error {
	r, err := byAddress(tx, p.EmailNorm)
	if err != nil {
		return err
	}
	if r.ID != 0 {
		*p = r.subscriber()
		return nil
	}
	return s.save(tx, p)
}

func (s *Store) reached(tx *gorm.DB, p audience.Subscriber, o audience.Order) error {
	for _, name := range o.Reached() {
		at := o.UpdatedAt
		if name != "order."+o.State {
			at = o.PlacedAt
		}
		e := audience.Event{SubscriberID: p.ID, Name: name, Key: "order:" + o.Number, Order: &o, At: at}
		if err := s.happen(tx, p, e); err != nil {
			return err
		}
	}
	if !o.Ended() {
		return nil
	}
	reason := "the order was refunded"
	if o.State == "cancelled" {
		reason = "the order was cancelled"
	}
	return s.endOrder(tx, o.ID, reason)
}

// endOrder ends every enrolment the order set off: what waits is skipped.
func (s *Store) endOrder(tx *gorm.DB, order int64, reason string) error {
	err := tx.Exec(`UPDATE enrolments SET state = 'ended', reason = ? WHERE order_id = ? AND state = 'active'`, reason, order).Error
	if err != nil {
		return err
	}
	return s.closeDeliveries(tx, ledger.Skipped, reason, "d.enrolment_id IN (SELECT id FROM enrolments WHERE order_id = ?)", order)
}

// RecordEvent stores something that happened to a subscriber, once for its name and key,
// and a due delivery for each automation that listens, in one transaction. An event
// without a key happens each time it is told.
func (s *Store) RecordEvent(ctx context.Context, p *audience.Subscriber, e audience.Event) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := s.match(tx, p); err != nil {
			return err
		}
		e.SubscriberID = p.ID
		if e.Key != "" { // the shop's key is one of this person's
			e.Key = fmt.Sprintf("%d:%s", p.ID, e.Key)
		}
		return s.happen(tx, *p, e)
	})
}

func (s *Store) happen(tx *gorm.DB, p audience.Subscriber, e audience.Event) error {
	var order *int64
	if e.Order != nil {
		order = &e.Order.ID
	}
	if e.Key == "" {
		e.Key = fmt.Sprintf("%d:%d", p.ID, s.now().UnixNano())
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return err
	}
	err = tx.Raw(`INSERT INTO events (subscriber_id, name, occasion, order_id, data, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (name, occasion) DO NOTHING RETURNING id`, p.ID, e.Name, e.Key, order, string(data), e.At.UTC()).Scan(&e.ID).Error
	if err != nil || e.ID == 0 { // told before
		return err
	}
	if err := s.reachGoals(tx, p.ID, e.Name); err != nil {
		return err
	}
	return s.enrolByEvent(tx, p, e)
}

// reachGoals ends, well, the enrolments that were waiting for this event.
func (s *Store) reachGoals(tx *gorm.DB, subscriber int64, event string) error {
	var ids []int64
	err := tx.Raw(`UPDATE enrolments SET state = 'done', reason = 'goal reached' WHERE subscriber_id = ? AND state = 'active'
		AND campaign_id IN (SELECT id FROM campaigns WHERE goal = ?) RETURNING id`, subscriber, event).Scan(&ids).Error
	if err != nil || len(ids) == 0 {
		return err
	}
	return s.closeDeliveries(tx, ledger.Skipped, "goal reached", "d.enrolment_id IN ?", ids)
}

// Backlog is how much older than an automation an event may be and still set it off: a
// shop that connects reports its past, and nobody wants a letter about that.
const Backlog = 24 * time.Hour

func (s *Store) enrolByEvent(tx *gorm.DB, p audience.Subscriber, e audience.Event) error {
	var rows []struct{ CampaignID, RunID int64 }
	err := tx.Raw(`SELECT c.id AS campaign_id, r.id AS run_id FROM campaigns c JOIN runs r ON r.campaign_id = c.id AND r.run_key = 'live'
		WHERE c.trigger_on = ? AND c.state IN ('running', 'paused') AND r.started_at <= ?`, e.Name, e.At.UTC().Add(Backlog)).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.enrol(tx, r.CampaignID, r.RunID, p, e); err != nil {
			return fmt.Errorf("enrol in campaign %d: %w", r.CampaignID, err)
		}
	}
	return nil
}

func (s *Store) enrol(tx *gorm.DB, campaign, run int64, p audience.Subscriber, e audience.Event) error {
	var row campaignRow
	if err := tx.First(&row, campaign).Error; err != nil {
		return err
	}
	c := row.campaign()
	where, args, err := s.eligible(tx, c.Audience)
	if err != nil {
		return err
	}
	var in int64
	if err := tx.Raw(`SELECT COUNT(*) FROM subscribers s WHERE s.id = ? AND `+where, append([]any{p.ID}, args...)...).Scan(&in).Error; err != nil || in == 0 {
		return err
	}
	var order int64
	if e.Order != nil {
		order = e.Order.ID
	}
	var id int64
	err = tx.Raw(`INSERT INTO enrolments (campaign_id, run_id, subscriber_id, occasion, event_id, order_id, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING RETURNING id`, campaign, run, p.ID, e.Key, e.ID, order, ledger.Active, s.now()).Scan(&id).Error
	if err != nil || id == 0 {
		return err
	}
	return s.owe(tx, c, id, run, p, e.At, func(m messageRow) bool { return m.OnResponse == "" })
}

type messageRow struct {
	ID                          int64
	WaitSeconds                 int64
	LocalTime, OnResponse, Test string
}

// owe enters a delivery for each message of the campaign that is wanted, for one enrolment.
func (s *Store) owe(tx *gorm.DB, c campaigns.Campaign, enrolment, run int64, p audience.Subscriber, at time.Time, wanted func(messageRow) bool) error {
	var rows []messageRow
	if err := tx.Table("messages").Where("campaign_id = ?", c.ID).Order("position, id").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		if !wanted(r) {
			continue
		}
		m := campaigns.Message{Wait: time.Duration(r.WaitSeconds) * time.Second, LocalTime: r.LocalTime}
		due := m.Due(at, zoneOr(p.Zone, c.Trigger.Zone))
		variant, trial, err := s.assign(tx, c.ID, run, r, p.ID, due)
		if err != nil {
			return err
		}
		var id int64
		err = tx.Raw(`INSERT INTO deliveries (run_id, campaign_id, enrolment_id, message_id, subscriber_id, state, due_at, created_at, updated_at, variant, trial_id)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			run, c.ID, enrolment, r.ID, p.ID, s.stateAt(due), due, s.now(), s.now(), variant, trial).Scan(&id).Error
		if err != nil {
			return err
		}
		if id != 0 {
			err = tx.Exec(`UPDATE runs SET planned = planned + 1, state = 'running', finished_at = NULL WHERE id = ?`, run).Error
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// OrderCount counts all orders on record.
func (s *Store) OrderCount(ctx context.Context) (n int64, err error) {
	err = s.read.WithContext(ctx).Table("orders").Count(&n).Error
	return n, errors.Join(err)
}
