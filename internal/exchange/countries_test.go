package exchange

import (
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
)

func TestACountryIsKnownByItsNameOrItsLetters(t *testing.T) {
	for cell, want := range map[string]string{"Bulgaria": "BG", "България": "BG", "Болгария": "BG", "Германия": "DE", "germany": "DE", "Deutschland": "DE", "BGR": "BG", "bg": "BG", " FR ": "FR",
		"UK": "GB", "United Kingdom": "GB", "Великобритания": "GB", "U.S.A.": "US", "USA": "US", "United States": "US", "САЩ": "US", "Bosnia & Herzegovina": "BA", "Türkiye": "TR", "Turkey": "TR",
		"Czech Republic": "CZ", "Czechia": "CZ", "North Macedonia": "MK", "España": "ES", "Côte d’Ivoire": "CI", "XK": "XK", "": ""} {
		if got, err := countryOf(cell); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", cell, got, err, want)
		}
	}
	for _, cell := range []string{"Sofia", "QQQ", "B1", "Atlantis", "Европа"} {
		if got, err := countryOf(cell); err == nil {
			t.Errorf("%q is %q", cell, got)
		}
	}
}

func TestACountryThatNobodyKnowsIsAWrongLineOfAnOrder(t *testing.T) {
	im := audience.Import{Of: audience.OfOrders, Encoding: "UTF-8", Delimiter: ",", Mapping: []string{"number", "email", "placed_at", "total", "currency", "country"}}
	file := "n,e,p,t,c,country\n1,a@b.test,2026-11-01,1.00,EUR,Германия\n2,a@b.test,2026-11-01,1.00,EUR,Atlantis\n3,a@b.test,2026-11-01,1.00,EUR,\n"
	var got []string
	for row, err := range Orders(strings.NewReader(file), im, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Fault != nil {
			row.Order.Country = row.Fault.Error()
		}
		got = append(got, row.Order.Country)
	}
	if strings.Join(got, "|") != "DE|“Atlantis” is no country we know: write its two letters, like BG.|" {
		t.Errorf("%q", got)
	}
}
