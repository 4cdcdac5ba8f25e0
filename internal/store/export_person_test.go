package store

import (
	"context"
	"slices"
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
