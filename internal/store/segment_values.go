package store

import (
	"regexp"
	"strings"

	"keepsake/campaigns/segment"
)

// profile is a test on a column of subscribers s, or on an attribute.
func (k compiler) profile(r segment.Rule, f segment.Field) clause {
	var c clause
	switch name, attribute := strings.CutPrefix(r.Field, segment.Attribute); {
	case attribute:
		if set, ok := k.byIndex(name, r, f.Sort); ok {
			return set
		}
		c.sql, c.args = k.attribute(`s`, name, r, f.Sort)
	case r.Field == "created_at":
		t := terms{sql: []string{`1 = 1`}}
		k.span(`s.created_at`, r.Within, &t)
		c.sql, c.args = strings.Join(t.sql, ` AND `), t.args
	case r.Field == "email":
		c.sql, c.args = k.email(r)
	case f.Sort == segment.Word:
		c.sql, c.args = word(`s.`+r.Field, r) // one of segment's own names
	default:
		c.sql, c.args = k.text(`TRIM(s.`+r.Field+`)`, r)
	}
	c.sql = `(` + c.sql + `)`
	return c
}

// email compares the form by which an address is one person's, which has its index.
func (k compiler) email(r segment.Rule) (string, []any) {
	if r.Is == "filled" {
		return `s.email_norm <> ''`, nil
	}
	want := make([]string, len(r.Values))
	for i, v := range r.Values {
		want[i] = segment.Want(r, v)
	}
	if r.Is == "is" {
		return `s.email_norm IN ?`, []any{want}
	}
	return k.parts(`s.email_norm`, r.Is, want)
}

// parts is that a text contains one of some, or begins with one.
func (k compiler) parts(value, is string, want []string) (string, []any) {
	sign := ` > 0`
	if is == "starts" {
		sign = ` = 1`
	}
	var all []string
	var args []any
	for _, w := range want {
		all, args = append(all, k.s.find(value)+sign), append(args, w)
	}
	return `(` + strings.Join(all, ` OR `) + `)`, args
}

// text compares a trimmed value with texts as segment.Compare does: where a text has letters beyond ASCII, by the rules
// for all letters.
func (k compiler) text(value string, r segment.Rule) (string, []any) {
	if r.Is == "filled" {
		return value + ` <> ''`, nil
	}
	var plain, other []string
	for _, v := range r.Values {
		if w := segment.Want(r, v); segment.IsASCII(w) {
			plain = append(plain, w)
		} else {
			other = append(other, w)
		}
	}
	var t terms
	for _, some := range []struct {
		value string
		want  []string
	}{{k.small(value), plain}, {k.smallest(value), other}} {
		if len(some.want) > 0 {
			sql, args := k.compare(some.value, r.Is, some.want)
			t.add(sql, args...)
		}
	}
	return `(` + strings.Join(t.sql, ` OR `) + `)`, t.args
}

func (k compiler) compare(value, is string, want []string) (string, []any) {
	switch is {
	case "contains", "starts":
		return k.parts(value, is, want)
	case "has":
		for i := range want {
			want[i] = "," + want[i] + ","
		}
		return k.parts(`(',' || REPLACE(REPLACE(REPLACE(`+value+`, ';', ','), ', ', ','), ' ,', ',') || ',')`, "contains", want)
	}
	return value + ` IN ?`, []any{want}
}

// small has small letters of ASCII's large ones.
func (k compiler) small(value string) string {
	if k.postgres() {
		return `LOWER(` + value + ` COLLATE "C")`
	}
	return `LOWER(` + value + `)`
}

// smallest has small letters of all large ones, one for one: ICU would make two letters of İ and another one of the last Σ.
func (k compiler) smallest(value string) string {
	if k.postgres() {
		return `LOWER(TRANSLATE(` + value + `, 'İΣ', 'iσ') COLLATE "und-x-icu")`
	}
	return `ulower(` + value + `)`
}

// plainKey is the name of an attribute that stands in JSON as it is, simpleKey one that also every other writer of JSON
// writes so.
var (
	plainKey  = regexp.MustCompile(`^[^"\\<>&\x00-\x1f\x{2028}\x{2029}]+$`)
	simpleKey = regexp.MustCompile(`^[A-Za-z0-9_ -]+$`)
)

// attribute is a test on an attribute of a subscriber: its value is read once and compared under the name j.v.
func (k compiler) attribute(alias, name string, r segment.Rule, sort segment.Sort) (string, []any) {
	var sql string
	var args []any
	const v = `j.v`
	switch sort {
	case segment.Number:
		sql, args = k.number(v, r)
	case segment.Money:
		sql, args = k.money(v, r)
	case segment.Date:
		sql, args = k.date(v, r)
	case segment.YesNo:
		sql, args = k.small(v)+` IN ?`, []any{segment.YesForms[r.Is]}
	default:
		sql, args = k.text(v, r)
	}
	all := alias + `.attributes`
	if k.postgres() {
		all = strings.ReplaceAll(noNUL, `s.attributes`, all)
		return `EXISTS (SELECT 1 FROM (SELECT TRIM(COALESCE(` + all + `::json ->> CAST(? AS text), '')) AS v OFFSET 0) j WHERE ` + sql + `)`, append([]any{name}, args...)
	}
	if !plainKey.MatchString(name) {
		return `EXISTS (SELECT 1 FROM (SELECT TRIM(e.value) AS v FROM json_each(` + all + `) e WHERE e.key = ?) j WHERE ` + sql + `)`, append([]any{name}, args...)
	}
	// LIMIT keeps SQLite from reading the JSON anew for each mention of v.
	sql = `EXISTS (SELECT 1 FROM (SELECT TRIM(COALESCE(json_extract(` + all + `, ?), '')) AS v LIMIT 1) j WHERE ` + sql + `)`
	args = append([]any{`$."` + name + `"`}, args...)
	if simpleKey.MatchString(name) { // who has it not is known without reading the JSON
		return `instr(` + all + `, ?) > 0 AND ` + sql, append([]any{`"` + name + `"`}, args...)
	}
	return sql, args
}

// money compares the amount of a trimmed value, and its currency where a test says one (segment.Amount).
func (k compiler) money(v string, r segment.Rule) (string, []any) {
	if r.Is == "filled" {
		return v + ` <> ''`, nil
	}
	form, amount, currency := v+` GLOB '* [A-Z][A-Z][A-Z]'`, `TRIM(SUBSTR(`+v+`, 1, LENGTH(`+v+`) - 4))`, `SUBSTR(`+v+`, -3)`
	if k.postgres() {
		form, amount, currency = v+` COLLATE "C" ~ ' [A-Z][A-Z][A-Z]$'`, `TRIM(LEFT(`+v+`, -4))`, `RIGHT(`+v+`, 3)`
	}
	split := `SELECT CASE WHEN ` + form + ` THEN ` + amount + ` ELSE ` + v + ` END AS n, CASE WHEN ` + form + ` THEN ` + currency + ` ELSE '' END AS c `
	if k.postgres() {
		split += `OFFSET 0`
	} else {
		split += `LIMIT 1`
	}
	var t terms
	var either []string
	for _, one := range segment.Amounts(r) {
		sql, args := k.number(`m.n`, segment.Rule{Is: r.Is, Values: one.Values})
		if one.Currency != "" {
			sql, args = sql+` AND m.c = ?`, append(args, one.Currency)
		}
		either, t.args = append(either, `(`+sql+`)`), append(t.args, args...)
	}
	return `EXISTS (SELECT 1 FROM (` + split + `) m WHERE ` + strings.Join(either, ` OR `) + `)`, t.args
}

// number compares a trimmed value that is a decimal (segment.Decimal); what is none meets no test but filled.
func (k compiler) number(v string, r segment.Rule) (string, []any) {
	if r.Is == "filled" {
		return v + ` <> ''`, nil
	}
	n, form := `CAST(`+v+` AS REAL)`, k.decimal(v)
	if k.postgres() {
		n = `CAST(` + v + ` AS double precision)`
	}
	want := make([]any, len(r.Values))
	for i, one := range r.Values {
		want[i], _ = segment.Decimal(one) // checked by Validate
	}
	cmp := n + ` IN ?`
	args := []any{want}
	if sign := map[string]string{"at_least": ` >= ?`, "at_most": ` <= ?`, "above": ` > ?`, "below": ` < ?`}[r.Is]; sign != `` {
		cmp, args = n+sign, want
	} else if r.Is == "between" {
		cmp, args = n+` >= ? AND `+n+` <= ?`, want
	}
	return `CASE WHEN ` + form + ` THEN ` + cmp + ` ELSE FALSE END`, args
}

// decimal is the form of segment.Decimal.
func (k compiler) decimal(v string) string {
	if k.postgres() {
		return v + ` ~ '^-{0,1}[0-9]{1,11}(\.[0-9]{1,4}){0,1}$'`
	}
	u := `SUBSTR(` + v + `, 1 + (` + v + ` GLOB '-*'))`
	return u + ` GLOB '[0-9]*' AND ` + u + ` GLOB '*[0-9]' AND ` + u + ` NOT GLOB '*[^0-9.]*' AND ` + u + ` NOT GLOB '*.*.*'` +
		` AND INSTR(` + u + ` || '.', '.') <= 12 AND LENGTH(` + u + `) - INSTR(` + u + ` || '.', '.') <= 4`
}

// day is the form of a value that begins with a day, and that day.
func (k compiler) day(v string) (form, on string) {
	const days = `[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]`
	if k.postgres() {
		return v + ` ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*){0,1}$'`, `SUBSTR(` + v + `, 1, 10) COLLATE "C"`
	}
	return `(` + v + ` GLOB '` + days + `' OR ` + v + ` GLOB '` + days + `[T ]*')`, `SUBSTR(` + v + `, 1, 10)`
}

// date compares the day that a trimmed value begins with.
func (k compiler) date(v string, r segment.Rule) (string, []any) {
	if r.Is == "filled" {
		return v + ` <> ''`, nil
	}
	form, on := k.day(v)
	var t terms
	t.add(form)
	if sign := map[string]string{"on": ` = ?`, "before": ` < ?`, "after": ` > ?`}[r.Is]; sign != `` {
		t.add(on+sign, r.Values[0])
		return strings.Join(t.sql, ` AND `), t.args
	}
	if r.Is == "yearly_in" {
		k.yearly(`SUBSTR(`+v+`, 6, 5)`, r, &t)
		return strings.Join(t.sql, ` AND `), t.args
	}
	from, to := r.Within.Days(k.now)
	if from != "" {
		t.add(on+` >= ?`, from)
	}
	if to != "" {
		t.add(on+` <= ?`, to)
	}
	return strings.Join(t.sql, ` AND `), t.args
}

// yearly compares the day of the year, which has a form of its own.
func (k compiler) yearly(on string, r segment.Rule, t *terms) {
	from, to, whole := r.Within.Yearly(k.now)
	if k.postgres() {
		on += ` COLLATE "C"`
	}
	switch {
	case whole:
	case from > to:
		t.add(`(`+on+` >= ? OR `+on+` <= ?)`, from, to)
	default:
		t.add(`(`+on+` >= ? AND `+on+` <= ?)`, from, to)
	}
}
