package value

import "math/big"

func mul(a, b, c int64) *big.Int {
	n := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	return n.Mul(n, big.NewInt(c))
}

// Cell is what the customers of one month bought so many months later.
type Cell struct {
	Month                             Month // of the first order
	Later                             int
	Customers                         int64 // who bought in that month
	NetCents, EarnedCents, PlainCents int64
}

// Paid is when customers have brought in what they cost.
type Paid struct {
	CostCents *big.Rat // of one new customer, minor units
	Customers int64    // whom it was paid for
	Month     int      // after how many whole months the margin covers it, from 0; -1 not yet
	Seen      int      // how many whole months could be looked at, -1 none
}

// Payback compares what was spent to win customers, by month, with the margin those customers brought. After k months it
// looks only at the cohorts that have had k whole months, so that young ones do not pull it down. now is the month that is
// not over yet. ok is false where nothing was spent, or nobody came for it.
func Payback(costs map[Month]int64, cells []Cell, margin int, now Month) (p Paid, ok bool) {
	seen := -1
	var spent int64
	for m, cost := range costs {
		spent += cost
		seen = max(seen, int(now-m)-1)
	}
	for _, c := range cells {
		if _, paid := costs[c.Month]; paid && c.Later == 0 {
			p.Customers += c.Customers
		}
	}
	if spent <= 0 || p.Customers == 0 {
		return p, false
	}
	p.CostCents, p.Month, p.Seen = big.NewRat(spent, p.Customers), -1, seen
	for k := 0; k <= seen && p.Month < 0; k++ {
		if covered(costs, cells, margin, now-Month(k)-1, k) {
			p.Month = k
		}
	}
	return p, true
}

// covered reports whether the cohorts up to a month have brought their cost after k months.
func covered(costs map[Month]int64, cells []Cell, margin int, until Month, k int) bool {
	var cost int64
	for m, c := range costs {
		if m <= until {
			cost += c
		}
	}
	brought := new(big.Rat)
	for _, c := range cells {
		if _, paid := costs[c.Month]; paid && c.Month <= until && c.Later <= k {
			brought.Add(brought, marginOf(c.EarnedCents, c.PlainCents, margin))
		}
	}
	return cost > 0 && brought.Cmp(big.NewRat(cost, 1)) >= 0
}
