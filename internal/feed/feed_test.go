package feed

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/fault"
	"keepsake/internal/fetch"
)

var tuesday = time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)

// serve answers at "localhost", so that a test may allow the name and not the address.
func serve(t *testing.T, h http.HandlerFunc) (url, address string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1), s.URL
}

func fetcher(allow ...string) *Fetcher { return New(allow, func() time.Time { return tuesday }) }

func TestARedirectInsideIsRefused(t *testing.T) {
	var inside string
	asked := false
	url, inside := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/secret" {
			asked = true
			return
		}
		http.Redirect(w, r, inside+"/secret", http.StatusFound)
	})
	_, _, err := fetcher("localhost").Fetch(t.Context(), url)
	if !fault.Is(err, fault.Away) || !strings.Contains(err.Error(), fetch.ErrPrivate.Error()) || asked {
		t.Errorf("%v, asked: %v", err, asked)
	}
	if _, _, err := fetcher().Fetch(t.Context(), url); !fault.Is(err, fault.Away) || !strings.Contains(err.Error(), fetch.ErrPrivate.Error()) {
		t.Errorf("a name that leads inside: %v", err)
	}
	for _, bad := range []string{"file:///etc/passwd", "gopher://shop.test/", "http://user:word@shop.test/", "http://", "://"} {
		if _, _, err := fetcher().Fetch(t.Context(), bad); !fault.Is(err, fault.Away) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestAnEndlessFeedIsCutOff(t *testing.T) {
	sent := 0
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `<rss version="2.0"><channel><title>`)
		block := strings.Repeat("a", 1<<20)
		for sent = 0; sent < 100; sent++ {
			if _, err := fmt.Fprint(w, block); err != nil {
				return
			}
		}
	})
	if _, _, err := fetcher("localhost").Fetch(t.Context(), url); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

const rss = `<rss version="2.0"><channel><title>Tea</title>
<item><title>Oolong &amp;amp; friends &lt;b&gt;today&lt;/b&gt;</title><link>https://tea.test/oolong</link><guid>tea-1</guid>
<description>&lt;p&gt;Fresh&lt;script&gt;alert(1)&lt;/script&gt; leaves&lt;/p&gt;</description><pubDate>Mon, 16 Nov 2026 10:00:00 +0200</pubDate></item>
<item><title>From tomorrow</title><link>javascript:alert(1)</link><pubDate>Wed, 18 Nov 2026 10:00:00 GMT</pubDate></item>
</channel></rss>`

const atom = `<feed xmlns="http://www.w3.org/2005/Atom"><title>Tea</title><id>tea</id><updated>2026-11-16T08:00:00Z</updated>
<entry><title>Пуер</title><id>urn:tea:2</id><link href="https://tea.test/puer"/><updated>2026-11-16T08:00:00Z</updated>
<published>2026-11-16T08:00:00Z</published><summary>Old leaves</summary></entry></feed>`

func TestRSSAndAtomAreRead(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, map[string]string{"/rss": rss, "/atom": atom, "/html": "<html><p>Hello</p></html>"}[r.URL.Path])
	})
	f := fetcher("localhost")
	items, guids, err := f.Fetch(t.Context(), url+"/rss")
	if err != nil || len(items) != 2 || guids[0] != "tea-1" || guids[1] != "javascript:alert(1)|From tomorrow" {
		t.Fatalf("%+v, %q, %v", items, guids, err)
	}
	monday := time.Date(2026, 11, 16, 8, 0, 0, 0, time.UTC)
	if i := items[0]; i.Title != "Oolong & friends today" || i.URL != "https://tea.test/oolong" || i.Excerpt != "Fresh leaves" || !i.Published.Equal(monday) {
		t.Errorf("%+v", i)
	}
	if i := items[1]; i.URL != "" || !i.Published.Equal(tuesday) {
		t.Errorf("%+v", i)
	}
	items, guids, err = f.Fetch(t.Context(), url+"/atom")
	if err != nil || len(items) != 1 || guids[0] != "urn:tea:2" || items[0].Title != "Пуер" || items[0].URL != "https://tea.test/puer" || items[0].Excerpt != "Old leaves" || !items[0].Published.Equal(monday) {
		t.Errorf("%+v, %q, %v", items, guids, err)
	}
	if _, _, err := f.Fetch(t.Context(), url+"/html"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a page: %v", err)
	}
}
