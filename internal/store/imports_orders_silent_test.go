package store_test

import (
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestAFileOfOrdersChangesOnlyWhatItHasColumnsFor(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx, year := t.Context(), tuesday.AddDate(-1, 0, 0)
		row := told(t, 2, "p1@shop.test", "#1", "fulfilled", 20000, year, audience.Item{SKU: "T", Name: "Tea", Category: "Teas", Quantity: 2, PriceCents: 10000})
		row.Order.RefundedCents, row.Order.Coupon, row.Order.Country, row.Order.Channel = 4000, "SPRING", "BG", "web"
		_, err := st.ImportOrders(ctx, []audience.OrderRow{row}, importingOrders(t, st))
		must(t, err)
		narrow := told(t, 2, "p1@shop.test", "#1", "paid", 20000, year)
		narrow.Order.UpdatedAt = year.Add(48 * time.Hour)
		narrow.Silent = audience.Silence{State: true, Refunded: true, Channel: true, Coupon: true, Country: true, Items: true}
		got, err := st.ImportOrders(ctx, []audience.OrderRow{narrow}, importingOrders(t, st))
		if err != nil || got.Updated != 1 {
			t.Errorf("%+v, %v", got.ImportCounts, err)
		}
		o, err := st.Order(ctx, "#1")
		if err != nil || o.State != "fulfilled" || o.RefundedCents != 4000 || o.Coupon+o.Country+o.Channel != "SPRINGBGweb" || len(o.Items) != 1 {
			t.Errorf("a narrow file left %+v, %v", o, err)
		}
		if wrong, err := st.CheckValue(ctx); err != nil || wrong.Mismatches != 0 {
			t.Errorf("value: %+v, %v", wrong, err)
		}
		narrow.Silent, narrow.Order.UpdatedAt = audience.Silence{}, year.Add(72*time.Hour)
		_, err = st.ImportOrders(ctx, []audience.OrderRow{narrow}, importingOrders(t, st))
		if o, e := st.Order(ctx, "#1"); err != nil || e != nil || o.RefundedCents != 0 || o.State != "paid" || len(o.Items) != 0 {
			t.Errorf("a file that tells of nothing left %+v, %v, %v", o, err, e)
		}
	})
}
