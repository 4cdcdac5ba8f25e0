package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/trial"
	"keepsake/internal/store"
)

func TestAVariantIsAddedNamedWrittenAndTakenAwayWithUndo(t *testing.T) {
	s := newShop(t, 40)
	id, at := s.begin("newsletter")
	want(t, s.post(at+"/audience", "in", fmt.Sprint(s.list.ID)), http.StatusSeeOther)
	want(t, s.get(at+"/messages"), http.StatusOK, "Test a variant (A/B)")
	want(t, s.post(at+"/messages/news/variants"), http.StatusSeeOther)
	want(t, s.get(at+"/messages"), http.StatusOK, "2 × 4 people try the variants; 32 wait for the winner.", "still the same as A", "4 hours after the last test letter has left")
	m := s.campaign(id).Messages[0]
	if got := m.Variants(); len(got) != 2 || m.Test == nil || len(m.Of("b")) != len(m.Of("a")) {
		t.Fatalf("variants %v, rule %v", got, m.Test)
	}
	save := at + "/messages/news/en/save?variant=b"
	r, out := s.ask(save, map[string]any{"version": 1, "mode": "blocks", "subject": "B says hello", "document": json.RawMessage(hello)})
	if r.Code != http.StatusOK || out["version"] != 2.0 {
		t.Fatalf("%d %v", r.Code, out)
	}
	if a, _ := s.campaign(id).Messages[0].Content("en", "en"); a.Subject == "B says hello" || a.Version != 1 {
		t.Error("A was written over")
	}
	want(t, s.post(at+"/messages/news/variants/b", "sender_name", "Maria\r\nBcc: x@evil.test"), http.StatusSeeOther)
	want(t, s.get(at+"/messages"), http.StatusOK, "B says hello", "another subject, another preheader, another sender, another letter", "from Maria Bcc: x@evil.test")
	want(t, s.get(at+"/messages/news/en?variant=b"), http.StatusOK, "B says hello", "Variant B", `?variant={variant}`)
	if r := s.get(at + "/messages/news/en"); strings.Contains(r.Body.String(), "B says hello") {
		t.Error("A shows B's letter")
	}
	want(t, s.get(at+"/messages/news/en?variant=d"), http.StatusNotFound)
	_, out = s.ask(at+"/messages/news/en/preview?variant=b", map[string]any{"mode": "blocks", "subject": "B says hello", "document": json.RawMessage(hello)})
	if out["subject"] != "B says hello" {
		t.Errorf("the preview: %v", out["subject"])
	}
	r2 := s.post(at + "/messages/news/variants/b/remove")
	want(t, r2, http.StatusSeeOther)
	if m := s.campaign(id).Messages[0]; len(m.Variants()) != 1 || m.Test != nil {
		t.Errorf("still there: %v, %v", m.Variants(), m.Test)
	}
	want(t, s.post(s.undo()), http.StatusSeeOther)
	if m := s.campaign(id).Messages[0]; len(m.Variants()) != 2 || m.Test == nil || m.Of("b")[1].Subject != "B says hello" && m.Of("b")[0].Subject != "B says hello" && m.Of("b")[2].Subject != "B says hello" {
		t.Errorf("not brought back: %+v", m)
	}
	for range 3 {
		want(t, s.post(at+"/messages/news/variants", "from", "b"), http.StatusSeeOther)
	}
	want(t, s.post(at+"/messages/news/variants", "from", "b"), http.StatusUnprocessableEntity, "five variants at most")
}

func TestTheRuleIsSaidWhileItIsChosenAndBadOnesAreRefused(t *testing.T) {
	s := newShop(t, 40)
	id, at := s.begin("newsletter")
	want(t, s.post(at+"/audience", "in", fmt.Sprint(s.list.ID)), http.StatusSeeOther)
	want(t, s.post(at+"/messages/news/variants"), http.StatusSeeOther)
	rule := at + "/messages/news/rule"
	want(t, s.get(rule+"?share=50&measure=revenue&days=3&after=2&unit=days&close=leader&confidence=99"), http.StatusOK,
		"2 × 10 people try the variants; 20 wait", "2 days after", "revenue a person wins", "99\u00a0% certain", "at most 3 days after", "the one that is ahead goes out")
	if r := s.campaign(id).Messages[0].Test; r.Share != 20 {
		t.Error("looking changed the rule")
	}
	want(t, s.post(rule, "share", "50", "measure", "responses", "after", "30", "unit", "minutes", "close", "a", "confidence", "90"), http.StatusSeeOther)
	if r := s.campaign(id).Messages[0].Test; r.Share != 50 || r.Measure != trial.Responses || r.After != 30*time.Minute || r.Confidence != 0.9 {
		t.Errorf("the rule: %+v", r)
	}
	for _, bad := range [][]string{{"share", "101"}, {"share", "x"}, {"measure", "opens"}, {"after", "1", "unit", "minutes"}, {"after", "99999999999999999999", "unit", "days"}, {"confidence", "NaN"}, {"close", "b"}} {
		want(t, s.post(rule, bad...), http.StatusUnprocessableEntity)
	}
}

func TestATestRunsIsWatchedAndIsEndedByHand(t *testing.T) {
	s := newShop(t, 40)
	id, at := s.begin("newsletter")
	want(t, s.post(at+"/audience", "in", fmt.Sprint(s.list.ID)), http.StatusSeeOther)
	want(t, s.post(at+"/messages/news/variants"), http.StatusSeeOther)
	want(t, s.get(at+"/review"), http.StatusOK, "A/B test: 4 people get each of 2 variants; 32 wait for the winner.", "only 4 people get each variant", "variant B is still the same as A")
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	s.clock.Add(time.Minute)
	s.work()
	s.clock.Add(30 * time.Second) // a test is looked at no more often
	s.work()
	page := s.get(at)
	want(t, page, http.StatusOK, "A/B test", "The winner is decided on", "Nobody is ahead so far.", "Choose B", "It goes out to the 32 people who wait.")
	want(t, s.get(at+"/deliveries"), http.StatusOK, "waits for the winner of the test")
	if n := len(s.smtp.Letters()); n != 8 {
		t.Fatalf("%d letters left; want 8", n)
	}
	rows, _, err := s.store.Deliveries(t.Context(), store.DeliveryQuery{Campaign: id})
	if err != nil {
		t.Fatal(err)
	}
	waiting := rows[0]
	for _, d := range rows {
		if d.Waits() {
			waiting = d
		}
	}
	want(t, s.get(fmt.Sprintf("/subscribers/%d", waiting.SubscriberID)), http.StatusOK, "waits for the winner of the test")
	want(t, s.post(at+"/pause"), http.StatusSeeOther)
	want(t, s.post(at+"/messages/news/variants"), http.StatusUnprocessableEntity, "This test is running.")
	want(t, s.post(at+"/messages/news/variants/b/remove"), http.StatusUnprocessableEntity, "This test is running.")
	want(t, s.post(at+"/resume"), http.StatusSeeOther)
	trials, err := s.store.Trials(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	choose := fmt.Sprintf("%s/trials/%d/choose", at, trials[0].ID)
	want(t, s.post(choose, "variant", "e"), http.StatusUnprocessableEntity)
	want(t, s.post(at+"/trials/999/choose", "variant", "b"), http.StatusNotFound)
	want(t, s.post(choose, "variant", "b"), http.StatusSeeOther)
	want(t, s.post(choose, "variant", "a"), http.StatusConflict)
	s.work()
	if n := len(s.smtp.Letters()); n != 40 {
		t.Errorf("%d letters left; want 40", n)
	}
	want(t, s.get(at), http.StatusOK, "chose B on", "32 people had waited for the winner.")
	done, _, err := s.store.Deliveries(t.Context(), store.DeliveryQuery{Campaign: id, State: ledger.Sent, Limit: 100})
	if err != nil || len(done) != 40 {
		t.Fatalf("%d sent, %v", len(done), err)
	}
}

// undo is where the toast of the last page leads back to.
func (s shop) undo() string {
	s.t.Helper()
	toast, err := base64.RawURLEncoding.DecodeString(s.cookies["toast"])
	back := between(string(toast), `"undo":"`, `"`)
	if err != nil || back == "" {
		s.t.Fatalf("no way back in %s, %v", toast, err)
	}
	return back
}

func TestADecidedTestOfAnAutomationBeginsAnew(t *testing.T) {
	s := newShop(t, 3)
	id, at := s.begin("newsletter")
	want(t, s.post(at+"/audience", "in", fmt.Sprint(s.list.ID)), http.StatusSeeOther)
	c := s.campaign(id)
	c.Trigger = campaigns.Trigger{On: "order.placed"}
	if err := s.store.SaveCampaign(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	want(t, s.post(at+"/messages/news/variants"), http.StatusSeeOther)
	want(t, s.get(at+"/messages"), http.StatusOK, "once each variant has reached 100 people")
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	p := audience.Subscriber{Email: "p1@shop.test", Source: "test"}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	o := audience.Order{Number: "N1", State: "placed", Currency: "EUR", PlacedAt: s.clock.Now(), UpdatedAt: s.clock.Now()}
	if err := s.store.RecordOrder(t.Context(), &p, &o); err != nil {
		t.Fatal(err)
	}
	s.work()
	want(t, s.get(at), http.StatusOK, "not before each variant has reached 100 people.")
	trials, err := s.store.Trials(t.Context(), id, 1)
	if err != nil || len(trials) != 1 {
		t.Fatal(trials, err)
	}
	one := fmt.Sprintf("%s/trials/%d", at, trials[0].ID)
	want(t, s.post(one+"/again"), http.StatusConflict, "only once it has a winner")
	want(t, s.post(one+"/choose", "variant", "b"), http.StatusSeeOther)
	want(t, s.get(at), http.StatusOK, "Start a new test", one+"/again")
	want(t, s.post(one+"/again"), http.StatusSeeOther)
	page := s.get(at)
	want(t, page, http.StatusOK, "It no longer counts since")
	if strings.Contains(page.Body.String(), "Start a new test") {
		t.Error("it begins twice")
	}
}
