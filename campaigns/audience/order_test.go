package audience_test

import (
	"testing"
	"time"

	"keepsake/campaigns/audience"
)

func TestMoneyIsNeverRounded(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		want           int64
		back           string // "" is an error
	}{
		{"19.99", "EUR", 1999, "19.99"}, {"20", "EUR", 2000, "20.00"}, {"0.5", "EUR", 50, "0.50"}, {"1200", "JPY", 1200, "1200"},
		{"1200.00", "JPY", 1200, "1200"}, {"1.234", "KWD", 1234, "1.234"}, {"0", "EUR", 0, "0.00"}, {"1.", "EUR", 100, "1.00"},
		{"1.999", "EUR", 0, ""}, {"1.5", "JPY", 0, ""}, {"-1", "EUR", 0, ""}, {"1,50", "EUR", 0, ""}, {"", "EUR", 0, ""}, {".5", "EUR", 0, ""},
		{"1e3", "EUR", 0, ""}, {"99999999999999999999", "EUR", 0, ""}, {" 1", "EUR", 0, ""},
	} {
		got, err := audience.ParseMoney(c.text, c.currency)
		if (err != nil) != (c.back == "") || got != c.want {
			t.Errorf("%q %s: got %d, %v", c.text, c.currency, got, err)
		}
		if err == nil && audience.FormatMoney(got, c.currency) != c.back {
			t.Errorf("%q %s is written %s", c.text, c.currency, audience.FormatMoney(got, c.currency))
		}
	}
}

func TestOrderValidate(t *testing.T) {
	now := time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)
	good := audience.Order{Number: "#1001", State: "paid", Currency: "eur", TotalCents: 1}
	if err := good.Validate(now); err != nil || good.Currency != "EUR" || !good.PlacedAt.Equal(now) {
		t.Errorf("%+v, %v", good, err)
	}
	for name, change := range map[string]func(*audience.Order){
		"no number": func(o *audience.Order) { o.Number = " " }, "no state": func(o *audience.Order) { o.State = "" },
		"currency": func(o *audience.Order) { o.Currency = "EURO" }, "total": func(o *audience.Order) { o.TotalCents = -1 },
		"future": func(o *audience.Order) { o.UpdatedAt = now.AddDate(1, 0, 0) }, "placed": func(o *audience.Order) { o.PlacedAt = now.Add(time.Hour) },
		"item": func(o *audience.Order) { o.Items = []audience.Item{{Quantity: -1}} },
	} {
		bad := good
		change(&bad)
		if bad.Validate(now) == nil {
			t.Errorf("%s: %+v passed", name, bad)
		}
	}
}
