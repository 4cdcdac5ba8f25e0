package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
)

// Trace is a column in which some words stand still.
type Trace struct {
	Table, Column string
	Rows          int64
}

// Traces looks through every column of every table for any of the words, in either case. It reads the whole database:
// it is for the operator who wants to see that nothing of a person is left.
func (s *Store) Traces(ctx context.Context, words ...string) (found []Trace, err error) {
	columns, err := s.allColumns(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		text := `lower(CAST("` + c.Column + `" AS TEXT))`
		if s.d.name == goose.DialectPostgres && c.Type == "bytea" {
			text = `lower(encode("` + c.Column + `", 'escape'))`
		}
		var or []string
		var args []any
		for _, w := range words {
			or, args = append(or, text+` LIKE ? ESCAPE '\'`), append(args, "%"+likeEscape.Replace(strings.ToLower(w))+"%")
		}
		t := Trace{Table: c.Table, Column: c.Column}
		if err := s.read.WithContext(ctx).Raw(`SELECT COUNT(*) FROM "`+c.Table+`" WHERE `+strings.Join(or, " OR "), args...).Scan(&t.Rows).Error; err != nil {
			return nil, fmt.Errorf("look through %s.%s: %w", c.Table, c.Column, err)
		}
		if t.Rows > 0 {
			found = append(found, t)
		}
	}
	return found, nil
}

type tableColumn struct{ Table, Column, Type string }

// allColumns are those of every table.
func (s *Store) allColumns(ctx context.Context) (all []tableColumn, err error) {
	query := `SELECT m.name AS "table", i.name AS "column", lower(i.type) AS type FROM sqlite_master m, pragma_table_info(m.name) i
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, i.cid`
	if s.d.name == goose.DialectPostgres {
		query = `SELECT table_name AS "table", column_name AS "column", data_type AS type FROM information_schema.columns
			WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`
	}
	err = s.read.WithContext(ctx).Raw(query).Scan(&all).Error
	return all, err
}
