package liquid

import (
	"strconv"
	"strings"
	"time"
)

// A directive is one % of a pattern.
type directive struct {
	t        time.Time
	lang     string
	genitive bool // the month stands with a day: "14 марта"
	flags    string
	width    int
	letter   byte
}

func (d *directive) has(flag string) bool { return strings.Contains(d.flags, flag) }

func (d *directive) write() (string, bool) {
	if s, ok := composed[d.letter]; ok {
		return d.t.Format(s), true
	}
	if n, width, pad, ok := d.number(); ok {
		return d.padded(n, width, pad), true
	}
	s, ok := d.text()
	if d.has("^") {
		s = strings.ToUpper(s)
	}
	if n := d.width - len([]rune(s)); n > 0 {
		s = strings.Repeat(" ", n) + s
	}
	return s, ok
}

var composed = map[byte]string{
	'D': "01/02/06", 'x': "01/02/06", 'F': "2006-01-02", 'T': "15:04:05", 'X': "15:04:05", 'R': "15:04",
	'r': "03:04:05 PM", 'c': "Mon Jan _2 15:04:05 2006",
}

// number gives the numeric directives with their usual width and padding.
func (d *directive) number() (n, width int, pad byte, ok bool) {
	t := d.t
	switch d.letter {
	case 'Y':
		return t.Year(), 0, '0', true
	case 'C':
		return t.Year() / 100, 2, '0', true
	case 'y':
		return t.Year() % 100, 2, '0', true
	case 'm':
		return int(t.Month()), 2, '0', true
	case 'd':
		return t.Day(), 2, '0', true
	case 'e':
		return t.Day(), 2, ' ', true
	case 'j':
		return t.YearDay(), 3, '0', true
	case 'H':
		return t.Hour(), 2, '0', true
	case 'k':
		return t.Hour(), 2, ' ', true
	case 'I':
		return (t.Hour()+11)%12 + 1, 2, '0', true
	case 'l':
		return (t.Hour()+11)%12 + 1, 2, ' ', true
	case 'M':
		return t.Minute(), 2, '0', true
	case 'S':
		return t.Second(), 2, '0', true
	case 'L':
		return t.Nanosecond() / 1e6, 3, '0', true
	}
	return d.weekNumber()
}

func (d *directive) weekNumber() (n, width int, pad byte, ok bool) {
	year, week := d.t.ISOWeek()
	day := int(d.t.Weekday())
	switch d.letter {
	case 'u':
		return (day+6)%7 + 1, 1, '0', true
	case 'w':
		return day, 1, '0', true
	case 'G':
		return year, 4, '0', true
	case 'g':
		return year % 100, 2, '0', true
	case 'V':
		return week, 2, '0', true
	case 'U': // weeks begin on Sunday
		return (d.t.YearDay() + 6 - day) / 7, 2, '0', true
	case 'W': // on Monday
		return (d.t.YearDay() + 6 - (day+6)%7) / 7, 2, '0', true
	}
	return 0, 0, 0, false
}

func (d *directive) padded(n, width int, pad byte) string {
	s := strconv.Itoa(n)
	if d.has("-") {
		return s
	}
	if d.has("_") {
		pad = ' '
	}
	if d.has("0") {
		pad = '0'
	}
	if d.width > 0 {
		width = d.width
	}
	if len(s) < width {
		s = strings.Repeat(string(pad), width-len(s)) + s
	}
	return s
}

func (d *directive) text() (string, bool) {
	t := d.t
	switch d.letter {
	case 'B':
		return monthName(d.lang, t.Month(), d.genitive), true
	case 'b', 'h':
		return shortMonth(d.lang, t.Month()), true
	case 'A':
		return dayName(d.lang, t.Weekday()), true
	case 'a':
		return shortDay(d.lang, t.Weekday()), true
	case 'p':
		return t.Format("PM"), true
	case 'P':
		return t.Format("pm"), true
	case 's':
		return strconv.FormatInt(t.Unix(), 10), true
	case 'N':
		return t.Format(".000000000")[1:], true
	case 'z':
		if d.has(":") {
			return t.Format("-07:00"), true
		}
		return t.Format("-0700"), true
	case 'Z':
		return t.Format("MST"), true
	case 'v':
		return t.Format("_2-Jan-2006"), true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	case '%':
		return "%", true
	}
	return "", false
}
