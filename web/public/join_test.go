package public_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/link"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/store"
)

// signUp fills in the form as a person does, in the time a person takes.
func (f *face) signUp(email string, more ...string) answered {
	f.t.Helper()
	began := f.get("/join/" + f.list.Label).want(http.StatusOK).field("began")
	f.clock.Add(20 * time.Second)
	return f.post("/join/"+f.list.Label, append([]string{"email", email, "name", "Нора", "began", began}, more...)...)
}

// confirmLink is the link of the last letter.
func (f *face) confirmLink() string {
	f.t.Helper()
	letters := f.smtp.Letters()
	if len(letters) == 0 {
		f.t.Fatal("no letter came")
	}
	for _, l := range linksOf(f.t, letters[len(letters)-1].Data) {
		if strings.Contains(l, "/confirm/") {
			return l
		}
	}
	f.t.Fatal("no link to confirm")
	return ""
}

func TestDoubleOptIn(t *testing.T) {
	f := newFace(t)
	f.signUp("Nora@shop.test").want(http.StatusOK, "Look into your mailbox")
	p, err := f.st.SubscriberByEmail(t.Context(), "nora@shop.test")
	must(t, err)
	if f.stateOf(p.ID) != audience.Pending || p.FirstName != "Нора" || p.Source != "form" {
		t.Fatalf("%+v is %s", p, f.stateOf(p.ID))
	}
	raw := string(f.smtp.Letters()[0].Data)
	if strings.Contains(raw, "List-Unsubscribe") || !strings.Contains(raw, "Auto-Submitted: auto-generated") {
		t.Errorf("headers of the letter:\n%.800s", raw)
	}
	to := f.confirmLink()
	for range 3 {
		f.head(to).want(http.StatusOK)
		f.get(to).want(http.StatusOK, "Yes, sign me up")
	}
	if f.stateOf(p.ID) != audience.Pending {
		t.Fatal("a GET confirmed")
	}
	f.post(to).want(http.StatusOK, "You are in")
	f.post(to).want(http.StatusOK, "You are in")
	f.get(to).want(http.StatusOK, "You are in")
	said, err := f.st.Consents(t.Context(), p.ID)
	must(t, err)
	if f.stateOf(p.ID) != audience.Confirmed || len(said) != 1 || said[0].Source != "form" || !strings.Contains(said[0].Wording, "Customers") || said[0].Address != "127.0.0.1" {
		t.Errorf("%s, consents %+v", f.stateOf(p.ID), said)
	}
	must(t, f.st.Unsubscribe(t.Context(), store.Leave{Subscriber: p.ID, List: f.list.ID}))
	f.post(to).want(http.StatusConflict, "This confirmation has expired.")
	if f.stateOf(p.ID) != audience.Unsubscribed {
		t.Error("an old link brought somebody back who had left")
	}
}

func TestAConfirmationExpires(t *testing.T) {
	f := newFace(t)
	f.signUp("nora@shop.test").want(http.StatusOK)
	to := f.confirmLink()
	f.clock.Add(31 * 24 * time.Hour)
	f.get(to).want(http.StatusConflict)
	f.post(to).want(http.StatusConflict)
	f.signUp("nora@shop.test").want(http.StatusOK)
	f.post(f.confirmLink()).want(http.StatusOK, "You are in")
}

func TestTheAnswerTellsNobodyWhoIsKnown(t *testing.T) {
	f := newFace(t)
	known := f.person("ana@shop.test", "Ana", "bg")
	must(t, f.st.Suppress(t.Context(), "gone@shop.test", audience.Complaint, "test"))
	answers := map[string]bool{}
	for _, email := range []string{"ana@shop.test", "new@shop.test", "gone@shop.test", "ana@shop.test"} {
		got := f.signUp(email).want(http.StatusOK)
		answers[strings.ReplaceAll(got.body, email, "")] = true
	}
	if len(answers) != 1 {
		t.Error("the answers differ")
	}
	if letters := f.smtp.Letters(); len(letters) != 2 {
		t.Errorf("%d letters; want one to each who may be written to", len(letters))
	}
	p, err := f.st.Subscriber(t.Context(), known.ID)
	must(t, err)
	if p.FirstName != "Ana" || p.Lang != "bg" || f.stateOf(p.ID) != audience.Confirmed {
		t.Errorf("a stranger's form changed what we know: %+v, %s", p, f.stateOf(p.ID))
	}
	if _, err := f.st.SubscriberByEmail(t.Context(), "gone@shop.test"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a suppressed address is on the books: %v", err)
	}
}

func TestAMailboxIsNotFlooded(t *testing.T) {
	f := newFace(t)
	for range 5 {
		f.signUp("nora@shop.test").want(http.StatusOK)
		f.signUp("NORA@Shop.Test").want(http.StatusOK)
	}
	if n := len(f.smtp.Letters()); n != 1 {
		t.Fatalf("%d letters within minutes; want 1", n)
	}
	f.clock.Add(time.Hour)
	f.signUp("nora@shop.test").want(http.StatusOK)
	if n := len(f.smtp.Letters()); n != 2 {
		t.Errorf("%d letters; want a second one after an hour", n)
	}
}

func TestRobotsSignNobodyUp(t *testing.T) {
	f := newFace(t)
	f.signUp("a@shop.test", "website", "https://spam.test").want(http.StatusOK, "Look into your mailbox")
	began := f.get("/join/" + f.list.Label).field("began")
	other := f.site.Links.Token(link.Claims{Purpose: link.Confirm, List: f.list.ID + 1, Extra: "form 1"})
	for _, b := range []string{began, "", "x", other} {
		f.post("/join/"+f.list.Label, "email", "b@shop.test", "began", b).want(http.StatusUnprocessableEntity, `value="b@shop.test"`)
	}
	f.get("/confirm/" + began).want(http.StatusNotFound)
	f.post("/confirm/" + began).want(http.StatusNotFound)
	if n, err := f.st.CountSubscribers(t.Context(), store.SubscriberQuery{}); err != nil || n != 0 || len(f.smtp.Letters()) != 0 {
		t.Errorf("%d people, %d letters, %v", n, len(f.smtp.Letters()), err)
	}
	again := f.post("/join/"+f.list.Label, "email", "b@shop.test", "began", began).field("began")
	f.clock.Add(3 * time.Second)
	f.post("/join/"+f.list.Label, "email", "b@shop.test", "began", again).want(http.StatusOK) // a quick person sends it once more
}

func TestOneNetworkSignsUpSoManyOnly(t *testing.T) {
	f := newFace(t)
	last := 0
	for range 25 {
		last = f.post("/join/"+f.list.Label, "email", "x").status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the last answer is %d", last)
	}
	f.clock.Add(11 * time.Minute)
	f.signUp("nora@shop.test").want(http.StatusOK)
}

func TestBadAddressesAreSaid(t *testing.T) {
	f := newFace(t)
	for _, bad := range []string{"", "nora", "a@b", "x@shop.test\r\nBcc: y@evil.test", "<script>@x"} {
		got := f.signUp(bad)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "aria-invalid") || strings.Contains(got.body, "<script>@x") {
			t.Errorf("%q: %d %.200s", bad, got.status, got.body)
		}
		f.clock.Add(time.Minute)
	}
}

func TestSingleOptInCountsAtOnce(t *testing.T) {
	f := newFace(t)
	l, err := f.st.List(t.Context(), f.list.ID)
	must(t, err)
	l.OptIn = audience.Single
	must(t, f.st.UpdateList(t.Context(), l.List))
	got := f.signUp("nora@shop.test").want(http.StatusOK, "You are in")
	if strings.Contains(got.body, "/p/") {
		t.Error("whoever types an address is led to its preferences")
	}
	p, err := f.st.SubscriberByEmail(t.Context(), "nora@shop.test")
	must(t, err)
	said, err := f.st.Consents(t.Context(), p.ID)
	must(t, err)
	if f.stateOf(p.ID) != audience.Confirmed || len(said) != 1 || said[0].Source != "form" || len(f.smtp.Letters()) != 0 {
		t.Errorf("%s, %+v, %d letters", f.stateOf(p.ID), said, len(f.smtp.Letters()))
	}
}

func TestAFormBringsBackNobodyWhoLeft(t *testing.T) {
	for name, everything := range map[string]bool{"the list": false, "everything": true} {
		t.Run(name, func(t *testing.T) {
			f := newFace(t)
			l, err := f.st.List(t.Context(), f.list.ID)
			must(t, err)
			l.OptIn = audience.Single
			must(t, f.st.UpdateList(t.Context(), l.List))
			p := f.person("ana@shop.test", "Ana", "en")
			leave := store.Leave{Subscriber: p.ID, List: f.list.ID}
			if everything {
				leave.List = 0
			}
			must(t, f.st.Unsubscribe(t.Context(), leave))
			for range 2 { // the second time she is pending
				f.signUp("ana@shop.test").want(http.StatusOK, "You are in") // the answer tells nobody that she left
				if f.stateOf(p.ID) != audience.Pending {
					t.Fatalf("a stranger made her %s", f.stateOf(p.ID))
				}
			}
			if _, err := f.st.Suppression(t.Context(), p.Email); everything == fault.Is(err, fault.NotFound) {
				t.Errorf("suppression: %v", err)
			}
			f.post(f.confirmLink()).want(http.StatusOK, "You are in")
			if _, err := f.st.Suppression(t.Context(), p.Email); f.stateOf(p.ID) != audience.Confirmed || !fault.Is(err, fault.NotFound) {
				t.Errorf("she is %s, suppression: %v", f.stateOf(p.ID), err)
			}
		})
	}
}

func TestWhenTheMailServerIsAwayThePersonIsTold(t *testing.T) {
	refuse := true
	f := newFace(t, smtptest.OnRcpt(func(string) error {
		if refuse {
			return smtptest.Reply(421, "4.3.2 away")
		}
		return nil
	}))
	f.signUp("nora@shop.test").want(http.StatusServiceUnavailable, "We cannot send you the letter right now.", `value="nora@shop.test"`)
	refuse = false
	f.signUp("nora@shop.test").want(http.StatusOK) // the failed try does not count against them
	if n := len(f.smtp.Letters()); n != 1 {
		t.Errorf("%d letters", n)
	}
}

func TestALetterAboutConfirmingIsInTheirLanguage(t *testing.T) {
	f := newFace(t)
	p := f.person("boris@shop.test", "Борис", "bg")
	must(t, f.site.Dispatch.Confirm(t.Context(), p, f.list, "https://x.test/confirm/1"))
	links := linksOf(t, f.smtp.Letters()[0].Data)
	if len(links) < 2 || links[0] != "https://x.test/confirm/1" {
		t.Errorf("links %v", links)
	}
	must(t, f.st.SaveShop(t.Context(), store.Shop{}))
	if err := f.site.Dispatch.Confirm(t.Context(), p, f.list, "https://x.test/"); !fault.Is(err, fault.Away) {
		t.Errorf("without a sender: %v", errors.Unwrap(err))
	}
}
