package api_test

import (
	"testing"

	"keepsake/campaigns/audience"
)

func TestWhatAReportOfAnOrderDoesNotTellStays(t *testing.T) {
	b := newBench(t)
	tell := func(more m) (o audience.Order) {
		t.Helper()
		all := m{"number": "9", "email": "ana@shop.test", "currency": "EUR", "total": "100.00"}
		for k, v := range more {
			all[k] = v
		}
		b.ask(t, "POST", "/orders", all, 200, &o)
		return o
	}
	tell(m{"state": "paid", "refunded": "20.00", "coupon": "SPRING", "country": "BG", "channel": "web", "items": []m{{"sku": "T1", "name": "Tea", "price": "100"}}})
	o := tell(m{"state": "fulfilled"})
	if o.State != "fulfilled" || o.RefundedCents != 2000 || o.Coupon != "SPRING" || o.Country != "BG" || o.Channel != "web" || len(o.Items) != 1 {
		t.Errorf("a report without them left %+v", o)
	}
	if o = tell(m{"state": "fulfilled", "total": "15.00"}); o.RefundedCents != 1500 {
		t.Errorf("more was given back than the total: %+v", o)
	}
	if o = tell(m{"state": "fulfilled", "refunded_cents": 0, "coupon": "", "country": "", "channel": "", "items": []m{}}); o.RefundedCents != 0 || o.Coupon+o.Country+o.Channel != "" || len(o.Items) != 0 {
		t.Errorf("a report of nothing left %+v", o)
	}
	if o = tell(m{"state": "refunded"}); o.RefundedCents != 10000 {
		t.Errorf("refunded: %+v", o)
	}
}
