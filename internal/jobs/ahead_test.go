package jobs

import (
	"slices"
	"sync/atomic"
	"testing"
)

func TestWhatIsReadAheadComesWholeAndInOrder(t *testing.T) {
	want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	if got := slices.Collect(ahead(slices.Values(want))); !slices.Equal(got, want) {
		t.Errorf("read ahead: %v", got)
	}
}

func TestReadingAheadHasEndedWhenItsReaderStops(t *testing.T) {
	made, ended := 0, false
	for v := range ahead(func(yield func(int) bool) {
		defer func() { ended = true }()
		for yield(made) {
			made++
		}
	}) {
		if v == 3 {
			break
		}
	}
	if !ended || made > 5 {
		t.Errorf("ended: %v, after %d values; want it ended, one ahead of the fourth", ended, made)
	}
}

func TestRowsThatArePassedOverKeepTheLease(t *testing.T) {
	i := &importing{bytes: new(atomic.Int64)}
	i.report.Rows = 2*stillReading + 1
	var got []int
	rows := func(yield func(int, error) bool) {
		for n := range 2*stillReading + 3 {
			if !yield(n, nil) {
				return
			}
		}
	}
	for p := range portions(i, rows, 10, func(n int) int { return n }) {
		got = append(got, len(p.rows))
	}
	if !slices.Equal(got, []int{0, 0, 2}) {
		t.Errorf("portions of %v rows, want two empty ones and the two rows that are left", got)
	}
}
