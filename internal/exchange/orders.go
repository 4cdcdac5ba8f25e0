package exchange

import (
	"cmp"
	"iter"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Orders reads a file's lines as orders, as the import says: lines with the same number that follow each other are one, and
// each may bring an item. now bounds when an order can have been placed.
func Orders(f File, im audience.Import, now time.Time) iter.Seq2[audience.OrderRow, error] {
	return func(yield func(audience.OrderRow, error) bool) {
		err := Check(audience.OfOrders, im.Mapping)
		var zone *time.Location
		if err == nil {
			zone, err = time.LoadLocation(cmp.Or(im.Orders.Zone, "UTC"))
		}
		if err != nil {
			yield(audience.OrderRow{}, err)
			return
		}
		r := &orders{im: im, zone: zone, now: now}
		for rec, err := range Records(f, im) {
			if err != nil {
				yield(audience.OrderRow{}, err)
				return
			}
			if done := r.take(rec); done != nil && !yield(r.order(done), nil) {
				return
			}
		}
		if r.open != nil {
			yield(r.order(r.open), nil)
		}
	}
}

type orders struct {
	im   audience.Import
	zone *time.Location
	now  time.Time
	open *draft
}

// draft is an order whose lines are being read.
type draft struct {
	line  int
	cells map[string]string // the first that is told of each field
	lines [][]string
	times []string // of changed_at
	items []map[string]string
	fault *fault.Error
}

// take adds a line to the order at hand, or begins another and returns the one that is whole.
func (r *orders) take(rec Record) (done *draft) {
	cells, times := map[string]string{}, []string(nil)
	wrong := ragged(rec, len(r.im.Mapping))
	for i, field := range r.im.Mapping {
		if wrong != nil || field == "" || i >= len(rec.Fields) || strings.TrimSpace(rec.Fields[i]) == "" {
			continue
		}
		cell := strings.TrimSpace(unguard(rec.Fields[i]))
		switch {
		case !valid(cell):
			wrong = fault.Field(field, "A cell holds a NUL character.")
		case field == "changed_at":
			times = append(times, cell)
		default:
			cells[field] = cell
		}
	}
	if r.open == nil || cells["number"] != "" && cells["number"] != r.open.cells["number"] || wrong != nil && cells["number"] == "" {
		done, r.open = r.open, &draft{line: rec.Line, cells: map[string]string{}}
	}
	r.open.add(cells, times, wrong)
	if line := kept(rec); line != nil && len(r.open.lines) < audience.MaxItems {
		r.open.lines = append(r.open.lines, line)
	}
	return done
}

func (d *draft) add(cells map[string]string, times []string, wrong *fault.Error) {
	if d.fault == nil {
		d.fault = wrong
	}
	item := map[string]string{}
	for _, field := range itemFields {
		if cells[field] != "" {
			item[field] = cells[field]
			delete(cells, field)
		}
	}
	if item["item_sku"] != "" || item["item_name"] != "" {
		if len(d.items) < audience.MaxItems {
			d.items = append(d.items, item)
		} else if d.fault == nil {
			d.fault = fault.Field("items", "An order has at most %d lines.", audience.MaxItems)
		}
	}
	for field, cell := range cells {
		if d.cells[field] == "" {
			d.cells[field] = cell
		}
	}
	d.times = append(d.times, times[:min(len(times), 100)]...)
	d.times = d.times[:min(len(d.times), 100)]
}

// order makes an order of its lines, or says what is wrong with them.
func (r *orders) order(d *draft) audience.OrderRow {
	row := audience.OrderRow{Line: d.line, Cells: d.lines, Subscriber: audience.Subscriber{Email: d.cells["email"]}, Silent: r.silent(d)}
	err := error(nil)
	if d.fault != nil {
		err = d.fault
	}
	for _, step := range []func(*audience.OrderRow, *draft) error{r.buyer, r.words, r.times, r.money, r.items} {
		if err == nil {
			err = step(&row, d)
		}
	}
	if err == nil {
		err = row.Order.Validate(r.now)
	}
	if err != nil {
		row.Fault = asFault(err)
		if row.Fault == nil {
			row.Fault = fault.New(fault.Invalid, "The line cannot be read.")
		}
		return audience.OrderRow{Line: d.line, Cells: d.lines, Subscriber: audience.Subscriber{Email: d.cells["email"]}, Fault: row.Fault}
	}
	return row
}

func (r *orders) buyer(row *audience.OrderRow, d *draft) error {
	p := &row.Subscriber
	p.FirstName, p.LastName, p.Lang = d.cells["first_name"], d.cells["last_name"], cmp.Or(d.cells["lang"], r.im.Lang)
	if name := audience.CleanName(d.cells["name"]); name != "" && p.FirstName+p.LastName == "" {
		p.FirstName, p.LastName, _ = strings.Cut(name, " ")
	}
	if p.Email == "" {
		return fault.Field("email", "The order does not say whose it is: its address is missing.")
	}
	return p.Validate()
}

func (r *orders) words(row *audience.OrderRow, d *draft) error {
	o := &row.Order
	o.Number, o.Coupon, o.Channel = d.cells["number"], d.cells["coupon"], cmp.Or(d.cells["channel"], r.im.Orders.Shop)
	if r.im.Orders.Shop != "" {
		o.Number = r.im.Orders.Shop + " " + o.Number
	}
	o.Currency = strings.ToUpper(cmp.Or(d.cells["currency"], r.im.Orders.Currency))
	if len(o.Number) > 200 {
		return fault.Field("number", "The order's number is longer than %d characters.", 200)
	}
	var err error
	if o.Country, err = countryOf(d.cells["country"]); err != nil {
		return err
	}
	o.State, err = orderState(d.cells["order_state"], d.cells["fulfilled"], d.cells["cancelled_at"])
	return err
}

// orderStates are the words of shops for where an order is.
var orderStates = map[string]map[string]bool{
	"placed":    words(`placed|pending|pending payment|on hold|authorized|partially paid|unpaid|open|new|нова|приета|чака плащане|новый|новая|ожидает оплаты|принят`),
	"paid":      words(`paid|processing|partially refunded|in progress|платена|платен|обработва се|оплачен|оплачена|оплачено|в обработке`),
	"fulfilled": words(`fulfilled|completed|complete|delivered|shipped|done|closed|изпълнена|завършена|доставена|изпратена|выполнен|выполнена|завершен|завершён|доставлен|отправлен`),
	"refunded":  words(`refunded|returned|chargeback|върната|възстановена|возвращен|возвращён|возврат`),
	"cancelled": words(`cancelled|canceled|voided|failed|expired|trash|deleted|отказана|анулирана|отменен|отменён|отменена`),
}

// orderState is where an order is. A shop that tells no state tells of orders that were paid.
func orderState(cell, fulfilled, cancelled string) (string, error) {
	p := strings.TrimPrefix(plain(cell), "wc ")
	state := ""
	for name, said := range orderStates {
		if said[p] {
			state = name
		}
	}
	switch {
	case p == "":
		state = "paid"
	case state == "":
		return "", fault.Field("state", "“%s” is no state of an order that we know.", audience.CleanName(cell))
	}
	switch {
	case cancelled != "" && state != "refunded":
		return "cancelled", nil
	case state == "paid" && plain(fulfilled) == "fulfilled":
		return "fulfilled", nil
	}
	return state, nil
}

func (r *orders) times(row *audience.OrderRow, d *draft) error {
	o := &row.Order
	var err error
	if o.PlacedAt, err = r.moment(d.cells["placed_at"]); err != nil {
		return err
	}
	o.UpdatedAt = o.PlacedAt
	for _, cell := range append(d.times, d.cells["cancelled_at"]) {
		if cell == "" {
			continue
		}
		at, err := r.moment(cell)
		if err != nil {
			return err
		}
		if at.After(o.UpdatedAt) {
			o.UpdatedAt = at
		}
	}
	return nil
}

func (r *orders) moment(cell string) (time.Time, error) {
	if at, ok := momentIn(cell, r.zone); ok {
		return at, nil
	}
	return time.Time{}, fault.Field("placed_at", "“%s” is no moment we can be sure of: write it as 2026-11-22 14:30.", audience.CleanName(cell))
}

func (r *orders) money(row *audience.OrderRow, d *draft) error {
	o := &row.Order
	if o.Currency == "" {
		return fault.Field("currency", "The order names no currency: choose the one that is meant.")
	}
	var err error
	if cell := d.cells["refunded"]; cell != "" {
		if o.RefundedCents, err = amountOf(strings.TrimLeft(cell, "-−( "), o.Currency); err != nil {
			return err
		}
	}
	if cell := d.cells["total"]; cell != "" {
		o.TotalCents, err = amountOf(cell, o.Currency)
		return err
	}
	o.TotalCents = -1 // of its items
	return nil
}
