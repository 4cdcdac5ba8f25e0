package store

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
)

// Up to exactBranches people everyone is asked; of more, about sampleBranches spread over all of them.
var (
	exactBranches  int64 = 50_000
	sampleBranches int64 = 10_000
)

// Branches are how many of an audience each condition keeps.
type Branches struct {
	People   int64   // of the audience
	Shown    []int64 // by condition, in the order they were given
	Estimate bool    // from a sample: too many to ask each
}

// Branches counts, now, the people of an audience whom each condition keeps. Conditions on
// anything but the subscriber are decided by the letter (ByLetter): they count as kept by nobody.
func (s *Store) Branches(ctx context.Context, a audience.Audience, shows []document.Show) (b Branches, err error) {
	if b.People, err = s.people(ctx, a); err != nil || len(shows) == 0 {
		return b, err
	}
	c := everybody(a)
	if b.Estimate = b.People > exactBranches; b.Estimate {
		c = spread(a, b.People/sampleBranches|1)
	}
	asked, counted, err := s.countBranches(ctx, c, shows)
	if err != nil {
		return b, fmt.Errorf("count branches: %w", err)
	}
	if !b.Estimate {
		b.People, b.Shown = asked, counted
		return b, nil
	}
	for _, n := range counted {
		b.Shown = append(b.Shown, scaled(n, asked, b.People))
	}
	return b, nil
}

// scaled is a count of a sample as one of everybody, rounded: its last digits mean nothing.
func scaled(n, of, people int64) int64 {
	if of == 0 {
		return 0
	}
	if n == of {
		return people
	}
	return min(people, (n*people/of+50)/100*100)
}

// people is the size of an audience, from the lists' kept counts.
func (s *Store) people(ctx context.Context, a audience.Audience) (n int64, err error) {
	if len(a.Lists) > 0 {
		r, err := s.Reach(ctx, a)
		return r.People, err
	}
	err = s.read.WithContext(ctx).Raw(`SELECT COUNT(*) FROM subscribers`).Scan(&n).Error
	return n, err
}

// crowd is people s to ask: what stands before SELECT and after FROM.
type crowd struct {
	with, from         string
	withArgs, fromArgs []any
}

// everybody is an audience, found by way of its lists.
func everybody(a audience.Audience) crowd {
	where, args := eligible(a)
	if len(a.Lists) > 0 {
		where = `s.id IN (SELECT l.subscriber_id FROM subscriptions l WHERE l.list_id IN ? AND l.state = 'confirmed') AND ` + where
		args = append([]any{a.Lists}, args...)
	}
	return crowd{from: `subscribers s WHERE ` + where, fromArgs: args}
}

// spread is one in every step numbers of the books, as far as they are of the audience: looked
// up one by one, so that a million people are never read to ask ten thousand.
func spread(a audience.Audience, step int64) crowd {
	where, args := eligible(a)
	return crowd{`WITH RECURSIVE nth(id) AS (SELECT MIN(id) FROM subscribers UNION ALL SELECT id + ? FROM nth WHERE id + ? <= (SELECT MAX(id) FROM subscribers)) `,
		`nth JOIN subscribers s ON s.id = nth.id WHERE ` + where, []any{step, step}, args}
}

func (s *Store) countBranches(ctx context.Context, c crowd, shows []document.Show) (of int64, counts []int64, err error) {
	sums, args := []string{`COUNT(*)`}, slices.Clone(c.withArgs)
	for _, show := range shows {
		where, more := s.branch(show)
		sums, args = append(sums, `COALESCE(SUM(CASE WHEN `+where+` THEN 1 ELSE 0 END), 0)`), append(args, more...)
	}
	counts = make([]int64, len(shows))
	into := []any{&of}
	for i := range counts {
		into = append(into, &counts[i])
	}
	row := s.read.WithContext(ctx).Raw(c.with+`SELECT `+strings.Join(sums, ", ")+` FROM `+c.from, append(args, c.fromArgs...)...).Row()
	return of, counts, row.Scan(into...)
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

// valueOf is a text of the subscriber, ” when there is none.
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

// recentPeople is how many of the newest people are asked for the names of their attributes.
const recentPeople = 2000

// AttributeNames are the names of the attributes that the newest people on the books have, in
// order: enough to choose from, whatever the size of the books.
func (s *Store) AttributeNames(ctx context.Context) (names []string, err error) {
	const newest = `(SELECT attributes FROM subscribers ORDER BY id DESC LIMIT ?) s`
	sql := `SELECT DISTINCT j.key FROM ` + newest + `, json_each(s.attributes) j WHERE s.attributes <> '{}' ORDER BY 1 LIMIT 100`
	if s.d.name == goose.DialectPostgres {
		sql = `SELECT DISTINCT json_object_keys(` + noNUL + `::json) AS key FROM ` + newest + ` WHERE s.attributes <> '{}' ORDER BY 1 LIMIT 100`
	}
	err = s.read.WithContext(ctx).Raw(sql, recentPeople).Scan(&names).Error
	return names, err
}
