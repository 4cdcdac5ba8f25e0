package segment

import (
	"time"

	"keepsake/campaigns/audience"
)

// Facts are all that rules ask about one person.
type Facts struct {
	audience.Subscriber
	Places     map[int64]audience.State // by list
	Suppressed bool
	Happened   []Happened
	Latest     map[string]time.Time // the last open and click by a human, by field: kept when the others are forgotten
	Orders     []audience.Order
	Worth      []Worth // one for each currency
	Mood       string  // happy, neither or unhappy; "" gave no rating
}

// Worth is what a customer is worth in one currency, as campaigns/value has it.
type Worth struct {
	Currency                  string
	LTV                       int64     // ten-thousandths of a minor unit: exact
	Recency, Frequency, Money int       // 1 to 5
	Rhythm                    string    // keeping, at_risk or lost; "" is too few orders to tell
	Next                      time.Time // expected order, zero where Rhythm is ""
	Channel, Country, Product string    // of the first order
}

// Happened is one thing of a sort that happened to the person.
type Happened struct {
	Field    string // as in Fields: sent, opened (by a human), event …
	At       time.Time
	Delivery int64 // a letter opened twice counts once
	Campaign int64
	List     int64
	Words    map[string]string // what else is asked of it: a link, a question, an answer, a name, a source, a wording
}

// Moments are the first and the last moment that a span takes in: from from, and before to. A zero moment is no bound.
func (w *Within) Moments(now time.Time) (from, to time.Time) {
	switch {
	case w == nil:
		return from, to
	case w.Last > 0:
		return shift(now.UTC(), -w.Last, w.Unit), to
	case w.Next > 0:
		return now.UTC(), shift(now.UTC(), w.Next, w.Unit)
	}
	if w.From != "" {
		from, _ = time.Parse(time.DateOnly, w.From)
	}
	if w.To != "" {
		to, _ = time.Parse(time.DateOnly, w.To)
		to = to.AddDate(0, 0, 1)
	}
	return from, to
}

// Days are the first and the last day that a span takes in, both included; "" is no bound. Today is in UTC.
func (w *Within) Days(now time.Time) (from, to string) {
	now = now.UTC()
	switch {
	case w == nil:
		return "", ""
	case w.Last > 0:
		return shift(now, -w.Last, w.Unit).Format(time.DateOnly), now.Format(time.DateOnly)
	case w.Next > 0:
		return now.Format(time.DateOnly), shift(now, w.Next, w.Unit).Format(time.DateOnly)
	}
	return w.From, w.To
}

// Yearly are the days of the year, as 11-22, that a span takes in; from may come after to, round the end of the year. Whole
// is a span that takes in every day of the year.
func (w *Within) Yearly(now time.Time) (from, to string, whole bool) {
	first, last := w.Days(now)
	a, err := time.Parse(time.DateOnly, first)
	b, err2 := time.Parse(time.DateOnly, last)
	if err != nil || err2 != nil || !b.Before(a.AddDate(1, 0, 0)) {
		return "", "", true
	}
	return first[5:], last[5:], false
}

// firstYear bounds how far a span goes back: the years of both databases have four digits.
var firstYear = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
var lastYear = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

func shift(at time.Time, n int, unit string) time.Time {
	switch unit {
	case "hours":
		at = at.Add(time.Duration(n) * time.Hour)
	case "days":
		at = at.AddDate(0, 0, n)
	case "weeks":
		at = at.AddDate(0, 0, 7*n)
	case "months":
		at = at.AddDate(0, n, 0)
	case "years":
		at = at.AddDate(n, 0, 0)
	}
	if at.Before(firstYear) {
		return firstYear
	}
	if at.After(lastYear) {
		return lastYear
	}
	return at
}

func within(at, from, to time.Time) bool {
	return (from.IsZero() || !at.Before(from)) && (to.IsZero() || at.Before(to))
}
