package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

func TestPostsOfOtherSitesAreRefused(t *testing.T) {
	a := newApp(t)
	a.owner()
	for name, header := range map[string][2]string{"cross-site": {"Sec-Fetch-Site", "cross-site"}, "old browser": {"Origin", "https://evil.test"}} {
		r := httptest.NewRequest(http.MethodPost, "http://shop.test/sign-out", nil)
		if got := a.do(r, header[:]); got.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
	want(t, a.get("/"), http.StatusOK)
}

func TestEveryAnswerHasThePolicy(t *testing.T) {
	a := newApp(t)
	for _, path := range []string{"/healthz", "/readyz", "/sign-in", "/no/such/page", "/", "/static/app.css"} {
		h := a.get(path).Header()
		if p := h.Get("Content-Security-Policy"); !strings.Contains(p, "script-src 'self';") || !strings.Contains(p, "require-trusted-types-for 'script'") {
			t.Errorf("%s: %q", path, p)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be sniffed", path)
		}
	}
	a.owner()
	if got := a.get("/").Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("a signed-in page may be kept: %q", got)
	}
}

func TestWhatIsNotThereIs404(t *testing.T) {
	a := newApp(t)
	a.owner()
	want(t, a.get("/no/such/page"), http.StatusNotFound, "There is no such page.")
	want(t, a.get("/no/such/page", "Accept", "application/json"), http.StatusNotFound, `"detail":"There is no such page."`)
}

func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	a := newApp(t)
	want(t, a.get("/no", "Accept-Language", "bg-BG,bg;q=0.9"), http.StatusNotFound, `lang="bg"`)
	want(t, a.get("/no", "Accept-Language", "fr,ru;q=0.5"), http.StatusNotFound, `lang="ru"`)
}

func TestSecurityTxtNamesWhomToTell(t *testing.T) {
	a := newApp(t)
	want(t, a.get("/.well-known/security.txt"), http.StatusNotFound)
	a.site.Config.Security = "mailto:security@shop.test"
	want(t, a.get("/.well-known/security.txt"), http.StatusOK, "Contact: mailto:security@shop.test\n", "Expires: 2026-09-03T09:00:00Z\n")
}

func TestHealthAndReadiness(t *testing.T) {
	a := newApp(t)
	want(t, a.get("/healthz"), http.StatusOK)
	want(t, a.get("/readyz"), http.StatusOK, "ready")
	a.store.Close()
	want(t, a.get("/healthz"), http.StatusOK)
	want(t, a.get("/readyz"), http.StatusServiceUnavailable, "the database does not answer")
}

func TestStaticFilesTravelZippedAndAreKept(t *testing.T) {
	a := newApp(t)
	r := a.get(a.site.Static.URL("app.css"), "Accept-Encoding", "gzip")
	h := r.Header()
	if h.Get("Content-Encoding") != "gzip" || !strings.Contains(h.Get("Cache-Control"), "immutable") || r.Body.Len() > 12_000 {
		t.Errorf("%d octets, %v", r.Body.Len(), h)
	}
	want(t, a.get("/static/../web.go"), http.StatusNotFound)
}

func TestReadersAtOnceEachGetTheirLanguage(t *testing.T) {
	a := newApp(t)
	words := map[string]string{"en": "Sign in", "bg": "Вход", "ru": "Войти"}
	var wait sync.WaitGroup
	for range 20 {
		for lang, word := range words {
			wait.Go(func() {
				r := httptest.NewRequest(http.MethodGet, "http://shop.test/sign-in", nil)
				r.Header.Set("Accept-Language", lang)
				w := httptest.NewRecorder()
				a.handler.ServeHTTP(w, r)
				if body := w.Body.String(); !strings.Contains(body, `lang="`+lang+`"`) || !strings.Contains(body, "<h1>"+word+"</h1>") {
					t.Errorf("%s: %.300s", lang, body)
				}
			})
		}
	}
	wait.Wait()
}
