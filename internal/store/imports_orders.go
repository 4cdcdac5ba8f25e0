package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// orderBatch is one step of an import of orders.
type orderBatch struct {
	importBatch
	known map[string]*toldOrder // by number: those that were there, and those of this batch
	order []*toldOrder
}

// toldOrder is an order that a file tells of.
type toldOrder struct {
	audience.Order
	line   int
	buyer  *imported
	was    *audience.Order // nil: it is new
	wasBy  int64           // the import that told of it last
	change bool
}

// ImportOrders adds orders, or completes what we know of them, and what their buyers are worth, in one transaction; some
// hundred are a good size. Buyers are matched by address or made, which is no consent; of a suppressed stranger nothing is
// kept. An order that was told already changes nothing. Nobody is written to for an imported order, now or when the same
// state of it is reported again, unless o.Orders.Letters says so. With o.Dry it counts all this and changes nothing.
func (s *Store) ImportOrders(ctx context.Context, rows []audience.OrderRow, o ledger.Batch) (audience.ImportResult, error) {
	return s.importTx(ctx, o, func(tx *gorm.DB) (audience.ImportResult, error) {
		b := orderBatch{importBatch: importBatch{s: s, tx: tx, o: o, now: s.now(), people: map[string]*imported{}}, known: map[string]*toldOrder{}}
		if err := b.run(rows); err != nil {
			return audience.ImportResult{}, err
		}
		return b.end()
	})
}

func (b *orderBatch) run(rows []audience.OrderRow) error {
	if err := b.meet(rows); err != nil {
		return err
	}
	if err := b.remember(rows); err != nil {
		return err
	}
	for _, row := range rows {
		b.take(row)
	}
	if b.o.Dry {
		return nil
	}
	for _, step := range []func() error{b.insert, b.hold, b.write, b.lines, b.happened, b.worth} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// meet loads who the buyers are.
func (b *orderBatch) meet(rows []audience.OrderRow) error {
	people := make([]audience.ImportRow, 0, len(rows))
	for _, r := range rows {
		people = append(people, audience.ImportRow{Line: r.Line, Subscriber: r.Subscriber, Fault: r.Fault})
	}
	if err := b.know(people); err != nil {
		return err
	}
	// Who is known and suppressed has bought all the same.
	suppressed := []string{}
	for norm, p := range b.people {
		if p == nil {
			suppressed = append(suppressed, norm)
		}
	}
	return b.rows(func(rows *sql.Rows) error {
		var r subscriberRow
		var norm string
		err := rows.Scan(&norm, &r.ID, &r.EmailNorm)
		b.people[norm] = &imported{row: r, was: r}
		return err
	}, `SELECT s.email_norm, s.id, s.email_norm FROM subscribers s WHERE s.email_norm {{in}}{{words}}{{end}}
		UNION ALL SELECT f.email_norm, s.id, s.email_norm FROM former_addresses f JOIN subscribers s ON s.id = f.subscriber_id WHERE f.email_norm {{in}}{{words}}{{end}}`, b.array(suppressed), b.array(suppressed))
}

// remember loads the orders that were told before.
func (b *orderBatch) remember(rows []audience.OrderRow) error {
	numbers := []string{}
	for _, r := range rows {
		if r.Fault == nil {
			numbers = append(numbers, r.Order.Number)
		}
	}
	return b.rows(func(rows *sql.Rows) error {
		var r orderRow
		var by int64
		err := rows.Scan(&r.ID, &r.SubscriberID, &r.Number, &r.State, &r.Currency, &r.TotalCents, &r.RefundedCents, &r.Channel, &r.Coupon, &r.Country, &r.Items, &r.PlacedAt, &r.UpdatedAt, &by)
		was := r.order()
		b.known[r.Number] = &toldOrder{Order: *was, was: was, wasBy: by, buyer: &imported{row: subscriberRow{ID: r.SubscriberID}}}
		return err
	}, `SELECT id, subscriber_id, number, state, currency, total_cents, refunded_cents, channel, coupon, country, items, placed_at, updated_at, import_id
		FROM orders WHERE number {{in}}{{words}}{{end}} {{lock}}`, b.array(numbers))
}

// take counts one order and says what becomes of it.
func (b *orderBatch) take(row audience.OrderRow) {
	b.result.Rows++
	if row.Fault != nil {
		b.result.Wrong++
		b.refuse(row.Line, row.Subscriber.Email, row.Fault)
		return
	}
	known, found := b.known[row.Order.Number]
	switch {
	case found && (known.line != 0 || b.o.Job != 0 && known.wasBy == b.o.Job && known.was != nil): // this file told of it
		b.again(known, row)
	case found:
		b.change(known, row)
	default:
		b.add(row)
	}
}

// again is an order whose number this file has told already: the same once more, or lines of it that stand elsewhere.
func (b *orderBatch) again(known *toldOrder, row audience.OrderRow) {
	if next := newer(known.Order, row); same(next, known.Order) {
		b.result.Same++
		return
	}
	b.result.Wrong++
	b.refuse(row.Line, row.Subscriber.Email, fault.Field("number", "The order “%s” stands in this file already, with other contents. Sort the file by number, so that its lines are together.", audience.CleanName(row.Order.Number)))
}

func (b *orderBatch) add(row audience.OrderRow) {
	p := row.Subscriber
	buyer, met := b.people[p.EmailNorm]
	switch {
	case met && buyer == nil:
		b.result.Suppressed++
		b.refuse(row.Line, p.Email, fault.New(fault.Conflict, "This address is suppressed: it is never mailed again."))
		return
	case !met:
		buyer = &imported{row: b.fresh(audience.ImportRow{Subscriber: p}), fresh: true}
		b.people[p.EmailNorm] = buyer
		b.importBatch.order = append(b.importBatch.order, buyer)
		b.result.People++
	}
	o := &toldOrder{Order: row.Order, line: row.Line, buyer: buyer, change: true}
	b.known[row.Order.Number] = o
	b.order = append(b.order, o)
	if row.Again {
		b.result.Same++
	} else {
		b.result.New++
	}
}

func (b *orderBatch) change(known *toldOrder, row audience.OrderRow) {
	next := newer(*known.was, row)
	known.line = row.Line
	if same(next, *known.was) {
		b.result.Same++
		return
	}
	known.Order, known.change = next, true
	b.order = append(b.order, known)
	b.result.Updated++
}

// newer is what is known of an order after another report: of an older one only what was given back, and what has ended
// stays so. Whose it is and when it was placed are as they were first told, and so is what the file has no column for.
func newer(was audience.Order, row audience.OrderRow) audience.Order {
	told := row.Order
	row.Silent.Keep(&told, was)
	told.ID, told.SubscriberID, told.PlacedAt = was.ID, was.SubscriberID, was.PlacedAt
	if was.Ended() && !told.Ended() || told.UpdatedAt.Before(was.UpdatedAt) && !(told.Ended() && !was.Ended()) {
		if refunded := min(told.RefundedCents, was.TotalCents); was.Currency == told.Currency && refunded > was.RefundedCents {
			was.RefundedCents = refunded
		}
		return was
	}
	if told.UpdatedAt.Before(was.UpdatedAt) {
		told.UpdatedAt = was.UpdatedAt
	}
	return told
}

// same reports whether two reports say the same.
func same(a, b audience.Order) bool {
	x, y := a, b
	x.Items, y.Items = nil, nil
	x.PlacedAt, x.UpdatedAt = y.PlacedAt, y.UpdatedAt
	x.ID, x.SubscriberID = y.ID, y.SubscriberID
	return fmt.Sprint(x) == fmt.Sprint(y) && slices.Equal(a.Items, b.Items) && a.UpdatedAt.Equal(b.UpdatedAt)
}

// buyers are the people whose orders change, in order.
func (b *orderBatch) buyers() []int64 {
	ids := map[int64]bool{}
	for _, o := range b.order {
		ids[o.buyer.row.ID] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

func (b *orderBatch) hold() error { return b.s.holdCustomers(b.tx, b.buyers()...) }

// worth makes the buyers' values anew, each once.
func (b *orderBatch) worth() error {
	for part := range slices.Chunk(b.buyers(), 500) {
		if err := b.s.revalue(b.tx, part...); err != nil {
			return fmt.Errorf("value of imported orders: %w", err)
		}
	}
	return nil
}
