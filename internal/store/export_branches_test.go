package store

import "testing"

// FewBranches lets a test estimate without a hundred thousand people.
func FewBranches(t *testing.T, exact, sample int64) {
	wasExact, wasSample := exactBranches, sampleBranches
	t.Cleanup(func() { exactBranches, sampleBranches = wasExact, wasSample })
	exactBranches, sampleBranches = exact, sample
}
