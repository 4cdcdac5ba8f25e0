package api_test

import (
	"fmt"
	"testing"
)

// values reports two orders of twenty euros and reads what they come to.
func (b *bench) values(t *testing.T) {
	t.Helper()
	for i, at := range []string{"2025-09-01T10:00:00Z", "2025-11-01T10:00:00Z"} {
		b.ask(t, "POST", "/orders", m{"number": fmt.Sprintf("V%d", i), "email": "buyer@shop.test", "state": "paid", "currency": "EUR", "total": "20.00", "channel": "web", "placed_at": at}, 200, nil)
	}
	b.ask(t, "PUT", "/value/costs", m{"costs": []m{{"currency": "EUR", "channel": "web", "month": "2025-09", "spent": "9.00"}}}, 204, nil)
	b.ask(t, "PUT", "/value/costs", m{"costs": []m{{"currency": "EUR", "channel": "web", "month": "2999-01", "spent": "9.00"}}}, 422, nil)
	type worth struct {
		Name, Currency string
		Customers      int64
		LTVCents       int64 `json:"ltv_cents"`
		Average        int64 `json:"average_order_cents"`
		Few            bool  `json:"too_few"`
	}
	var all struct{ Items []worth }
	for _, path := range []string{"/value", "/value/groups?currency=EUR&by=channel", "/value/groups?currency=EUR&by=segment"} {
		if path == "/value/groups?currency=EUR&by=segment" {
			b.ask(t, "POST", "/segments", m{"name": "Buyers", "rule": m{"match": "all", "rules": []m{{"field": "value.ltv", "is": "at_least", "values": []string{"40"}, "where": []m{{"field": "currency", "is": "is", "values": []string{"EUR"}}}}}}}, 201, nil)
		}
		b.ask(t, "GET", path, nil, 200, &all)
		if len(all.Items) != 1 || all.Items[0].Customers != 1 || all.Items[0].LTVCents != 4000 || all.Items[0].Average != 2000 || !all.Items[0].Few {
			t.Errorf("%s: %+v", path, all.Items)
		}
	}
	var buyer struct{ Items []struct{ ID int64 } }
	b.ask(t, "GET", "/subscribers?email=buyer@shop.test", nil, 200, &buyer)
	var one struct {
		Items []struct {
			Orders   int64
			LTVCents int64 `json:"ltv_cents"`
			Rhythm   string
		}
	}
	b.ask(t, "GET", fmt.Sprintf("/subscribers/%d/value", buyer.Items[0].ID), nil, 200, &one)
	if len(one.Items) != 1 || one.Items[0].Orders != 2 || one.Items[0].LTVCents != 4000 || one.Items[0].Rhythm != "" {
		t.Errorf("the buyer: %+v", one.Items)
	}
}

func TestCostsInSmallLettersAreThoseOfTheCurrency(t *testing.T) {
	b := newBench(t)
	for currency, want := range map[string]int{"eur": 204, "jpy": 204, "€": 422, "EU1": 422} {
		b.ask(t, "PUT", "/value/costs", m{"costs": []m{{"currency": currency, "channel": "web", "month": "2025-09", "spent": "900"}}}, want, nil)
	}
	for currency, want := range map[string]int64{"EUR": 90000, "JPY": 900} {
		if all, err := b.st.Costs(t.Context(), currency); err != nil || len(all) != 1 || all[0].Cents != want {
			t.Errorf("%s: %+v, %v", currency, all, err)
		}
	}
}
