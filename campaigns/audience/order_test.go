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
		{"1.999", "EUR", 0, ""}, {"1.250", "EUR", 0, ""}, {"1.000", "EUR", 0, ""}, {"1.000", "JPY", 0, ""}, {"1.2500", "EUR", 125, "1.25"}, {"1.250", "KWD", 1250, "1.250"}, {"1.5", "JPY", 0, ""}, {"-1", "EUR", 0, ""}, {"1,50", "EUR", 0, ""}, {"", "EUR", 0, ""}, {".5", "EUR", 0, ""},
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

func TestACommaBeforeThreeDigitsIsNoPoint(t *testing.T) {
	for text, want := range map[string]int64{"19,99": 1999, "19,9": 1990, "1,250": -1, "1,000": -1, "1.250": -1, "1.234,50": -1, "1,234.50": -1, "12": 1200} {
		if got, err := audience.ReadMoney(text, "EUR"); err != nil && want != -1 || err == nil && got != want {
			t.Errorf("%s: %d, %v; want %d", text, got, err, want)
		}
	}
	if got, err := audience.ReadMoney("1,250", "KWD"); err == nil {
		t.Errorf("1,250 KWD is %d", got)
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

func TestACurrencyIsOneOfISO4217(t *testing.T) {
	for code, ok := range map[string]bool{"EUR": true, "BGN": true, "JPY": true, "YER": true, "AED": true, "XCG": true, "LTL": true, "XXQ": false, "XAU": false, "XTS": false, "eur": false, "": false, " EU": false, "EURO": false, "   ": false} {
		if got := audience.ValidCurrency(code); (got == nil) != ok {
			t.Errorf("%q: %v", code, got)
		}
	}
	o := audience.Order{Number: "1", State: "paid", Currency: "xxq", TotalCents: 1}
	if err := o.Validate(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("an order in XXQ is taken")
	}
}
