package value

import "time"

// The cut-offs of the scores. Recency is whole days since the last order (UTC), frequency the number of orders; both have a
// score from 5, the best, to 1. They are fixed, so that a score means the same next month and can be looked up.
var (
	RecencyDays     = []int{30, 90, 180, 365} // at most so many days: 5, 4, 3, 2; more: 1
	FrequencyOrders = []int64{10, 5, 3, 2}    // at least so many orders: 5, 4, 3, 2; fewer: 1
)

// MoneyShares are the cut-offs of the score of money, as shares of the mean net of a customer in the currency, in basis
// points: at least twice the mean is 5, the mean 4, half of it 3, a quarter 2, less 1.
var MoneyShares = []int64{2 * Whole, Whole, Whole / 2, Whole / 4}

// Day is the number of a moment's day since 1970 (UTC).
func Day(at time.Time) int64 { return at.Unix() / 86400 }

// Recency is the score of a last order on a day, today.
func Recency(last, today int64) int {
	for i, days := range RecencyDays {
		if today-last <= int64(days) {
			return 5 - i
		}
	}
	return 1
}

// Frequency is the score of a number of orders.
func Frequency(orders int64) int {
	for i, n := range FrequencyOrders {
		if orders >= n {
			return 5 - i
		}
	}
	return 1
}

// Money is the score of a customer's net among all of the currency.
func Money(net int64, all Sums) int {
	for i, share := range MoneyShares {
		// net / (all.NetCents / all.Customers) >= share / Whole, without a fraction
		if mul(net, all.Customers, Whole).Cmp(mul(all.NetCents, share, 1)) >= 0 {
			return 5 - i
		}
	}
	return 1
}
