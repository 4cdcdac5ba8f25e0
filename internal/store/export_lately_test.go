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
