package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns/audience"
)

const newOrders = `INSERT INTO orders (subscriber_id, number, state, currency, total_cents, refunded_cents, channel, coupon, country, items, placed_at, updated_at, import_id) VALUES `

// write stores the orders, and how those that were there have been.
func (b *orderBatch) write() error {
	var changes []change
	var fresh []*toldOrder
	for _, o := range b.order {
		if o.was == nil {
			fresh = append(fresh, o)
			continue
		}
		if o.wasBy != b.o.Job || b.o.Job == 0 {
			changes = append(changes, change{SubscriberID: o.was.SubscriberID, Kind: changedOrder, Ref: o.ID, Was: asJSON(wasOrder{*o.was, o.wasBy}), Became: ""})
		}
		items, err := json.Marshal(o.Items)
		if err == nil {
			_, err = b.exec(`UPDATE orders SET state = ?, currency = ?, total_cents = ?, refunded_cents = ?, channel = ?, coupon = ?, country = ?, items = ?, updated_at = ?{{time}}, import_id = ? WHERE id = ?`,
				o.State, o.Currency, o.TotalCents, o.RefundedCents, o.Channel, o.Coupon, o.Country, string(items), o.UpdatedAt.UTC(), b.o.Job, o.ID)
		}
		if err == nil {
			_, err = b.exec(`DELETE FROM order_items WHERE order_id = ?`, o.ID)
		}
		if err != nil {
			return fmt.Errorf("import order %d: %w", o.ID, err)
		}
	}
	for part := range slices.Chunk(fresh, many) {
		if err := b.create(part); err != nil {
			return fmt.Errorf("import orders: %w", err)
		}
	}
	return b.keep(changes)
}

// wasOrder is an order before an import, as a change keeps it.
type wasOrder struct {
	audience.Order
	By int64 `json:"by"`
}

func (b *orderBatch) create(part []*toldOrder) error {
	args := make([]any, 0, 13*len(part))
	by := map[string]*toldOrder{}
	for _, o := range part {
		items, err := json.Marshal(o.Items)
		if err != nil {
			return err
		}
		by[o.Number] = o
		o.SubscriberID = o.buyer.row.ID
		args = append(args, o.SubscriberID, o.Number, o.State, o.Currency, o.TotalCents, o.RefundedCents, o.Channel, o.Coupon, o.Country, string(items), o.PlacedAt.UTC(), o.UpdatedAt.UTC(), b.o.Job)
	}
	if b.s.d.name != goose.DialectPostgres { // one writer: the numbers of one statement's rows follow each other
		result, err := b.exec(newOrders+tuples(len(part), 13), args...)
		if err != nil {
			return err
		}
		last, err := result.LastInsertId()
		for i, o := range part {
			o.ID = last - int64(len(part)-1-i)
		}
		return err
	}
	return b.rows(func(rows *sql.Rows) error {
		var id int64
		var number string
		err := rows.Scan(&id, &number)
		by[number].ID = id
		return err
	}, newOrders+tuples(len(part), 13)+` RETURNING id, number`, args...)
}

// lines stores a row for each item.
func (b *orderBatch) lines() error {
	args := make([]any, 0, 10*many)
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		_, err := b.exec(saveItems+tuples(len(args)/10, 10), args...)
		args = args[:0]
		return err
	}
	for _, o := range b.order {
		for i, it := range o.Items {
			args = append(args, o.ID, i, o.SubscriberID, it.SKU, it.Name, it.Category, it.Quantity, it.PriceCents, o.PlacedAt.UTC(), o.Ended())
			if len(args) == 10*many {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

// happened writes down the states the orders reached. They set nothing off, unless letters are wanted; a refund or a
// cancellation ends what an order has set off before.
func (b *orderBatch) happened() error {
	var args []any
	for _, o := range b.order {
		switch {
		case b.o.Orders.Letters:
			var buyer subscriberRow
			if err := b.tx.First(&buyer, o.SubscriberID).Error; err != nil {
				return err
			}
			if err := b.s.reached(b.tx, buyer.subscriber(), o.Order); err != nil {
				return err
			}
			continue
		case o.was != nil && o.Ended():
			if err := b.s.endOrder(b.tx, o.ID, "the order was refunded"); err != nil {
				return err
			}
		}
		for _, name := range o.Reached() {
			at := o.PlacedAt
			if name == "order."+o.State {
				at = o.UpdatedAt
			}
			args = append(args, o.SubscriberID, name, "order:"+o.Number, o.ID, "{}", at.UTC())
		}
	}
	for part := range slices.Chunk(args, 6*many) {
		if _, err := b.exec(`INSERT INTO events (subscriber_id, name, occasion, order_id, data, at) VALUES `+tuples(len(part)/6, 6)+` ON CONFLICT (name, occasion) DO NOTHING`, part...); err != nil {
			return fmt.Errorf("events of imported orders: %w", err)
		}
	}
	return nil
}
