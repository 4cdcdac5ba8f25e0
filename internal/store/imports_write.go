package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// An import's statements go to the database past GORM, which takes as long to make one as SQLite takes
// to run it. They are few and always the same, so the driver prepares each once.

// statement is the text in the database's own words, with its own signs for values.
func (s *Store) statement(query string) string {
	query = s.sql(query)
	if s.d.name != goose.DialectPostgres {
		return query
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, more := strings.Cut(query, "?")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

// exec and rows do not watch a context: a batch is short, and its transaction ends with it.
func (b *importBatch) exec(query string, args ...any) (sql.Result, error) {
	return b.tx.Statement.ConnPool.ExecContext(context.Background(), b.s.statement(query), args...)
}

func (b *importBatch) rows(read func(*sql.Rows) error, query string, args ...any) error {
	rows, err := b.tx.Statement.ConnPool.QueryContext(context.Background(), b.s.statement(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// many is how many rows one statement writes: more of them cost SQLite more than they save.
const many = 100

// insert stores the new people and learns their numbers. Where another transaction was
// faster, its row counts.
func (b *importBatch) insert() error {
	var fresh []*imported
	for _, p := range b.order {
		if p.fresh {
			fresh = append(fresh, p)
		}
	}
	insert, size := b.insertSQLite, many
	if b.s.d.name == goose.DialectPostgres {
		insert, size = b.insertPostgres, len(fresh)+1
	}
	for part := range slices.Chunk(fresh, size) {
		if err := insert(part); err != nil {
			return fmt.Errorf("import subscribers: %w", err)
		}
	}
	return nil
}

const importColumns = `INSERT INTO subscribers (email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at) `

// insertSQLite relies on there being one writer: nobody came between since know, and the numbers of one
// statement's rows follow each other.
func (b *importBatch) insertSQLite(part []*imported) error {
	args := make([]any, 0, 10*len(part))
	for _, p := range part {
		r := &p.row
		args = append(args, r.Email, r.EmailNorm, r.FirstName, r.LastName, r.Lang, r.Zone, r.Attributes, r.Source, r.CreatedAt, r.UpdatedAt)
	}
	result, err := b.exec(importColumns+`VALUES `+tuples(len(part), 10), args...)
	if err != nil {
		return err
	}
	last, err := result.LastInsertId()
	if err != nil {
		return err
	}
	for i, p := range part {
		p.row.ID, p.ours = last-int64(len(part)-1-i), true
	}
	return nil
}

const importPostgres = importColumns + `
	SELECT e, n, f, l, g, z, a, ?::text, ?::timestamptz, ?::timestamptz FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[]) AS t(e, n, f, l, g, z, a)
	ON CONFLICT (email_norm) DO UPDATE SET email_norm = excluded.email_norm RETURNING id, email_norm, xmax = 0`

func (b *importBatch) insertPostgres(part []*imported) error {
	var columns [7][]string
	for _, p := range part {
		r := &p.row
		for i, v := range [7]string{r.Email, r.EmailNorm, r.FirstName, r.LastName, r.Lang, r.Zone, r.Attributes} {
			columns[i] = append(columns[i], v)
		}
	}
	args := []any{b.o.Source, b.now, b.now}
	for _, c := range columns {
		args = append(args, c)
	}
	return b.rows(func(rows *sql.Rows) error {
		var id int64
		var norm string
		var ours bool
		err := rows.Scan(&id, &norm, &ours)
		if p := b.people[norm]; err == nil {
			p.row.ID, p.ours = id, ours
		}
		return err
	}, importPostgres, args...)
}

// update writes what became of people we knew, and how they were before. Whom this import made has no before: it is taken
// away with them, and until the import is over they are as they were made.
func (b *importBatch) update() error {
	var changes []change
	for _, p := range b.order {
		if !p.changed || p.fresh {
			continue
		}
		r, ours := &p.row, p.was.Source == b.o.Source
		_, err := b.exec(`UPDATE subscribers SET email = ?, first_name = ?, last_name = ?, lang = ?, zone = ?, attributes = ?, updated_at = CASE WHEN ? THEN updated_at ELSE ?{{time}} END WHERE id = ?`,
			r.Email, r.FirstName, r.LastName, r.Lang, r.Zone, r.Attributes, ours, b.now, r.ID)
		if err != nil {
			return fmt.Errorf("import subscriber %d: %w", r.ID, err)
		}
		if !ours {
			changes = append(changes, changeOf(p.was, p.row))
		}
	}
	return b.keep(changes)
}

// tuples is "(?,?),(?,?)" for so many rows of so many columns.
func tuples(rows, columns int) string {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	return strings.TrimSuffix(strings.Repeat(one+",", rows), ",")
}
