package store

import (
	"context"
	"fmt"
	"strings"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
)

// Who are the people of an audience who get a letter in one language.
type Who struct {
	Audience audience.Audience
	Lang     string   // those who read this language; "" is all
	NotLangs []string // but for those who read one of these
}

// Lacks says how many people have no value, by path.
type Lacks struct {
	People    int64 // of the audience
	Lacking   map[string]int64
	Estimated bool // counted in a part of a large audience
}

// countWhole is the largest audience that is counted whole; of a larger one a part of that
// size is, spread evenly over all of it.
const countWhole = 100_000

// Countable reports whether the people who lack a value are found by the database alone.
func Countable(path string) bool {
	switch path {
	case "subscriber.first_name", "subscriber.last_name", "subscriber.name":
		return true
	}
	key, ok := strings.CutPrefix(path, "subscriber.attributes.")
	return ok && key != "" && !strings.ContainsAny(key, `."[]\`)
}

// lacking is the condition that a subscriber s has nothing at a countable path.
func (s *Store) lacking(path string) (sql string, args []any) {
	switch path {
	case "subscriber.first_name":
		return `s.first_name = ''`, nil
	case "subscriber.last_name":
		return `s.last_name = ''`, nil
	case "subscriber.name":
		return `s.first_name = '' AND s.last_name = ''`, nil
	}
	return s.d.clauses.Replace(`COALESCE({{attribute}}, '') = ''`), []any{strings.TrimPrefix(path, "subscriber.attributes.")}
}

// where is the condition for them; step takes every so manieth person of a large audience.
func (w Who) where(step int64) (sql string, args []any) {
	sql, args = eligible(w.Audience)
	if w.Lang != "" {
		sql, args = sql+` AND s.lang = ?`, append(args, w.Lang)
	}
	if len(w.NotLangs) > 0 {
		sql, args = sql+` AND s.lang NOT IN ?`, append(args, w.NotLangs)
	}
	if step > 1 {
		sql, args = sql+` AND s.id % ? = 0`, append(args, step)
	}
	return sql, args
}

// step is how many people one stands for, so that no more than countWhole are looked at.
func (s *Store) step(ctx context.Context, w Who) (int64, error) {
	var people int64
	if len(w.Audience.Lists) == 0 {
		err := s.read.WithContext(ctx).Raw(`SELECT COALESCE(MAX(id), 0) FROM subscribers`).Scan(&people).Error
		return people/countWhole + 1, err
	}
	people, err := s.confirmedOn(s.read.WithContext(ctx), w.Audience.Lists)
	return people/countWhole + 1, err
}

// Lacking counts those of the countable paths that are empty for somebody.
func (s *Store) Lacking(ctx context.Context, w Who, paths []string) (Lacks, error) {
	out := Lacks{Lacking: map[string]int64{}}
	step, err := s.step(ctx, w)
	if err != nil {
		return out, fmt.Errorf("size of the audience: %w", err)
	}
	var columns strings.Builder
	var args []any
	for i, path := range paths {
		sql, more := s.lacking(path)
		fmt.Fprintf(&columns, `, COALESCE(SUM(CASE WHEN %s THEN 1 ELSE 0 END), 0) AS n%d`, sql, i)
		args = append(args, more...)
	}
	where, more := w.where(step)
	counts := make([]int64, len(paths)+1)
	into := make([]any, len(counts))
	for i := range counts {
		into[i] = &counts[i]
	}
	if err := s.read.WithContext(ctx).Raw(`SELECT COUNT(*)`+columns.String()+` FROM subscribers s WHERE `+where, append(args, more...)...).Row().Scan(into...); err != nil {
		return out, fmt.Errorf("count who lacks a value: %w", err)
	}
	out.People, out.Estimated = counts[0]*step, step > 1
	for i, path := range paths {
		out.Lacking[path] = counts[i+1] * step
	}
	return out, nil
}

// Lackers are up to n people who have nothing at a countable path, the newest first.
func (s *Store) Lackers(ctx context.Context, w Who, path string, n int) ([]audience.Subscriber, error) {
	where, args := w.where(1)
	lacks, more := s.lacking(path)
	return s.some(ctx, where+` AND `+lacks, append(args, more...), `s.id DESC`, n)
}

// LongestNames are the n people with the longest first names; of a large audience those of
// a part of it.
func (s *Store) LongestNames(ctx context.Context, w Who, n int) ([]audience.Subscriber, error) {
	step, err := s.step(ctx, w)
	if err != nil {
		return nil, fmt.Errorf("size of the audience: %w", err)
	}
	where, args := w.where(step)
	return s.some(ctx, where, args, `length(s.first_name) DESC, s.id`, n)
}

func (s *Store) some(ctx context.Context, where string, args []any, order string, n int) ([]audience.Subscriber, error) {
	var rows []subscriberRow
	err := s.read.WithContext(ctx).Raw(`SELECT s.* FROM subscribers s WHERE `+where+` ORDER BY `+order+` LIMIT ?`, append(args, n)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for people: %w", err)
	}
	return subscribers(rows), nil
}

// Kept is one person whom a condition keeps, or with keeps false leaves out; none when there is nobody.
func (s *Store) Kept(ctx context.Context, w Who, show document.Show, keeps bool) ([]audience.Subscriber, error) {
	where, args := w.where(1)
	branch, more := s.branch(show)
	if !keeps {
		branch = `NOT (` + branch + `)`
	}
	return s.some(ctx, where+` AND (`+branch+`)`, append(args, more...), `s.id DESC`, 1)
}
