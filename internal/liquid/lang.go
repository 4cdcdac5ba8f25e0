package liquid

import (
	"strconv"
	"strings"
	"time"
)

var _ = register(map[string]filter{
	"money":  {min: 1, max: 1, run: money},
	"plural": {min: 2, max: 4, run: plural},
})

type names struct{ months, monthsOf, shortMonths, days, shortDays []string }

var languages = map[string]names{
	"bg": {
		months:      strings.Fields("януари февруари март април май юни юли август септември октомври ноември декември"),
		shortMonths: strings.Fields("яну. фев. март апр. май юни юли авг. септ. окт. ноем. дек."),
		days:        strings.Fields("неделя понеделник вторник сряда четвъртък петък събота"),
		shortDays:   strings.Fields("нд пн вт ср чт пт сб"),
	},
	"ru": {
		months:      strings.Fields("январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь"),
		monthsOf:    strings.Fields("января февраля марта апреля мая июня июля августа сентября октября ноября декабря"),
		shortMonths: strings.Fields("янв. февр. март апр. май июнь июль авг. сент. окт. нояб. дек."),
		days:        strings.Fields("воскресенье понедельник вторник среда четверг пятница суббота"),
		shortDays:   strings.Fields("вс пн вт ср чт пт сб"),
	},
}

func monthName(lang string, m time.Month, withDay bool) string {
	l, ok := languages[lang]
	switch {
	case !ok:
		return m.String()
	case withDay && l.monthsOf != nil:
		return l.monthsOf[m-1]
	}
	return l.months[m-1]
}

func shortMonth(lang string, m time.Month) string {
	if l, ok := languages[lang]; ok {
		return l.shortMonths[m-1]
	}
	return m.String()[:3]
}

func dayName(lang string, d time.Weekday) string {
	if l, ok := languages[lang]; ok {
		return l.days[d]
	}
	return d.String()
}

func shortDay(lang string, d time.Weekday) string {
	if l, ok := languages[lang]; ok {
		return l.shortDays[d]
	}
	return d.String()[:3]
}

// currencies are written by their sign; the others by their code.
var currencies = map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "BGN": "лв.", "RUB": "₽", "UAH": "₴", "PLN": "zł", "CZK": "Kč", "TRY": "₺"}

// noCents are the currencies without minor unit (ISO 4217).
var noCents = map[string]bool{"JPY": true, "KRW": true, "ISK": true, "CLP": true, "VND": true, "HUF": false}

// money writes whole minor units: {{ 1250 | money: "EUR" }} is "12.50 €", in bg and ru "12,50 €".
// The sign stands behind the amount in every language. nil stays nil.
func money(v any, a *args) (any, error) {
	if v == nil || v == "" {
		return nil, nil
	}
	code := strings.ToUpper(a.str(0))
	sign, ok := currencies[code]
	if !ok {
		sign = code
	}
	n := toInt(v)
	minus := ""
	if n < 0 {
		minus, n = "-", -n
	}
	point, group := ".", ","
	if a.c.lim.Lang == "bg" || a.c.lim.Lang == "ru" {
		point, group = ",", "\u00a0"
	}
	if noCents[code] {
		return minus + grouped(n, group) + " " + sign, nil
	}
	cents := strconv.FormatInt(n%100+100, 10)[1:]
	return minus + grouped(n/100, group) + point + cents + " " + sign, nil
}

func grouped(n int64, by string) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + by + s[i:]
	}
	return s
}

// plural chooses the form for a number: {{ n | plural: "point", "points" }}; in ru one, few and
// many. % in the form is the number.
func plural(v any, a *args) (any, error) {
	n := toInt(v)
	form := 1
	switch {
	case a.c.lim.Lang == "ru":
		form = russianForm(n)
	case n == 1:
		form = 0
	}
	form = min(form, a.len()-1)
	return strings.ReplaceAll(a.str(form), "%", strconv.FormatInt(n, 10)), nil
}

func russianForm(n int64) int {
	if n < 0 {
		n = -n
	}
	switch {
	case n%10 == 1 && n%100 != 11:
		return 0
	case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
		return 1
	}
	return 2
}
