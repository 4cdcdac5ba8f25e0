package store_test

import (
	"reflect"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestASavedBrandCanBeTakenBackOnceAndNotAfterAnother(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx, square := t.Context(), 0
		must(t, st.SaveShop(ctx, store.Shop{Name: "Lindenhof", Lang: "bg", Zone: "UTC", Accent: "#7a1f3d", Address: "Sofia"}))
		b := store.Brand{Address: "Plovdiv", Light: document.Colors{Accent: "#123456", Bg: "#ffffff"}, Radius: &square,
			Social: []document.SocialLink{{Network: "telegram", Href: "https://t.test/l"}}}
		first, err := st.SaveBrand(ctx, b)
		must(t, err)
		shop, err := st.Shop(ctx)
		if err != nil || shop.Name != "Lindenhof" || shop.Lang != "bg" || shop.Accent != "#123456" || !reflect.DeepEqual(shop.Brand(), b) {
			t.Fatalf("%+v, %v", shop, err)
		}
		second, err := st.SaveBrand(ctx, store.Brand{})
		must(t, err)
		if err := st.RestoreBrand(ctx, first); !fault.Is(err, fault.Conflict) {
			t.Errorf("an older change came back: %v", err)
		}
		must(t, st.RestoreBrand(ctx, second))
		if shop, err := st.Shop(ctx); err != nil || shop.Address != "Plovdiv" || *shop.Radius != 0 {
			t.Errorf("%+v, %v", shop, err)
		}
		for _, token := range []string{second, ""} {
			if err := st.RestoreBrand(ctx, token); !fault.Is(err, fault.Conflict) {
				t.Errorf("%q worked again: %v", token, err)
			}
		}
	})
}

func TestABrandReachesWhatIsNotSentYetAndWrittenInBlocks(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		for _, one := range []struct{ state, mode string }{{campaigns.Draft, "blocks"}, {campaigns.Draft, "html"}, {campaigns.Scheduled, "blocks"},
			{campaigns.Running, "blocks"}, {campaigns.Finished, "blocks"}} {
			c := campaigns.Campaign{Name: one.state, Kind: "newsletter", State: one.state, Lang: "en",
				Messages: []campaigns.Message{{Name: "news", Contents: []campaigns.Content{{Lang: "en", Mode: one.mode, Subject: "S"}}}}}
			must(t, st.CreateCampaign(t.Context(), &c))
		}
		drafts, waiting, err := st.BrandReach(t.Context())
		if err != nil || drafts != 1 || waiting != 2 {
			t.Errorf("%d drafts, %d waiting, %v", drafts, waiting, err)
		}
	})
}
