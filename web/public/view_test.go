package public_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// viewLink is the link to see the last letter in the browser.
func (f *face) viewLink() string {
	f.t.Helper()
	letters := f.smtp.Letters()
	for _, l := range linksOf(f.t, letters[len(letters)-1].Data) {
		if strings.Contains(l, "/v/") {
			return l
		}
	}
	f.t.Fatal("no link to see the letter")
	return ""
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
