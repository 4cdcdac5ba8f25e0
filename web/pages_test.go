package web

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// staff signs the owner in and makes two people on a list.
func staff(t *testing.T) (*app, audience.List) {
	t.Helper()
	a := newApp(t)
	a.owner()
	return a, storetest.People(t, a.store, 2)
}

func TestEveryPageOpens(t *testing.T) {
	a, l := staff(t)
	if err := a.store.KeepLetter(t.Context(), store.BoxLetter{Sender: "a@shop.test", Recipient: "b@shop.test", Subject: "Hello",
		Data: []byte("Subject: Hello\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hi</p>")}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/subscribers", "/subscribers?q=p1&list=1&state=confirmed&lang=en", "/subscribers?state=unsubscribed", "/subscribers/new",
		"/subscribers/1", "/subscribers/1?edit=1", "/subscribers/1/erase", "/subscribers/1/consent", "/subscribers/1/merge", "/subscribers/1/why", "/subscribers/1/merge?q=p2", "/subscribers/1/merge?with=2", "/subscribers/1?what=lists", "/value", "/lists", "/lists/new", fmt.Sprint("/lists/", l.ID), "/articles", "/articles/new", "/library", "/library?q=x&tag=y",
		"/jobs", "/jobs/import", "/jobs/export", "/exports", "/exports/new", "/mailbox", "/mailbox/1", "/mailbox/1?view=text", "/mailbox/1?view=headers", "/mailbox/1?view=source",
		"/settings", "/settings/privacy", "/settings/users", "/settings/tokens", "/settings/processes", "/settings/bounces", "/settings/sending", "/settings/sending/servers/new", "/settings/sending/limits/new", "/settings/domain", "/settings/domain/test", "/settings/profile"} {
		r := a.get(path)
		want(t, r, http.StatusOK, "<h1>", "</html>")
		if p := r.Header().Get("Content-Security-Policy"); !strings.Contains(p, "script-src 'self';") {
			t.Errorf("%s has the policy %q", path, p)
		}
		if strings.Contains(r.Body.String(), "style=") || strings.Contains(r.Body.String(), " onclick") || strings.Contains(r.Body.String(), "<script>") {
			t.Errorf("%s breaks the policy", path)
		}
	}
}

func TestNumbersOfNothingAre404(t *testing.T) {
	a, _ := staff(t)
	for _, path := range []string{"/subscribers/99", "/subscribers/x", "/subscribers/-1", "/lists/99", "/articles/99", "/jobs/99", "/mailbox/99", "/mailbox/99/html",
		"/media/nothing.png", "/media/..%2fconfig.yaml", "/sign-in/nothing"} {
		want(t, a.get(path), http.StatusNotFound)
	}
}

func TestNobodySeesPagesWithoutSigningIn(t *testing.T) {
	a := newApp(t)
	for _, path := range []string{"/", "/subscribers", "/settings", "/jobs/1/file", "/mailbox/1/html"} {
		want(t, a.get(path), http.StatusSeeOther)
		want(t, a.get(path, "Accept", "application/json"), http.StatusUnauthorized)
	}
	want(t, a.post("/lists", "name", "X"), http.StatusUnauthorized)
}

func TestMarketersDoNotReachTheSettings(t *testing.T) {
	a := newApp(t)
	u := a.user("mia@shop.test", store.Marketer)
	a.signIn(u)
	want(t, a.get("/subscribers"), http.StatusOK)
	for _, path := range []string{"/settings", "/settings/users", "/settings/tokens", "/settings/processes", "/settings/bounces"} {
		want(t, a.get(path), http.StatusForbidden)
	}
	want(t, a.post("/settings/tokens", "name", "x"), http.StatusForbidden)
	want(t, a.get("/settings/profile"), http.StatusOK)
}

func TestHostileNamesAreShownAsTheyAre(t *testing.T) {
	a, _ := staff(t)
	want(t, a.post("/subscribers", "email", "eve@shop.test", "first_name", `<script>alert(1)</script>`, "last_name", `"><img src=x>`), http.StatusSeeOther)
	for _, path := range []string{"/subscribers", "/subscribers/3", "/subscribers?q=%3Cscript%3E"} {
		body := a.get(path).Body.String()
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x>") {
			t.Errorf("%s: a name runs", path)
		}
	}
}

func TestJoiningNeedsAProof(t *testing.T) {
	a, l := staff(t)
	list := fmt.Sprint(l.ID)
	want(t, a.post("/subscribers", "email", "new@shop.test", "lists", list), http.StatusUnprocessableEntity, "proof that you may write")
	want(t, a.post("/subscribers", "email", "new@shop.test", "lists", list, "wording", "card of 3 March"), http.StatusSeeOther)
	want(t, a.get("/subscribers/3"), http.StatusOK, "card of 3 March", "confirmed")
	want(t, a.post("/subscribers", "email", "NEW@shop.test"), http.StatusUnprocessableEntity, "already on your books")
}

func TestLeavingAListIsUndone(t *testing.T) {
	a, l := staff(t)
	want(t, a.post("/subscribers/1/leave", "list", fmt.Sprint(l.ID)), http.StatusSeeOther)
	states := func() string {
		row, err := a.store.List(t.Context(), l.ID)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(row.Confirmed, row.Pending)
	}
	if got := states(); got != "1 0" {
		t.Fatalf("after leaving: %s", got)
	}
	page := a.get("/subscribers").Body.String()
	_, rest, ok := strings.Cut(page, `action="/lists/1/put-back?`)
	if !ok {
		t.Fatal("no undo on the next page")
	}
	query, _, _ := strings.Cut(rest, `"`)
	want(t, a.post("/lists/1/put-back?"+strings.ReplaceAll(query, "&amp;", "&")), http.StatusSeeOther)
	if got := states(); got != "2 0" {
		t.Errorf("after the undo: %s", got)
	}
	want(t, a.post("/lists/2/put-back?"+query), http.StatusNotFound)
	want(t, a.post("/lists/1/put-back?made=confirmed&none=1"), http.StatusNotFound)
}

func TestLeavingNeedsAList(t *testing.T) {
	a, l := staff(t)
	for _, list := range []string{"", "0", "99"} {
		want(t, a.post("/subscribers/1/leave", "list", list), http.StatusNotFound)
	}
	if row, err := a.store.List(t.Context(), l.ID); err != nil || row.Confirmed != 2 {
		t.Errorf("%d are left, %v", row.Confirmed, err)
	}
	want(t, a.post("/subscribers/1/leave", "list", fmt.Sprint(l.ID)), http.StatusSeeOther)
}

func TestSuppressAndErase(t *testing.T) {
	a, _ := staff(t)
	want(t, a.post("/subscribers/1/suppress"), http.StatusSeeOther)
	want(t, a.get("/subscribers/1"), http.StatusOK, "This address gets no mail.")
	want(t, a.post("/subscribers/1/unsuppress"), http.StatusSeeOther)
	want(t, a.get("/subscribers/1/erase"), http.StatusOK, "p1@shop.test", "This cannot be undone.")
	if w := a.post("/subscribers/1/record"); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "PK") || !strings.Contains(w.Header().Get("Content-Disposition"), "person-1.zip") {
		t.Errorf("the record is %d, %v", w.Code, w.Header())
	}
	want(t, a.post("/subscribers/1/erase"), http.StatusSeeOther)
	want(t, a.get("/subscribers/1"), http.StatusNotFound)
	if _, err := a.store.Suppression(t.Context(), "p1@shop.test"); err != nil {
		t.Errorf("an erased address may be imported again: %v", err)
	}
}

func TestRulesOfRetentionAreSaved(t *testing.T) {
	a, _ := staff(t)
	for _, bad := range []string{"2", "x", "-1", "1e9", "241"} {
		want(t, a.post("/settings/privacy", "opens", bad), http.StatusUnprocessableEntity, "Write a number of months from 3 to 240")
	}
	want(t, a.post("/settings/privacy", "opens", "13", "clicks", "", "details", "6"), http.StatusSeeOther)
	want(t, a.get("/settings/privacy"), http.StatusOK, `value="13"`, "None yet")
	if r, err := a.store.Retention(t.Context()); err != nil || r.Opens != 13 || r.Clicks != 0 || r.Details != 6 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestTwoPeopleAreMergedAndParted(t *testing.T) {
	a, _ := staff(t)
	want(t, a.get("/subscribers/1/merge?with=2"), http.StatusOK, "p1@shop.test", "p2@shop.test", "The stricter state wins")
	want(t, a.post("/subscribers/1/merge", "with", "1"), http.StatusConflict)
	want(t, a.post("/subscribers/1/merge"), http.StatusUnprocessableEntity, "Choose the other person.")
	want(t, a.post("/subscribers/1/merge", "with", "2", "take:email", "two"), http.StatusSeeOther)
	want(t, a.get("/subscribers/1"), http.StatusOK, "<h1>Ana</h1>", "p2@shop.test", "Former addresses", "/merges/1/undo")
	if w := a.get("/subscribers/2"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/subscribers/1" {
		t.Errorf("the old number leads to %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := a.post("/merges/1/undo"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/subscribers/1" {
		t.Errorf("parted: %d, to %s", w.Code, w.Header().Get("Location"))
	}
	want(t, a.get("/subscribers/2"), http.StatusOK, "p2@shop.test")
	want(t, a.post("/merges/1/undo"), http.StatusConflict)
}

func TestAPersonsPageTellsAMergeOnceAndOfWhichListAConsentIs(t *testing.T) {
	a, l := staff(t)
	for _, key := range []string{"label_en", "label_bg"} {
		want(t, a.post("/attributes", "key", "budget_"+key, "type", "money", key, "Budget"), http.StatusSeeOther)
	}
	want(t, a.post("/subscribers/1", "email", "p1@shop.test", "lang", "en", "attributes.budget_label_en", "5.50 EUR"), http.StatusSeeOther)
	want(t, a.post("/subscribers/1/join", "list", fmt.Sprint(l.ID), "wording", "at the counter"), http.StatusSeeOther)
	w := a.get("/subscribers/1/merge?with=2")
	if body := w.Body.String(); !strings.Contains(body, "€5.50") || strings.Contains(body, "5.50 EUR") || !strings.Contains(body, ">Budget<") {
		t.Error("the comparison shows keys and values as they are kept")
	}
	a.post("/subscribers/1/merge", "with", "2")
	body := a.get("/subscribers/1").Body.String()
	if strings.Contains(body, "Two people were merged") || !strings.Contains(body, "Merged with") {
		t.Error("one merge is told twice, or not")
	}
	if consents := between(body, `id="consents"`, "</section>"); !strings.Contains(consents, l.Name) {
		t.Errorf("of which list it is stands nowhere: %s", consents)
	}
}

func TestTheTimeLineTellsOfAnOrderThatItWasPlacedAndThenThatItWasFulfilled(t *testing.T) {
	a, _ := staff(t)
	p := audience.Subscriber{Email: "p1@shop.test", EmailNorm: "p1@shop.test", Lang: "en"}
	now := a.store.Now()
	o := audience.Order{Number: "S-1", State: "fulfilled", Currency: "EUR", TotalCents: 9090, PlacedAt: now.AddDate(0, 0, -2), UpdatedAt: now.AddDate(0, 0, -1)}
	if err := a.store.RecordOrder(t.Context(), &p, &o); err != nil {
		t.Fatal(err)
	}
	line := between(a.get("/subscribers/1?what=orders").Body.String(), `class="timeline"`, "</ol>")
	if strings.Count(line, "fulfilled") != 1 || !strings.Contains(line, `€90.90</strong> <span class="badge">placed`) {
		t.Errorf("it says %s", line)
	}
}

func TestListsComeAndGo(t *testing.T) {
	a := newApp(t)
	a.owner()
	want(t, a.post("/lists", "name", " "), http.StatusUnprocessableEntity, "Give the list a name.")
	want(t, a.post("/lists", "name", "Новини", "opt_in", "double"), http.StatusSeeOther)
	want(t, a.get("/lists/1"), http.StatusOK, "http://shop.test/join/")
	want(t, a.post("/lists/1/delete"), http.StatusSeeOther)
	want(t, a.get("/lists"), http.StatusOK, `action="/lists/1/restore"`)
	want(t, a.get("/lists/1"), http.StatusNotFound)
	want(t, a.post("/lists/1/restore"), http.StatusSeeOther)
	want(t, a.get("/lists/1"), http.StatusOK)
}

func TestLetterFrameRunsNothing(t *testing.T) {
	a, _ := staff(t)
	data := "Subject: x\r\nContent-Type: text/html\r\n\r\n<html><head></head><body><script>alert(1)</script></body></html>"
	if err := a.store.KeepLetter(t.Context(), store.BoxLetter{Recipient: "b@shop.test", Data: []byte(data)}); err != nil {
		t.Fatal(err)
	}
	h := a.get("/mailbox/1/html").Header().Get("Content-Security-Policy")
	if !strings.Contains(h, "default-src 'none'") || !strings.Contains(h, "sandbox allow-same-origin allow-popups") || strings.Contains(h, "script") {
		t.Errorf("the frame's policy is %q", h)
	}
	a.site.Mailbox = false
	want(t, a.get("/mailbox/1/html"), http.StatusNotFound)
}

func TestTokensOpenTheAPIUntilTheyAreRevoked(t *testing.T) {
	a := newApp(t)
	a.owner()
	r := a.post("/settings/tokens", "name", "web shop")
	want(t, r, http.StatusOK, "<code>ks_")
	_, rest, _ := strings.Cut(r.Body.String(), "<code>")
	token, _, _ := strings.Cut(rest, "</code>")
	if _, err := a.store.UseToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(a.get("/settings/tokens").Body.String(), token) {
		t.Error("the token is shown again")
	}
	want(t, a.post("/settings/tokens/1/revoke"), http.StatusSeeOther)
	if _, err := a.store.UseToken(t.Context(), token); !fault.Is(err, fault.SignIn) {
		t.Errorf("a revoked token: %v", err)
	}
}

func TestColleaguesComeByALinkAndGo(t *testing.T) {
	a := newApp(t)
	a.owner()
	r := a.post("/settings/users", "name", "Mia", "email", "mia@shop.test", "role", "marketer")
	want(t, r, http.StatusOK, "http://shop.test/sign-in/")
	_, rest, _ := strings.Cut(r.Body.String(), "<code>http://shop.test")
	link, _, _ := strings.Cut(rest, "</code>")
	mine := a.cookies
	a.cookies = map[string]string{}
	if r := a.post(link); r.Header().Get("Location") != "/settings/profile" {
		t.Errorf("without a password one is led to %q", r.Header().Get("Location"))
	}
	hers := a.cookies
	a.cookies = mine
	want(t, a.post("/settings/users/1/delete"), http.StatusConflict, "last owner")
	want(t, a.post("/settings/users/2/delete"), http.StatusSeeOther)
	a.cookies = hers
	want(t, a.get("/"), http.StatusSeeOther)
}

func TestAPasswordChangeNeedsTheOldOneAndSignsOthersOut(t *testing.T) {
	a := newApp(t)
	u := a.owner()
	other, err := a.store.StartSession(t.Context(), u.ID, "phone", false)
	if err != nil {
		t.Fatal(err)
	}
	want(t, a.post("/settings/profile/password", "current", "no", "password", "a quite new secret"), http.StatusUnprocessableEntity, "not your current password")
	want(t, a.post("/settings/profile/password", "current", "correct horse battery", "password", "a quite new secret"), http.StatusSeeOther)
	want(t, a.get("/"), http.StatusOK)
	if _, _, err := a.store.SessionUser(t.Context(), other); !fault.Is(err, fault.SignIn) {
		t.Errorf("the other browser stays signed in: %v", err)
	}
}

func TestAForgottenPasswordIsSetOnceByALink(t *testing.T) {
	a := newApp(t)
	u := a.user("ana@shop.test", store.Marketer)
	come := func() {
		t.Helper()
		token, err := a.store.CreateTicket(t.Context(), store.SignInLink, u.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		want(t, a.post("/sign-in/"+token), http.StatusSeeOther)
	}
	come()
	if strings.Contains(a.get("/settings/profile").Body.String(), "Current password") {
		t.Error("the forgotten password is asked for")
	}
	want(t, a.post("/settings/profile/password", "password", "a quite new secret"), http.StatusSeeOther)
	want(t, a.post("/settings/profile/password", "password", "another new secret"), http.StatusUnprocessableEntity, "not your current password")
	come()
	a.clock.Add(2 * time.Hour)
	want(t, a.post("/settings/profile/password", "password", "another new secret"), http.StatusUnprocessableEntity, "not your current password")
}

// upload posts a file as a browser's form does.
func (a *app) upload(path, field, name string, data []byte, pairs ...string) *httptest.ResponseRecorder {
	a.t.Helper()
	return a.uploadFor("application/json", path, field, name, data, pairs...)
}

// uploadFor is upload by whoever accepts that in answer.
func (a *app) uploadFor(accept, path, field, name string, data []byte, pairs ...string) *httptest.ResponseRecorder {
	a.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		_ = form.WriteField(pairs[i], pairs[i+1])
	}
	part, err := form.CreateFormFile(field, name)
	if err != nil {
		a.t.Fatal(err)
	}
	_, _ = part.Write(data)
	form.Close()
	r := httptest.NewRequest(http.MethodPost, "http://shop.test"+path, &body)
	return a.do(r, []string{"Content-Type", form.FormDataContentType(), "Sec-Fetch-Site", "same-origin", "Accept", accept})
}

func TestPicturesAreDrawnAnew(t *testing.T) {
	a := newApp(t)
	a.owner()
	img := image.NewNRGBA(image.Rect(0, 0, 3200, 100))
	img.Set(1, 1, color.White)
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		t.Fatal(err)
	}
	file.WriteString("<script>hidden behind the end</script>")
	r := a.upload("/media", "file", "logo.html", file.Bytes())
	want(t, r, http.StatusCreated, `"width":1200`, `"height":37`, ".png")
	_, rest, _ := strings.Cut(r.Body.String(), `"url":"`)
	url, _, _ := strings.Cut(rest, `"`)
	got := a.get(url)
	want(t, got, http.StatusOK)
	if strings.Contains(got.Body.String(), "hidden") || got.Header().Get("Content-Type") != "image/png" || !strings.Contains(got.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the picture is served as %v", got.Header())
	}
	want(t, a.upload("/media", "file", "x.png", []byte(`<svg onload="alert(1)"/>`)), http.StatusUnprocessableEntity)
	want(t, a.upload("/media", "file", "x.png", append(file.Bytes(), make([]byte, 10<<20)...)), http.StatusRequestEntityTooLarge)
}

func TestAColumnOfOurOwnExportIsAPlaceOnItsList(t *testing.T) {
	a, l := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	csv := "email,created_at,source,lists." + l.Label + "\np1@shop.test,2026-01-02T10:00:00Z,sample,confirmed\n"
	want(t, a.upload("/jobs/import", "file", "own.csv", []byte(csv)), http.StatusOK, `"/jobs/1"`)
	want(t, a.get("/jobs/1"), http.StatusOK, "export of Keepsake", `value="lists.`+l.Label+`" selected>Place on the list “`+l.Name+"”")
	form := []string{"encoding", "UTF-8", "delimiter", ",", "mapping", "email", "mapping", "", "mapping", "", "state", "confirmed", "existing", "update", "lang", "en"}
	want(t, a.post("/jobs/1/map", append(form, "mapping", "lists."+l.Label)...), http.StatusUnprocessableEntity, "your proof")
	want(t, a.post("/jobs/1/map", append(form, "mapping", "lists.gone", "wording", "as before")...), http.StatusUnprocessableEntity, "There is no list with the label")
	want(t, a.post("/jobs/1/map", append(form, "mapping", "lists."+l.Label, "wording", "as before")...), http.StatusSeeOther)
}

func TestAColumnMayBeAnAttributeThatIsThere(t *testing.T) {
	a, _ := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	city := audience.Attribute{Key: "city", Type: audience.TextAttribute, Labels: map[string]string{"en": "Where they live"}}
	if err := a.site.Store.SaveAttribute(t.Context(), &city); err != nil {
		t.Fatal(err)
	}
	want(t, a.upload("/jobs/import", "file", "people.csv", []byte("Email,Grad\np1@shop.test,Sofia\n")), http.StatusOK, `"/jobs/1"`)
	want(t, a.get("/jobs/1"), http.StatusOK, `<option value="attributes.city">Attribute “Where they live”`, `<option value="attributes.grad" selected>New attribute “grad”`)
	form := []string{"encoding", "UTF-8", "delimiter", ",", "mapping", "email", "mapping", "attributes.city", "state", "confirmed", "existing", "update", "lang", "en"}
	want(t, a.post("/jobs/1/map", append(form, "do", "map")...), http.StatusOK, `<option value="attributes.city" selected>`, `<option value="attributes.grad">New attribute “grad”`)
	want(t, a.post("/jobs/1/map", form...), http.StatusSeeOther)
}

func TestAFileOfJSONLinesIsMappedByItsNames(t *testing.T) {
	a, _ := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	lines := `{"email":"p1@shop.test","attributes":{"size":"38"}}` + "\n" + `{"email":"new@shop.test","attributes":{"size":"39"}}` + "\n"
	want(t, a.upload("/jobs/import", "file", "people.jsonl", []byte(lines)), http.StatusOK, `"/jobs/1"`)
	r := a.get("/jobs/1")
	want(t, r, http.StatusOK, "The file is JSON Lines", `name="encoding" value="JSON Lines"`, `<option value="attributes.size" selected>`)
	if strings.Contains(r.Body.String(), "no_header") || strings.Contains(r.Body.String(), "Delimiter") {
		t.Error("the page asks for a delimiter or a header")
	}
	want(t, a.post("/jobs/1/map", "encoding", "JSON Lines", "mapping", "email", "mapping", "attributes.size", "mapping", "attributes", "state", "confirmed", "existing", "update", "lang", "en"), http.StatusSeeOther)
	if err := a.site.Jobs.Drain(t.Context(), ledger.ImportJob); err != nil {
		t.Fatal(err)
	}
	want(t, a.post("/jobs/1/start"), http.StatusSeeOther)
	if err := a.site.Jobs.Drain(t.Context(), ledger.ImportJob); err != nil {
		t.Fatal(err)
	}
	if p, err := a.store.SubscriberByEmail(t.Context(), "new@shop.test"); err != nil || p.Attributes["size"] != "39" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestAnImportIsTriedOutFirst(t *testing.T) {
	a, l := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	csv := "Email;First name;City\np1@shop.test;Petra;Sofia\nnew@shop.test;Ivan;Varna\nnobody;;\n"
	want(t, a.upload("/jobs/import", "file", "people.csv", []byte(csv)), http.StatusOK, `"/jobs/1"`)
	want(t, a.get("/jobs/1"), http.StatusOK, "people.csv", "Petra", `value="email" selected`)
	want(t, a.post("/jobs/1/start"), http.StatusConflict, "Try the import out first")
	form := []string{"encoding", "UTF-8", "delimiter", ";", "mapping", "email", "mapping", "first_name", "mapping", "attributes.city",
		"list", fmt.Sprint(l.ID), "state", "confirmed", "existing", "update", "lang", "en"}
	want(t, a.post("/jobs/1/map", form...), http.StatusUnprocessableEntity, "your proof")
	want(t, a.post("/jobs/1/map", append(form, "wording", "box ticked")...), http.StatusSeeOther)
	want(t, a.get("/jobs/1"), http.StatusOK, `data-refresh="1000"`)
	drain := func() {
		t.Helper()
		if err := a.site.Jobs.Drain(t.Context(), ledger.ImportJob); err != nil {
			t.Fatal(err)
		}
	}
	drain()
	want(t, a.get("/jobs/1"), http.StatusOK, "What would happen", "Import now", "/jobs/1/reasons")
	if _, err := a.store.SubscriberByEmail(t.Context(), "new@shop.test"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the trial imported somebody: %v", err)
	}
	want(t, a.get("/jobs/1/reasons"), http.StatusOK, "nobody")
	want(t, a.post("/jobs/1/start"), http.StatusSeeOther)
	drain()
	want(t, a.get("/jobs/1"), http.StatusOK, "finished")
	p, err := a.store.SubscriberByEmail(t.Context(), "new@shop.test")
	if err != nil || p.Attributes["city"] != "Varna" {
		t.Errorf("imported %+v, %v", p, err)
	}
}

func TestAnExportHoldsWhatWasFiltered(t *testing.T) {
	a, _ := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	want(t, a.get("/jobs/export?q=p2"), http.StatusOK, "1 row")
	want(t, a.post("/jobs/export", "q", "p2", "fields", "email", "fields", "first_name", "form", "spreadsheet"), http.StatusSeeOther)
	if err := a.site.Jobs.Drain(t.Context(), ledger.ExportJob); err != nil {
		t.Fatal(err)
	}
	want(t, a.get("/jobs/1"), http.StatusOK, "/jobs/1/file")
	file := a.get("/jobs/1/file").Body.String()
	if !strings.Contains(file, "p2@shop.test") || strings.Contains(file, "p1@shop.test") {
		t.Errorf("the file has %q", file)
	}
}

func TestHomeTellsOfAFailedImport(t *testing.T) {
	a := newApp(t)
	a.owner()
	j := ledger.Job{Kind: ledger.ImportJob, State: ledger.JobRunning, Params: "{}"}
	if err := a.store.CreateJob(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	if err := a.store.FinishJob(t.Context(), j.Lease(), ledger.JobFailed, "The disk is full."); err != nil {
		t.Fatal(err)
	}
	want(t, a.get("/"), http.StatusOK, "An import failed", "The disk is full.", "/jobs/1")
}

func TestAPersonsRecordIsWholeBeforeItsFirstByteLeaves(t *testing.T) {
	a, _ := staff(t)
	for _, path := range []string{"/subscribers/1/record", "/subscribers/1/consent"} { // a slow reader of a stream would keep the database's moment
		if w := a.post(path); w.Code != http.StatusOK || w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) || w.Header().Get("Content-Type") != "application/zip" {
			t.Errorf("%s: %d, %v", path, w.Code, w.Header())
		}
	}
	if left, err := filepath.Glob(filepath.Join(a.site.Config.Data, "handed-out-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestEveryCampaignCanBeAskedWhyNot(t *testing.T) {
	a, l := staff(t)
	if w := a.get("/subscribers/1/why"); strings.Contains(w.Body.String(), `name="q"`) {
		t.Error("a few campaigns need no search")
	}
	var oldest campaigns.Campaign
	for i := 201; i >= 0; i-- {
		c := storetest.Campaign(t, a.store, "newsletter", l.ID, func(c *campaigns.Campaign) { c.Name = fmt.Sprintf("Letter %03d.", 201-i) })
		if oldest.ID == 0 {
			oldest = c
		}
	}
	w := a.get("/subscribers/1/why")
	want(t, w, http.StatusOK, "Letter 201.", "find an older one by its name", `name="q"`)
	if strings.Contains(w.Body.String(), "Letter 000.") {
		t.Error("all are offered at once")
	}
	want(t, a.get("/subscribers/1/why?q=letter+000"), http.StatusOK, "Letter 000.", "1 campaign is found")
	want(t, a.get("/subscribers/1/why?q=nothing"), http.StatusOK, "No campaign has “nothing” in its name")
	want(t, a.get(fmt.Sprintf("/subscribers/1/why?campaign=%d", oldest.ID)), http.StatusOK, fmt.Sprintf(`<option value="%d" selected>Letter 000.`, oldest.ID))
}

func TestTheColumnsOfPeopleAreChosenAndKept(t *testing.T) {
	a, _ := staff(t)
	p, err := a.store.Subscriber(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	p.Attributes = map[string]string{"birthday": "1990-05-17", "size": "<b>"}
	want(t, a.post("/attributes", "key", "birthday", "type", "date", "label_en", "Born on"), http.StatusSeeOther)
	want(t, a.post("/attributes", "key", "size", "type", "text"), http.StatusSeeOther)
	if err := a.store.UpdateSubscriber(t.Context(), &p); err != nil {
		t.Fatal(err)
	}
	table := func(path string) string {
		_, table, _ := strings.Cut(a.get(path).Body.String(), "<table")
		table, _, _ = strings.Cut(table, "</table>")
		return table
	}
	if got := table("/subscribers"); !strings.Contains(got, ">Since</th>") || strings.Contains(got, "Born on") {
		t.Errorf("the usual columns: %s", got)
	}
	r := a.post("/subscribers/columns", "columns", "source", "columns", "attributes.birthday", "columns", "attributes.size", "columns", "attributes.nose", "back", "q=p1&lang=en")
	if r.Code != http.StatusSeeOther || r.Header().Get("Location") != "/subscribers?lang=en&q=p1" {
		t.Errorf("%d to %s", r.Code, r.Header().Get("Location"))
	}
	got := table("/subscribers?q=p1")
	for _, says := range []string{">Source</th>", ">Born on</th>", "1990", "&lt;b&gt;"} {
		if !strings.Contains(got, says) {
			t.Errorf("no %s in %s", says, got)
		}
	}
	if strings.Contains(got, ">Since</th>") || strings.Contains(got, "nose") {
		t.Errorf("it has what was not chosen: %s", got)
	}
	want(t, a.post("/subscribers/columns", "do", "usual", "back", "//evil.example"), http.StatusSeeOther)
	if got := table("/subscribers"); !strings.Contains(got, ">Since</th>") || strings.Contains(got, "Born on") {
		t.Errorf("as usual: %s", got)
	}
	a.cookies["columns"] = "nonsense"
	want(t, a.get("/subscribers"), http.StatusOK, ">Since</th>")
}

func TestFiltersOfPeopleBecomeASegment(t *testing.T) {
	a, _ := staff(t)
	if strings.Contains(a.get("/subscribers").Body.String(), "Save as a segment") {
		t.Error("everybody is offered to be saved")
	}
	want(t, a.get("/subscribers?list=1&state=confirmed&lang=en"), http.StatusOK, `href="/segments/new?of=subscribers&amp;lang=en&amp;list=1&amp;state=confirmed"`)
	want(t, a.get("/segments/new?of=subscribers&lang=en&list=1&state=confirmed"), http.StatusOK, "confirmed", "segment-builder", "lang")
	want(t, a.get("/segments/new?of=subscribers"), http.StatusUnprocessableEntity, "Choose a filter first")
}
