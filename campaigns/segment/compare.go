package segment

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"keepsake/campaigns/audience"
)

// Compare reports whether a value of a sort meets a positive test. The store's SQL says the same, letter by letter.
func Compare(r Rule, sort Sort, value string, now time.Time) bool {
	if r.Is == "filled" {
		return strings.Trim(value, " ") != ""
	}
	switch sort {
	case Word:
		return slices.Contains(r.Values, value)
	case Number:
		return compareNumber(r, value)
	case Money:
		return compareMoney(r, value)
	case Date:
		return compareDate(r, value, now)
	case YesNo:
		return slices.Contains(YesForms[r.Is], FoldASCII(strings.Trim(value, " ")))
	}
	return slices.ContainsFunc(r.Values, func(want string) bool { return compareText(r, sort, value, want) })
}

func compareText(r Rule, sort Sort, value, want string) bool {
	want = Want(r, want)
	if r.Field != "email" {
		value = Fold(strings.Trim(value, " "), want)
	}
	switch r.Is {
	case "contains":
		return strings.Contains(value, want)
	case "starts":
		return strings.HasPrefix(value, want)
	case "has":
		return strings.Contains(Parted(value), ","+want+",")
	}
	return value == want
}

// Want is a value as texts are compared with it. An address is compared in the form by which it is one person's.
func Want(r Rule, v string) string {
	v = strings.Trim(v, " ")
	if r.Field == "email" {
		if r.Is == "is" {
			return audience.NormEmail(v)
		}
		return strings.ToLower(v)
	}
	return Fold(v, v)
}

// Parted is a text of several values with a comma around each and no spaces beside it.
func Parted(s string) string {
	return "," + strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(s, ";", ","), ", ", ","), " ,", ",") + ","
}

// Fold makes small letters of a text: of ASCII's alone where what it is compared with has no others.
func Fold(s, want string) string {
	if IsASCII(want) {
		return FoldASCII(s)
	}
	return strings.ToLower(s)
}

// IsASCII reports whether a text has only letters of ASCII.
func IsASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
}

// FoldASCII makes small letters of ASCII's large ones.
func FoldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// YesForms are what yes and no are written as, in small letters of ASCII.
var YesForms = map[string][]string{
	"yes": {"yes", "y", "true", "1", "on", "да", "Да", "ДА"},
	"no":  {"no", "n", "false", "0", "off", "не", "Не", "НЕ", "нет", "Нет", "НЕТ"},
}

func compareNumber(r Rule, value string) bool {
	n, ok := Decimal(value)
	if !ok {
		return false
	}
	want := make([]float64, len(r.Values))
	for i, v := range r.Values {
		want[i], _ = Decimal(v) // checked by Validate
	}
	switch r.Is {
	case "at_least":
		return n >= want[0]
	case "at_most":
		return n <= want[0]
	case "above":
		return n > want[0]
	case "below":
		return n < want[0]
	case "between":
		return n >= want[0] && n <= want[1]
	}
	return slices.Contains(want, n)
}

// SplitMoney parts an amount of money from its currency, "12.34 EUR"; without one it is "".
func SplitMoney(s string) (amount, currency string) {
	s = strings.Trim(s, " ")
	if m := withCurrency.FindStringSubmatch(s); m != nil {
		return strings.Trim(m[1], " "), m[2]
	}
	return s, ""
}

var withCurrency = regexp.MustCompile(`(?s)^(.*) ([A-Z]{3})$`)

// Amount reads an amount of money with its currency.
func Amount(s string) (n float64, currency string, ok bool) {
	s, currency = SplitMoney(s)
	n, ok = Decimal(s)
	return n, currency, ok
}

// compareMoney compares amounts; where the test says a currency, only those in it.
func compareMoney(r Rule, value string) bool {
	amount, currency := SplitMoney(value)
	for _, one := range Amounts(r) {
		if (one.Currency == "" || one.Currency == currency) && compareNumber(Rule{Is: r.Is, Values: one.Values}, amount) {
			return true
		}
	}
	return false
}

// OfCurrency are amounts of a test in one currency, "" for any.
type OfCurrency struct {
	Currency string
	Values   []string // without it
}

// Amounts are the values of a test on money by their currency.
func Amounts(r Rule) (all []OfCurrency) {
	for _, v := range r.Values {
		amount, currency := SplitMoney(v)
		at := slices.IndexFunc(all, func(o OfCurrency) bool { return o.Currency == currency })
		if at < 0 {
			all, at = append(all, OfCurrency{Currency: currency}), len(all)
		}
		all[at].Values = append(all[at].Values, amount)
	}
	return all
}

// day is a day, with or without a time after it.
var day = regexp.MustCompile(`(?s)^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$`)

func compareDate(r Rule, value string, now time.Time) bool {
	value = strings.Trim(value, " ")
	if !day.MatchString(value) {
		return false
	}
	value = value[:10]
	switch r.Is {
	case "on":
		return value == r.Values[0]
	case "before":
		return value < r.Values[0]
	case "after":
		return value > r.Values[0]
	}
	if r.Is == "yearly_in" {
		from, to, whole := r.Within.Yearly(now)
		on := value[5:]
		return whole || on >= from && on <= to || from > to && (on >= from || on <= to)
	}
	from, to := r.Within.Days(now)
	return (from == "" || value >= from) && (to == "" || value <= to)
}
