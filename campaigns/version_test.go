package campaigns_test

import (
	"slices"
	"testing"
	"time"

	"keepsake/campaigns"
)

func TestOldVersionsAreThinnedAndNamedOrSentOnesStay(t *testing.T) {
	now := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	var list []campaigns.Version // one each quarter of an hour for a month
	for n := 2880; n > 0; n-- {
		at := now.Add(-time.Duration(2880-n) * 15 * time.Minute)
		v := campaigns.Version{N: n, SavedAt: at}
		if n == 100 {
			v.Name = "The one with the cake"
		}
		if n == 200 {
			v.SentAt = &at
		}
		list = append(list, v)
	}
	gone := campaigns.Thin(list, now)
	left := slices.DeleteFunc(list, func(v campaigns.Version) bool { return slices.Contains(gone, v.N) })
	if len(left) > 130 || len(left) < 60 {
		t.Errorf("%d versions are left", len(left))
	}
	for _, n := range []int{2880, 2851, 200, 100, 1} {
		if !slices.ContainsFunc(left, func(v campaigns.Version) bool { return v.N == n }) {
			t.Errorf("version %d is gone", n)
		}
	}
	if again := campaigns.Thin(left, now); len(again) > 0 {
		t.Errorf("thinned again at the same moment: %v", again)
	}
}

func TestSavesOfOnePersonGoIntoOneVersionForAWhile(t *testing.T) {
	at := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	v := campaigns.Version{By: "Ana", BegunAt: at}
	for _, c := range []struct {
		by    string
		after time.Duration
		want  bool
	}{{"Ana", time.Minute, true}, {"Ana", campaigns.VersionTime, false}, {"Bo", time.Minute, false}, {"", time.Minute, false}} {
		if got := v.Takes(c.by, at.Add(c.after)); got != c.want {
			t.Errorf("%s after %v: %v", c.by, c.after, got)
		}
	}
	for _, sealed := range []campaigns.Version{{By: "Ana", BegunAt: at, Name: "n"}, {By: "Ana", BegunAt: at, SentAt: &at}, {By: "Ana", BegunAt: at, Restored: 2}} {
		if sealed.Takes("Ana", at) {
			t.Errorf("a save went into %+v", sealed)
		}
	}
}
