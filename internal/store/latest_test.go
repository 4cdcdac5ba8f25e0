package store_test

import (
	"testing"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// TestTheLatestOpenIsAHumansWhateverComesAfterIt asks segments, which are answered by what is kept.
func TestTheLatestOpenIsAHumansWhateverComesAfterIt(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		_, work := owed(t, st, clock, "me", 1)
		delivery := work[0].ID
		within := func(field string, days int) int64 {
			t.Helper()
			n, err := st.CountSegment(t.Context(), segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: field, Is: "did", Within: &segment.Within{Last: days, Unit: "days"}}}})
			must(t, err)
			return n
		}
		see := func(kind, verdict string, ago time.Duration) {
			t.Helper()
			must(t, st.RecordActivity(t.Context(), ledger.Activity{DeliveryID: delivery, Kind: kind, Verdict: verdict, At: tuesday.Add(-ago)}))
		}
		day := 24 * time.Hour
		see("open", "human", 10*day)
		see("open", "human", 20*day) // told later, of an earlier moment
		see("open", "machine", day)
		see("open", "proxy", day)
		if within("opened", 11) != 1 || within("opened", 9) != 0 || within("clicked", 900) != 0 {
			t.Error("the latest open by a human was ten days ago")
		}
		see("click", "human", 2*day)
		if within("clicked", 3) != 1 || within("clicked", 1) != 0 || within("opened", 9) != 0 {
			t.Error("a click two days ago is one, and no open")
		}
		must(t, st.Resee(t.Context()))
		if within("clicked", 3) != 1 || within("opened", 11) != 1 || within("opened", 9) != 0 {
			t.Error("made anew it says something else")
		}
	})
}
