// Package value says what customers are worth: lifetime value in its four parts, recency and frequency, cohorts and rhythm.
//
// Every figure is of one currency: amounts of different currencies are never added. Money is whole minor units, shares are
// basis points (hundredths of a percent), and what is divided stays an exact fraction until it is shown, rounded half away
// from zero.
package value

import (
	"cmp"
	"math/big"
	"time"

	"keepsake/campaigns/audience"
)

// Whole is a share of 100 % in basis points.
const Whole = 10_000

// Order is what a purchase counts for.
type Order struct {
	Currency                  string
	TotalCents, RefundedCents int64
	Channel, Country          string
	Ended                     bool // refunded or cancelled
	PlacedAt                  time.Time
	Items                     func() []audience.Item // asked only when they matter
}

// Net is what the shop kept of the order, in minor units: nothing of one that was taken back.
func (o Order) Net() int64 {
	if o.Ended {
		return 0
	}
	return o.TotalCents - o.RefundedCents
}

// Counts reports whether an order is one: something of it was kept. An order for nothing (a sample, a replacement) and one
// that was given back wholly are none.
func (o Order) Counts() bool { return o.Net() > 0 }

// Margins are the shares of a price that are left after the goods are paid for, in basis points. A product's own goes
// before its category's; what has neither has the default, which is applied to sums and not kept with them.
type Margins struct {
	Products, Categories map[string]int // by SKU or, without one, by name; by category
}

func (m Margins) of(it audience.Item) (bp int, ok bool) {
	if bp, ok = m.Products[cmp.Or(it.SKU, it.Name)]; !ok {
		bp, ok = m.Categories[it.Category]
	}
	return bp, ok
}

// Split divides the net of an order: earned is the margin of the lines that have one of their own, plain the part of the
// net that has the default one. What an order cost beside its lines (freight, a discount, a partial refund) is shared out
// over them by their prices. Both are rounded to the minor unit, half up, order by order.
func (m Margins) Split(o Order) (earned, plain int64) {
	net := o.Net()
	if len(m.Products)+len(m.Categories) == 0 {
		return 0, net
	}
	all, own, weighed := new(big.Int), new(big.Int), new(big.Int)
	for _, it := range o.Items() {
		v := new(big.Int).Mul(big.NewInt(it.PriceCents), big.NewInt(int64(it.Quantity)))
		all.Add(all, v)
		if bp, ok := m.of(it); ok {
			own.Add(own, v)
			weighed.Add(weighed, v.Mul(v, big.NewInt(int64(bp))))
		}
	}
	if all.Sign() == 0 {
		return 0, net
	}
	part := func(of *big.Int, whole int64) int64 {
		return Round(new(big.Rat).SetFrac(new(big.Int).Mul(of, big.NewInt(net)), new(big.Int).Mul(all, big.NewInt(whole))))
	}
	return part(weighed, Whole), net - part(own, 1)
}

// Round is the whole number next to a fraction; a half goes away from zero.
func Round(r *big.Rat) int64 {
	n := new(big.Int).Abs(r.Num())
	n.Mul(n, big.NewInt(2)).Add(n, r.Denom())
	n.Quo(n, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	if r.Sign() < 0 {
		n.Neg(n)
	}
	return n.Int64()
}
