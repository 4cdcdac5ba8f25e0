package store

import (
	"context"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// KnowsPeople are the columns by which a table knows a person.
var KnowsPeople = []string{"subscriber_id", "email", "email_norm", "recipient", "gone_id", "kept_id"}

// PersonalTables are the tables that know people, by those columns.
func (s *Store) PersonalTables(ctx context.Context) (names []string, err error) {
	columns, err := s.allColumns(ctx)
	for _, c := range columns {
		if slices.Contains(KnowsPeople, c.Column) && !slices.Contains(names, c.Table) {
			names = append(names, c.Table)
		}
	}
	return names, err
}

// Recorded, ErasedTables and MergedTables are the tables that a record, an erasure and a merge look after.
func Recorded() (names []string) {
	for _, r := range record {
		names = append(names, r.table)
	}
	return names
}

func ErasedTables() (names []string) {
	for _, e := range erasure {
		names = append(names, e.table)
	}
	for _, e := range erasedByAddress {
		names = append(names, e.table)
	}
	return append(names, append(erasedWith, "suppressions")...)
}

// Numbers runs statements that may read the numbers 1 to n of a table for that time.
func (s *Store) Numbers(ctx context.Context, n int, statements string) error {
	err := s.ExecAll(ctx, `CREATE TABLE numbers (n BIGINT)`)
	if err == nil {
		err = s.db.WithContext(ctx).Exec(`WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?) INSERT INTO numbers SELECT n FROM c`, n).Error
	}
	if err == nil && s.d.name == goose.DialectPostgres {
		statements = strings.NewReplacer("'n' || n,", "'n' || n::text,", "+00:00' FROM", "+00:00')::timestamptz FROM", "'2026-0'", "('2026-0'").Replace(statements)
	}
	if err == nil {
		err = s.ExecAll(ctx, statements+";\nDROP TABLE numbers")
	}
	return err
}

// MergedTables are those whose rows a merge gives to the one who is kept, or settles.
var MergedTables = []string{"subscribers", "subscriptions", "consents", "suppressions", "orders", "order_items", "events", "enrolments", "deliveries", "activities",
	"responses", "codes", "confirmations", "alerts", "reports", "unproven_reports", "subscriber_value", "subscriber_moods", "subscriber_latest", "former_addresses", "merges",
	"import_changes", "bulk_people", "letters", "self_tests"} // the last two know an address, which stays findable
