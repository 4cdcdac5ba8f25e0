package public_test

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/config"
	"keepsake/internal/dispatch"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/media"
	"keepsake/internal/render"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
	"keepsake/templates"
	"keepsake/web"
	"keepsake/web/page"
)

var tuesday = time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)

// firefox is the agent of a person's browser, and of the scanners that borrow it.
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// face is a whole Keepsake behind a real web server, with a real mail server; only the clock is a fake.
type face struct {
	t      *testing.T
	st     *store.Store
	smtp   *smtptest.Server
	site   *page.Site
	clock  *storetest.Clock
	base   string
	list   audience.List
	client *http.Client
}

func newFace(t *testing.T, opts ...smtptest.Option) *face {
	t.Helper()
	clock := storetest.NewClock(tuesday)
	st := storetest.SQLite(t, clock)
	if dsn := os.Getenv("KEEPSAKE_TEST_POSTGRES"); dsn != "" {
		st = storetest.Postgres(t, dsn, clock)
	}
	must(t, st.SaveShop(t.Context(), store.Shop{Name: "Tea House", Address: "1 Leaf Street\n1000 Sofia", URL: "https://tea.test", SenderEmail: "hello@tea.test",
		Accent: "#c2542d", Lang: "en", Zone: "Europe/Sofia"}))
	server := httptest.NewUnstartedServer(nil)
	f := &face{t: t, st: st, smtp: smtptest.Start(t, opts...), clock: clock, base: "http://" + server.Listener.Addr().String()}
	f.wire(server)
	f.list = storetest.People(t, st, 0)
	jar, err := cookiejar.New(nil)
	must(t, err)
	f.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return f
}

// The catalogue and the templates are read once for all tests.
var (
	loadCatalog = sync.OnceValues(func() (*render.Catalog, error) { return render.LoadCatalog(templates.FS) })
	loadBook    = sync.OnceValues(func() (*page.Book, error) {
		catalog, err := loadCatalog()
		if err != nil {
			return nil, err
		}
		return page.NewBook(templates.FS, catalog)
	})
)

func (f *face) wire(server *httptest.Server) {
	f.t.Helper()
	book, err := loadBook()
	must(f.t, err)
	catalog, err := loadCatalog()
	must(f.t, err)
	cfg := config.Defaults()
	cfg.BaseURL = f.base
	links := link.New([]byte("a secret for tests, long enough"), f.base)
	pool := mailer.New(mailer.Config{Host: f.smtp.Host, Port: f.smtp.Port, TLS: mailer.TLSNone, HELO: "keepsake.test"})
	f.t.Cleanup(func() { pool.Close() })
	d := dispatch.New(f.st, pool, links, catalog, dispatch.Options{BaseURL: f.base, TrackOpens: true, TrackClicks: true})
	art, err := fs.Sub(templates.FS, "art")
	must(f.t, err)
	f.site = &page.Site{Art: art, Store: f.st, Dispatch: d, Links: links, Catalog: catalog, Config: cfg, Now: f.clock.Now, Book: book, Media: media.Disk(f.t.TempDir())}
	server.Config.Handler, err = web.New(f.site)
	must(f.t, err)
	server.Start()
	f.t.Cleanup(f.site.Close)
	f.t.Cleanup(server.Close)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answered is one answer of the server, read whole.
type answered struct {
	t      *testing.T
	url    string
	status int
	header http.Header
	body   string
}

func (f *face) do(r *http.Request) answered {
	f.t.Helper()
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", firefox)
	}
	got, err := f.client.Do(r)
	must(f.t, err)
	defer got.Body.Close()
	f.site.Counter.Flush()
	body, err := io.ReadAll(got.Body)
	must(f.t, err)
	return answered{f.t, r.Method + " " + r.URL.Path, got.StatusCode, got.Header, string(body)}
}

// request makes one for a path of ours or a whole address.
func (f *face) request(method, to string, body io.Reader) *http.Request {
	f.t.Helper()
	if strings.HasPrefix(to, "/") {
		to = f.base + to
	}
	r, err := http.NewRequestWithContext(f.t.Context(), method, to, body)
	must(f.t, err)
	return r
}

func (f *face) get(to string) answered  { return f.do(f.request(http.MethodGet, to, nil)) }
func (f *face) head(to string) answered { return f.do(f.request(http.MethodHead, to, nil)) }

// post sends a form as a browser does from our own page: name, value, name, value.
func (f *face) post(to string, pairs ...string) answered {
	f.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := f.request(http.MethodPost, to, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return f.do(r)
}

func (a answered) want(status int, parts ...string) answered {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: got %d, want %d: %.1500s", a.url, a.status, status, a.body)
	}
	for _, p := range parts {
		if !strings.Contains(a.body, p) {
			a.t.Errorf("%s: no %q in %.3000s", a.url, p, a.body)
		}
	}
	return a
}

// field is the value of a hidden field of the page.
func (a answered) field(name string) string {
	a.t.Helper()
	_, rest, ok := strings.Cut(a.body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !ok {
		a.t.Fatalf("%s: no field %s in %.2000s", a.url, name, a.body)
	}
	return value
}

// person is confirmed on the list of the shop.
func (f *face) person(email, name, lang string) audience.Subscriber {
	f.t.Helper()
	p := audience.Subscriber{Email: email, FirstName: name, Lang: lang, Source: "test"}
	must(f.t, p.Validate())
	must(f.t, f.st.SaveSubscriber(f.t.Context(), &p))
	must(f.t, f.st.Subscribe(f.t.Context(), p.ID, f.list.ID, audience.Confirmed, audience.Consent{Source: "test", Wording: "yes"}))
	return p
}

// settings are good ones of each kind, around the clock of the test.
func settings() map[string]campaigns.Kind {
	return map[string]campaigns.Kind{
		"newsletter": &campaigns.Newsletter{}, "knowledge": &campaigns.Knowledge{},
		"feedback": &campaigns.Feedback{Question: "How do you like the tea?", Scale: "stars", ReviewURL: "https://reviews.test/tea", Promise: "We will call you tomorrow."},
		"gift":     &campaigns.Gift{Reward: "A bag of our new oolong", ValidDays: 30, Terms: "One per person.\nNot for cash."},
		"contest": &campaigns.Contest{Prize: "A cast-iron teapot", Starts: tuesday.Add(-time.Hour), Ends: tuesday.Add(7 * 24 * time.Hour), Winners: 1,
			Organiser: "Tea House, 1 Leaf Street, 1000 Sofia, hello@tea.test", Eligible: "Customers of full age", Rules: "Employees may not enter."},
	}
}

// campaign starts a campaign of the kind with its starter letters in three languages.
func (f *face) campaign(kind string, shape func(*campaigns.Campaign)) campaigns.Campaign {
	f.t.Helper()
	ctx := f.t.Context()
	c, err := campaigns.New(kind, "Test "+kind, "en")
	must(f.t, err)
	must(f.t, c.Keep(settings()[kind]))
	at := f.clock.Now()
	c.Audience.Lists, c.Trigger = []int64{f.list.ID}, campaigns.Trigger{At: &at}
	for i := range c.Messages {
		for _, lang := range audience.Languages {
			content, err := render.Starter(kind, c.Messages[i].Name, lang, templates.FS)
			must(f.t, err)
			c.Messages[i].Contents = append(c.Messages[i].Contents, content)
		}
		if c.Messages[i].On == "" && i == 0 {
			c.Messages[i].Wait, c.Messages[i].LocalTime = 0, ""
		}
	}
	if shape != nil {
		shape(&c)
	}
	must(f.t, f.st.CreateCampaign(ctx, &c))
	if kind == "gift" {
		f.codes(c.ID, 20)
	}
	must(f.t, f.site.Dispatch.Start(ctx, c.ID))
	return c
}

func (f *face) codes(campaign int64, n int) {
	f.t.Helper()
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("TEA%d-%04d", campaign, i))
	}
	_, err := f.st.AddCodes(f.t.Context(), campaign, all)
	must(f.t, err)
}

// send lets all that is due go out, and a minute pass: letters are read later.
func (f *face) send() {
	f.t.Helper()
	d := f.site.Dispatch
	must(f.t, d.Tick(f.t.Context()))
	must(f.t, d.Drain(f.t.Context()))
	must(f.t, d.Tick(f.t.Context()))
	f.clock.Add(time.Minute)
}

// delivery is what one person was sent by a campaign.
func (f *face) delivery(campaign int64, person audience.Subscriber) (store.DeliveryRow, map[string]string) {
	f.t.Helper()
	rows, _, err := f.st.Deliveries(f.t.Context(), store.DeliveryQuery{Campaign: campaign, Subscriber: person.ID})
	must(f.t, err)
	if len(rows) == 0 {
		f.t.Fatalf("campaign %d owes subscriber %d nothing", campaign, person.ID)
	}
	w, err := f.st.Work(f.t.Context(), rows[0].ID)
	must(f.t, err)
	return rows[0], f.site.Dispatch.Links(w)
}
