package store

import "testing"

// KeepNothing has each look at a page count anew.
func KeepNothing(t testing.TB) { keepFrom(t, 1<<62) }

// KeepAll has the figures of pages kept however few rows they are of.
func KeepAll(t testing.TB) { keepFrom(t, 0) }

func keepFrom(t testing.TB, rows int64) {
	was := manyRows
	t.Cleanup(func() { manyRows = was })
	manyRows = rows
}

// OneConnection has all of a store's work wait for one connection to its PostgreSQL.
func (s *Store) OneConnection(t testing.TB) {
	t.Helper()
	db, err := s.read.DB()
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
}
