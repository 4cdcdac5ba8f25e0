package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// MigrateTo takes the database up or down to a migration; 0 is the newest.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	now, err := p.GetDBVersion(ctx)
	switch {
	case err != nil:
		return err
	case version == 0:
		_, err = p.Up(ctx)
	case version < now:
		_, err = p.DownTo(ctx, version)
	default:
		_, err = p.UpTo(ctx, version)
	}
	return err
}

// ExecAll runs statements, each ended by a line that ends with ";".
func (s *Store) ExecAll(ctx context.Context, statements string) (err error) {
	for _, one := range strings.Split(statements, ";\n") {
		err = errors.Join(err, s.db.WithContext(ctx).Exec(one).Error)
	}
	return err
}

// Rows are a table's columns and all its rows as text, in order.
type Rows struct{ Columns, Rows []string }

// Everything is what stands in each table, of those that migrations do not keep for themselves.
func (s *Store) Everything(ctx context.Context) (map[string]Rows, error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if s.d.name == goose.DialectPostgres {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
	}
	var names []string
	if err := s.db.WithContext(ctx).Raw(query).Scan(&names).Error; err != nil {
		return nil, err
	}
	all := map[string]Rows{}
	for _, name := range names {
		if slices.Contains(stays, name) {
			continue
		}
		rows, err := s.Table(ctx, name, "*")
		if err != nil {
			return nil, err
		}
		all[name] = rows
	}
	return all, nil
}

// Table reads some columns of a table.
func (s *Store) Table(ctx context.Context, name, columns string) (out Rows, err error) {
	rows, err := s.db.WithContext(ctx).Raw(`SELECT ` + columns + ` FROM ` + name).Rows()
	if err != nil {
		return out, fmt.Errorf("read %s: %w", name, err)
	}
	defer rows.Close()
	if out.Columns, err = rows.Columns(); err != nil {
		return out, err
	}
	values, into := make([]any, len(out.Columns)), make([]any, len(out.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, fmt.Sprintf("%q", values))
	}
	slices.Sort(out.Rows)
	return out, rows.Err()
}
