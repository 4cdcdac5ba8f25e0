package audience

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// NoAmount says of a cell that it is no amount of money.
func NoAmount(field, cell, currency string) error {
	return fault.Field(field, "“%s” is no amount in %s: write digits and a point, like 19.99.", CleanName(cell), currency)
}

// DecimalOf writes a number with a point, or none, and without zeros at its end.
func DecimalOf(cell, currency, field string) (string, error) {
	text, spaced := bare(cell)
	last, digits := strings.LastIndexAny(text, ".,"), Exponent(currency)
	alone := digits < 3 && !spaced && threeAlone(text)
	switch {
	case text == "":
		return "", NoAmount(field, cell, currency)
	case last < 0 || strings.Count(text, text[last:last+1]) > 1 || alone && digits == 0 && text[last] == ',': // programs write thirds of a yen with a point
		return ungrouped(text), nil
	case alone && digits == 0:
		return "", NoAmount(field, cell, currency)
	case alone:
		return "", fault.Field(field, "“%s” may be thousands or three digits after the point: write it with two.", CleanName(cell))
	}
	return strings.TrimRight(strings.TrimRight(cmp.Or(ungrouped(text[:last]), "0")+"."+text[last+1:], "0"), "."), nil
}

// bare is a number without what stands around it and what parts its thousands by space, or nothing.
func bare(cell string) (text string, spaced bool) {
	var b strings.Builder
	cell = strings.TrimRightFunc(cell, func(r rune) bool { return !unicode.IsDigit(r) })
	for _, r := range cell[begin(cell):] {
		switch {
		case unicode.IsSpace(r) || r == '\'' || r == '’':
			spaced = true
		case r < '0' && r != '.' && r != ',' || r > '9':
			return "", false
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), spaced
}

// begin is where a number begins: at its sign, a digit or, in .50, its point. That of “лв.” is none of it.
func begin(cell string) int {
	at := max(0, strings.IndexFunc(cell, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune("-−(", r) }))
	if at > 0 && strings.ContainsRune(".,", rune(cell[at-1])) {
		if before, _ := utf8.DecodeLastRuneInString(cell[:at-1]); !unicode.IsLetter(before) {
			return at - 1
		}
	}
	return at
}

// threeAlone reports whether nothing in a number tells if the three digits at its end are a fraction: no other sign, and no zero
// before theirs.
func threeAlone(text string) bool {
	last := strings.LastIndexAny(text, ".,")
	return last > 0 && last <= 3 && len(text) == last+4 && text[0] != '0' && !strings.ContainsAny(text[:last], ".,")
}

func ungrouped(text string) string { return strings.NewReplacer(".", "", ",", "").Replace(text) }
