package segment

import (
	"slices"
	"strings"
	"time"

	"keepsake/campaigns/audience"
)

// TakenBack reports whether a test on orders asks about those that were refunded or cancelled: else they do not count.
func (r Rule) TakenBack() bool {
	return slices.ContainsFunc(r.Where, func(one Rule) bool { return one.Field == "state" || one.Field == "refunded" })
}

// OfLine reports whether a test on an order is one on its lines.
func (r Rule) OfLine() bool { return r.Field == "category" || r.Field == "sku" || r.Field == "product" }

// Split parts the tests on an order from those on one line of it.
func (r Rule) Split() (order, line []Rule) {
	for _, one := range r.Where {
		if one.OfLine() {
			line = append(line, one)
		} else {
			order = append(order, one)
		}
	}
	return order, line
}

// orders are those of the person that a test counts.
func (j *judge) orders(r Rule) (all []audience.Order) {
	from, to := r.Within.Moments(j.now)
	if r.Field == "orders.first" || r.Field == "orders.last" { // there the span is asked of the result
		from, to = time.Time{}, time.Time{}
	}
	tests, lines := r.Split()
	for _, o := range j.f.Orders {
		if within(o.PlacedAt, from, to) && (r.TakenBack() || !o.Ended()) && orderIs(o, tests, r) && (len(lines) == 0 || slices.ContainsFunc(o.Items, func(i audience.Item) bool { return lineIs(i, lines) })) {
			all = append(all, o)
		}
	}
	return all
}

func pieces(o audience.Order, where []Rule) (n int64) {
	_, lines := Rule{Where: where}.Split()
	for _, i := range o.Items {
		if lineIs(i, lines) {
			n += int64(i.Quantity)
		}
	}
	return n
}

func lineIs(i audience.Item, tests []Rule) bool {
	for _, r := range tests {
		positive, not := r.Positive()
		holds := false
		switch r.Field {
		case "category":
			holds = Compare(positive, Word, i.Category, time.Time{})
		case "sku":
			holds = Compare(positive, Word, i.SKU, time.Time{})
		default:
			holds = Compare(positive, Text, i.Name, time.Time{})
		}
		if holds == not {
			return false
		}
	}
	return true
}

func orderIs(o audience.Order, tests []Rule, of Rule) bool {
	currency, _ := of.Currency()
	for _, r := range tests {
		positive, not := r.Positive()
		holds := false
		switch r.Field {
		case "refunded":
			holds = (o.RefundedCents > 0 || o.Ended()) == (r.Is == "yes")
		case "total":
			holds = cents(positive, o.TotalCents, currency)
		default:
			holds = Compare(positive, Word, map[string]string{"currency": o.Currency, "channel": o.Channel, "coupon": o.Coupon, "country": o.Country, "state": o.State}[r.Field], time.Time{})
		}
		if holds == not {
			return false
		}
	}
	return true
}

// figure is worked out of a person's orders.
func (j *judge) figure(r Rule, f Field) (d Decision) {
	all := j.orders(r)
	if f.Sort == Moment {
		for _, o := range all {
			if d.At.IsZero() || o.PlacedAt.After(d.At) == (r.Field == "orders.last") {
				d.At = o.PlacedAt
			}
		}
		from, to := r.Within.Moments(j.now)
		d.Holds = len(all) > 0 && within(d.At, from, to)
		return d
	}
	d.Currency, _ = r.Currency()
	for _, o := range all {
		d.Cents += o.NetCents()
	}
	count := int64(1)
	if r.Field == "orders.average" {
		if count = int64(len(all)); count == 0 { // of nothing there is no average
			d.Currency = ""
			return d
		}
	}
	d.Cents = audience.Mean(d.Cents, count)
	d.Holds = cents(r, d.Cents, d.Currency)
	return d
}

// cents compares an amount, as it is shown, with those of a test.
func cents(r Rule, sum int64, currency string) bool {
	want := make([]int64, len(r.Values))
	for i, v := range r.Values {
		want[i] = Cents(v, currency)
	}
	switch r.Is {
	case "at_least":
		return sum >= want[0]
	case "at_most":
		return sum <= want[0]
	case "above":
		return sum > want[0]
	case "below":
		return sum < want[0]
	case "between":
		return sum >= want[0] && sum <= want[1]
	}
	return slices.Contains(want, sum)
}

// Cents is a valid amount in minor units. What was saved with noughts at its end, like 1.000 EUR, means what it meant.
func Cents(v, currency string) int64 {
	if strings.Contains(v, ".") {
		v = strings.TrimRight(v, "0")
	}
	n, _ := audience.ParseMoney(v, currency) // checked by Validate
	return n
}

// Nothing reports whether a test of a sum holds of somebody who never ordered.
func Nothing(r Rule) bool {
	currency, _ := r.Currency()
	return cents(r, 0, currency)
}
