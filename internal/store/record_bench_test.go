package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// BenchmarkRecord is the ledger's part of a letter: one operation is one letter begun and
// settled, ten in a commit.
func BenchmarkRecord(b *testing.B) {
	st, err := store.Open(b.Context(), store.Options{DSN: filepath.Join(b.TempDir(), "keepsake.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	works := leased(b, st, b.N)
	b.ResetTimer()
	var before []ledger.Outcome
	for at := 0; at < len(works); at += 10 {
		var ids []int64
		for _, w := range works[at:min(at+10, len(works))] {
			ids = append(ids, w.ID)
		}
		begun, err := st.Record(b.Context(), "bench", ids, before)
		if err != nil || len(begun) != len(ids) {
			b.Fatal(len(begun), err)
		}
		before = before[:0]
		for _, id := range ids {
			before = append(before, ledger.Outcome{DeliveryID: id, State: ledger.Sent, Reply: "2.0.0 Ok: queued as 12345"})
		}
	}
}

// leased is a campaign's deliveries, all leased.
func leased(b *testing.B, st *store.Store, n int) (works []ledger.Work) {
	l := audience.List{Name: "Customers"}
	must(b, l.Validate())
	must(b, st.CreateList(b.Context(), &l))
	for at := 0; at < n; at += 1000 {
		var rows []audience.ImportRow
		for i := at; i < min(n, at+1000); i++ {
			p := audience.Subscriber{Email: fmt.Sprintf("user%d@example.test", i), FirstName: "Ann", Lang: "en", Source: "sample"}
			must(b, p.Validate())
			rows = append(rows, audience.ImportRow{Line: i + 1, Subscriber: p})
		}
		_, err := st.ImportBatch(b.Context(), rows, ledger.Batch{Import: audience.Import{List: l.ID, State: audience.Confirmed, Lang: "en", Wording: "sample"}, Source: "sample"})
		must(b, err)
	}
	at := time.Now().Add(-time.Hour)
	c := storetest.Campaign(b, st, "newsletter", l.ID, func(c *campaigns.Campaign) { c.Trigger = campaigns.Trigger{At: &at} })
	must(b, st.Start(b.Context(), c.ID))
	c, err := st.Campaign(b.Context(), c.ID)
	must(b, err)
	_, _, err = st.Plan(b.Context(), c, at)
	must(b, err)
	for len(works) < n {
		more, err := st.Lease(b.Context(), "bench", 500)
		if err != nil || len(more) == 0 {
			b.Fatal(len(works), err)
		}
		works = append(works, more...)
	}
	return works
}
