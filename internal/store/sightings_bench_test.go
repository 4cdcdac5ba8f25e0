package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
)

// BenchmarkSightings is the database's part of a click: one operation is one, of a letter
// not clicked before, a thousand in a transaction.
func BenchmarkSightings(b *testing.B) {
	st, err := store.Open(b.Context(), store.Options{DSN: filepath.Join(b.TempDir(), "keepsake.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	works := leased(b, st, b.N)
	judge := func(store.Seen) (string, string) { return "human", "" }
	b.ResetTimer()
	for at := 0; at < len(works); at += 1000 {
		var list []store.Sighting
		for _, w := range works[at:min(at+1000, len(works))] {
			list = append(list, store.Sighting{Activity: ledger.Activity{DeliveryID: w.ID, Kind: "click", LinkID: 1, At: time.Now()}})
		}
		if err := st.RecordSightings(b.Context(), list, judge); err != nil {
			b.Fatal(err)
		}
	}
}
