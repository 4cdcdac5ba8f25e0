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

// array are numbers as {{array}} takes them, or texts as {{words}} does.
func (b *importBatch) array(values any) any {
	if b.s.d.name == goose.DialectPostgres {
		return values
	}
	return asJSON(values)
}

// many is how many rows one statement writes: more of them cost SQLite more than they save.
const many = 100

// insert stores the new people and learns their numbers, in a dry run made-up ones. Where another transaction was
// faster, its row counts.
func (b *importBatch) insert() error {
	var fresh []*imported
	for _, p := range b.order {
		if p.fresh {
			fresh = append(fresh, p)
		}
	}
	if b.o.Dry { // they are counted without being made: PostgreSQL would have a million rows to clear away behind it
		for i, p := range fresh {
			p.row.ID, p.ours = -int64(i+1), true
		}
		return nil
	}
	insert, size := b.insertSQLite, many
	if b.s.d.name == goose.DialectPostgres {
		if err := b.number(fresh); err != nil {
			return fmt.Errorf("numbers of subscribers: %w", err)
		}
		// In one order, whatever that of the file: another file may tell of the same people now.
		slices.SortFunc(fresh, func(x, y *imported) int { return strings.Compare(x.row.EmailNorm, y.row.EmailNorm) })
		insert, size = b.insertPostgres, len(fresh)+1
	}
	for part := range slices.Chunk(fresh, size) {
		if err := insert(part); err != nil {
			return fmt.Errorf("import subscribers: %w", err)
		}
	}
	return b.recall(fresh)
}

// insertSQLite relies on there being one writer: nobody came between since know, and the numbers of one
// statement's rows follow each other. What fails ends the transaction, so nothing of it alone need be taken back: without
// OR FAIL SQLite copies each page of the index of addresses aside first, some 4 KB a row.
func (b *importBatch) insertSQLite(part []*imported) error {
	args := make([]any, 0, 10*len(part))
	for _, p := range part {
		r := &p.row
		args = append(args, r.Email, r.EmailNorm, r.FirstName, r.LastName, r.Lang, r.Zone, r.Attributes, r.Source, r.CreatedAt, r.UpdatedAt)
	}
	result, err := b.exec(`INSERT OR FAIL INTO subscribers (email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at) VALUES `+tuples(len(part), 10), args...)
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

// number gives new people their numbers in the order of the file, as SQLite does: exports go by them.
func (b *importBatch) number(fresh []*imported) error {
	next := 0
	return b.rows(func(rows *sql.Rows) error {
		err := rows.Scan(&fresh[next].row.ID)
		next++
		return err
	}, `WITH q AS MATERIALIZED (SELECT pg_get_serial_sequence('subscribers', 'id')::regclass AS id) SELECT nextval(q.id) FROM q, generate_series(1, ?::int)`, len(fresh)) // looked up once
}

const importPostgres = `INSERT INTO subscribers (id, email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at)
	SELECT i, e, n, f, l, g, z, a, ?::text, ?::timestamptz, ?::timestamptz FROM unnest(?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[]) AS t(i, e, n, f, l, g, z, a)`
const orTheirs = ` ON CONFLICT (email_norm) DO UPDATE SET email_norm = excluded.email_norm RETURNING id, email_norm, xmax = 0`

// insertPostgres looks for whom another transaction has just made only where there are such: to be ready for them takes as
// long again as half of the insert.
func (b *importBatch) insertPostgres(part []*imported) error {
	var columns [7][]string
	ids := make([]int64, len(part))
	fresh := make(map[string]*imported, len(part)) // b.people forgets whom a later line says must not be written to
	for n, p := range part {
		r := &p.row
		ids[n], fresh[r.EmailNorm] = r.ID, p
		for i, v := range [7]string{r.Email, r.EmailNorm, r.FirstName, r.LastName, r.Lang, r.Zone, r.Attributes} {
			columns[i] = append(columns[i], v)
		}
	}
	args := []any{b.o.Source, b.now, b.now, ids}
	for _, c := range columns {
		args = append(args, c)
	}
	alone, err := b.attempt(importPostgres, args...)
	if err != nil || alone {
		for _, p := range part {
			p.ours = alone
		}
		return err
	}
	return b.rows(func(rows *sql.Rows) error {
		var id int64
		var norm string
		var ours bool
		err := rows.Scan(&id, &norm, &ours)
		if p := fresh[norm]; err == nil {
			p.row.ID, p.ours = id, ours
		}
		return err
	}, importPostgres+orTheirs, args...)
}

// attempt runs a statement, and takes it back when one of its rows is there already: done is false then.
func (b *importBatch) attempt(query string, args ...any) (done bool, err error) {
	if _, err := b.exec(`SAVEPOINT attempt`); err != nil {
		return false, err
	}
	_, err = b.exec(query, args...)
	switch {
	case duplicated(err):
		_, err = b.exec(`ROLLBACK TO SAVEPOINT attempt`)
	case err == nil:
		done = true
		_, err = b.exec(`RELEASE SAVEPOINT attempt`)
	}
	return done, err
}

// update writes what became of people we knew, and how they were before. Whom this import made has no before: it is taken
// away with them, and until the import is over they are as they were made.
func (b *importBatch) update() error {
	var changes []change
	if b.o.Dry {
		return nil
	}
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
