package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// asset is a picture on record, of 100 bytes.
func asset(t *testing.T, st *store.Store, n int, name string, tags ...string) store.Asset {
	t.Helper()
	a := store.Asset{Asset: fmt.Sprintf("%024x.png", n), Name: name, Type: "image/png", Bytes: 60, Stored: 100, Width: 4, Height: 3}
	if err := st.SaveAsset(t.Context(), &a, 0); err != nil {
		t.Fatal(err)
	}
	if a.Tags = tags; len(tags) > 0 {
		if err := st.EditAsset(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func found(t *testing.T, st *store.Store, q store.AssetQuery) string {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 10
	}
	rows, _, err := st.Assets(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return strings.Join(names, " ")
}

func TestPicturesAreFoundByNameDescriptionAndTag(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		asset(t, st, 1, "Зима.png", "витрина")
		cup := asset(t, st, 2, "cup.png", "shop", "100%")
		asset(t, st, 3, "lamp.png", "shop")
		cup.Alt = "A blue CUP"
		if err := st.EditAsset(t.Context(), cup); err != nil {
			t.Fatal(err)
		}
		for q, want := range map[store.AssetQuery]string{
			{}: "lamp.png cup.png Зима.png", {Search: "ЗИМА"}: "Зима.png", {Search: "Витрин"}: "Зима.png", {Search: "blue cup"}: "cup.png",
			{Search: "0%"}: "cup.png", {Search: "%"}: "cup.png", {Tag: "shop"}: "lamp.png cup.png", {Tag: "shop", Search: "lamp"}: "lamp.png", {Tag: "none"}: "",
		} {
			if got := found(t, st, q); got != want {
				t.Errorf("%+v: %q, want %q", q, got, want)
			}
		}
		rows, next, err := st.Assets(t.Context(), store.AssetQuery{Limit: 2})
		if err != nil || len(rows) != 2 || next != cup.ID || found(t, st, store.AssetQuery{Before: next}) != "Зима.png" {
			t.Errorf("a page of %d, next %d, %v", len(rows), next, err)
		}
		tags, err := st.MediaTags(t.Context())
		if err != nil || len(tags) != 3 || tags[0] != (store.TagCount{Tag: "shop", Count: 2}) {
			t.Errorf("tags %v, %v", tags, err)
		}
	})
}

func TestTheSamePictureTwiceIsOneAsset(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		first := asset(t, st, 1, "mine.png")
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				again := store.Asset{Asset: first.Asset, Name: "other.png", Type: "image/png", Bytes: 60, Stored: 100, Width: 4, Height: 3}
				if err := st.SaveAsset(t.Context(), &again, 100); err != nil || again.ID != first.ID || again.Name != "mine.png" || !again.Again {
					t.Errorf("%+v, %v", again, err)
				}
			})
		}
		all.Wait()
		if r, err := st.MediaSize(t.Context()); r != (store.MediaRoom{Count: 1, Bytes: 100}) || err != nil {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestWhatDoesNotFitIntoTheQuotaIsRefused(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		first := asset(t, st, 1, "a.png")
		more := store.Asset{Asset: "ab.png", Name: "b.png", Type: "image/png", Stored: 100}
		if err := st.SaveAsset(t.Context(), &more, 199); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "no room") {
			t.Errorf("got %v", err)
		}
		if err := st.DeleteAssets(t.Context(), []int64{first.ID}); err != nil {
			t.Fatal(err)
		}
		if err := st.SaveAsset(t.Context(), &more, 199); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "within about an hour") {
			t.Errorf("while the files are there: %v", err)
		}
		if r, err := st.MediaSize(t.Context()); r != (store.MediaRoom{Bytes: 100, Going: 100}) || err != nil {
			t.Errorf("%+v, %v", r, err)
		}
		if again := first; st.SaveAsset(t.Context(), &again, 150) != nil || again.Again {
			t.Error("a picture whose files are there yet takes no room a second time")
		}
		if err := st.DeleteAssets(t.Context(), []int64{first.ID}); err != nil {
			t.Fatal(err)
		}
		claim(t, st, first, tuesday.Add(time.Second), true)
		must(t, st.ForgetAsset(t.Context(), first.ID))
		if err := st.SaveAsset(t.Context(), &more, 199); err != nil {
			t.Errorf("with room again: %v", err)
		}
	})
}

func TestDeletedPicturesComeBackUntilTheyAreClearedAway(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a, b := asset(t, st, 1, "a.png", "tag"), asset(t, st, 2, "b.png")
		if err := st.DeleteAssets(ctx, []int64{a.ID, b.ID}); err != nil || found(t, st, store.AssetQuery{}) != "" {
			t.Fatalf("not deleted: %v", err)
		}
		if all, err := st.RestoreAssets(ctx, []int64{a.ID, a.ID}); !all || err != nil || found(t, st, store.AssetQuery{Tag: "tag"}) != "a.png" {
			t.Errorf("not back with its tag: %v", err)
		}
		if gone, err := st.Unneeded(ctx, st.Now()); len(gone) != 0 || err != nil {
			t.Errorf("too early: %v, %v", gone, err)
		}
		before := st.Now().Add(time.Second)
		gone, err := st.Unneeded(ctx, before)
		if err != nil || len(gone) != 1 || gone[0].Asset != b.Asset {
			t.Errorf("cleared %v, %v", gone, err)
		}
		_, err = st.RestoreAssets(ctx, []int64{b.ID})
		must(t, err)
		claim(t, st, b, before, false)
		must(t, st.ForgetAsset(ctx, b.ID))
		if got := found(t, st, store.AssetQuery{}); got != "b.png a.png" {
			t.Errorf("what came back meanwhile is forgotten: %s", got)
		}
	})
}

// claim tries to begin to clear a picture away.
func claim(t *testing.T, st *store.Store, a store.Asset, before time.Time, want bool) {
	t.Helper()
	if got, err := st.ClaimAsset(t.Context(), a, before); err != nil || got != want {
		t.Errorf("claimed %v, %v; want %v", got, err, want)
	}
}

func TestAPictureThatIsUsedBetweenTheLookAndTheClearingStays(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 1)
		c := storetest.Campaign(t, st, "newsletter", l.ID, nil)
		for n, use := range []func(a string){
			func(a string) {
				content := c.Messages[0].Contents[0]
				content.Mode, content.Document = "blocks", `{"v":1,"blocks":[{"type":"image","asset":"`+a+`"}]}`
				must(t, st.SaveContent(ctx, c.Messages[0].ID, &content, "Ana"))
			},
			func(a string) {
				must(t, st.CreateDesign(ctx, &campaigns.Design{Name: "D", Kind: "newsletter", Content: campaigns.Content{Lang: "en", Mode: "html", HTML: a}}, "Ana"))
			},
			func(a string) {
				must(t, st.CreateSavedBlock(ctx, &campaigns.SavedBlock{Name: "S", Block: `{"asset":"` + a + `"}`}, "Ana"))
			},
			func(a string) {
				must(t, st.SaveShop(ctx, store.Shop{Name: "Shop", LogoDark: a, Lang: "en", Zone: "UTC"}))
			},
			func(a string) {
				must(t, st.SaveArticle(ctx, &campaigns.Item{Title: "Tea", URL: "https://shop.test/tea", Image: "https://shop.test/media/" + a, Published: tuesday}))
			},
			func(a string) { must(t, st.KeepLook(ctx, 7, a, store.Shop{Logo: a})) },
			func(a string) {
				must(t, st.KeepSent(ctx, store.Letter{Message: c.Messages[0].ID, Lang: "bg"}, campaigns.Content{Lang: "bg", Mode: "html", HTML: a, Version: 1}))
			},
		} {
			a, idle := asset(t, st, 10+n, "a.png"), asset(t, st, 100+n, "idle.png")
			must(t, st.DeleteAssets(ctx, []int64{a.ID, idle.ID}))
			clock.Add(2 * time.Hour)
			before := st.Now().Add(-time.Hour)
			use(a.Asset)
			claim(t, st, a, before, false)
			claim(t, st, idle, before, true)
		}
	})
}

func TestAPictureThatIsBeingClearedAwayIsNotRestoredNorUploadedUntilTheClaimEnds(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx, before := t.Context(), tuesday.Add(time.Second)
		a := asset(t, st, 1, "a.png")
		must(t, st.DeleteAssets(ctx, []int64{a.ID}))
		claim(t, st, a, before, true)
		claim(t, st, a, before, false) // another process
		if all, err := st.RestoreAssets(ctx, []int64{a.ID}); all || err != nil || found(t, st, store.AssetQuery{}) != "" {
			t.Errorf("restored %v, %v", all, err)
		}
		again := a
		if err := st.SaveAsset(ctx, &again, 0); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "again in a few minutes") {
			t.Errorf("uploaded: %v", err)
		}
		clock.Add(6 * time.Minute)
		claim(t, st, a, before, true) // whoever claimed it is gone
		clock.Add(6 * time.Minute)
		must(t, st.SaveAsset(ctx, &again, 0))
		must(t, st.ForgetAsset(ctx, a.ID))
		if got := found(t, st, store.AssetQuery{}); got != "a.png" {
			t.Errorf("what was uploaded anew is forgotten: %q", got)
		}
	})
}

func TestAPictureThatALetterStillShowsIsLookedForOnceADay(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		worth := func(what string, want bool) {
			t.Helper()
			if got, err := st.WorthLooking(ctx, st.Now()); got != want || err != nil {
				t.Errorf("%s: %v, %v", what, got, err)
			}
		}
		a, b := asset(t, st, 1, "a.png"), asset(t, st, 2, "b.png")
		must(t, st.DeleteAssets(ctx, []int64{a.ID}))
		worth("at the moment itself", false)
		clock.Add(time.Minute)
		worth("never looked at", true)
		must(t, st.Looked(ctx, st.Now()))
		clock.Add(10 * time.Minute)
		worth("looked at", false)
		must(t, st.DeleteAssets(ctx, []int64{b.ID}))
		clock.Add(time.Minute)
		worth("another was deleted", true)
		must(t, st.Looked(ctx, st.Now()))
		clock.Add(23 * time.Hour)
		worth("within a day", false)
		clock.Add(time.Hour)
		worth("after a day", true)
	})
}

func TestUsesOfAPictureAreFound(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a := asset(t, st, 1, "a.png")
		if uses, err := st.AssetUses(ctx, a.Asset); err != nil || len(uses) != 0 {
			t.Fatalf("used by nothing in %v, %v", uses, err)
		}
		l := storetest.People(t, st, 1)
		c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) {
			c.Messages[0].Contents[0].Mode = "blocks"
			c.Messages[0].Contents[0].Document = `{"v":1,"blocks":[{"type":"image","asset":"` + a.Asset + `"}]}`
		})
		m := c.Messages[0]
		it := campaigns.Item{Title: "Tea", URL: "https://shop.test/tea", Image: "https://shop.test/media/" + a.Asset, Published: tuesday}
		if err := st.SaveArticle(ctx, &it); err != nil {
			t.Fatal(err)
		}
		if err := st.SaveShop(ctx, store.Shop{Name: "Shop", Logo: a.Asset, Lang: "en", Zone: "UTC"}); err != nil {
			t.Fatal(err)
		}
		uses, err := st.AssetUses(ctx, a.Asset)
		if err != nil || len(uses) != 3 {
			t.Fatalf("used in %+v, %v", uses, err)
		}
		if u := uses[1]; u.Place != store.InCampaign || u.ID != c.ID || u.Message != m.Name || u.Lang != "en" || u.Holds() != (u.State != campaigns.Draft) {
			t.Errorf("campaign: %+v", u)
		}
		if !uses[0].Holds() || !uses[2].Holds() || uses[2].Place != store.InShop {
			t.Errorf("article and shop: %+v", uses)
		}
		if err := st.DeleteAssets(ctx, []int64{a.ID}); err != nil {
			t.Fatal(err)
		}
		if gone, err := st.Unneeded(ctx, tuesday.Add(time.Hour)); len(gone) != 0 || err != nil {
			t.Errorf("what is used was cleared: %v, %v", gone, err)
		}
	})
}

func TestThePicturesOfLettersThatLeftAreNotClearedAway(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		logo, dark, shown, idle := asset(t, st, 1, "logo.png"), asset(t, st, 2, "dark.png"), asset(t, st, 3, "block.png"), asset(t, st, 4, "idle.png")
		must(t, st.KeepLook(ctx, 7, "then", store.Shop{Name: "Shop", Logo: logo.Asset, LogoDark: dark.Asset}))
		must(t, st.KeepBlocks(ctx, 7, "then", map[int64]string{3: `{"type":"image","asset":"` + shown.Asset + `"}`}))
		must(t, st.DeleteAssets(ctx, []int64{logo.ID, dark.ID, shown.ID, idle.ID}))
		gone, err := st.Unneeded(ctx, tuesday.Add(time.Hour))
		if err != nil || len(gone) != 1 || gone[0].ID != idle.ID {
			t.Errorf("cleared away: %+v, %v", gone, err)
		}
	})
}

func TestASmallerFileOfBeforeTheirSizesWereKeptHasItsShare(t *testing.T) {
	a := store.Asset{Asset: "a.png", Bytes: 1000, Stored: 1500, Variants: `[{"Name":"a-600.png","Width":200,"Height":20},{"Name":"a-320.png","Width":100,"Height":10}]`}
	for file, want := range map[string]int64{"a.png": 1000, "a-600.png": 400, "a-320.png": 100} {
		if got := a.Weight(file); got != want {
			t.Errorf("%s: %d, want %d", file, got, want)
		}
	}
}

func TestTagsAreCleaned(t *testing.T) {
	tags, err := store.CleanTags(" Shop, #winter ,shop,, Ана ")
	if err != nil || strings.Join(tags, "|") != "shop|winter|ана" {
		t.Errorf("%v, %v", tags, err)
	}
	if _, err := store.CleanTags(strings.Repeat("a", 41)); !fault.Is(err, fault.Invalid) {
		t.Error("a long tag is taken")
	}
	if _, err := store.CleanTags("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u"); !fault.Is(err, fault.Invalid) {
		t.Error("21 tags are taken")
	}
}
