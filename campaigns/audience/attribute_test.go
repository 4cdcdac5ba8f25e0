package audience

import (
	"strings"
	"testing"
)

func TestAValueHasOneFormHoweverItIsWritten(t *testing.T) {
	for _, c := range []struct{ kind, text, want string }{
		{"text", " as it is ", " as it is "}, {"text", "   ", ""},
		{"number", "1234.50", "1234.5"}, {"number", "+07", "7"}, {"number", "-0", "0"}, {"number", "1 234,5", "1234.5"}, {"number", "0.10", "0.1"}, {"number", "-1.25", "-1.25"},
		{"money", "12.34 EUR", "12.34 EUR"}, {"money", "eur 12", "12.00 EUR"}, {"money", "€12,5", "12.50 EUR"}, {"money", "1 234.50 лв.", "1234.50 BGN"}, {"money", "1.000,00 лв.", "1000.00 BGN"}, {"money", "1 234,50 лв.", "1234.50 BGN"}, {"money", "€1,234.50", "1234.50 EUR"}, {"money", "500 jpy", "500 JPY"}, {"money", "1.5KWD", "1.500 KWD"},
		{"date", "2026-11-22", "2026-11-22"}, {"date", "22.11.2026", "2026-11-22"}, {"date", "22.11.2026 г.", "2026-11-22"}, {"date", "2026-11-22T00:00:00Z", "2026-11-22"}, {"date", "22/11/2026", "2026-11-22"}, {"date", "11/22/2026", "2026-11-22"}, {"date", "1.2.2026", "2026-02-01"}, {"date", "2026/11/22", "2026-11-22"},
		{"yes_no", "TRUE", "yes"}, {"yes_no", "Да", "yes"}, {"yes_no", "0", "no"}, {"yes_no", "НЕТ", "no"},
		{"choice", "green tea", "Green tea"}, {"choice", "Чёрный", "чёрный"},
		{"list", "red, blue;Red; ; green", "red; blue; green"}, {"list", ";,", ""},
	} {
		a := Attribute{Key: "k", Type: c.kind, Choices: []string{"Green tea", "чёрный"}}
		got, err := a.Canonical(c.text)
		again, err2 := a.Canonical(got)
		if err != nil || got != c.want || err2 != nil || again != got {
			t.Errorf("%s %q: got %q, %v; again %q, %v; want %q", c.kind, c.text, got, err, again, err2, c.want)
		}
	}
}

func TestAValueThatMayMeanTwoThingsIsRefused(t *testing.T) {
	for kind, texts := range map[string][]string{
		"text":   {"a\x00", "\xff", strings.Repeat("я", 2001)},
		"number": {"1,234", "1.2.3", "1e3", "12 34", "many", "123456789012", "1.23456", "--1", "∞"},
		"money":  {"12.34", "EUR", "$5", "12.345 EUR", "1.250 EUR", "€1.000", "1,250 EUR", "1.5 JPY", "-1 EUR", "12 EURO", "12 €€"},
		"date":   {"03/04/2026", "2026-13-01", "2026-02-30", "tomorrow", "2026-11-22T10:00:00Z", "20261122", "22.11.26"},
		"yes_no": {"maybe", "2", "oui"},
		"choice": {"red", "Green  tea"},
	} {
		for _, text := range texts {
			if got, err := (Attribute{Key: "k", Type: kind, Choices: []string{"Green tea"}}).Canonical(text); err == nil {
				t.Errorf("%s %q is read as %q", kind, text, got)
			}
		}
	}
}

func TestAnAttributeIsCheckedAndTidied(t *testing.T) {
	a := Attribute{Key: "tea", Type: "choice", Labels: map[string]string{"en": " Tea ", "bg": "", "ru": "tea"}, Choices: []string{" Green", "green", "", "Black"}}
	if err := a.Validate(); err != nil || a.Label("en") != "Tea" || a.Label("ru") != "tea" || a.Label("bg") != "tea" || len(a.Choices) != 2 {
		t.Errorf("%+v, %v", a, err)
	}
	for _, bad := range []Attribute{{Key: ""}, {Key: " a"}, {Key: "a\nb"}, {Key: strings.Repeat("a", 101)}, {Key: "a", Type: "colour"}, {Key: "a", Type: "choice"},
		{Key: "a", Labels: map[string]string{"de": "A"}}, {Key: "a", Labels: map[string]string{"en": strings.Repeat("a", 101)}}, {Key: "a", Type: "list", Choices: []string{"a;b"}}} {
		if err := bad.Validate(); err == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}

func FuzzCanonicalIsItsOwnCanonical(f *testing.F) {
	for _, text := range []string{"1 234,50", "12.34 EUR", "22.11.2026", "да", "a; b,c", "€5", "0.0", "1/13/2026"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range AttributeTypes {
			a := Attribute{Key: "k", Type: kind, Choices: []string{"a", "да"}}
			got, err := a.Canonical(text)
			if err != nil {
				continue
			}
			if again, err := a.Canonical(got); err != nil || again != got {
				t.Errorf("%s: %q became %q, which becomes %q, %v", kind, text, got, again, err)
			}
		}
	})
}
