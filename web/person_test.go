package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

// bought records an order of somebody so many days ago.
func (a *app) bought(email, number string, days int, cents int64, items ...audience.Item) audience.Subscriber {
	a.t.Helper()
	at := a.store.Now().AddDate(0, 0, -days)
	p := audience.Subscriber{Email: email, EmailNorm: email, Lang: "en"}
	o := audience.Order{Number: number, State: "paid", Currency: "EUR", TotalCents: cents, PlacedAt: at, UpdatedAt: at, Items: items}
	if err := a.store.RecordOrder(a.t.Context(), &p, &o); err != nil {
		a.t.Fatal(err)
	}
	return p
}

func TestAPersonsPageSaysWhatWasBoughtAndWhatItCameTo(t *testing.T) {
	a, _ := staff(t)
	p := a.bought("ana@shop.test", "N-1", 40, 5000, audience.Item{SKU: "T-1", Name: "Green tea", Quantity: 2, PriceCents: 1250}, audience.Item{SKU: "C-1", Quantity: 1, PriceCents: 2500})
	a.bought("ana@shop.test", "N-2", 3, 1000)
	many := make([]audience.Item, 32)
	for i := range many {
		many[i] = audience.Item{Name: "Cup", Quantity: 1, PriceCents: 100}
	}
	a.bought("ana@shop.test", "N-3", 2, 3200, many...)
	a.post("/value/margins", "kind", "default", "share", "25", "currency", "EUR")
	page := a.get(fmt.Sprintf("/subscribers/%d", p.ID))
	want(t, page, http.StatusOK, "Green tea", "2 × €12.50", "C-1", "did not say what was in it", "2 more lines", "Lifetime value", "€23.00", "25%")
	if s := page.Body.String(); strings.Index(s, "<strong>N-3") > strings.Index(s, "<strong>N-1") {
		t.Error("the oldest order comes first")
	}
	want(t, a.get(fmt.Sprintf("/subscribers/%d", a.bought("bob@shop.test", "N-4", 2, 900).ID)), http.StatusOK, "too few</span>")
}
