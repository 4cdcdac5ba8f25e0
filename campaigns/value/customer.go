package value

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Customer is what one person bought in one currency. Who bought nothing that counts is none.
type Customer struct {
	Currency         string
	Orders           int64
	NetCents         int64
	EarnedCents      int64 // margin of goods that have one of their own
	PlainCents       int64 // net of goods that have the default margin
	First, Last      time.Time
	Channel, Country string // of the first order
	Product          string // the first line of the first order
	Month            Month  // of the first order
	Months           []Bought
}

// Bought is what a customer bought in one month, counted from the month of the first order.
type Bought struct {
	Later                             int
	NetCents, EarnedCents, PlainCents int64
}

// Month is a calendar month, counted: twelve times the year and the month from 0.
type Month int

// MonthOf is the month of a moment on the calendar of a zone.
func MonthOf(at time.Time, zone *time.Location) Month {
	at = at.In(zone)
	return Month(at.Year()*12 + int(at.Month()) - 1)
}

// String is the month as 2026-05.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1) }

// Start is the first day of the month.
func (m Month) Start() time.Time {
	return time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, time.UTC)
}

// ParseMonth reads 2026-05.
func ParseMonth(s string) (Month, bool) {
	at, err := time.Parse("2006-01", s)
	return MonthOf(at, time.UTC), err == nil
}

// nameLength is how much of a name figures are kept by.
const nameLength = 200

// Name is a name as figures are kept by it.
func Name(s string) string {
	if r := []rune(s); len(r) > nameLength {
		return string(r[:nameLength])
	}
	return s
}

// Fold makes customers of one person's orders, which come oldest first: one for each currency, by its code. Months are
// those of the shop's zone.
func Fold(orders []Order, m Margins, zone *time.Location) []Customer {
	by := map[string]*Customer{}
	for _, o := range orders {
		if !o.Counts() {
			continue
		}
		c := by[o.Currency]
		if c == nil {
			c = begin(o, zone)
			by[o.Currency] = c
		}
		c.add(o, m, zone)
	}
	out := make([]Customer, 0, len(by))
	for _, c := range by {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Customer) int { return cmp.Compare(a.Currency, b.Currency) })
	return out
}

func begin(o Order, zone *time.Location) *Customer {
	c := &Customer{Currency: o.Currency, First: o.PlacedAt.UTC(), Channel: Name(o.Channel), Country: o.Country, Month: MonthOf(o.PlacedAt, zone)}
	if items := o.Items(); len(items) > 0 {
		c.Product = Name(cmp.Or(items[0].Name, items[0].SKU))
	}
	return c
}

func (c *Customer) add(o Order, m Margins, zone *time.Location) {
	earned, plain := m.Split(o)
	c.Orders++
	c.NetCents, c.EarnedCents, c.PlainCents = c.NetCents+o.Net(), c.EarnedCents+earned, c.PlainCents+plain
	c.Last = o.PlacedAt.UTC()
	later := int(MonthOf(o.PlacedAt, zone) - c.Month)
	if n := len(c.Months); n == 0 || c.Months[n-1].Later != later {
		c.Months = append(c.Months, Bought{Later: later})
	}
	last := &c.Months[len(c.Months)-1]
	last.NetCents, last.EarnedCents, last.PlainCents = last.NetCents+o.Net(), last.EarnedCents+earned, last.PlainCents+plain
}

// SpanSeconds is from the first order to the last.
func (c Customer) SpanSeconds() int64 { return int64(c.Last.Sub(c.First) / time.Second) }

// The terms of a rhythm. Two orders have one gap, which may be chance, so a rhythm begins with the third; orders that lie
// less than a day apart are one purchase in parts. Who is two gaps late is at risk, who is four late counts as lost.
const (
	RhythmOrders = 3
	RiskGaps     = 2
	LostGaps     = 4
)

// Gap is the mean time between a customer's orders; ok is false while they are too few to tell.
func (c Customer) Gap() (gap time.Duration, ok bool) {
	if c.Orders < RhythmOrders {
		return 0, false
	}
	gap = c.Last.Sub(c.First) / time.Duration(c.Orders-1)
	return gap.Truncate(time.Second), gap >= 24*time.Hour
}

// Rhythm says when the next order is expected and from when on the customer is at risk and lost.
type Rhythm struct{ Next, Risk, Lost time.Time }

// Rhythm is the customer's own; ok as for Gap.
func (c Customer) Rhythm() (r Rhythm, ok bool) {
	gap, ok := c.Gap()
	if !ok {
		return r, false
	}
	return Rhythm{c.Last.Add(gap), c.Last.Add(RiskGaps * gap), c.Last.Add(LostGaps * gap)}, true
}
