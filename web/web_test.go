package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/internal/config"
	"keepsake/internal/link"
	"keepsake/internal/media"
	"keepsake/internal/render"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
	"keepsake/templates"
	"keepsake/web/admin"
	"keepsake/web/page"
)

var tuesday = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)

// app is a whole Keepsake behind httptest, and a browser of it.
type app struct {
	t       *testing.T
	clock   *storetest.Clock
	store   *store.Store
	site    *page.Site
	handler http.Handler
	cookies map[string]string
	from    string
}

// words are the catalogue and the templates; they do not change.
type words struct {
	catalog *render.Catalog
	book    *page.Book
}

// allWords reads them once for all tests.
var allWords = sync.OnceValues(func() (words, error) {
	catalog, err := render.LoadCatalog(templates.FS)
	if err != nil {
		return words{}, err
	}
	book, err := page.NewBook(templates.FS, catalog)
	return words{catalog, book}, err
})

func newApp(t *testing.T) *app {
	t.Helper()
	clock := storetest.NewClock(tuesday)
	st := storetest.SQLite(t, clock)
	words, err := allWords()
	if err != nil {
		t.Fatal(err)
	}
	cat, book := words.catalog, words.book
	cfg := config.Defaults()
	cfg.BaseURL = "http://shop.test"
	site := &page.Site{Store: st, Links: link.New([]byte("a secret for tests, long enough"), cfg.Base()), Catalog: cat,
		Config: cfg, Now: clock.Now, Book: book, Mailbox: true, Media: media.Disk(t.TempDir())}
	h, err := New(site)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	return &app{t: t, clock: clock, store: st, site: site, handler: h, cookies: map[string]string{}, from: "192.0.2.1:1234"}
}

// owner makes an owner and signs in.
func (a *app) owner() store.User {
	a.t.Helper()
	u := a.user("ana@shop.test", store.Owner)
	a.signIn(u)
	return u
}

// signIn gives the browser a session; passwords are slow on purpose, and tested apart.
func (a *app) signIn(u store.User) {
	a.t.Helper()
	token, err := a.store.StartSession(a.t.Context(), u.ID, "test", false)
	if err != nil {
		a.t.Fatal(err)
	}
	a.cookies["session"] = token
}

// hash is that of "correct horse battery".
var hash = sync.OnceValues(func() (string, error) { return admin.HashPassword(context.Background(), "correct horse battery") })

func (a *app) user(email, role string) store.User {
	a.t.Helper()
	hash, err := hash()
	if err != nil {
		a.t.Fatal(err)
	}
	u := store.User{Email: email, Name: "Ana", Role: role, Lang: "en", Zone: "Europe/Sofia", PasswordHash: hash}
	if err := a.store.CreateUser(a.t.Context(), &u); err != nil {
		a.t.Fatal(err)
	}
	return u
}

func (a *app) get(path string, header ...string) *httptest.ResponseRecorder {
	a.t.Helper()
	return a.do(httptest.NewRequest(http.MethodGet, "http://shop.test"+path, nil), header)
}

// post sends a form as a browser does from our own page: name, value, name, value.
func (a *app) post(path string, pairs ...string) *httptest.ResponseRecorder {
	a.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "http://shop.test"+path, strings.NewReader(form.Encode()))
	return a.do(r, []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"})
}

func (a *app) do(r *http.Request, header []string) *httptest.ResponseRecorder {
	a.t.Helper()
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	r.RemoteAddr = a.from
	for name, value := range a.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(a.cookies, c.Name)
		} else {
			a.cookies[c.Name] = c.Value
		}
	}
	return w
}

func want(t *testing.T, r *httptest.ResponseRecorder, status int, parts ...string) {
	t.Helper()
	if r.Code != status {
		t.Fatalf("got %d, want %d: %.600s", r.Code, status, r.Body)
	}
	for _, p := range parts {
		if !strings.Contains(r.Body.String(), p) {
			t.Errorf("no %q in %.3000s", p, r.Body)
		}
	}
}
