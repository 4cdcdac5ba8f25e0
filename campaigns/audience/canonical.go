package audience

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// Canonical is a value as it is kept: the same for all ways to write the same, so that it is compared and exported
// alike. "" is no value. What cannot be read as the attribute's type is a *fault.Error that says what is wanted.
func (a Attribute) Canonical(text string) (string, error) {
	field := "attributes." + a.Key
	if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) || utf8.RuneCountInString(text) > MaxAttributeValue {
		return "", fault.Field(field, "The value of “%s” is longer than %d characters.", show(a.Key), MaxAttributeValue)
	}
	value := strings.TrimSpace(text)
	if value == "" {
		return "", nil
	}
	switch a.Type {
	case NumberAttribute:
		return canonicalNumber(field, value)
	case MoneyAttribute:
		return canonicalMoney(field, value)
	case DateAttribute:
		return canonicalDate(field, value)
	case YesNoAttribute:
		return canonicalYesNo(field, value)
	case ChoiceAttribute:
		return a.canonicalChoice(field, value)
	case ListAttribute:
		return strings.Join(Listed(value), "; "), nil
	}
	return text, nil
}

var (
	grouped  = regexp.MustCompile(`^([+-]?)([0-9]{1,3}(?:[ \x{a0}\x{202f}'][0-9]{3})+)([.,][0-9]*)?$`)
	plain    = regexp.MustCompile(`^([+-]?)([0-9]+)(?:[.,]([0-9]*))?$`)
	ungroup  = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "")
	leftward = regexp.MustCompile(`^([^0-9+-]+?)[ \x{a0}]*([+-]?[0-9].*)$`)
	rightwrd = regexp.MustCompile(`^(.*[0-9])[ \x{a0}]*([^0-9]+)$`)
)

// canonicalNumber reads digits with a point or a comma before the fraction. 1,234 may mean two numbers, so it is neither.
func canonicalNumber(field, value string) (string, error) {
	sign, whole, part, ok := digits(value)
	if !ok || len(whole) > 11 || len(part) > 4 {
		return "", fault.Field(field, "“%s” is no number: up to 11 digits, a point and up to 4 more, like 19.99.", show(value))
	}
	if part != "" {
		part = "." + part
	}
	if whole+part == "0" {
		return "0", nil
	}
	return sign + whole + part, nil
}

// digits are the parts of a number without what does not count: zeros at its ends, spaces between thousands.
func digits(value string) (sign, whole, part string, ok bool) {
	if grouped.MatchString(value) {
		value = ungroup.Replace(value)
	}
	m := plain.FindStringSubmatch(value)
	if m == nil || strings.Contains(value, ",") && len(m[3]) == 3 {
		return "", "", "", false
	}
	whole, part = strings.TrimLeft(m[2], "0"), strings.TrimRight(m[3], "0")
	if whole == "" {
		whole = "0"
	}
	if m[1] == "-" {
		sign = "-"
	}
	return sign, whole, part, true
}

// signs are how some currencies are written beside an amount; $ and kr mean several.
var signs = map[string]string{"€": "EUR", "£": "GBP", "₽": "RUB", "₴": "UAH", "лв": "BGN", "лв.": "BGN"}

func canonicalMoney(field, value string) (string, error) {
	amount, currency := value, ""
	if m := rightwrd.FindStringSubmatch(value); m != nil {
		amount, currency = m[1], m[2]
	} else if m := leftward.FindStringSubmatch(value); m != nil {
		amount, currency = m[2], m[1]
	}
	if code := signs[strings.ToLower(currency)]; code != "" {
		currency = code
	}
	currency = strings.ToUpper(currency)
	if text, err := DecimalOf(amount, currency, field); err == nil && len(currency) == 3 && letters(currency) && len(text) <= 16 {
		if cents, err := ParseMoney(text, currency); err == nil {
			return FormatMoney(cents, currency) + " " + currency, nil
		}
	}
	return "", fault.Field(field, "“%s” is no amount of money: write it with its currency, like 12.34 EUR.", show(value))
}

// dates are the ways to write a day that mean one day only; 03/04/2026 does not.
var dates = []string{time.DateOnly, "2006/01/02", "2.1.2006", "2.1.2006 г."}

func canonicalDate(field, value string) (string, error) {
	if cut, midnight := strings.CutSuffix(strings.TrimSuffix(strings.Replace(value, "T", " ", 1), "Z"), " 00:00:00"); midnight {
		value = cut
	}
	for _, layout := range dates {
		if at, err := time.Parse(layout, value); err == nil && at.Year() >= 1 {
			return at.Format(time.DateOnly), nil
		}
	}
	for i, layout := range []string{"2/1/2006", "1/2/2006"} { // clear where one of the two is above twelve
		at, err := time.Parse(layout, value)
		_, other := time.Parse([]string{"1/2/2006", "2/1/2006"}[i], value)
		if err == nil && other != nil {
			return at.Format(time.DateOnly), nil
		}
	}
	return "", fault.Field(field, "“%s” is no day: write it as 2026-11-22.", show(value))
}

var yesWords, noWords = []string{"yes", "y", "true", "1", "on", "да"}, []string{"no", "n", "false", "0", "off", "не", "нет"}

func canonicalYesNo(field, value string) (string, error) {
	switch small := strings.ToLower(value); {
	case slices.Contains(yesWords, small):
		return "yes", nil
	case slices.Contains(noWords, small):
		return "no", nil
	}
	return "", fault.Field(field, "“%s” is neither yes nor no.", show(value))
}

func (a Attribute) canonicalChoice(field, value string) (string, error) {
	for _, c := range a.Choices {
		if strings.EqualFold(c, value) {
			return c, nil
		}
	}
	const named = 5
	said := strings.Join(a.Choices[:min(len(a.Choices), named)], ", ")
	if len(a.Choices) > named {
		said += " …"
	}
	return "", fault.Field(field, "“%s” is none of the choices: %s.", show(value), said)
}

// Listed are the items of a list, as its text holds them: each once, whatever its case.
func Listed(text string) (items []string) {
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' }) {
		item = strings.TrimSpace(item)
		if item != "" && !slices.ContainsFunc(items, func(other string) bool { return strings.EqualFold(item, other) }) {
			items = append(items, item)
		}
	}
	return items
}
