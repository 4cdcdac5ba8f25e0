package store

import "testing"

// FewBranches lets a test estimate without a hundred thousand people.
func FewBranches(t *testing.T, exact, sample int64) {
	wasExact, wasSample := exactPeople, samplePeople
	t.Cleanup(func() { exactPeople, samplePeople = wasExact, wasSample })
	exactPeople, samplePeople = exact, sample
}
