package store

import "testing"

// FewRead lets a test read values in steps of so many people.
func FewRead(t *testing.T, n int) {
	was := someRead
	t.Cleanup(func() { someRead = was })
	someRead = n
}
