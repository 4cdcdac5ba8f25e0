package exchange

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// amountOf reads an amount of money as people and programs write it: 1,234.50, 1 234,50 €, 19.9. It never rounds. A comma or a
// point before three digits may begin a fraction or part thousands: 1,234 and 1.234 EUR are refused, for nothing in them tells.
func amountOf(cell, currency string) (int64, error) {
	text, err := audience.DecimalOf(cell, currency, "total")
	if err != nil {
		return 0, err
	}
	return audience.ParseMoney(text, currency)
}

// priceOf is amountOf for one of several: shops write thirds of a cent. What comes back is exact, in minor units.
func priceOf(cell, currency string) (*big.Rat, error) {
	text, err := audience.DecimalOf(cell, currency, "items")
	if err != nil {
		return nil, err
	}
	price, ok := new(big.Rat).SetString(text[:min(len(text), 40)])
	if !ok {
		return nil, audience.NoAmount("items", cell, currency)
	}
	return price.Mul(price, new(big.Rat).SetInt64(int64(math.Pow10(audience.Exponent(currency))))), nil
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
