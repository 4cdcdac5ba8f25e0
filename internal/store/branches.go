package store

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns/document"
)

// Condition is what is true of some people: the rules of a block, or that they have nothing at
// a countable path.
type Condition struct {
	Show  document.Show
	Lacks string // when it is not "", Show does not count
}

// Branches are how many of those asked each condition keeps, in the order they were given.
type Branches struct {
	People   int64
	Shown    []Shown
	Estimate bool // from a sample: too many to ask each
}

// Shown is what came of one condition.
type Shown struct {
	People     int64
	Kept, Left int64 // the number of one person whom it keeps, and of one whom not; 0 when nobody asked is
}

// mostAtOnce is how many conditions one statement asks: databases bound their columns.
const mostAtOnce = 200

// Branches counts, now, the people whom each condition keeps, all of them in one look through.
// Conditions on anything but the subscriber are decided by the letter (ByLetter): they count
// as kept by nobody.
func (s *Store) Branches(ctx context.Context, w Who, conditions []Condition) (b Branches, err error) {
	c, people, err := s.crowd(ctx, w)
	if b.People = people; err != nil || len(conditions) == 0 {
		return b, err
	}
	b.Estimate = c.step > 1
	for some := range slices.Chunk(conditions, mostAtOnce) {
		asked, shown, err := s.ask(ctx, c, some)
		if err != nil {
			return b, fmt.Errorf("count branches: %w", err)
		}
		if !b.Estimate || people == 0 {
			b.People = asked * c.step
		}
		for _, one := range shown {
			one.People = scaled(one.People, asked, b.People)
			b.Shown = append(b.Shown, one)
		}
	}
	return b, nil
}

// Rare is Branches, but nobody is missed: everybody is asked, in one more look through, what
// nobody of a part of a large audience fits. It takes seconds at a million people.
func (s *Store) Rare(ctx context.Context, w Who, conditions []Condition) (Branches, error) {
	b, err := s.Branches(ctx, w, conditions)
	if err != nil || !b.Estimate {
		return b, err
	}
	var rest []Condition
	var at []int
	for i, one := range b.Shown {
		if one.Kept == 0 {
			rest, at = append(rest, conditions[i]), append(at, i)
		}
	}
	everybody, err := s.listed(ctx, w, 1)
	if err != nil {
		return b, err
	}
	for some := range slices.Chunk(rest, mostAtOnce) {
		_, shown, err := s.ask(ctx, everybody, some)
		if err != nil {
			return b, fmt.Errorf("ask everybody: %w", err)
		}
		for i, one := range shown {
			b.Shown[at[i]] = one
		}
		at = at[len(shown):]
	}
	return b, nil
}

// scaled is a count of those asked as one of everybody, a large one rounded: its last digits
// mean nothing. Nobody and everybody are said only of nobody and everybody who was asked.
func scaled(n, of, people int64) int64 {
	if of == 0 || n == 0 {
		return 0
	}
	if n == of || of == people {
		return min(n*people/of, people)
	}
	all := n * people / of
	if all >= 1000 {
		all = (all + 50) / 100 * 100
	}
	return max(1, min(people-1, all))
}

// ask looks once at everybody of a crowd.
func (s *Store) ask(ctx context.Context, c crowd, conditions []Condition) (of int64, shown []Shown, err error) {
	var each, sums strings.Builder
	args := slices.Clone(c.withArgs)
	for i, one := range conditions {
		where, more := s.condition(one)
		fmt.Fprintf(&each, `, CASE WHEN %s THEN 1 ELSE 0 END AS c%d`, where, i)
		fmt.Fprintf(&sums, `, COALESCE(SUM(c%[1]d), 0), COALESCE(MAX(CASE c%[1]d WHEN 1 THEN id END), 0), COALESCE(MAX(CASE c%[1]d WHEN 0 THEN id END), 0)`, i)
		args = append(args, more...)
	}
	with := `WITH `
	if c.with != "" {
		with = `WITH RECURSIVE ` + c.with + `, `
	}
	into := []any{&of}
	shown = make([]Shown, len(conditions))
	for i := range shown {
		into = append(into, &shown[i].People, &shown[i].Kept, &shown[i].Left)
	}
	sql := with + `asked AS MATERIALIZED (SELECT s.id AS id` + each.String() + ` FROM ` + c.from + `) SELECT COUNT(*)` + sums.String() + ` FROM asked`
	return of, shown, s.read.WithContext(ctx).Raw(sql, append(args, c.fromArgs...)...).Row().Scan(into...)
}

// condition is one as SQL over a subscriber s.
func (s *Store) condition(c Condition) (sql string, args []any) {
	switch c.Lacks {
	case "":
		return s.branch(c.Show)
	case "subscriber.name":
		return `(s.first_name = '' AND s.last_name = '')`, nil
	}
	value, args := s.valueOf(c.Lacks)
	return value + ` = ''`, args
}

// Countable reports whether the people who lack a value are found by the database alone.
func Countable(path string) bool {
	if path == "subscriber.first_name" || path == "subscriber.last_name" || path == "subscriber.name" {
		return true
	}
	key, ok := strings.CutPrefix(path, attributePath)
	return ok && key != "" && !strings.ContainsAny(key, ".\"[]\\\x00")
}

// branch is a condition as SQL over a subscriber s.
func (s *Store) branch(show document.Show) (sql string, args []any) {
	parts := []string{}
	for _, r := range show.Rules {
		part, more := s.rule(r)
		parts, args = append(parts, part), append(args, more...)
	}
	word := " AND "
	if show.Match == "any" {
		word = " OR "
	}
	if len(parts) == 0 {
		return `1 = 1`, nil
	}
	return `(` + strings.Join(parts, word) + `)`, args
}

const attributePath = "subscriber.attributes."

var columns = map[string]string{"subscriber.first_name": "s.first_name", "subscriber.last_name": "s.last_name", "subscriber.lang": "s.lang", "subscriber.email": "s.email"}

// ByLetter says whether a condition asks for what only the letter knows: an order, or what the kind gives.
func ByLetter(show document.Show) bool {
	for _, r := range show.Rules {
		if _, known := columns[r.Path]; !known && !strings.HasPrefix(r.Path, attributePath) {
			return true
		}
	}
	return false
}

// rule is one comparison. The names of attributes and the values are strangers' words: they
// are only ever parameters.
func (s *Store) rule(r document.Rule) (sql string, args []any) {
	value, args := s.valueOf(r.Path)
	want := strings.ToLower(strings.TrimSpace(strings.ReplaceAll(r.Value, "\x00", "")))
	switch r.Is {
	case "is":
		return s.fold(value, want) + ` = ?`, append(args, want)
	case "not":
		return s.fold(value, want) + ` <> ?`, append(args, want)
	case "filled":
		return `TRIM(` + value + `) <> ''`, args
	case "empty":
		return `TRIM(` + value + `) = ''`, args
	case "contains":
		return s.find(s.fold(value, want)) + ` > 0`, append(args, want)
	case "starts":
		return s.find(s.fold(value, want)) + ` = 1`, append(args, want)
	}
	return s.numbers(r, value, args, want)
}

// fold is a value as letters compare it: in small letters, without spaces at its ends. As in a
// search, letters beyond ASCII need a function of ours, or ICU's rules.
func (s *Store) fold(value, want string) string {
	trimmed := `TRIM(` + value + `)`
	switch {
	case !strings.ContainsFunc(want, func(r rune) bool { return r > 0x7f }):
		return `LOWER(` + trimmed + `)`
	case s.d.name == goose.DialectPostgres:
		return `LOWER(` + trimmed + ` COLLATE "und-x-icu")`
	}
	return `ulower(` + trimmed + `)`
}

// numberForm is what both databases read as a number; what is none is neither above nor below.
var numberForm = regexp.MustCompile(`^\s*-?[0-9]{1,15}(\.[0-9]{1,6})?\s*$`)

func (s *Store) numbers(r document.Rule, value string, args []any, want string) (string, []any) {
	sign := map[string]string{"above": ">", "below": "<"}[r.Is]
	if sign == "" || !numberForm.MatchString(want) {
		return `1 = 0`, nil
	}
	if s.d.name == goose.DialectPostgres {
		return `CASE WHEN ` + value + ` ~ '^\s*-{0,1}[0-9]{1,15}(\.[0-9]{1,6}){0,1}\s*$' THEN CAST(` + value + ` AS numeric) ` + sign + ` CAST(CAST(? AS text) AS numeric) ELSE FALSE END`, append(slices.Concat(args, args), want)
	}
	digits := `TRIM(` + value + `)`
	return `(` + digits + ` GLOB '*[0-9]' AND ` + digits + ` NOT GLOB '*[^0-9.-]*' AND ` + digits + ` NOT GLOB '*.*.*' AND ` + digits + ` NOT GLOB '[0-9.-]*-*' AND CAST(` + digits + ` AS REAL) ` + sign + ` CAST(? AS REAL))`, append(slices.Concat(args, args, args, args, args), want)
}

// valueOf is a text of the subscriber, "" when there is none.
func (s *Store) valueOf(path string) (sql string, args []any) {
	if column, known := columns[path]; known {
		return column, nil
	}
	name := strings.ReplaceAll(strings.TrimPrefix(path, attributePath), "\x00", "")
	if s.d.name == goose.DialectPostgres {
		return `COALESCE(` + noNUL + `::json ->> CAST(? AS text), '')`, []any{name}
	}
	return `COALESCE((SELECT j.value FROM json_each(s.attributes) j WHERE j.key = ?), '')`, []any{name}
}

// noNUL are a person's attributes as PostgreSQL can read them: it refuses a whole statement
// for one NUL that a stranger sent.
const noNUL = `(CASE WHEN position('\u0000' in s.attributes) > 0 THEN '{}' ELSE s.attributes END)`

// find is the place of a text in another, from 1; 0 is nowhere.
func (s *Store) find(value string) string {
	if s.d.name == goose.DialectPostgres {
		return `strpos(` + value + `, CAST(? AS text))`
	}
	return `instr(` + value + `, ?)`
}
