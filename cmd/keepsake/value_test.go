package main

import (
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestValueCheckFindsAndRepairsWhatDiffersFromTheOrders(t *testing.T) {
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	st := storetest.SQLite(t, storetest.NewClock(at.AddDate(0, 1, 0)))
	p := audience.Subscriber{Email: "ana@shop.test", EmailNorm: "ana@shop.test"}
	o := audience.Order{Number: "1", State: "paid", Currency: "EUR", TotalCents: 1250, PlacedAt: at, UpdatedAt: at,
		Items: []audience.Item{{SKU: "tea", Name: "Tea", Quantity: 1, PriceCents: 1250}}}
	if err := st.RecordOrder(t.Context(), &p, &o); err != nil {
		t.Fatal(err)
	}
	check := func(repair bool) (string, error) {
		var out strings.Builder
		err := checkValue(t.Context(), st, repair, &out)
		return out.String(), err
	}
	if out, err := check(false); err != nil || !strings.Contains(out, "figure_mismatches: 0\n") {
		t.Fatalf("%v\n%s", err, out)
	}
	// A margin changes what past orders earned, before anybody has made the figures anew.
	if err := st.SaveMargin(t.Context(), store.Margin{Kind: store.OfProduct, Name: "tea", ShareBP: 5000}); err != nil {
		t.Fatal(err)
	}
	if out, err := check(false); err == nil || strings.Contains(out, "figure_mismatches: 0\n") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := check(true); err != nil || !strings.Contains(out, "orders of 1 people") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := check(false); err != nil {
		t.Errorf("after the repair: %v\n%s", err, out)
	}
}
