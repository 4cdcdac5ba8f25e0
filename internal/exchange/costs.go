package exchange

import (
	"cmp"
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

// MostCostFaults is how many faults of a file of costs are told at once.
const MostCostFaults = 20

// costColumns are what the columns of such a file are called, in small letters.
var costColumns = map[string][]string{
	"month":    {"month", "date", "day", "месец", "дата", "месяц"},
	"channel":  {"channel", "source", "campaign channel", "канал", "източник", "источник"},
	"currency": {"currency", "валута", "валюта"},
	"spent":    {"spent", "cost", "amount", "spend", "разход", "похарчено", "сума", "расход", "потрачено", "сумма"},
}

// Costs reads a file with the columns month (2026-05, or a day of it), channel, spent and, if the amounts are not in the given
// currency, currency. Rows of the same month, channel and currency are added up. Months after latest are wrong. Where a line is
// wrong nothing is returned but a *fault.Error, whose Fields name each of the first MostCostFaults faults by its line.
func Costs(f File, currency string, latest value.Month) ([]Cost, error) {
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
	var wrong []fault.FieldError
	for range maxCosts {
		r, err := t.Read()
		if errors.Is(err, io.EOF) && len(wrong) > 0 {
			return nil, wrongLines(wrong)
		}
		if errors.Is(err, io.EOF) {
			return added(by), nil
		}
		if err != nil {
			return nil, err
		}
		c, faults := costOf(r, at, currency, latest)
		if wrong = append(wrong, faults...); len(wrong) >= MostCostFaults {
			return nil, wrongLines(wrong[:MostCostFaults])
		}
		if len(wrong) > 0 {
			continue
		}
		cents := c.Cents
		c.Cents = 0
		by[c] += cents
	}
	return nil, fault.Field("file", "A file of costs has %d rows at most.", maxCosts)
}

// wrongLines is a fault that says all of these.
func wrongLines(all []fault.FieldError) error {
	return &fault.Error{Code: fault.Invalid, Format: "Nothing was taken in. Correct what is wrong in the file, and choose it again.", Fields: all}
}

// costsAt finds the columns; -1 is none.
func costsAt(header []string) map[string]int {
	at := map[string]int{}
	for column, names := range costColumns {
		at[column] = slices.IndexFunc(header, func(h string) bool { return slices.Contains(names, strings.ToLower(strings.TrimSpace(h))) })
	}
	return at
}

// costOf is what a line says, and all that is wrong with it.
func costOf(r Record, at map[string]int, currency string, latest value.Month) (c Cost, wrong []fault.FieldError) {
	if r.Fault != nil {
		return c, []fault.FieldError{aboutFile("Line %d: it cannot be read. A quotation mark may be open, or the line is broken.", r.Line)}
	}
	cell := func(column string) string {
		if i := at[column]; i >= 0 && i < len(r.Fields) {
			return strings.TrimSpace(r.Fields[i])
		}
		return ""
	}
	c = Cost{Currency: cmp.Or(strings.ToUpper(cell("currency")), currency), Channel: audience.CleanName(cell("channel"))}
	known := audience.ValidCurrency(c.Currency) == nil
	if !known {
		wrong = append(wrong, aboutFile("Line %d: there is no currency “%s”. Name it by its three letters, like EUR.", r.Line, audience.CleanName(c.Currency)))
	}
	month := cell("month")
	var ok bool
	if c.Month, ok = value.ParseMonth(month[:min(len(month), 7)]); !ok {
		wrong = append(wrong, aboutFile("Line %d: “%s” is no month: write it as 2026-05.", r.Line, audience.CleanName(month)))
	} else if c.Month > latest {
		wrong = append(wrong, aboutFile("Line %d: the month %s is not here yet.", r.Line, c.Month.String()))
	}
	if !known { // how many decimals an amount has, nobody knows
		return c, wrong
	}
	var err error
	if c.Cents, err = audience.ReadMoney(cell("spent"), c.Currency); err != nil || c.Cents < 0 {
		wrong = append(wrong, aboutFile("Line %d: “%s” is no amount in %s: write digits and a point, like 19.99.", r.Line, audience.CleanName(cell("spent")), audience.CleanName(c.Currency)))
	}
	return c, wrong
}

func aboutFile(format string, args ...any) fault.FieldError {
	return fault.FieldError{Field: "file", Format: format, Args: args}
}

func added(by map[Cost]int64) (all []Cost) {
	for c, cents := range by {
		c.Cents = cents
		all = append(all, c)
	}
	return all
}
