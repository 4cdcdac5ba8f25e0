package segment

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Validate checks a whole tree; a *fault.Error names the first rule to correct by its path: "rule.0.2" is the third
// of the first group.
func (r Rule) Validate() error {
	if !r.Group() {
		return fault.Field("rule", "A rule begins with a group: all, any or none of its rules.")
	}
	if n := r.Tests(); n > MaxTests {
		return fault.Field("rule", "A rule has at most %d tests; this one has %d.", MaxTests, n)
	}
	if n := r.values(); n > MaxAll {
		return fault.Field("rule", "A rule has at most %d values in all; this one has %d.", MaxAll, n)
	}
	return r.validate("rule", 1)
}

func (r Rule) validate(path string, depth int) error {
	if depth > MaxDepth {
		return fault.Field(path, "The rule is nested more than %d levels deep.", MaxDepth)
	}
	if !r.Group() {
		return r.validateTest(path, Fields)
	}
	switch {
	case r.Match != All && r.Match != Any && r.Match != None:
		return fault.Field(path, "A group asks for all, any or none of its rules.")
	case r.Field != "" || r.Is != "" || len(r.Values) > 0 || r.Times != nil || r.Within != nil || len(r.Where) > 0 || r.Type != "":
		return fault.Field(path, "A rule is a group or a test, not both.")
	case len(r.Rules) == 0:
		return fault.Field(path, "This group is empty: add a rule to it.")
	}
	for i, one := range r.Rules {
		if err := one.validate(fmt.Sprintf("%s.%d", path, i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (r Rule) validateTest(path string, fields []Field) error {
	if len(r.Rules) > 0 {
		return fault.Field(path, "A rule is a group or a test, not both.")
	}
	f, ok := fieldIn(fields, r)
	if !ok || strings.HasPrefix(r.Field, Attribute) && len(fields) != len(Fields) {
		return fault.Field(path, "There is nothing called “%s” to ask about.", shown(r.Field))
	}
	if r.Type != "" && !strings.HasPrefix(r.Field, Attribute) && r.Field != "answer" {
		return fault.Field(path, "Only attributes and answers are given a type.")
	}
	if badText(r.Field) {
		return fault.Field(path, "A text in a rule has at most %d bytes, and no control characters.", MaxText)
	}
	if !slices.Contains(f.Tests(), r.Is) {
		return fault.Field(path, "“%s” cannot be asked of “%s”.", shown(r.Is), shown(r.Field))
	}
	if err := r.validateSpan(path, f); err != nil {
		return err
	}
	if err := r.validateValues(path, f); err != nil {
		return err
	}
	return r.validateWhere(path, f)
}

func (r Rule) validateSpan(path string, f Field) error {
	needs := f.NeedsOf(r.Is)
	figured := f.Figured() // of the orders of a span
	switch {
	case r.Times != nil && !needs.Times:
		return fault.Field(path, "How often is asked only of what happens.")
	case r.Within != nil && !needs.Within && !figured:
		return fault.Field(path, "“%s” takes no span of time.", shown(r.Field))
	case r.Within == nil && needs.Within && f.Sort != Happening:
		return fault.Field(path, "Say when: in the last so many days, or from one day to another.")
	}
	if r.Times != nil {
		if !slices.Contains([]string{"at_least", "at_most", "exactly"}, r.Times.Is) || r.Times.N < 0 || r.Times.N > 1_000_000 {
			return fault.Field(path, "Say how often: at least, at most or exactly so many times, up to a million.")
		}
	}
	if r.Within == nil {
		return nil
	}
	return r.Within.validate(path, f.Sort, f.Future())
}

var units = []string{"hours", "days", "weeks", "months", "years"}

func (w Within) validate(path string, sort Sort, future bool) error {
	rolling := w.Last != 0 || w.Next != 0
	switch {
	case rolling && (w.From != "" || w.To != ""), w.Last != 0 && w.Next != 0, !rolling && w.From == "" && w.To == "":
		return fault.Field(path, "Say when: in the last so many days, or from one day to another.")
	case w.Last < 0 || w.Next < 0 || w.Last > 10_000 || w.Next > 10_000:
		return fault.Field(path, "A span is between 1 and %d units.", 10_000)
	case w.Next != 0 && !future:
		return fault.Field(path, "What has happened is past: only dates and the expected next order lie in the next days.")
	case rolling && (!slices.Contains(units, w.Unit) || w.Unit == "hours" && sort == Date):
		return fault.Field(path, "A span is counted in hours, days, weeks, months or years; of dates in days and more.")
	case !rolling && w.Unit != "":
		return fault.Field(path, "Say when: in the last so many days, or from one day to another.")
	}
	for _, day := range []string{w.From, w.To} {
		if day != "" && !isDay(day) {
			return fault.Field(path, "“%s” is no day: write it as 2026-11-22.", shown(day))
		}
	}
	if w.From != "" && w.To != "" && w.To < w.From {
		return fault.Field(path, "The last day comes before the first.")
	}
	return nil
}

func (r Rule) validateValues(path string, f Field) error {
	needs := f.NeedsOf(r.Is)
	switch {
	case needs.Values == 0 && len(r.Values) > 0:
		return fault.Field(path, "“%s” takes no values here.", shown(r.Is))
	case len(r.Values) < needs.Least:
		return fault.Field(path, "Say with what it is compared.")
	case len(r.Values) > needs.Values:
		return fault.Field(path, "A test has at most %d values here.", needs.Values)
	}
	for _, v := range r.Values {
		if badText(v) || strings.Trim(v, " ") == "" {
			return fault.Field(path, "A text in a rule has at most %d bytes, and no control characters.", MaxText)
		}
		if err := r.validateValue(path, f, v); err != nil {
			return err
		}
	}
	if f.Sort == Money && r.Is == "between" && len(Amounts(r)) > 1 {
		return fault.Field(path, "Both amounts must be in one currency.")
	}
	return nil
}

func (r Rule) validateValue(path string, f Field, v string) error {
	switch {
	case f.Named != "":
		if _, ok := number(v); !ok {
			return fault.Field(path, "“%s” is not the number of a list, a campaign or a segment.", shown(v))
		}
	case f.Sort == Money && strings.HasPrefix(f.Name, Attribute):
		if _, _, ok := Amount(v); !ok {
			return fault.Field(path, "“%s” is no amount of money: write it with its currency, like 12.34 EUR.", shown(v))
		}
	case f.Sort == Number, f.Sort == Money:
		if _, ok := Decimal(v); !ok {
			return fault.Field(path, "“%s” is no number: up to 11 digits, a point and up to 4 more, like 19.99.", shown(v))
		}
	case f.Sort == Date:
		if !isDay(v) {
			return fault.Field(path, "“%s” is no day: write it as 2026-11-22.", shown(v))
		}
	case f.Sort == Several && strings.ContainsAny(v, ",;"):
		return fault.Field(path, "One value of a list has no comma and no semicolon.")
	}
	return nil
}

func (r Rule) validateWhere(path string, f Field) error {
	if len(r.Where) > 0 && len(f.Where) == 0 {
		return fault.Field(path, "“%s” takes no further tests.", shown(r.Field))
	}
	money := f.Amount()
	for i, one := range r.Where {
		at := fmt.Sprintf("%s.where.%d", path, i)
		if one.Group() || one.Within != nil || one.Times != nil || len(one.Where) > 0 {
			return fault.Field(at, "What happened is asked by single tests, not by groups or spans.")
		}
		if err := one.validateTest(at, f.Where); err != nil {
			return err
		}
		money = money || one.Field == "total"
	}
	if !money {
		return nil
	}
	currency, ok := r.Currency()
	if !ok {
		return fault.Field(path, "Amounts are compared in one currency: add which, like EUR.")
	}
	return r.validateMoney(path, f, currency)
}

// Currency is the one whose amounts the test compares.
func (r Rule) Currency() (string, bool) {
	for _, one := range r.Where {
		if one.Field == "currency" && one.Is == "is" && len(one.Values) == 1 {
			return one.Values[0], true
		}
	}
	return "", false
}

func (r Rule) validateMoney(path string, f Field, currency string) error {
	amounts := []string{}
	if f.Amount() {
		amounts = r.Values
	}
	for _, one := range r.Where {
		if one.Field == "total" {
			amounts = append(slices.Clone(amounts), one.Values...)
		}
	}
	for _, v := range amounts {
		if _, err := audience.ParseMoney(v, currency); err != nil {
			return fault.Field(path, "“%s” is no amount in %s: write digits and a point, like 19.99.", shown(v), shown(currency))
		}
	}
	return nil
}

func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}

func isDay(s string) bool {
	at, err := time.Parse(time.DateOnly, s)
	return err == nil && at.Year() >= 1
}

// decimal is what both databases and we read as the same number: its digits fit a float64.
var decimal = regexp.MustCompile(`^-?[0-9]{1,11}(\.[0-9]{1,4})?$`)

// Decimal reads a number as a segment compares it, spaces around it aside.
func Decimal(s string) (float64, bool) {
	s = strings.Trim(s, " ")
	if !decimal.MatchString(s) {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func badText(s string) bool {
	return len(s) > MaxText || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// shown is a stranger's word as it may stand in a message.
func shown(s string) string {
	s = audience.CleanName(s)
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
