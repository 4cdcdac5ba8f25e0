package store_test

import (
	"testing"

	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestTheShopsZoneChangesWithTheFiguresOrNotAtAll(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		must(t, st.SaveShop(ctx, store.Shop{Name: "Shop", Lang: "en", Zone: "UTC"}))
		must(t, st.ExecAll(ctx, `ALTER TABLE value_work RENAME TO elsewhere`)) // what asks for figures of the new zone fails
		if err := st.SaveShop(ctx, store.Shop{Name: "Shop", Lang: "en", Zone: "Asia/Tokyo"}); err == nil {
			t.Error("saved, though the figures stay of the old zone")
		}
		if shop, err := st.Shop(ctx); err != nil || shop.Zone != "UTC" {
			t.Errorf("the zone is %q, %v: saved again, nothing would change", shop.Zone, err)
		}
		must(t, st.ExecAll(ctx, `ALTER TABLE elsewhere RENAME TO value_work`))
		must(t, st.SaveShop(ctx, store.Shop{Name: "Shop", Lang: "en", Zone: "Asia/Tokyo"}))
		if w, err := st.ValueWork(ctx); err != nil || w.AtID != 0 {
			t.Errorf("%+v, %v", w, err)
		}
	})
}
