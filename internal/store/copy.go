package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// stays are the tables that say something of this database alone, or of what is alive now.
var stays = []string{"goose_db_version", "instances", "processes", "leaders", "sqlite_sequence"}

// tables are the source's, each after those it refers to.
func (m *mover) tables(ctx context.Context) (sorted []string, err error) {
	var names []string
	if err := m.from.db.WithContext(ctx).Raw(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`).Scan(&names).Error; err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(stays, n) })
	var visit func(name string) error
	visit = func(name string) error {
		if slices.Contains(sorted, name) || !slices.Contains(names, name) {
			return nil
		}
		var parents []string
		if err := m.from.db.WithContext(ctx).Raw(`SELECT DISTINCT "table" FROM pragma_foreign_key_list(?) WHERE "table" <> ?`, name, name).Scan(&parents).Error; err != nil {
			return err
		}
		for _, p := range parents {
			if err := visit(p); err != nil {
				return err
			}
		}
		sorted = append(sorted, name)
		return nil
	}
	for _, n := range names {
		if err := visit(n); err != nil {
			return nil, err
		}
	}
	return sorted, nil
}

// table copies what is left of one table, step by step.
func (m *mover) table(ctx context.Context, name string) (MovedTable, error) {
	t, last := MovedTable{Name: name}, int64(-1<<62)
	if err := m.sq.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+quoted(name)).Scan(&t.Of); err != nil {
		return t, err
	}
	err := m.pg.QueryRowContext(ctx, `SELECT last, copied, repaired FROM keepsake_move WHERE name = $1`, name).Scan(&last, &t.Rows, &t.Repaired)
	if errors.Is(err, sql.ErrNoRows) {
		err = m.refill(ctx, name)
	}
	if err != nil {
		return t, err
	}
	var columns []string
	if err := m.from.db.WithContext(ctx).Raw(`SELECT name FROM pragma_table_info(?) ORDER BY cid`, name).Scan(&columns).Error; err != nil {
		return t, err
	}
	for {
		n, err := m.step(ctx, &t, columns, &last)
		if err != nil || n == 0 {
			return t, err
		}
		if m.o.Step != nil {
			if err := m.o.Step(t); err != nil {
				return t, err
			}
		}
	}
}

// refill clears a table before its first row is copied, where a migration may have filled it from
// tables that an older version had begun to copy.
func (m *mover) refill(ctx context.Context, name string) error {
	if name != "leases" && name != "sent_days" {
		return nil
	}
	_, err := m.pg.ExecContext(ctx, `DELETE FROM `+quoted(name))
	return err
}

// step copies some rows in one transaction of the target.
func (m *mover) step(ctx context.Context, t *MovedTable, columns []string, last *int64) (n int64, err error) {
	conn, err := m.pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quoted(c)
	}
	rows, err := m.sq.QueryContext(ctx, `SELECT rowid, `+strings.Join(names, ", ")+` FROM `+quoted(t.Name)+` WHERE rowid > ? ORDER BY rowid LIMIT ?`, *last, m.o.Rows)
	if err != nil {
		return 0, err
	}
	src := &rowSource{rows: rows, values: make([]any, len(columns)+1), last: *last}
	defer func() { err = errors.Join(err, rows.Close()) }()
	err = conn.Raw(func(raw any) error {
		return pgx.BeginFunc(ctx, raw.(*stdlib.Conn).Conn(), func(tx pgx.Tx) error {
			if n, err = tx.CopyFrom(ctx, pgx.Identifier{t.Name}, columns, src); err != nil || n == 0 {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO keepsake_move (name, last, copied, repaired) VALUES ($1, $2, $3, $4)
				ON CONFLICT (name) DO UPDATE SET last = excluded.last, copied = excluded.copied, repaired = excluded.repaired`, t.Name, src.last, t.Rows+n, t.Repaired+src.repaired)
			return err
		})
	})
	if err == nil && n > 0 {
		*last, t.Rows, t.Repaired = src.last, t.Rows+n, t.Repaired+src.repaired
	}
	return n, err
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// mostBytes is about how much of one step is on its way at once: letters are large.
const mostBytes = 16 << 20

// rowSource hands SQLite's rows to PostgreSQL's COPY, one at a time.
type rowSource struct {
	rows     *sql.Rows
	values   []any // the row's number, then its columns
	last     int64
	bytes    int
	repaired int64
	err      error
}

func (r *rowSource) Next() bool {
	if r.bytes > mostBytes || !r.rows.Next() {
		return false
	}
	to := make([]any, len(r.values))
	for i := range r.values {
		to[i] = &r.values[i]
	}
	if r.err = r.rows.Scan(to...); r.err != nil {
		return false
	}
	r.last, _ = r.values[0].(int64)
	return true
}

func (r *rowSource) Values() ([]any, error) {
	for i, v := range r.values {
		switch v := v.(type) {
		case string:
			r.values[i] = r.text(v)
			r.bytes += len(v)
		case []byte:
			r.bytes += len(v)
		}
	}
	return r.values[1:], nil
}

// text is what PostgreSQL takes: UTF-8 without zeros. A mail server's words may be neither.
func (r *rowSource) text(s string) string {
	clean := strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if clean != s {
		r.repaired++
	}
	return clean
}

func (r *rowSource) Err() error { return errors.Join(r.err, r.rows.Err()) }
