package store_test

import (
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestAMarginIsOfWhatWasSoldByItsNumberCategoryOrName(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
		ana := &audience.Subscriber{Email: "ana@shop.test", EmailNorm: "ana@shop.test"}
		o := audience.Order{Number: "1", State: "paid", Currency: "EUR", PlacedAt: at, UpdatedAt: at, Items: []audience.Item{{SKU: "T-1", Name: "Tea", Category: "teas", Quantity: 1}, {Name: "Cup", Quantity: 1}}}
		if err := st.RecordOrder(t.Context(), ana, &o); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			kind, name string
			sold       bool
		}{{store.OfDefault, "", true}, {store.OfProduct, "T-1", true}, {store.OfProduct, "Cup", true}, {store.OfProduct, "Pot", false}, {store.OfCategory, "teas", true}, {store.OfCategory, "Cup", false}} {
			if got, err := st.Sold(t.Context(), c.kind, c.name); err != nil || got != c.sold {
				t.Errorf("%s %q: sold is %v, %v", c.kind, c.name, got, err)
			}
		}
	})
}
