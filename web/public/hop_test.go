package public_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

var hopLink = regexp.MustCompile(`href="([^"]*/c/[A-Za-z0-9_-]+)"`)

// hops are the links of a letter that carry their target.
func (f *face) hops(view string) (all []string) {
	f.t.Helper()
	for _, m := range hopLink.FindAllStringSubmatch(f.get(view).want(http.StatusOK).body, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

func (f *face) article(title, url string) {
	f.t.Helper()
	must(f.t, f.st.SaveItems(f.t.Context(), store.OwnArticles, []campaigns.Item{{Title: title, URL: url, Published: f.clock.Now()}}, []string{url}))
}

func TestReadsOfADigestAreCountedByArticle(t *testing.T) {
	f := newFace(t)
	ana, boris := f.person("ana@shop.test", "Ana", "en"), f.person("boris@shop.test", "Boris", "en")
	f.article("How to brew", "https://blog.test/brew?a=1&b=2")
	f.article("How to store", "https://blog.test/store")
	f.clock.Add(time.Minute)
	c := f.campaign("knowledge", nil)
	f.send()
	for _, who := range []map[string]string{second(f.delivery(c.ID, ana)), second(f.delivery(c.ID, boris))} {
		to := f.hops(who["view"])[0] // Ana and Boris read the first article only
		got := f.get(to).want(http.StatusFound)
		if at := got.header.Get("Location"); !strings.HasPrefix(at, "https://blog.test/") || got.header.Get("Cache-Control") != "no-store" || got.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", at, got.header)
		}
		f.get(to + "A").want(http.StatusNotFound)
		f.clock.Add(time.Minute)
	}
	rows, err := f.st.Clicks(t.Context(), c.ID)
	if err != nil || len(rows) != 1 || rows[0].People != 2 || !strings.HasPrefix(rows[0].Title, "How to ") || !strings.HasPrefix(rows[0].URL, "https://blog.test/") {
		t.Errorf("%+v, %v", rows, err)
	}
}

func second(_ store.DeliveryRow, links map[string]string) map[string]string { return links }

func TestAHopLeadsOnlyWhereItWasSigned(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", threeLinks)
	f.send()
	d, links := f.delivery(c.ID, p)
	token := func(u string) string { return u[strings.LastIndexByte(u, '/')+1:] }
	for _, other := range []string{links["click"], links["view"], links["respond"], links["open"]} {
		f.get("/c/" + strings.TrimSuffix(token(other), ".gif") + "?to=https://evil.test/").want(http.StatusNotFound)
	}
	for _, target := range []string{"javascript:alert(1)", "//evil.test", "ftp://evil.test/", "/local", "https://", ""} {
		to := f.site.Links.HopURL(link.Claims{Delivery: d.ID, Message: d.MessageID, Extra: target})
		f.get(to).want(http.StatusNotFound)
	}
	if to := f.site.Links.HopURL(link.Claims{Delivery: d.ID, Extra: "https://blog.test/" + strings.Repeat("x", 3000)}); to != "" {
		t.Error("an address of 3,000 characters is carried")
	}
}
