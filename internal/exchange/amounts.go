package exchange

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// amountOf reads an amount of money as people and programs write it: 1,234.50, 1 234,50 €, 19.9. It never rounds. Of a
// single comma or point before three digits the currency tells what it is: 1,234 EUR are thousands, for EUR has two digits.
func amountOf(cell, currency string) (int64, error) {
	text, ok := decimal(cell, audience.Exponent(currency))
	if !ok {
		return 0, fault.Field("total", "“%s” is no amount in %s: write digits and a point, like 19.99.", audience.CleanName(cell), currency)
	}
	return audience.ParseMoney(text, currency)
}

// decimal writes a number with a point, or none.
func decimal(cell string, digits int) (string, bool) {
	var b strings.Builder
	cell = strings.TrimRightFunc(cell, func(r rune) bool { return !unicode.IsDigit(r) })
	for _, r := range strings.TrimLeftFunc(cell, func(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune(".,-−(", r) }) {
		switch {
		case unicode.IsSpace(r) || r == '\'' || r == '’':
		case r < '0' && r != '.' && r != ',' || r > '9':
			return "", false
		default:
			b.WriteRune(r)
		}
	}
	text := b.String()
	last := strings.LastIndexAny(text, ".,")
	if last < 0 {
		return text, text != ""
	}
	whole, part := text[:last], text[last+1:]
	other := "."
	if text[last] == '.' {
		other = ","
	}
	if strings.Count(text, text[last:last+1]) > 1 || len(part) == 3 && digits < 3 && text[last] == ',' && !strings.Contains(whole, other) { // it parts thousands
		whole, part = text, ""
	}
	if whole = strings.NewReplacer(".", "", ",", "").Replace(whole); whole == "" {
		whole = "0"
	}
	return strings.TrimSuffix(whole+"."+part, "."), true
}

// priceOf is amountOf for one of several: shops write thirds of a cent. What comes back is exact, in minor units. Three digits
// after a point may be thousands of whole ones as well: 1.234 EUR is refused, 0.333 is not.
func priceOf(cell, currency string) (*big.Rat, error) {
	digits := audience.Exponent(currency)
	text, ok := decimal(cell, digits)
	whole, part, _ := strings.Cut(text, ".")
	if !ok || len(part) <= digits {
		n, err := amountOf(cell, currency)
		return new(big.Rat).SetInt64(n), err
	}
	if digits < 3 && len(part) == 3 && len(whole) <= 3 && strings.Trim(whole, "0") != "" {
		return nil, fault.Field("items", "“%s” may be thousands or three digits after the point: write it with two.", audience.CleanName(cell))
	}
	price, ok := new(big.Rat).SetString(text[:min(len(text), 40)])
	if !ok {
		return nil, fault.Field("items", "“%s” is no amount in %s: write digits and a point, like 19.99.", audience.CleanName(cell), currency)
	}
	return price.Mul(price, new(big.Rat).SetInt64(int64(math.Pow10(digits)))), nil
}

// quantityOf reads how many; shops write what was given back with a minus, or beside it ("2 (-1)").
func quantityOf(cell string) (int, error) {
	text, _, _ := strings.Cut(strings.TrimSpace(cell), " ")
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".,")
	if !strings.ContainsAny(cell, ".,") {
		text, _, _ = strings.Cut(strings.TrimSpace(cell), " ")
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1_000_000 {
		return 0, fault.Field("items", "“%s” is no quantity.", audience.CleanName(cell))
	}
	return n, nil
}
