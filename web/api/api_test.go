package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
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

// bench is a whole Keepsake whose every answer is held to the document it serves.
type bench struct {
	st      *store.Store
	site    *page.Site
	handler http.Handler
	token   string
	spec    *openapi3.T
	paths   map[string]bool // operations that were answered well
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

func newBench(t *testing.T) *bench {
	t.Helper()
	clock := storetest.NewClock(tuesday)
	st := storetest.SQLite(t, clock)
	catalog, err := loadCatalog()
	must(t, err)
	book, err := loadBook()
	must(t, err)
	must(t, st.SaveShop(t.Context(), store.Shop{Name: "Tea House", Address: "1 Leaf Street, Sofia", SenderEmail: "hello@tea.test", Lang: "en", Zone: "Europe/Sofia"}))
	smtp := smtptest.Start(t)
	pool := mailer.New(mailer.Config{Host: smtp.Host, Port: smtp.Port, TLS: mailer.TLSNone, HELO: "keepsake.test"})
	t.Cleanup(func() { pool.Close() })
	cfg := config.Defaults()
	cfg.BaseURL, cfg.Data = "http://tea.test", t.TempDir()
	links := link.New([]byte("0123456789abcdef0123456789abcdef"), cfg.Base())
	site := &page.Site{Store: st, Links: links, Catalog: catalog, Config: cfg, Now: clock.Now, Book: book, Media: media.Disk(t.TempDir()),
		Dispatch: dispatch.New(st, pool, links, catalog, dispatch.Options{BaseURL: cfg.Base()})}
	site.Jobs = site.NewJobs()
	b := &bench{st: st, site: site, paths: map[string]bool{}}
	b.handler, err = web.New(site)
	must(t, err)
	t.Cleanup(site.Close)
	b.token, err = st.CreateToken(t.Context(), "tests")
	must(t, err)
	loader := openapi3.NewLoader()
	b.spec, err = loader.LoadFromData(b.raw(httptest.NewRequest(http.MethodGet, "http://tea.test/api/openapi.json", nil)).Body.Bytes())
	must(t, err)
	must(t, b.spec.Validate(t.Context()))
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *bench) raw(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

// ask sends JSON, checks status and document, and reads the answer into out.
func (b *bench) ask(t *testing.T, method, path string, in any, status int, out any) {
	t.Helper()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		must(t, err)
		body = bytes.NewReader(raw)
	}
	r := httptest.NewRequest(method, "http://tea.test/api/v1"+path, body)
	r.Header.Set("Content-Type", "application/json")
	b.send(t, r, status, out)
}

func (b *bench) send(t *testing.T, r *http.Request, status int, out any) *httptest.ResponseRecorder {
	t.Helper()
	r.Header.Set("Authorization", "Bearer "+b.token)
	w := b.raw(r)
	if w.Code != status {
		t.Fatalf("%s %s: %d %s; want %d", r.Method, r.URL.Path, w.Code, w.Body, status)
	}
	b.conform(t, r, w)
	if out != nil {
		must(t, json.Unmarshal(w.Body.Bytes(), out))
	}
	return w
}

// conform holds an answer to the OpenAPI document.
func (b *bench) conform(t *testing.T, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	route, params := b.route(r)
	if route == nil {
		t.Fatalf("%s %s is not in the document", r.Method, r.URL.Path)
	}
	if w.Code < 300 {
		b.paths[route.Method+" "+route.Path] = true
	} else if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("%s %s: %d is %s: %s", r.Method, r.URL.Path, w.Code, ct, w.Body)
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())), Options: in.Options}
	if ct := w.Header().Get("Content-Type"); strings.HasPrefix(ct, "text/csv") || strings.HasPrefix(ct, "application/jsonl") || ct == "application/zip" {
		return // nothing to check in text, and in a zip file
	}
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		t.Errorf("%s %s: %d %s: %v", r.Method, r.URL.Path, w.Code, w.Body, err)
	}
}

// route finds the operation of a request, a fixed segment before a variable one.
func (b *bench) route(r *http.Request) (*routers.Route, map[string]string) {
	var best *routers.Route
	var params map[string]string
	got := strings.Split(r.URL.Path, "/")
	for path, item := range b.spec.Paths.Map() {
		op := item.GetOperation(r.Method)
		want := strings.Split(path, "/")
		if op == nil || len(want) != len(got) {
			continue
		}
		vars, fits := map[string]string{}, true
		for i := range want {
			if name, ok := strings.CutPrefix(want[i], "{"); ok {
				vars[strings.TrimSuffix(name, "}")] = got[i]
			} else {
				fits = fits && want[i] == got[i]
			}
		}
		if fits && (best == nil || len(vars) < len(params)) {
			best, params = &routers.Route{Spec: b.spec, Path: path, PathItem: item, Method: r.Method, Operation: op}, vars
		}
	}
	return best, params
}

type m = map[string]any

func (b *bench) newList(t *testing.T) int64 {
	t.Helper()
	var l struct{ ID int64 }
	b.ask(t, "POST", "/lists", m{"name": "Customers"}, 201, &l)
	return l.ID
}

// newPerson puts somebody on a list.
func (b *bench) newPerson(t *testing.T, list int64, email string) int64 {
	t.Helper()
	var p struct{ ID int64 }
	b.ask(t, "POST", "/subscribers", m{"email": email, "first_name": "Ana", "lists": []int64{list}, "consent": m{"wording": "At the till"}}, 200, &p)
	return p.ID
}

func TestEveryOperationAnswersAsItsDocumentSays(t *testing.T) {
	b := newBench(t)
	list := b.newList(t)
	b.ask(t, "GET", "/lists", nil, 200, nil)
	b.ask(t, "PATCH", fmt.Sprintf("/lists/%d", list), m{"description": "All"}, 200, nil)
	b.ask(t, "GET", fmt.Sprintf("/lists/%d", list), nil, 200, nil)
	other := b.newList(t)
	b.ask(t, "DELETE", fmt.Sprintf("/lists/%d", other), nil, 204, nil)

	ana, eva := b.newPerson(t, list, "ana@shop.test"), b.newPerson(t, list, "eva@shop.test")
	var page1, page2 struct {
		Items []struct{ ID int64 }
		Next  int64
	}
	b.ask(t, "GET", "/subscribers?limit=1", nil, 200, &page1)
	b.ask(t, "GET", fmt.Sprintf("/subscribers?limit=1&after=%d", page1.Next), nil, 200, &page2)
	if page1.Items[0].ID != eva || page2.Items[0].ID != ana || page2.Next != 0 {
		t.Errorf("pages: %+v, %+v", page1, page2)
	}
	var p struct {
		Attributes    map[string]string
		Subscriptions []m
		Suppressed    string
	}
	b.ask(t, "PATCH", fmt.Sprintf("/subscribers/%d", ana), m{"attributes": m{"size": "38", "gone": "x"}, "zone": "Europe/Sofia"}, 200, nil)
	b.ask(t, "PATCH", fmt.Sprintf("/subscribers/%d", ana), m{"attributes": m{"gone": nil}}, 200, &p)
	if len(p.Attributes) != 1 || p.Attributes["size"] != "38" || len(p.Subscriptions) != 1 {
		t.Errorf("patched: %+v", p)
	}
	b.attributes(t)
	b.bulk(t, list)
	b.segments(t, list, ana)
	b.values(t)
	b.ask(t, "GET", fmt.Sprintf("/subscribers/%d", ana), nil, 200, nil)
	b.ask(t, "GET", "/subscribers?email=ANA@shop.test", nil, 200, nil)
	b.ask(t, "POST", fmt.Sprintf("/subscribers/%d/unsubscribe", ana), m{"list_id": list}, 200, nil)
	b.ask(t, "POST", fmt.Sprintf("/subscribers/%d/suppress", ana), nil, 200, &p)
	if p.Suppressed != "manual" {
		t.Errorf("suppressed: %+v", p)
	}
	b.ask(t, "POST", "/subscribers", m{"email": "ana@shop.test", "lists": []int64{list}, "consent": m{"wording": "again"}}, 409, nil)
	gone := b.newPerson(t, list, "gone@shop.test")
	var record struct {
		Subscriber []struct{ Email string }
		Consents   []struct{ Wording string }
	}
	b.ask(t, "GET", fmt.Sprintf("/subscribers/%d/record", gone), nil, 200, &record)
	if len(record.Subscriber) != 1 || record.Subscriber[0].Email != "gone@shop.test" || len(record.Consents) != 1 {
		t.Errorf("the record is %+v", record)
	}
	b.ask(t, "GET", fmt.Sprintf("/subscribers/%d/record.zip", gone), nil, 200, nil)
	var line struct{ Items []struct{ Kind string } }
	b.ask(t, "GET", fmt.Sprintf("/subscribers/%d/timeline?limit=20", gone), nil, 200, &line)
	if len(line.Items) < 2 {
		t.Errorf("the time line is %+v", line)
	}
	var one struct {
		Merge      int64 `json:"merge_id"`
		Subscriber struct {
			ID    int64
			Email string
		}
	}
	twin := b.newPerson(t, list, "twin@shop.test")
	b.ask(t, "POST", fmt.Sprintf("/subscribers/%d/merge", gone), m{"with": twin, "take": []string{"email"}}, 200, &one)
	var found struct{ ID int64 }
	b.ask(t, "GET", fmt.Sprintf("/subscribers/%d", twin), nil, 200, &found)
	if one.Subscriber.ID != gone || one.Subscriber.Email != "twin@shop.test" || found.ID != gone {
		t.Errorf("merged: %+v, %+v", one, found)
	}
	b.ask(t, "POST", fmt.Sprintf("/merges/%d/undo", one.Merge), nil, 200, nil)
	b.ask(t, "POST", fmt.Sprintf("/merges/%d/undo", one.Merge), nil, 409, nil)
	b.ask(t, "DELETE", fmt.Sprintf("/subscribers/%d", twin), nil, 204, nil)
	b.ask(t, "DELETE", fmt.Sprintf("/subscribers/%d", gone), nil, 204, nil)
	b.ask(t, "POST", "/subscribers", m{"email": "gone@shop.test"}, 409, nil)

	b.files(t, list)
	b.gifts(t, list)
	b.ask(t, "POST", "/events", m{"email": "eva@shop.test", "name": "trial.started", "key": "1", "data": m{"plan": "big"}}, 200, nil)

	for path, item := range b.spec.Paths.Map() {
		for method := range item.Operations() {
			if !b.paths[method+" "+path] {
				t.Errorf("%s %s was not tried", method, path)
			}
		}
	}
}

// files goes through imports and exports.
func (b *bench) files(t *testing.T, list int64) {
	t.Helper()
	csv := "Email;First name\nmaria@shop.test;Мария\nnobody;N\n"
	var job struct {
		ID      int64
		State   string
		Counts  struct{ New, Wrong int64 }
		Columns []audience.Column
	}
	b.upload(t, csv, m{"list_id": list, "wording": "At the till", "dry_run": true}, 202, &job)
	must(t, b.site.Jobs.Drain(t.Context(), ledger.ImportJob))
	path := fmt.Sprintf("/imports/%d", job.ID)
	b.ask(t, "GET", path, nil, 200, &job)
	if job.State != ledger.JobChecked || job.Counts.New != 1 || job.Counts.Wrong != 1 || len(job.Columns) == 0 || job.Columns[0] != (audience.Column{Name: "Email", Field: "email"}) {
		t.Errorf("dry run: %+v", job)
	}
	b.ask(t, "POST", path+"/start", nil, 202, nil)
	must(t, b.site.Jobs.Drain(t.Context(), ledger.ImportJob))
	b.ask(t, "GET", path, nil, 200, &job)
	if job.State != ledger.JobFinished {
		t.Errorf("import: %+v", job)
	}
	b.ask(t, "POST", path+"/start", nil, 409, nil)
	w := b.send(t, httptest.NewRequest("GET", "http://tea.test/api/v1"+path+"/errors", nil), 200, nil)
	if !strings.Contains(w.Body.String(), `"3","“nobody” is not an email address.","nobody"`) {
		t.Errorf("errors: %s", w.Body)
	}
	b.ask(t, "POST", path+"/undo", nil, 202, nil)
	must(t, b.site.Jobs.Drain(t.Context(), ledger.ImportJob))
	b.ask(t, "GET", path, nil, 200, &job)
	if job.State != ledger.JobUndone {
		t.Errorf("undo: %+v", job)
	}
	b.ask(t, "GET", path+"/left", nil, 200, nil) // empty: all was taken back
	b.ask(t, "POST", path+"/undo", nil, 409, nil)
	b.upload(t, csv, m{"list_id": list, "wording": "At the till"}, 202, &job)
	must(t, b.site.Jobs.Drain(t.Context(), ledger.ImportJob))
	b.upload(t, csv, m{}, 202, &job)
	b.ask(t, "POST", fmt.Sprintf("/imports/%d/pause", job.ID), nil, 200, nil)
	b.ask(t, "POST", fmt.Sprintf("/imports/%d/resume", job.ID), nil, 202, nil)
	b.ask(t, "POST", fmt.Sprintf("/imports/%d/resume", job.ID), nil, 409, nil)
	b.ask(t, "POST", fmt.Sprintf("/imports/%d/stop", job.ID), nil, 200, nil)
	b.upload(t, "", m{}, 422, nil)
	b.upload(t, "a;b\n1;2\n", m{}, 422, nil)
	b.upload(t, csv, m{"mapping": "email"}, 422, nil)
	b.ask(t, "GET", "/imports", nil, 200, nil)

	b.ask(t, "POST", "/exports", m{"list_id": list, "fields": []string{"email", "first_name"}, "form": "raw"}, 202, &job)
	path = fmt.Sprintf("/exports/%d", job.ID)
	b.ask(t, "GET", path+"/file", nil, 409, nil)
	must(t, b.site.Jobs.Drain(t.Context(), ledger.ExportJob))
	w = b.send(t, httptest.NewRequest("GET", "http://tea.test/api/v1"+path+"/file", nil), 200, nil)
	if got := w.Body.String(); got != "email,first_name\r\neva@shop.test,Ana\r\nmaria@shop.test,Мария\r\n" {
		t.Errorf("export: %q", got)
	}
	w = b.send(t, httptest.NewRequest("GET", "http://tea.test/api/v1"+path+"/manifest", nil), 200, nil)
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte("email,first_name\r\neva@shop.test,Ana\r\nmaria@shop.test,Мария\r\n"))); !strings.Contains(w.Body.String(), sum) {
		t.Errorf("manifest: %s", w.Body)
	}
	b.ask(t, "GET", path, nil, 200, nil)
	b.ask(t, "POST", "/exports/now", m{"what": "orders", "format": "jsonl", "days": 30, "names": m{"number": "No"}}, 200, nil)
	b.ask(t, "POST", "/exports/now", m{"what": "results", "segment_id": 1}, 422, nil)
	b.ask(t, "GET", "/exports", nil, 200, nil)
	b.savedExports(t)
	b.ask(t, "POST", "/exports", m{}, 202, &job)
	b.ask(t, "POST", fmt.Sprintf("/exports/%d/stop", job.ID), nil, 200, nil)
	b.ask(t, "GET", fmt.Sprintf("/imports/%d", job.ID), nil, 404, nil)
}

func (b *bench) upload(t *testing.T, csv string, fields m, status int, out any) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range fields {
		must(t, w.WriteField(name, fmt.Sprint(value)))
	}
	f, err := w.CreateFormFile("file", "people.csv")
	must(t, err)
	io.WriteString(f, csv)
	must(t, w.Close())
	r := httptest.NewRequest("POST", "http://tea.test/api/v1/imports", &form)
	r.Header.Set("Content-Type", w.FormDataContentType())
	b.send(t, r, status, out)
}

// doubt loses a sender in the middle of the letter for another order.
func (b *bench) doubt(t *testing.T, order m) {
	t.Helper()
	next := maps.Clone(order)
	next["number"] = "#1002"
	b.ask(t, "POST", "/orders", next, 200, nil)
	must(t, b.site.Dispatch.Tick(t.Context()))
	work, err := b.site.Store.Lease(t.Context(), "lost", 10)
	if err != nil || len(work) != 1 {
		t.Fatalf("leased %d, %v", len(work), err)
	}
	_, err = b.site.Store.Record(t.Context(), "lost", []int64{work[0].ID}, nil)
	must(t, err)
	_, err = b.site.Store.RecoverAll(t.Context())
	must(t, err)
}

// gifts goes through a campaign with codes, from its draft to a redemption.
func (b *bench) gifts(t *testing.T, list int64) {
	t.Helper()
	var c struct {
		ID      int64
		State   string
		Counts  ledger.Counts
		Figures []m
	}
	mjml := `<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{ subscriber.first_name | default: "you" }} <a href="{{ links.unsubscribe }}">x</a></mj-text></mj-column></mj-section></mj-body></mjml>`
	var kept struct {
		Messages []struct{ Contents []struct{ HTML, MJML string } }
	}
	b.ask(t, "POST", "/campaigns", m{"kind": "newsletter", "name": "In MJML", "lists": []int64{list}, "messages": []m{{"name": "news", "contents": []m{{"lang": "en", "subject": "News", "mjml": mjml}}}}}, 201, &kept)
	if got := kept.Messages[0].Contents[0]; got.MJML != mjml || got.HTML != "" {
		t.Errorf("MJML is kept as %+v", got)
	}
	html := `<p>Hello {{ subscriber.first_name | default: "you" }}, {{ data.code }}</p><p><a href="{{ links.unsubscribe }}">x</a></p>`
	b.ask(t, "POST", "/campaigns", m{"kind": "gift", "name": "Thanks", "lists": []int64{list}, "settings": m{"reward": "Tea"}, "trigger": m{"on": "order.fulfilled"},
		"messages": []m{{"name": "gift", "contents": []m{{"lang": "en", "subject": "For you", "html": html}}}, {"name": "reminder", "wait_seconds": 60, "local_time": ""}}}, 201, &c)
	gift := fmt.Sprintf("/campaigns/%d", c.ID)
	var added struct{ Added, Free int64 }
	b.ask(t, "POST", gift+"/codes", m{"codes": []string{"TEA-1", "TEA-2", "tea 1"}, "generate": 3, "prefix": "TEA"}, 201, &added)
	if added.Added != 5 || added.Free != 5 {
		t.Errorf("codes: %+v", added)
	}
	b.ask(t, "GET", gift+"/codes?limit=2", nil, 200, nil)
	b.ask(t, "GET", "/codes/tea1", nil, 200, nil)
	b.ask(t, "POST", gift+"/start", nil, 200, &c)
	b.ask(t, "POST", gift+"/pause", nil, 200, nil)
	b.ask(t, "POST", gift+"/resume", nil, 200, nil)
	b.ask(t, "POST", gift+"/resume", nil, 409, nil)
	order := m{"number": "#1001", "email": "eva@shop.test", "state": "fulfilled", "currency": "EUR", "total": "19.99", "channel": "web",
		"items": []m{{"name": "Tea", "price": "19.99", "sku": "T1"}}}
	b.ask(t, "POST", "/orders", order, 200, nil)
	b.ask(t, "GET", "/orders/"+url.PathEscape("#1001"), nil, 200, nil)
	must(t, b.site.Dispatch.Tick(t.Context()))
	must(t, b.site.Dispatch.Drain(t.Context()))
	var sent struct {
		Items []struct{ State, Reason, Reply string }
	}
	b.ask(t, "GET", gift+"/deliveries", nil, 200, &sent)
	if len(sent.Items) != 2 || sent.Items[0].State != "sent" {
		t.Fatalf("deliveries: %+v", sent)
	}
	b.ask(t, "POST", "/codes/redeem", m{"code": "tea-1", "by": "till 1"}, 200, nil)
	b.ask(t, "POST", "/codes/redeem", m{"code": "TEA-1"}, 409, nil)
	b.ask(t, "POST", "/codes/redeem", m{"code": "nothing"}, 404, nil)
	b.ask(t, "GET", gift+"/responses", nil, 200, nil)
	b.ask(t, "GET", gift, nil, 200, &c)
	if c.Counts.Sent != 1 || len(c.Figures) == 0 {
		t.Errorf("campaign: %+v", c)
	}
	b.ask(t, "GET", "/campaigns?kind=gift&state=running", nil, 200, nil)
	b.ask(t, "POST", gift+"/unsure", m{"as": "again"}, 409, nil)
	b.ask(t, "POST", gift+"/unsure", m{"as": "perhaps"}, 422, nil)
	b.doubt(t, order)
	var decided struct{ Decided int }
	b.ask(t, "POST", gift+"/unsure", m{"as": "sent"}, 200, &decided)
	if decided.Decided != 1 {
		t.Errorf("decided %d letters in doubt", decided.Decided)
	}
	b.ask(t, "GET", "/processes", nil, 200, nil)
	b.ask(t, "POST", gift+"/cancel", nil, 200, nil)
	for kind, trigger := range map[string]m{"newsletter": {"now": true}, "knowledge": {"cron": "0 10 * * 2", "zone": "Europe/Sofia"}, "contest": {"at": "2026-12-01T10:00:00+02:00"}, "feedback": nil} {
		in := m{"kind": kind, "name": kind, "lang": "bg", "lists": []int64{list}}
		if trigger != nil {
			in["trigger"] = trigger
		}
		b.ask(t, "POST", "/campaigns", in, 201, &c)
		b.ask(t, "GET", fmt.Sprintf("/campaigns/%d", c.ID), nil, 200, nil)
		if kind == "newsletter" {
			b.ask(t, "POST", fmt.Sprintf("/campaigns/%d/codes", c.ID), m{"generate": 1}, 409, nil)
		}
	}
}

func TestAnOrderKeepsWhatWasGivenBackAndWhatItsLinesAre(t *testing.T) {
	b := newBench(t)
	order := func(more m) m {
		all := m{"number": "9", "email": "ana@shop.test", "state": "paid", "currency": "EUR", "total": "30.00", "coupon": "SPRING", "country": "bg",
			"items": []m{{"sku": "T1", "name": "Tea", "category": "Green tea", "quantity": 2, "price": "10"}, {"name": "Cup", "price": "10"}}}
		maps.Copy(all, more)
		return all
	}
	var o audience.Order
	b.ask(t, "POST", "/orders", order(m{"refunded": "7.50"}), 200, &o)
	if o.RefundedCents != 750 || o.NetCents() != 2250 || o.Coupon != "SPRING" || o.Country != "BG" || o.Items[0].Category != "Green tea" {
		t.Errorf("kept %+v", o)
	}
	b.ask(t, "POST", "/orders", order(m{"refunded": "30.01"}), 422, nil)
	b.ask(t, "POST", "/orders", order(m{"country": "Bulgaria"}), 422, nil)
	b.ask(t, "POST", "/orders", order(m{"state": "refunded"}), 200, &o)
	if o.RefundedCents != 3000 || o.NetCents() != 0 {
		t.Errorf("a refunded order keeps %+v", o)
	}
}

func TestTheSameOrderTenTimesIsOneOrder(t *testing.T) {
	b := newBench(t)
	list := b.newList(t)
	b.newPerson(t, list, "eva@shop.test")
	var c struct{ ID int64 }
	b.ask(t, "POST", "/campaigns", m{"kind": "feedback", "name": "How was it?", "lists": []int64{list}}, 201, &c)
	b.ask(t, "POST", fmt.Sprintf("/campaigns/%d/start", c.ID), nil, 200, nil)
	var o struct {
		ID         int64
		TotalCents int64 `json:"total_cents"`
		State      string
	}
	for i := range 10 {
		b.ask(t, "POST", "/orders", m{"number": "7", "email": "EVA@shop.test", "state": "fulfilled", "currency": "JPY", "total": "1200", "placed_at": "2026-11-17T09:00:00+02:00"}, 200, &o)
		if o.ID != 1 || o.TotalCents != 1200 {
			t.Fatalf("post %d: %+v", i, o)
		}
	}
	for cents := range 5 {
		b.ask(t, "POST", "/orders", m{"number": "7", "email": "eva@shop.test", "state": "fulfilled", "currency": "JPY", "total_cents": cents}, 200, nil)
	}
	var sent struct {
		Items []struct{ State, Message string }
	}
	b.ask(t, "GET", fmt.Sprintf("/campaigns/%d/deliveries", c.ID), nil, 200, &sent)
	first := 0
	for _, d := range sent.Items {
		if d.Message == sent.Items[0].Message {
			first++
		}
	}
	if first != 1 {
		t.Errorf("the order was asked about %d times: %+v", first, sent)
	}
	b.ask(t, "POST", "/orders", m{"number": "7", "email": "eva@shop.test", "state": "refunded", "currency": "JPY", "total_cents": 4}, 200, nil)
	b.ask(t, "GET", fmt.Sprintf("/campaigns/%d/deliveries?state=planned", c.ID), nil, 200, &sent)
	if len(sent.Items) != 0 {
		t.Errorf("a refunded order still waits: %+v", sent)
	}
}

func TestTwoPeopleRedeemOneCodeAndOneSucceeds(t *testing.T) {
	b := newBench(t)
	list := b.newList(t)
	b.newPerson(t, list, "eva@shop.test")
	var c struct{ ID int64 }
	b.ask(t, "POST", "/campaigns", m{"kind": "gift", "name": "Thanks", "lists": []int64{list}, "settings": m{"reward": "Tea"}, "trigger": m{"now": true}}, 201, &c)
	b.ask(t, "POST", fmt.Sprintf("/campaigns/%d/codes", c.ID), m{"codes": []string{"ONE"}}, 201, nil)
	b.ask(t, "POST", fmt.Sprintf("/campaigns/%d/start", c.ID), nil, 200, nil)
	must(t, b.site.Dispatch.Tick(t.Context()))
	must(t, b.site.Dispatch.Drain(t.Context()))
	codes := make(chan int, 8)
	for range cap(codes) {
		go func() {
			r := httptest.NewRequest("POST", "http://tea.test/api/v1/codes/redeem", strings.NewReader(`{"code":"one"}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+b.token)
			codes <- b.raw(r).Code
		}()
	}
	got := map[int]int{}
	for range cap(codes) {
		got[<-codes]++
	}
	if got[200] != 1 || got[409] != cap(codes)-1 {
		t.Errorf("answers: %v", got)
	}
}

func TestWhatIsWrongIsAProblem(t *testing.T) {
	b := newBench(t)
	list := b.newList(t)
	long := strings.Repeat("x", 2<<20)
	for name, c := range map[string]struct {
		method, path, body, token string
		status                    int
		where                     string
	}{
		"no token":        {"GET", "/lists", "", "-", 401, ""},
		"wrong token":     {"GET", "/lists", "", "Bearer ks_nothing", 401, ""},
		"a cookie's way":  {"GET", "/lists", "", "Basic YTpi", 401, ""},
		"no such list":    {"GET", "/lists/99", "", "", 404, ""},
		"no number":       {"GET", "/lists/x", "", "", 422, "path.id"},
		"no JSON":         {"POST", "/lists", "{", "", 400, "body"},
		"unknown field":   {"POST", "/lists", `{"name":"A","colour":"red"}`, "", 422, "body.colour"},
		"unknown filter":  {"GET", "/subscribers?lst=1", "", "", 422, "query.lst"},
		"missing field":   {"POST", "/lists", `{}`, "", 422, "body"},
		"bad address":     {"POST", "/subscribers", `{"email":"nobody"}`, "", 422, "body.email"},
		"bad zone":        {"POST", "/subscribers", `{"email":"a@shop.test","zone":"Mars/Base"}`, "", 422, "body.zone"},
		"no consent":      {"POST", "/subscribers", fmt.Sprintf(`{"email":"a@shop.test","lists":[%d]}`, list), "", 422, "body.consent"},
		"bad attribute":   {"POST", "/subscribers", `{"email":"a@shop.test","attributes":{"":"x"}}`, "", 422, "body.attributes"},
		"too large":       {"POST", "/lists", `{"name":"` + long + `"}`, "", 413, ""},
		"two amounts":     {"POST", "/orders", `{"number":"1","email":"a@shop.test","state":"paid","currency":"EUR","total":"1","total_cents":100}`, "", 422, "body.total"},
		"bad amount":      {"POST", "/orders", `{"number":"1","email":"a@shop.test","state":"paid","currency":"JPY","total":"1.50"}`, "", 422, "body.total"},
		"bad order state": {"POST", "/orders", `{"number":"1","email":"a@shop.test","state":"lost","currency":"EUR","total":"1"}`, "", 422, "body.state"},
		"order's event":   {"POST", "/events", `{"email":"a@shop.test","name":"order.paid"}`, "", 422, "body.name"},
		"unknown kind":    {"POST", "/campaigns", `{"kind":"spam","name":"A"}`, "", 422, "body.kind"},
		"unknown setting": {"POST", "/campaigns", `{"kind":"gift","name":"A","settings":{"colour":1}}`, "", 422, "body.settings"},
		"two triggers":    {"POST", "/campaigns", `{"kind":"gift","name":"A","trigger":{"on":"x","cron":"@daily"}}`, "", 422, "body.trigger"},
		"two letters":     {"POST", "/campaigns", `{"kind":"newsletter","name":"A","messages":[{"name":"news","contents":[{"lang":"en","subject":"A","html":"x","document":{}}]}]}`, "", 422, "body.messages"},
		"no format":       {"POST", "/exports", `{"fields":["password"]}`, "", 422, "body.fields"},
	} {
		r := httptest.NewRequest(c.method, "http://tea.test/api/v1"+c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		switch c.token {
		case "":
			r.Header.Set("Authorization", "Bearer "+b.token)
		case "-":
		default:
			r.Header.Set("Authorization", c.token)
		}
		w := b.raw(r)
		var p struct {
			Status int
			Detail string
			Errors []struct{ Location string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != c.status || p.Status != c.status || p.Detail == "" {
			t.Errorf("%s: %d %.300s, %v; want %d", name, w.Code, w.Body, err, c.status)
			continue
		}
		if c.where != "" && (len(p.Errors) == 0 || p.Errors[0].Location != c.where) {
			t.Errorf("%s: errors %+v, want one at %s", name, p.Errors, c.where)
		}
		b.conform(t, r, w)
	}
	r := httptest.NewRequest("POST", "http://tea.test/api/v1/imports", strings.NewReader("x"))
	r.ContentLength = 2 << 30
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	b.send(t, r, 413, nil)
	for _, path := range []string{"/api/v1/nothing", "/api/v1/lists/1/nothing"} {
		w := b.raw(httptest.NewRequest("GET", "http://tea.test"+path, nil))
		if w.Code != 404 || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
}

func TestTheDocumentationIsAPage(t *testing.T) {
	b := newBench(t)
	w := b.raw(httptest.NewRequest("GET", "http://tea.test/api/docs", nil))
	for _, part := range []string{"/api/v1/orders", "total_cents", "redeem-code", "Authorization: Bearer"} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("%q is missing", part)
		}
	}
	if w.Code != 200 || strings.Contains(w.Body.String(), "style=") || strings.Contains(w.Body.String(), "<script>") {
		t.Errorf("%d", w.Code)
	}
	if v := b.spec.OpenAPI; !strings.HasPrefix(v, "3.1") {
		t.Errorf("OpenAPI %s", v)
	}
}

func (b *bench) savedExports(t *testing.T) {
	t.Helper()
	type m = map[string]any
	var one campaigns.SavedExport
	sftp := m{"kind": "sftp", "host": "sftp.example.org", "username": "shop", "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChlcNpJzBdBmFhiSo7nMmHhDHVsUMCxVDYZLzKwV"}
	b.ask(t, "POST", "/saved-exports", m{"name": "Daily", "export": m{}, "to": sftp}, 422, nil) // without a secret
	sftp["secret"] = "hush"
	b.ask(t, "POST", "/saved-exports", m{"name": "Daily", "export": m{"what": "orders"}, "cron": "30 6 * * *", "zone": "Europe/Sofia", "to": sftp}, 201, &one)
	if one.NextRunAt == nil || one.To.Host != "sftp.example.org" || one.To.Secret != "" {
		t.Errorf("%+v", one)
	}
	path := fmt.Sprintf("/saved-exports/%d", one.ID)
	b.ask(t, "GET", path, nil, 200, nil)
	b.ask(t, "GET", "/saved-exports", nil, 200, nil)
	delete(sftp, "secret")
	b.ask(t, "PATCH", path, m{"to": sftp, "paused": true}, 200, nil)
	sftp["host"] = "other.example.org"
	b.ask(t, "PATCH", path, m{"to": sftp}, 422, nil) // the secret was given for another host
	b.ask(t, "PATCH", path, m{"to": m{"kind": "folder"}}, 422, nil)
	b.ask(t, "PATCH", path, m{"to": m{"kind": "here"}, "name": "Here"}, 200, nil)
	b.ask(t, "POST", path+"/run", nil, 202, nil)
	b.ask(t, "POST", path+"/run", nil, 409, nil)
	b.ask(t, "DELETE", path, nil, 204, nil)
	b.ask(t, "GET", path, nil, 404, nil)
}
