package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestWhatWasBoughtLastAndMost(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		ana := &audience.Subscriber{Email: "ana@shop.test", EmailNorm: "ana@shop.test"}
		at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
		buy := func(number, state, currency string, placed time.Time, items ...audience.Item) {
			t.Helper()
			o := audience.Order{Number: number, State: state, Currency: currency, PlacedAt: placed, UpdatedAt: placed, Items: items}
			if err := st.RecordOrder(t.Context(), ana, &o); err != nil {
				t.Fatal(err)
			}
		}
		if items, currency, err := st.Bestsellers(t.Context(), 3); err != nil || len(items) != 0 || currency != "" {
			t.Errorf("of nothing: %v %q %v", items, currency, err)
		}
		buy("1", "paid", "EUR", at, audience.Item{SKU: "tea", Name: "Tea", Quantity: 5, PriceCents: 400})
		buy("2", "paid", "EUR", at.Add(2*time.Hour), audience.Item{SKU: "tea", Name: "New tea", Quantity: 1, PriceCents: 450}, audience.Item{Name: "Cup", Quantity: 2})
		buy("3", "cancelled", "EUR", at.Add(3*time.Hour), audience.Item{SKU: "pot", Name: "Pot", Quantity: 90})
		buy("4", "paid", "BGN", at.Add(time.Hour), audience.Item{SKU: "pan", Name: "Pan", Quantity: 70})
		o, ok, err := st.LastOrder(t.Context(), ana.ID)
		if err != nil || !ok || o.Number != "2" || len(o.Items) != 2 {
			t.Errorf("last order: %+v %v %v", o, ok, err)
		}
		if _, ok, err := st.LastOrder(t.Context(), ana.ID+1); ok || err != nil {
			t.Errorf("a stranger's order: %v %v", ok, err)
		}
		items, currency, err := st.Bestsellers(t.Context(), 3)
		var names []string
		for _, i := range items {
			names = append(names, fmt.Sprint(i.Name, " ", i.PriceCents))
		}
		if got := strings.Join(names, ", "); err != nil || currency != "EUR" || got != "New tea 450, Cup 0" {
			t.Errorf("got %s in %s, %v", got, currency, err)
		}
	})
}
