package render

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

func testCatalog(t *testing.T) *Catalog {
	t.Helper()
	c, err := LoadCatalog(fstest.MapFS{
		"lang/a.en.json": {Data: []byte(`{"%d codes":{"one":"%d code","other":"%d codes"}}`)},
		"lang/a.bg.json": {Data: []byte(`{"%d codes":{"one":"%d код","other":"%d кода"},"Lists":"Списъци","Hello, {{ x }} %s":"Здравей, {{ x }} %s","no gifts left":"подаръците свършиха"}`)},
		"lang/b.ru.json": {Data: []byte(`{"%d codes":{"one":"%d код","few":"%d кода","many":"%d кодов","other":"%d кода"},"%s has %d codes":{"one":"x","other":"x"},"Give the list a name.":"Назовите список.","Something went wrong.":"Что-то пошло не так."}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSentencesAreSaidInTheReadersLanguage(t *testing.T) {
	c := testCatalog(t)
	for _, tc := range []struct{ got, want string }{
		{c.T("bg", "Lists"), "Списъци"},
		{c.T("bg-BG", "Lists"), "Списъци"},
		{c.T("ru", "Lists"), "Lists"},
		{c.T("en", "Lists"), "Lists"},
		{c.T("xx", "Sent to %s", "Ann"), "Sent to Ann"},
		{c.T("bg", "Hello, {{ x }} %s", "Ани"), "Здравей, {{ x }} Ани"},
		{c.T("en", "100%"), "100%"},
		{c.T("en", ""), ""},
		{c.N("en", "%d codes", 1), "1 code"},
		{c.N("en", "%d codes", 0), "0 codes"},
		{c.N("bg", "%d codes", 1), "1 код"},
		{c.N("bg", "%d codes", 5), "5 кода"},
		{c.N("ru", "%d codes", 1), "1 код"},
		{c.N("ru", "%d codes", 21), "21 код"},
		{c.N("ru", "%d codes", 3), "3 кода"},
		{c.N("ru", "%d codes", 11), "11 кодов"},
		{c.N("ru", "%d things", 5), "5 things"},
		{c.Fault("ru", fmt.Errorf("save: %w", fault.Field("name", "Give the list a name."))), "Назовите список."},
		{c.Fault("ru", errors.New("disk")), "Что-то пошло не так."},
		{c.T("bg", "%s: %d", fault.Word("no gifts left"), 3), "подаръците свършиха: 3"},
		{c.Fault("bg", campaigns.Skip("no gifts left")), "подаръците свършиха"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q; want %q", tc.got, tc.want)
		}
	}
}

func TestAnIDHasOneTranslation(t *testing.T) {
	c, err := LoadCatalog(fstest.MapFS{
		"lang/a.bg.json": {Data: []byte(`{"List":"Списък"}`)},
		"lang/b.bg.json": {Data: []byte(`{"List":"Лист"}`)},
	})
	if err != nil || len(c.twice) != 1 || c.T("bg", "List") != "Списък" {
		t.Errorf("got %v, %v", c.twice, err)
	}
	for _, twice := range opened(t).twice {
		t.Error(twice)
	}
}

func TestDatesNumbersAndMoney(t *testing.T) {
	c := testCatalog(t)
	sofia, err := time.LoadLocation("Europe/Sofia")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC)
	for _, tc := range []struct{ got, want string }{
		{c.Date("en", at, sofia), "3 March 2026"},
		{c.Date("bg", at, nil), "2 март 2026 г."},
		{c.Date("ru", at, nil), "2 марта 2026 г."},
		{c.DateTime("en", at, sofia), "3 March 2026, 01:30"},
		{c.Number("en", 1234567), "1,234,567"},
		{c.Number("bg", 1234), "1234"},
		{c.Number("bg", int64(12345)), "12 345"},
		{c.Number("ru", 1234.5), "1 234,5"},
		{c.Number("en", -0.25), "−0.25"},
		{c.Money("en", 123450, "EUR"), "€1,234.50"},
		{c.Money("bg", 1250, "EUR"), "12,50 €"},
		{c.Money("bg", 5, "BGN"), "0,05 лв."},
		{c.Money("ru", -99900, "RUB"), "−999,00 ₽"},
		{c.Money("en", 500, "JPY"), "JPY 500"},
		{c.Money("en", -500, "USD"), "−$5.00"},
		{c.Money("en", 500, ""), "5.00"},
	} {
		if got := strings.ReplaceAll(tc.got, nbsp, " "); got != tc.want {
			t.Errorf("got %q; want %q", got, tc.want)
		}
	}
}
