package value_test

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/value"
)

func none() []audience.Item { return nil }

func lines(items ...audience.Item) func() []audience.Item {
	return func() []audience.Item { return items }
}

func order(cents int64, at time.Time) value.Order {
	return value.Order{Currency: "USD", TotalCents: cents, PlacedAt: at, Items: none}
}

var first = time.Date(2023, 1, 15, 10, 0, 0, 0, time.UTC)

func TestTwentyDollarsAMonthForThreeYearsAre720And180(t *testing.T) {
	for _, c := range []struct {
		margin *big.Rat
		want   int64
	}{{big.NewRat(1, 1), 72_000}, {big.NewRat(1, 4), 18_000}} {
		if got := value.Round(value.LTV(big.NewRat(2000, 1), big.NewRat(1, 1), c.margin, big.NewRat(36, 1))); got != c.want {
			t.Errorf("by the parts at %s: %d, want %d", c.margin, got, c.want)
		}
	}
	var orders []value.Order
	for m := range 36 {
		orders = append(orders, order(2000, first.AddDate(0, m, 0)))
	}
	s := value.Fold(orders, value.Margins{}, time.UTC)[0].Sums()
	for margin, want := range map[int]int64{value.Whole: 72_000, 2500: 18_000} {
		p, ok := s.Parts(margin)
		if !ok || value.Round(p.LTV) != want || value.Round(p.S) != 2000 || value.Round(p.T) != 36 || p.C.FloatString(2) != "1.00" {
			t.Errorf("by the orders at %d: S %s C %s P %s t %s LTV %s", margin, p.S.FloatString(2), p.C.FloatString(4), p.P, p.T.FloatString(3), p.LTV.FloatString(2))
		}
	}
}

func TestWhatWasTakenBackIsNoOrder(t *testing.T) {
	back, part, whole, free := order(5000, first), order(5000, first), order(5000, first), order(0, first)
	back.Ended, part.RefundedCents, whole.RefundedCents = true, 2000, 5000
	c := value.Fold([]value.Order{back, part, whole, free}, value.Margins{}, time.UTC)
	if len(c) != 1 || c[0].Orders != 1 || c[0].NetCents != 3000 || c[0].PlainCents != 3000 {
		t.Errorf("%+v", c)
	}
	if got := value.Fold([]value.Order{back, free}, value.Margins{}, time.UTC); len(got) != 0 {
		t.Errorf("who kept nothing is a customer: %+v", got)
	}
}

func TestCurrenciesAreNeverAdded(t *testing.T) {
	a, b := order(100, first), order(200, first.Add(time.Hour))
	b.Currency = "BGN"
	c := value.Fold([]value.Order{a, b}, value.Margins{}, time.UTC)
	if len(c) != 2 || c[0].Currency != "BGN" || c[0].NetCents != 200 || c[1].NetCents != 100 {
		t.Errorf("%+v", c)
	}
}

func TestMarginsByProductGoBeforeThoseByCategory(t *testing.T) {
	m := value.Margins{Products: map[string]int{"cup": 6000, "Plain cup": 1000}, Categories: map[string]int{"tea": 3000}}
	cup := audience.Item{SKU: "cup", Category: "tea", Quantity: 2, PriceCents: 1000}
	tea := audience.Item{SKU: "t1", Category: "tea", Quantity: 1, PriceCents: 1000}
	rest := audience.Item{SKU: "x", Quantity: 1, PriceCents: 1000}
	for _, c := range []struct {
		items         []audience.Item
		net           int64
		earned, plain int64
	}{
		{[]audience.Item{cup}, 2000, 1200, 0}, {[]audience.Item{cup, tea, rest}, 4000, 1500, 1000},
		{[]audience.Item{cup, tea, rest}, 3000, 1125, 750}, // a discount of a quarter is everybody's
		{[]audience.Item{tea}, 5, 2, 0},                    // 1.5 rounds up
		{[]audience.Item{{Name: "Plain cup", Quantity: 1, PriceCents: 10}}, 10, 1, 0},
		{[]audience.Item{rest}, 70, 0, 70}, {nil, 70, 0, 70}, {[]audience.Item{{SKU: "cup", Quantity: 1}}, 70, 0, 70},
		{[]audience.Item{{SKU: "cup", Quantity: 1 << 40, PriceCents: 1 << 40}}, 1 << 50, 675539944105574, 0},
	} {
		o := value.Order{TotalCents: c.net, Items: lines(c.items...)}
		if earned, plain := m.Split(o); earned != c.earned || plain != c.plain {
			t.Errorf("%+v of %d: %d and %d, want %d and %d", c.items, c.net, earned, plain, c.earned, c.plain)
		}
	}
}

func TestMonthsAreThoseOfTheShop(t *testing.T) {
	sofia, err := time.LoadLocation("Europe/Sofia")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 12, 31, 22, 30, 0, 0, time.UTC)
	c := value.Fold([]value.Order{order(1, at), order(2, at.Add(time.Hour)), order(4, at.AddDate(0, 2, -1))}, value.Margins{}, sofia)[0]
	if c.Month.String() != "2026-01" || fmt.Sprint(c.Months) != "[{0 3 0 3} {2 4 0 4}]" {
		t.Errorf("%s %v", c.Month, c.Months)
	}
	if m, ok := value.ParseMonth("2026-01"); !ok || m != c.Month || m.Start().Format(time.DateOnly) != "2026-01-01" {
		t.Errorf("read as %s, %v", m, ok)
	}
}

func TestARhythmIsTheCustomersOwn(t *testing.T) {
	days := func(n ...int) (orders []value.Order) {
		for _, d := range n {
			orders = append(orders, order(100, first.AddDate(0, 0, d)))
		}
		return orders
	}
	for _, c := range []struct {
		orders []value.Order
		gap    int // days, 0 for no rhythm
	}{{days(0), 0}, {days(0, 30), 0}, {days(0, 10, 60), 30}, {days(0, 0, 1), 0}, {days(0, 1, 2), 1}} {
		one := value.Fold(c.orders, value.Margins{}, time.UTC)[0]
		r, ok := one.Rhythm()
		if ok != (c.gap > 0) || ok && (!r.Next.Equal(one.Last.AddDate(0, 0, c.gap)) || !r.Risk.Equal(one.Last.AddDate(0, 0, 2*c.gap)) || !r.Lost.Equal(one.Last.AddDate(0, 0, 4*c.gap))) {
			t.Errorf("%d orders: %+v, %v; want a gap of %d days", len(c.orders), r, ok, c.gap)
		}
	}
}

func TestScoresKeepTheirCutOffs(t *testing.T) {
	for days, want := range map[int64]int{-1: 5, 0: 5, 30: 5, 31: 4, 90: 4, 91: 3, 180: 3, 365: 2, 366: 1} {
		if got := value.Recency(20_000-days, 20_000); got != want {
			t.Errorf("%d days: %d, want %d", days, got, want)
		}
	}
	for n, want := range map[int64]int{1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 9: 4, 10: 5} {
		if got := value.Frequency(n); got != want {
			t.Errorf("%d orders: %d, want %d", n, got, want)
		}
	}
	for net, want := range map[int64]int{24: 1, 25: 2, 50: 3, 99: 3, 100: 4, 199: 4, 200: 5} {
		if got := value.Money(net, value.Sums{Customers: 3, NetCents: 300}); got != want {
			t.Errorf("%d of a mean of 100: %d, want %d", net, got, want)
		}
	}
}

func TestPaybackLooksOnlyAtMonthsThatAreOver(t *testing.T) {
	jan := value.Month(2026 * 12)
	cells := []value.Cell{{jan, 0, 10, 1000, 0, 1000}, {jan, 1, 5, 500, 0, 500}, {jan, 2, 5, 600, 0, 600}, {jan + 1, 0, 10, 100, 0, 100}, {jan + 7, 0, 3, 9, 0, 9}}
	for _, c := range []struct {
		costs       map[value.Month]int64
		margin      int
		now         value.Month
		month, seen int
	}{
		{map[value.Month]int64{jan: 1000}, value.Whole, jan + 3, 0, 2}, {map[value.Month]int64{jan: 1001}, value.Whole, jan + 3, 1, 2},
		{map[value.Month]int64{jan: 1000}, 5000, jan + 3, 2, 2}, {map[value.Month]int64{jan: 1000}, 5000, jan + 2, -1, 1},
		{map[value.Month]int64{jan: 1000}, value.Whole, jan, -1, -1},
		{map[value.Month]int64{jan: 1000, jan + 1: 1000}, value.Whole, jan + 2, 1, 1}, // the second cohort has had one month only
	} {
		p, ok := value.Payback(c.costs, cells, c.margin, c.now)
		if !ok || p.Month != c.month || p.Seen != c.seen {
			t.Errorf("%v at %d: %+v, want month %d of %d", c.costs, c.margin, p, c.month, c.seen)
		}
	}
	if _, ok := value.Payback(map[value.Month]int64{jan + 3: 5}, cells, value.Whole, jan+9); ok {
		t.Error("nobody came, and they paid back")
	}
}

func TestGroupsOfNobodyAndOfFew(t *testing.T) {
	if _, ok := (value.Sums{}).Parts(value.Whole); ok {
		t.Error("nobody has a value")
	}
	if !(value.Sums{Customers: 29}).Few() || (value.Sums{Customers: 30}).Few() {
		t.Error("few are fewer than thirty")
	}
	if s, ok := (value.Sums{Customers: 2, Orders: 5, SpanSeconds: 8}).GapSeconds(); !ok || s != 3 {
		t.Errorf("a gap of %d, %v", s, ok)
	}
	for num, want := range map[int64]int64{-3: -2, -2: -1, -1: -1, 0: 0, 1: 1, 2: 1, 3: 2} {
		if got := value.Round(big.NewRat(num, 2)); got != want {
			t.Errorf("%d/2 is %d, want %d", num, got, want)
		}
	}
}
