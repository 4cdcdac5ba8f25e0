package public_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

// viewLink is the link to see the last letter in the browser.
func (f *face) viewLink() string {
	f.t.Helper()
	all := f.viewLinks()
	return all[len(all)-1]
}

// viewLinks are those of all letters that left.
func (f *face) viewLinks() (all []string) {
	f.t.Helper()
	for _, letter := range f.smtp.Letters() {
		links := linksOf(f.t, letter.Data)
		i := slices.IndexFunc(links, func(l string) bool { return strings.Contains(l, "/v/") })
		if i < 0 {
			f.t.Fatal("no link to see the letter")
		}
		all = append(all, links[i])
	}
	return all
}

func TestALetterInTheBrowserLooksAsItWasSent(t *testing.T) {
	f := newFace(t)
	f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", threeLinks)
	f.send()
	sent := f.viewLink()
	f.get(sent).want(http.StatusOK, "#c2542d", ">A</")

	shop, err := f.st.Shop(t.Context())
	must(t, err)
	name := shop.Name
	shop.Accent, shop.Name = "#8a1c4a", "Another House"
	must(t, f.st.SaveShop(t.Context(), shop))
	c, err = f.st.Campaign(t.Context(), c.ID)
	must(t, err)
	content := c.Messages[0].Contents[0]
	content.Document = strings.ReplaceAll(content.Document, `"label":"A"`, `"label":"Changed"`)
	must(t, f.st.SaveContent(t.Context(), c.Messages[0].ID, &content, "test"))
	f.clock.Add(time.Hour)
	shown := f.get(sent).want(http.StatusOK, "#c2542d", ">A</", name).body
	if strings.Contains(shown, "Changed") || strings.Contains(shown, "#8a1c4a") || strings.Contains(shown, "Another House") {
		t.Errorf("a letter that left is shown as it would leave today: %s", shown)
	}
}

func TestALetterInTheBrowserShowsItsSavedBlocksAsTheyWere(t *testing.T) {
	f := newFace(t)
	ctx := t.Context()
	block := campaigns.SavedBlock{Name: "Hours", Block: `{"id":"x","type":"image","asset":"` + strings.Repeat("ab", 12) + `.png","alt":"Open at nine"}`}
	must(t, f.st.CreateSavedBlock(ctx, &block, "Ana"))
	gone := block
	must(t, f.st.CreateSavedBlock(ctx, &gone, "Ana"))
	must(t, f.st.ArchiveSavedBlock(ctx, gone.ID, true))
	f.person("ana@shop.test", "Ana", "en")
	f.campaign("newsletter", func(c *campaigns.Campaign) {
		threeLinks(c)
		shown := fmt.Sprintf(`{"id":"s","type":"saved","ref":%d},{"id":"g","type":"saved","ref":%d},`, block.ID, gone.ID)
		for i := range c.Messages[0].Contents {
			c.Messages[0].Contents[i].Document = strings.Replace(c.Messages[0].Contents[i].Document, `"blocks":[`, `"blocks":[`+shown, 1)
		}
	})
	f.send()
	sent := f.viewLink()
	f.get(sent).want(http.StatusOK, "Open at nine")

	picture := store.Asset{Asset: strings.Repeat("ab", 12) + ".png", Name: "nine.png", Type: "image/png", Bytes: 60, Stored: 60, Width: 4, Height: 3}
	must(t, f.st.SaveAsset(ctx, &picture, 0))
	block.Block = `{"id":"x","type":"image","asset":"` + strings.Repeat("cd", 12) + `.png","alt":"Open at ten"}`
	must(t, f.st.SaveSavedBlock(ctx, &block, "Ana"))
	must(t, f.st.ArchiveSavedBlock(ctx, gone.ID, false))
	for range 2 {
		body := f.get(sent).want(http.StatusOK, "Open at nine", picture.Asset).body
		if strings.Contains(body, "Open at ten") || strings.Count(body, "Open at nine") != 1 {
			t.Errorf("a letter that left shows its saved blocks as they are today: %s", body)
		}
	}
	must(t, f.st.DeleteAssets(ctx, []int64{picture.ID}))
	if away, err := f.st.Unneeded(ctx, f.clock.Now().Add(time.Hour)); len(away) != 0 || err != nil {
		t.Errorf("the picture that the letter shows is cleared away: %v, %v", away, err)
	}
}

func TestALetterOfAVariantThatIsGoneIsShownAsItWasSent(t *testing.T) {
	f := newFace(t)
	ctx := t.Context()
	for i := range 10 {
		f.person(fmt.Sprintf("p%d@shop.test", i), "P", "en")
	}
	c := f.campaign("newsletter", func(c *campaigns.Campaign) {
		threeLinks(c)
		_, err := c.Messages[0].AddVariant("a")
		must(t, err)
		c.Messages[0].Test.Share = 100
		for i, content := range c.Messages[0].Contents {
			if content.Variant == "b" {
				c.Messages[0].Contents[i].Document = strings.ReplaceAll(content.Document, `"label":"A"`, `"label":"Only B"`)
			}
		}
	})
	f.send()
	var ofB []string
	for _, l := range f.viewLinks() {
		if strings.Contains(f.get(l).want(http.StatusOK).body, "Only B") {
			ofB = append(ofB, l)
		}
	}
	if len(ofB) != 5 {
		t.Fatalf("%d of 10 letters are B", len(ofB))
	}
	test, err := f.st.Trials(ctx, c.ID, 1)
	must(t, err)
	must(t, f.site.Dispatch.Choose(ctx, c.ID, test[0].ID, "a", "Ana"))
	must(t, f.st.DeleteVariant(ctx, c.Messages[0].ID, "b"))
	for _, l := range ofB {
		f.get(l).want(http.StatusOK, "Only B")
	}
}

func TestALinkFromBeforeLettersSaidTheirVariantStillShowsTheLetter(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", threeLinks)
	f.send()
	d, _ := f.delivery(c.ID, p)
	for _, said := range []string{"en ", "", "en x y z w", "   "} {
		f.get(f.site.Links.ViewURL(link.Claims{Delivery: d.ID, Link: 1, Extra: said})).want(http.StatusOK, ">A</")
	}
}
