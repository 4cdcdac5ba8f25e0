package exchange

import (
	"errors"
	"io"
	"slices"
	"strings"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/value"
)

// Cost is what was spent in a month to win customers by a channel.
type Cost struct {
	Currency, Channel string
	Month             value.Month
	Cents             int64 // minor units
}

// maxCosts is how many rows a file of costs has at most.
const maxCosts = 10_000

// costColumns are what the columns of such a file are called, in small letters.
var costColumns = map[string][]string{
	"month":    {"month", "date", "day", "месец", "дата", "месяц"},
	"channel":  {"channel", "source", "campaign channel", "канал", "източник", "источник"},
	"currency": {"currency", "валута", "валюта"},
	"spent":    {"spent", "cost", "amount", "spend", "разход", "похарчено", "сума", "расход", "потрачено", "сумма"},
}

// Costs reads a file with the columns month (2026-05, or a day of it), channel, spent and, if the amounts are not in the given
// currency, currency. Rows of the same month, channel and currency are added up. A *fault.Error names the line that is wrong, and
// then nothing is returned.
func Costs(f File, currency string) ([]Cost, error) {
	p, err := Sniff(f, Source{})
	if err != nil {
		return nil, err
	}
	at := costsAt(p.Header)
	if at["month"] < 0 || at["spent"] < 0 {
		return nil, fault.Field("file", "The first row has to name the columns: month, channel, spent and, where there are several, currency.")
	}
	t, err := open(f, Source{Encoding: p.Encoding, Delimiter: p.Delimiter, Sheet: p.Sheet})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	if _, err := t.Read(); err != nil { // the header
		return nil, err
	}
	by := map[Cost]int64{}
	for range maxCosts {
		r, err := t.Read()
		if errors.Is(err, io.EOF) {
			return added(by), nil
		}
		if err != nil {
			return nil, err
		}
		if r.Fault != nil {
			return nil, r.Fault
		}
		c, err := costOf(r, at, currency)
		if err != nil {
			return nil, err
		}
		cents := c.Cents
		c.Cents = 0
		by[c] += cents
	}
	return nil, fault.Field("file", "A file of costs has %d rows at most.", maxCosts)
}

// costsAt finds the columns; -1 is none.
func costsAt(header []string) map[string]int {
	at := map[string]int{}
	for column, names := range costColumns {
		at[column] = slices.IndexFunc(header, func(h string) bool { return slices.Contains(names, strings.ToLower(strings.TrimSpace(h))) })
	}
	return at
}

func costOf(r Record, at map[string]int, currency string) (c Cost, err error) {
	cell := func(column string) string {
		if i := at[column]; i >= 0 && i < len(r.Fields) {
			return strings.TrimSpace(r.Fields[i])
		}
		return ""
	}
	c = Cost{Currency: strings.ToUpper(cell("currency")), Channel: audience.CleanName(cell("channel"))}
	if c.Currency == "" {
		c.Currency = currency
	}
	month := cell("month")
	var ok bool
	if c.Month, ok = value.ParseMonth(month[:min(len(month), 7)]); !ok {
		return c, fault.Field("file", "Line %d: “%s” is no month: write it as 2026-05.", r.Line, audience.CleanName(month))
	}
	if c.Cents, err = audience.ParseMoney(strings.Replace(cell("spent"), ",", ".", 1), c.Currency); err != nil || c.Cents < 0 {
		return c, fault.Field("file", "Line %d: “%s” is no amount in %s: write digits and a point, like 19.99.", r.Line, audience.CleanName(cell("spent")), audience.CleanName(c.Currency))
	}
	return c, nil
}

func added(by map[Cost]int64) (all []Cost) {
	for c, cents := range by {
		c.Cents = cents
		all = append(all, c)
	}
	return all
}
