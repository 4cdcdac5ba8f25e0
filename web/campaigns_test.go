package web

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/dispatch"
	"keepsake/internal/mailer"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/render"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
	"keepsake/templates"
)

// shop is an app that can send: a dispatcher on a real SMTP server, a signed-in owner, and
// a list of people.
type shop struct {
	*app
	smtp *smtptest.Server
	list audience.List
}

// loadSamples reads the program's letters once for all tests.
var loadSamples = sync.OnceValues(func() (*render.Samples, error) { return render.LoadSamples(templates.FS) })

func newShop(t *testing.T, people int) shop {
	t.Helper()
	s := shop{app: newApp(t), smtp: smtptest.Start(t)}
	pool := mailer.New(mailer.Config{Host: s.smtp.Host, Port: s.smtp.Port, TLS: mailer.TLSNone, HELO: "keepsake.test"})
	t.Cleanup(func() { pool.Close() })
	samples, err := loadSamples()
	if err != nil {
		t.Fatal(err)
	}
	s.site.Dispatch = dispatch.New(s.store, pool, s.site.Links, s.site.Catalog, dispatch.Options{BaseURL: "http://shop.test", Samples: samples})
	s.address("1 Leaf Street, Sofia")
	s.list = storetest.People(t, s.store, people)
	s.owner()
	return s
}

func (s shop) address(text string) {
	s.t.Helper()
	err := s.store.SaveShop(s.t.Context(), store.Shop{Name: "Tea House", Address: text, URL: "https://tea.test", SenderEmail: "hello@tea.test", Lang: "en", Zone: "Europe/Sofia"})
	if err != nil {
		s.t.Fatal(err)
	}
}

// begin makes a draft of a kind by the gallery's button and returns its address.
func (s shop) begin(kind string) (id int64, at string) {
	s.t.Helper()
	r := s.post("/campaigns", "kind", kind)
	want(s.t, r, http.StatusSeeOther)
	if _, err := fmt.Sscanf(r.Header().Get("Location"), "/campaigns/%d/setup", &id); err != nil {
		s.t.Fatalf("led to %q", r.Header().Get("Location"))
	}
	return id, fmt.Sprintf("/campaigns/%d", id)
}

// ask posts JSON as the composer does.
func (s shop) ask(path string, body any) (*httptest.ResponseRecorder, map[string]any) {
	s.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r := s.do(httptest.NewRequest(http.MethodPost, "http://shop.test"+path, strings.NewReader(string(b))),
		[]string{"Content-Type", "application/json", "Accept", "application/json", "Sec-Fetch-Site", "same-origin"})
	var out map[string]any
	if err := json.Unmarshal(r.Body.Bytes(), &out); err != nil {
		s.t.Fatalf("%s answered %.300s", path, r.Body)
	}
	return r, out
}

func (s shop) campaign(id int64) campaigns.Campaign {
	s.t.Helper()
	c, err := s.store.Campaign(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s shop) work() {
	s.t.Helper()
	for _, step := range []func(context.Context) error{s.site.Dispatch.Tick, s.site.Dispatch.Drain, s.site.Dispatch.Tick} {
		if err := step(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// comesBack has the first letter bounce and the second one called spam.
func (s shop) comesBack() {
	s.t.Helper()
	rows, _, err := s.store.Deliveries(s.t.Context(), store.DeliveryQuery{State: ledger.Sent})
	if err != nil || len(rows) < 2 {
		s.t.Fatalf("%d letters, %v", len(rows), err)
	}
	for i, r := range []ledger.Report{{Verdict: ledger.HardBounce, Status: "5.1.1", Words: "550 5.1.1 nobody of that name"}, {Verdict: ledger.Complaint, Words: "abuse"}} {
		r.Delivery, r.Source = rows[i].ID, "mailbox"
		if _, err := s.store.TakeReport(s.t.Context(), r); err != nil {
			s.t.Fatal(err)
		}
		want(s.t, s.get(fmt.Sprintf("/subscribers/%d", rows[i].SubscriberID)), http.StatusOK, r.Words)
	}
}

const hello = `{"v":1,"lang":"en","blocks":[{"id":"b1","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Hello"}]}]}}]}`

func TestFromTheGalleryToSentLetters(t *testing.T) {
	s := newShop(t, 3)
	id, at := s.begin("newsletter")
	want(t, s.get("/campaigns/new"), http.StatusOK, "Newsletter", "Contest")
	if got := s.campaign(id); len(got.Audience.Lists) != 1 || len(got.Messages[0].Contents) != 3 {
		t.Fatalf("the draft has lists %v and %d contents", got.Audience.Lists, len(got.Messages[0].Contents))
	}
	letter := at + "/messages/news/en"
	want(t, s.get(letter), http.StatusOK, `id="composer"`, "subscriber.first_name")
	body := map[string]any{"version": 1, "mode": "blocks", "subject": "News", "preheader": "Short", "document": json.RawMessage(hello)}
	r, out := s.ask(letter+"/save", body)
	if r.Code != http.StatusOK || out["version"] != 2.0 {
		t.Fatalf("save: %d %v", r.Code, out)
	}
	r, out = s.ask(letter+"/save", body)
	if r.Code != http.StatusConflict || out["version"] != 2.0 || out["by"] != "Ana" || out["content"].(map[string]any)["subject"] != "News" {
		t.Fatalf("an old version: %d %v", r.Code, out)
	}

	s.address("")
	want(t, s.get(at+"/review"), http.StatusOK, "postal address", "disabled")
	want(t, s.post(at+"/start"), http.StatusUnprocessableEntity, "postal address")
	s.address("1 Leaf Street, Sofia")
	want(t, s.get(at+"/review"), http.StatusOK, "Send to 3 people")
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	want(t, s.get(at), http.StatusOK, "Undo", "data-countdown")
	s.work()
	if n := len(s.smtp.Letters()); n != 0 {
		t.Fatalf("%d letters left before the time to undo was over", n)
	}
	s.clock.Add(31 * time.Second)
	s.work()
	if n := len(s.smtp.Letters()); n != 3 {
		t.Fatalf("%d letters arrived; want 3", n)
	}
	want(t, s.get(at), http.StatusOK, "3 sent", "Finished")
	want(t, s.get(at+"/deliveries?state=sent"), http.StatusOK, "p1@shop.test", "2.0.0")
	s.comesBack()
	want(t, s.get(at+"/deliveries?event=bounced"), http.StatusOK, "p1@shop.test", "bounced", "550 5.1.1 nobody of that name")
	want(t, s.get(at+"/deliveries?event=complained"), http.StatusOK, "p2@shop.test", "complained", "abuse")
	want(t, s.get("/campaigns?tab=finished"), http.StatusOK, "Newsletter")
	want(t, s.get("/campaigns?view=calendar"), http.StatusOK, "3 letters")
	if r, _ := s.ask(letter+"/save", map[string]any{"version": 2, "document": json.RawMessage(hello)}); r.Code != http.StatusForbidden {
		t.Errorf("a sent letter was changed: %d", r.Code)
	}
}

func TestAStartCanBeUndoneForHalfAMinute(t *testing.T) {
	s := newShop(t, 2)
	id, at := s.begin("newsletter")
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	want(t, s.post(at+"/unschedule"), http.StatusSeeOther)
	if c := s.campaign(id); c.State != campaigns.Draft || c.Trigger.At != nil {
		t.Fatalf("it is %s at %v", c.State, c.Trigger.At)
	}
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	s.clock.Add(time.Minute)
	s.work()
	want(t, s.post(at+"/unschedule"), http.StatusConflict, "too late")
}

func TestPauseResumeCancel(t *testing.T) {
	s := newShop(t, 2)
	id, at := s.begin("newsletter")
	want(t, s.post(at+"/schedule", "how", "cron", "repeat", "weekly", "weekday", "2", "time", "10:00", "cron_zone", "Europe/Sofia"), http.StatusSeeOther)
	if got := s.campaign(id).Trigger; got.Cron != "0 10 * * 2" || got.Zone != "Europe/Sofia" {
		t.Fatalf("trigger %+v", got)
	}
	want(t, s.get(at+"/schedule"), http.StatusOK, "every Tuesday at 10:00", "The next five dates")
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	want(t, s.post(at+"/audience", "in", fmt.Sprint(s.list.ID)), http.StatusConflict, "Pause the campaign first")
	for _, step := range []struct{ do, state string }{{"pause", campaigns.Paused}, {"resume", campaigns.Running}, {"cancel", campaigns.Cancelled}} {
		want(t, s.post(at+"/"+step.do), http.StatusSeeOther)
		if got := s.campaign(id).State; got != step.state {
			t.Errorf("after %s it is %s", step.do, got)
		}
	}
	want(t, s.post(at+"/resume"), http.StatusConflict)
	want(t, s.get(at), http.StatusOK, "nothing more leaves")
}

func TestHostileNamesAreShownAsText(t *testing.T) {
	s := newShop(t, 1)
	id, at := s.begin("gift")
	const bad = `<script>alert(1)</script>"'>`
	want(t, s.post(at+"/setup", "name", bad, "reward", bad, "terms", bad, "valid_days", "30"), http.StatusSeeOther)
	if got := s.campaign(id).Name; got != bad {
		t.Fatalf("the name is kept as %q", got)
	}
	for _, path := range []string{"/campaigns", at + "/setup", at + "/audience", at + "/messages", at + "/schedule", at + "/review", at + "/codes", at + "/messages/gift/en", "/campaigns?view=calendar"} {
		r := s.get(path)
		want(t, r, http.StatusOK)
		if strings.Contains(r.Body.String(), "<script>alert") {
			t.Errorf("%s runs what was typed", path)
		}
	}
}

func TestFramesBelongToTheirSessionAndRunNothing(t *testing.T) {
	s := newShop(t, 1)
	_, at := s.begin("newsletter")
	r, out := s.ask(at+"/messages/news/en/frame", map[string]any{"mode": "blocks", "document": json.RawMessage(hello), "canvas": true, "dark": true})
	if r.Code != http.StatusOK {
		t.Fatalf("%d %v", r.Code, out)
	}
	src := out["src"].(string)
	got := s.get(src)
	want(t, got, http.StatusOK, `data-block="b1"`, "@media all{")
	policy := got.Header().Get("Content-Security-Policy")
	if strings.Contains(policy, "script") || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'self'") {
		t.Errorf("policy %q", policy)
	}
	s.clock.Add(11 * time.Minute)
	want(t, s.get(src), http.StatusNotFound)
	_, out = s.ask(at+"/messages/news/en/frame", map[string]any{"mode": "blocks", "document": json.RawMessage(hello)})
	other := *s.app
	other.cookies = map[string]string{}
	other.user("boris@shop.test", store.Marketer)
	want(t, other.post("/sign-in", "email", "boris@shop.test", "password", "correct horse battery"), http.StatusSeeOther)
	want(t, other.get(out["src"].(string)), http.StatusNotFound)
}

func TestADraftMayHoldProblems(t *testing.T) {
	s := newShop(t, 1)
	_, at := s.begin("newsletter")
	letter := at + "/messages/news/en/save"
	unfinished := `{"v":1,"blocks":[{"id":"b1","type":"button","label":"Go","action":"url","href":""},{"id":"b2","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"chip","attrs":{"path":"data.nothing","fallback":""}}]}]}}]}`
	r, out := s.ask(letter, map[string]any{"version": 1, "mode": "blocks", "subject": "{{ oops", "document": json.RawMessage(unfinished)})
	if r.Code != http.StatusOK {
		t.Fatalf("%d %v", r.Code, out)
	}
	said := fmt.Sprint(out["problems"])
	for _, part := range []string{"block:b1", "field:href", "field:subject"} {
		if !strings.Contains(said, part) {
			t.Errorf("no %s in %s", part, said)
		}
	}
	r, out = s.ask(letter, map[string]any{"version": 2, "document": json.RawMessage(`{"v":1,"blocks":[{"id":"<b>","type":"text"}]}`)})
	if r.Code != http.StatusUnprocessableEntity || out["problems"] == nil {
		t.Errorf("a letter that cannot be drawn: %d %v", r.Code, out)
	}
	r, _ = s.ask(letter, map[string]any{"version": 2, "html": strings.Repeat("x", 3<<20)})
	if r.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("3 MB: %d", r.Code)
	}
}

func TestPreviewAndTestSpeakToARealPerson(t *testing.T) {
	s := newShop(t, 1)
	_, at := s.begin("feedback")
	letter := at + "/messages/ask/en"
	var people []map[string]any
	if err := json.Unmarshal(s.get(letter+"/people?q=p1").Body.Bytes(), &people); err != nil || len(people) != 1 || people[0]["email"] != "p1@shop.test" {
		t.Fatalf("people %v, %v", people, err)
	}
	content := s.campaign(1).Messages[0].Contents
	body := map[string]any{"mode": "blocks", "subject": "For {{ subscriber.first_name }}", "document": json.RawMessage(content[1].Document), "person": people[0]["id"], "to": "ana@shop.test"}
	r, out := s.ask(letter+"/preview", body)
	if r.Code != http.StatusOK || out["subject"] != "For Ana" || out["text"] == "" {
		t.Fatalf("%d %v", r.Code, out)
	}
	r, out = s.ask(letter+"/test", body)
	if r.Code != http.StatusOK || out["ok"] != true || len(s.smtp.Letters()) != 1 {
		t.Fatalf("%d %v, %d letters", r.Code, out, len(s.smtp.Letters()))
	}
}

func TestCodesAreMadeTakenAndRedeemedOnce(t *testing.T) {
	s := newShop(t, 1)
	id, at := s.begin("gift")
	want(t, s.get(at+"/review"), http.StatusOK, "The pool has no codes")
	want(t, s.post(at+"/codes", "how", "make", "count", "25", "prefix", "TEA"), http.StatusSeeOther)
	want(t, s.post(at+"/codes", "how", "bring", "codes", "code\nHAND-1\nHAND-1\n"), http.StatusSeeOther)
	want(t, s.post(at+"/codes", "how", "make", "count", "0"), http.StatusUnprocessableEntity, "Between 1 and")
	stock, err := s.store.Stock(t.Context(), id)
	if err != nil || stock.Free != 26 {
		t.Fatalf("stock %+v, %v", stock, err)
	}
	want(t, s.get(at+"/codes?q=hand1"), http.StatusOK, "HAND-1")
	want(t, s.post(at+"/codes/redeem", "redeem", "hand 1"), http.StatusUnprocessableEntity, "not given to anybody")
	code, err := s.store.Reserve(t.Context(), id, 1, 1, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want(t, s.post(at+"/codes/redeem", "redeem", strings.ToLower(code.Code)), http.StatusSeeOther)
	want(t, s.post(at+"/codes/redeem", "redeem", code.Code), http.StatusUnprocessableEntity, "redeemed already")
}

func TestACodeIsRedeemedEvenIfAddressesHoldIt(t *testing.T) {
	s := newShop(t, 3) // p1@shop.test and so on
	id, at := s.begin("gift")
	_, other := s.begin("gift")
	want(t, s.post(at+"/codes", "how", "bring", "codes", "AAA-1\nAAA-2\nSHOP"), http.StatusSeeOther)
	for person := range int64(3) {
		if _, err := s.store.Reserve(t.Context(), id, person+1, person+1, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	want(t, s.post(other+"/codes/redeem", "redeem", "shop"), http.StatusUnprocessableEntity, "no such code in this campaign")
	want(t, s.post(at+"/codes/redeem", "redeem", "shop"), http.StatusSeeOther)
}

func TestAnUnsureDeliveryIsDecidedByAPerson(t *testing.T) {
	s := newShop(t, 2)
	id, at := s.begin("newsletter")
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	s.clock.Add(time.Minute)
	if err := s.site.Dispatch.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	work, err := s.store.Lease(t.Context(), "lost", 10)
	if err != nil || len(work) != 2 {
		t.Fatalf("leased %d, %v", len(work), err)
	}
	if _, err := s.store.Record(t.Context(), "lost", []int64{work[0].ID, work[1].ID}, nil); err != nil {
		t.Fatal(err)
	}
	if n, err := s.store.RecoverAll(t.Context()); err != nil || n != 2 {
		t.Fatalf("%d unsure, %v", n, err)
	}
	want(t, s.get(at+"/deliveries?state=unsure"), http.StatusOK, "It counts as sent", "Send it again", "Consider all sent", "The program stopped while it spoke to the mail server")
	want(t, s.post(at+"/deliveries", "as", "sent"), http.StatusSeeOther)
	undo := s.get(at + "/deliveries?state=sent")
	want(t, undo, http.StatusOK, "2 letters count as sent.", "/undecide/sent/")
	want(t, s.post(at+"/undecide"+between(undo.Body.String(), `action="`+at+`/undecide`, `"`)), http.StatusSeeOther)
	want(t, s.post(fmt.Sprintf("%s/deliveries/%d", at, work[0].ID), "as", "sent"), http.StatusSeeOther)
	want(t, s.post(fmt.Sprintf("%s/deliveries/%d", at, work[1].ID), "as", "again"), http.StatusSeeOther)
	s.work()
	if n := len(s.smtp.Letters()); n != 0 {
		t.Errorf("%d letters left while the decision could be undone", n)
	}
	s.clock.Add(time.Minute)
	s.work()
	rows, _, err := s.store.Deliveries(t.Context(), store.DeliveryQuery{Campaign: id})
	if err != nil || rows[0].State != ledger.Sent || rows[1].State != ledger.Sent || len(s.smtp.Letters()) != 1 {
		t.Errorf("%v, %v, %d letters; want both sent by one letter", rows, err, len(s.smtp.Letters()))
	}
}

func TestEventsCarryTheFiguresAndEnd(t *testing.T) {
	s := newShop(t, 2)
	_, at := s.begin("newsletter")
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	s.clock.Add(time.Minute)
	s.work()
	r := s.get(at + "/events")
	want(t, r, http.StatusOK, "event: figures", `"sent":2`, "event: html", "event: end")
	if got := r.Header().Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
}

func TestEventsEndWithTheSession(t *testing.T) {
	s := newShop(t, 2)
	_, at := s.begin("newsletter")
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	ask, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+at+"/events", nil)
	ask.AddCookie(&http.Cookie{Name: "session", Value: s.cookies["session"]})
	r, err := http.DefaultClient.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	read := bufio.NewReader(r.Body)
	if first, err := read.ReadString('\n'); err != nil || first != "event: figures\n" {
		t.Fatalf("%q, %v", first, err)
	}
	if err := s.store.EndSession(t.Context(), s.cookies["session"]); err != nil {
		t.Fatal(err)
	}
	s.clock.Add(time.Minute)
	s.work()
	rest, err := io.ReadAll(read)
	if err != nil || strings.Contains(string(rest), `"sent":2`) || !strings.HasSuffix(string(rest), "event: end\ndata: {}\n\n") {
		t.Errorf("after the session: %s, %v", rest, err)
	}
}

func TestArchiveAndDuplicateCanBeUndone(t *testing.T) {
	s := newShop(t, 1)
	id, at := s.begin("feedback")
	want(t, s.post("/campaigns/archive", "ids", fmt.Sprint(id)), http.StatusSeeOther)
	want(t, s.get("/campaigns?tab=archived"), http.StatusOK, at)
	want(t, s.post(fmt.Sprintf("/campaigns/archive?restore=1&ids=%d", id)), http.StatusSeeOther)
	want(t, s.post("/campaigns/duplicate", "ids", fmt.Sprint(id)), http.StatusSeeOther)
	if c := s.campaign(id + 1); c.State != campaigns.Draft || len(c.Messages) != 2 || len(c.Messages[0].Contents) != 3 {
		t.Errorf("the copy: %s, %d messages", c.State, len(c.Messages))
	}
	want(t, s.post(fmt.Sprintf("/campaigns/discard?ids=%d", id+1)), http.StatusSeeOther)
	want(t, s.get(fmt.Sprintf("/campaigns/%d/setup", id+1)), http.StatusNotFound)
}

func TestMessagesAndLanguages(t *testing.T) {
	s := newShop(t, 1)
	id, at := s.begin("newsletter")
	want(t, s.post(at+"/messages", "name", "Second one"), http.StatusSeeOther)
	want(t, s.post(at+"/messages", "name", "second-one"), http.StatusUnprocessableEntity, "already")
	want(t, s.post(at+"/messages/second-one", "wait", "3", "unit", "days", "local_time", "10:00", "if", "!rating", "on", ""), http.StatusSeeOther)
	want(t, s.post(at+"/messages/second-one", "wait", "3", "unit", "days", "if", "what?"), http.StatusUnprocessableEntity, "is not a condition")
	want(t, s.get(at+"/messages"), http.StatusOK, "after 3 days, at 10:00", "only if there is no “rating” yet")
	want(t, s.post(at+"/messages/second-one/move", "to", "up"), http.StatusSeeOther)
	want(t, s.post(at+"/messages/news/bg/remove"), http.StatusSeeOther)
	c := s.campaign(id)
	if c.Messages[0].Name != "second-one" || c.Messages[0].Wait != 72*time.Hour || len(c.Messages[1].Contents) != 2 {
		t.Fatalf("%+v", c.Messages)
	}
	want(t, s.post(at+"/messages/news/language", "lang", "bg"), http.StatusSeeOther)
	remove := func() string {
		t.Helper()
		want(t, s.post(at+"/messages/second-one/remove"), http.StatusSeeOther)
		toast, err := base64.RawURLEncoding.DecodeString(s.cookies["toast"])
		_, undo, _ := strings.Cut(string(toast), `"undo":"`)
		if err != nil || undo == "" {
			t.Fatalf("no way back in %s, %v", toast, err)
		}
		return strings.TrimSuffix(undo, `"}`)
	}
	want(t, s.post(remove()), http.StatusSeeOther)
	if c := s.campaign(id); c.Messages[0].Name != "second-one" || c.Messages[0].Wait != 72*time.Hour || len(c.Messages[0].Contents) != 3 {
		t.Errorf("brought back as %+v", c.Messages)
	}
	remove()
	want(t, s.post(at+"/messages/news/remove"), http.StatusUnprocessableEntity, "one message at least")
	if c := s.campaign(id); len(c.Messages) != 1 || len(c.Messages[0].Contents) != 3 {
		t.Errorf("%+v", c.Messages)
	}
}

func TestALetterOnItsWayIsNotChanged(t *testing.T) {
	s := newShop(t, 1)
	id, at := s.begin("newsletter")
	want(t, s.post(at+"/schedule", "how", "cron", "repeat", "weekly", "weekday", "2", "time", "10:00", "cron_zone", "Europe/Sofia"), http.StatusSeeOther)
	before := s.campaign(id).Messages[0].Contents[1]
	letter := map[string]any{"version": before.Version, "mode": "blocks", "subject": "Half a sen", "document": json.RawMessage(before.Document)}
	save := at + "/messages/news/" + before.Lang + "/save"
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	r, said := s.ask(save, letter)
	if r.Code != http.StatusUnprocessableEntity || !strings.HasPrefix(fmt.Sprint(said["detail"]), "Pause the campaign to change this") {
		t.Fatalf("%d %v", r.Code, said)
	}
	want(t, s.get(strings.TrimSuffix(save, "/save")), http.StatusOK, "Pause the campaign to change this", "&#34;over&#34;:true")
	if got := s.campaign(id).Messages[0].Contents[1].Subject; got != before.Subject {
		t.Errorf("the letter on its way says %q", got)
	}
	want(t, s.post(at+"/pause"), http.StatusSeeOther)
	if r, said := s.ask(save, letter); r.Code != http.StatusOK {
		t.Errorf("paused: %d %v", r.Code, said)
	}
}
