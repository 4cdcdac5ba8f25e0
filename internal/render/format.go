package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"keepsake/campaigns/audience"
)

// In dates: the genitive in Russian, no capitals but in English.
var months = map[string][12]string{
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"bg": {"януари", "февруари", "март", "април", "май", "юни", "юли", "август", "септември", "октомври", "ноември", "декември"},
	"ru": {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
}

const nbsp = "\u00a0" // keeps a number and its unit on one line

// Date is the day in words, in that zone (nil is UTC): "3 March 2026", "3 март 2026 г."
func (c *Catalog) Date(lang string, t time.Time, zone *time.Location) string {
	return date(lang, t, zone)
}

// DateTime is the day in words and the time by a 24-hour clock, in that zone (nil is UTC).
func (c *Catalog) DateTime(lang string, t time.Time, zone *time.Location) string {
	return dateTime(lang, t, zone)
}

// Month is the month of a moment (UTC) in short: "Nov 2026", "ное 2026".
func (c *Catalog) Month(lang string, t time.Time) string {
	return shortMonth(lang, t) + nbsp + strconv.Itoa(t.Year())
}

// Number groups the digits of an integer or a float (at most two decimals) as the language
// does; what is neither is printed as it is.
func (c *Catalog) Number(lang string, v any) string {
	switch n := v.(type) {
	case int:
		return grouped(lang, strconv.Itoa(n))
	case int64:
		return grouped(lang, strconv.FormatInt(n, 10))
	case float64:
		return decimal(lang, n)
	}
	return fmt.Sprint(v)
}

// Money is an amount in minor units of an ISO 4217 currency: "€12.50", "12,50 €".
func (c *Catalog) Money(lang string, cents int64, code string) string {
	return money(lang, cents, code)
}

func date(lang string, t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	lang, t = audience.Language(lang), t.In(zone)
	s := fmt.Sprintf("%d%s%s %d", t.Day(), nbsp, months[lang][t.Month()-1], t.Year())
	if lang != "en" {
		s += nbsp + "г."
	}
	return s
}

func dateTime(lang string, t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return date(lang, t, zone) + ", " + t.In(zone).Format("15:04")
}

func decimal(lang string, f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "–"
	}
	s := strconv.FormatFloat(f, 'f', 2, 64)
	return grouped(lang, strings.TrimSuffix(strings.TrimRight(s, "0"), "."))
}

// grouped writes a plain decimal as the language does. Bulgarian leaves four digits alone (CLDR).
func grouped(lang, plain string) string {
	lang = audience.Language(lang)
	sep, point, least := nbsp, ",", 4
	switch lang {
	case "en":
		sep, point = ",", "."
	case "bg":
		least = 5
	}
	sign := ""
	if strings.HasPrefix(plain, "-") {
		sign, plain = "−", plain[1:]
	}
	whole, frac, has := strings.Cut(plain, ".")
	if len(whole) >= least {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + sep + whole[i:]
		}
	}
	if has {
		whole += point + frac
	}
	return sign + whole
}

var symbols = map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "BGN": "лв.", "RUB": "₽", "UAH": "₴"}

func money(lang string, cents int64, code string) string {
	amount := grouped(lang, minor(cents, audience.Exponent(code)))
	symbol, known := symbols[code]
	if !known {
		symbol = code
	}
	if audience.Language(lang) != "en" || code == "BGN" || code == "RUB" || code == "UAH" {
		return strings.TrimSpace(amount + nbsp + symbol)
	}
	if !known {
		return strings.TrimSpace(symbol + nbsp + amount)
	}
	if rest, negative := strings.CutPrefix(amount, "−"); negative {
		return "−" + symbol + rest
	}
	return symbol + amount
}

func minor(cents int64, places int) string {
	s, sign := strconv.FormatInt(cents, 10), ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if places == 0 {
		return sign + s
	}
	for len(s) <= places {
		s = "0" + s
	}
	return sign + s[:len(s)-places] + "." + s[len(s)-places:]
}
