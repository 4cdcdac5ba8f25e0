package audience

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"keepsake/campaigns/fault"
)

// exponents are the currencies whose minor unit is not a hundredth (ISO 4217, table A.1).
var exponents = map[string]int{"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3}

// Exponent is how many digits an ISO 4217 currency has after the point: EUR 2, JPY 0, KWD 3.
func Exponent(currency string) int {
	if n, ok := exponents[currency]; ok {
		return n
	}
	return 2
}

// ParseMoney reads a decimal amount ("19.99") as minor units of a currency. It never rounds:
// more digits than the currency has are a fault, and so are three after the point of one that has fewer: 1.250 EUR may
// mean thousands.
func ParseMoney(text, currency string) (int64, error) {
	whole, part, _ := strings.Cut(text, ".")
	digits := Exponent(currency)
	thousands := len(part) == 3 && digits < 3
	part = strings.TrimRight(part, "0")
	if thousands || len(part) > digits || whole == "" || strings.Trim(whole+part, "0123456789") != "" {
		return 0, fault.Field("total", "“%s” is no amount in %s: write digits and a point, like 19.99.", show(text), show(currency))
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", digits-len(part)), 10, 64)
	if err != nil {
		return 0, fault.Field("total", "“%s” is no amount in %s: write digits and a point, like 19.99.", show(text), show(currency))
	}
	return n, nil
}

// ReadMoney is ParseMoney of what people type: a comma may stand for the point, but not before three digits.
func ReadMoney(text, currency string) (int64, error) {
	if _, part, found := strings.Cut(text, ","); found && len(part) != 3 {
		text = strings.Replace(text, ",", ".", 1)
	}
	return ParseMoney(text, currency)
}

// FormatMoney writes minor units as a decimal amount, as ParseMoney reads it.
func FormatMoney(minor int64, currency string) string {
	digits := Exponent(currency)
	if digits == 0 {
		return fmt.Sprint(minor)
	}
	s := fmt.Sprintf("%0*d", digits+1, minor)
	return s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// Validate checks an order as a shop reports it at a moment, and puts its times right: an
// order without times was placed and changed just now.
func (o *Order) Validate(now time.Time) error {
	o.Number, o.Currency, o.Channel = CleanName(o.Number), strings.ToUpper(strings.TrimSpace(o.Currency)), CleanName(o.Channel)
	if o.UpdatedAt.IsZero() {
		o.UpdatedAt = now.Truncate(time.Microsecond)
	}
	if o.PlacedAt.IsZero() {
		o.PlacedAt = o.UpdatedAt
	}
	o.PlacedAt, o.UpdatedAt = o.PlacedAt.UTC(), o.UpdatedAt.UTC()
	o.Coupon, o.Country = CleanName(o.Coupon), strings.ToUpper(strings.TrimSpace(o.Country))
	if o.Ended() {
		o.RefundedCents = o.TotalCents
	}
	switch {
	case o.Number == "":
		return fault.Field("number", "Give the order's number: it makes sure that an order counts once.")
	case !slices.Contains(OrderStates, o.State):
		return fault.Field("state", "An order is placed, paid, fulfilled, refunded or cancelled.")
	case ValidCurrency(o.Currency) != nil:
		return ValidCurrency(o.Currency)
	case o.TotalCents < 0:
		return fault.Field("total", "An order's total is not below zero.")
	case o.RefundedCents < 0 || o.RefundedCents > o.TotalCents:
		return fault.Field("refunded", "What was given back is between nothing and the order's total.")
	case o.Country != "" && (len(o.Country) != 2 || !letters(o.Country)):
		return fault.Field("country", "Name the country by its two letters, like BG.")
	case o.UpdatedAt.After(now.Add(24 * time.Hour)):
		return fault.Field("updated_at", "This moment has not come yet.")
	case o.PlacedAt.After(o.UpdatedAt):
		return fault.Field("placed_at", "An order changes after it is placed.")
	}
	return o.validateItems()
}

// letters reports whether a text has capital letters of ASCII alone.
func letters(s string) bool { return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" }

func (o *Order) validateItems() error {
	for i := range o.Items {
		it := &o.Items[i]
		it.SKU, it.Name, it.Category = CleanName(it.SKU), CleanName(it.Name), CleanName(it.Category)
		if it.Quantity < 0 || it.PriceCents < 0 {
			return fault.Field("items", "An item's quantity and price are not below zero.")
		}
	}
	return nil
}

// Mean is a sum of minor units divided among n, rounded half up: an average is shown, exported and compared as this number.
func Mean(sum, n int64) int64 {
	mean := sum / n
	if 2*(sum%n) >= n {
		mean++
	}
	return mean
}
