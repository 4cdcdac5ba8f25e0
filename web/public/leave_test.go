package public_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// oneClick is what a mailbox provider posts (RFC 8058 §3.2), in either kind of form: no
// cookie, no origin of ours.
func (f *face) oneClick(to, contentType, body string) answered {
	f.t.Helper()
	r := f.request(http.MethodPost, to, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Origin", "https://mail.provider.test")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	return f.do(r)
}

func (f *face) stateOf(subscriber int64) audience.State {
	f.t.Helper()
	rows, err := f.st.Subscriptions(f.t.Context(), subscriber)
	must(f.t, err)
	for _, r := range rows {
		if r.ListID == f.list.ID {
			return r.State
		}
	}
	return ""
}

func TestOneClickUnsubscribesAtOnce(t *testing.T) {
	for name, form := range map[string][2]string{
		"form":         {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		"multipart":    {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"},
		"no body":      {"application/x-www-form-urlencoded", ""},
		"broken":       {"multipart/form-data", "--"},
		"another type": {"application/json", `{"List-Unsubscribe":"One-Click"}`},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFace(t)
			p := f.person("ana@shop.test", "Ana", "en")
			c := f.campaign("newsletter", nil)
			f.send()
			d, links := f.delivery(c.ID, p)
			for range 2 {
				got := f.oneClick(links["unsubscribe"], form[0], form[1]).want(http.StatusOK)
				if strings.Contains(form[1], "One-Click") && form[0] != "application/json" && !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
					t.Errorf("a provider gets %s", got.header.Get("Content-Type"))
				}
			}
			if f.stateOf(p.ID) != audience.Unsubscribed {
				t.Errorf("state is %s", f.stateOf(p.ID))
			}
			counts, err := f.st.Totals(t.Context(), c.ID)
			must(t, err)
			if counts[c.ID].Unsubscribed != 1 || d.ID == 0 {
				t.Errorf("counted %d times; want once", counts[c.ID].Unsubscribed)
			}
		})
	}
}

func TestLeavingWorksForLettersThatAreGone(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	to := f.site.Links.UnsubscribeURL(link.Claims{Subscriber: p.ID, List: f.list.ID, Delivery: 987654})
	f.get(to).want(http.StatusOK, "Leave “Customers”?")
	f.oneClick(to, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click").want(http.StatusOK)
	if f.stateOf(p.ID) != audience.Unsubscribed {
		t.Error("a letter without a campaign cannot be left")
	}
	must(t, f.st.DeleteList(t.Context(), f.list.ID))
	f.get(to).want(http.StatusOK)
	f.post(to).want(http.StatusOK)
	storetest.Erase(t, f.st, p.ID)
	f.get(to).want(http.StatusOK)
	all := f.site.Links.UnsubscribeURL(link.Claims{Subscriber: p.ID})
	for _, to := range []string{to, all} {
		f.oneClick(to, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click").want(http.StatusOK)
		f.post(to).want(http.StatusOK)
	}
}

func TestWhatWaitsIsNotSentAfterLeaving(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	f.person("eve@shop.test", "Eve", "en")
	c := f.campaign("newsletter", nil)
	must(t, f.site.Dispatch.Tick(t.Context()))
	to := f.site.Links.UnsubscribeURL(link.Claims{Subscriber: p.ID, List: f.list.ID})
	f.post(to).want(http.StatusOK)
	f.send()
	rows, _, err := f.st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, Subscriber: p.ID})
	must(t, err)
	if len(f.smtp.Letters()) != 1 || rows[0].State != ledger.Skipped {
		t.Errorf("%d letters, the leaver's is %s", len(f.smtp.Letters()), rows[0].State)
	}
}

func TestLeavingCanBeTakenBack(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "bg")
	to := "/u/" + f.site.Links.Token(link.Claims{Purpose: link.Unsubscribe, Subscriber: p.ID, List: f.list.ID})
	left := f.post(to).want(http.StatusOK, `lang="bg"`, "a…@shop.test")
	undo := left.field("undo")
	f.get(to + "/undo").want(http.StatusNotFound)
	if f.stateOf(p.ID) != audience.Unsubscribed {
		t.Fatal("still there")
	}
	f.post(to+"/undo", "undo", undo).want(http.StatusOK)
	if f.stateOf(p.ID) != audience.Confirmed {
		t.Fatal("not back")
	}
	said, err := f.st.Consents(t.Context(), p.ID)
	must(t, err)
	if last := said[len(said)-1]; !last.Given || last.Source != "page" || last.Wording == "" || last.Address == "" {
		t.Errorf("the consent of the return is %+v", last)
	}
	again := f.post(to).field("undo")
	other := f.person("eve@shop.test", "Eve", "en")
	elses := "/u/" + f.site.Links.Token(link.Claims{Purpose: link.Unsubscribe, Subscriber: other.ID, List: f.list.ID})
	f.post(elses+"/undo", "undo", again).want(http.StatusNotFound)
	f.post(to+"/undo", "undo", undo[1:]).want(http.StatusNotFound)
	f.get("/p/" + again).want(http.StatusNotFound)
	f.clock.Add(25 * time.Hour)
	f.post(to+"/undo", "undo", again).want(http.StatusConflict)
	if f.stateOf(p.ID) != audience.Unsubscribed {
		t.Error("an old page brought somebody back")
	}
}

func TestOnlyOurOwnPageMayTakeBack(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	for _, path := range []string{"/p/" + f.site.Links.Token(link.Claims{Purpose: link.Preferences, Subscriber: p.ID}), "/u/x/undo", "/r/x", "/confirm/x", "/join/customers"} {
		f.oneClick(path, "application/x-www-form-urlencoded", "do=leave").want(http.StatusForbidden)
	}
}

func TestPreferences(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	secret := audience.List{Name: "Complainers"}
	must(t, secret.Validate())
	must(t, f.st.CreateList(t.Context(), &secret))
	to := "/p/" + f.site.Links.Token(link.Claims{Purpose: link.Preferences, Subscriber: p.ID})
	if got := f.get(to).want(http.StatusOK, "Customers", `value="Ana"`); strings.Contains(got.body, "Complainers") {
		t.Error("a list shows to somebody who never was on it")
	}
	list := "list-" + itoa(f.list.ID)
	f.post(to, "do", "save", "first_name", "Анна\r\n<b>", "last_name", "", "lang", "ru", list, "yes", "list-"+itoa(secret.ID), "yes").want(http.StatusOK, `lang="ru"`, "Анна &lt;b&gt;")
	if on, err := f.st.Subscriptions(t.Context(), p.ID); err != nil || len(on) != 1 {
		t.Errorf("a made-up field joined a list: %v, %v", on, err)
	}
	f.post(to, "do", "save", "first_name", "Анна", "lang", "ru").want(http.StatusOK)
	if f.stateOf(p.ID) != audience.Unsubscribed {
		t.Error("a list that is not chosen is left")
	}
	f.post(to, "do", "save", "lang", "ru", list, "yes").want(http.StatusOK)
	f.post(to, "do", "leave").want(http.StatusOK)
	if s, err := f.st.Suppression(t.Context(), p.Email); err != nil || s.Reason != audience.Left || f.stateOf(p.ID) != audience.Unsubscribed {
		t.Errorf("leaving everything: %+v, %v, %s", s, err, f.stateOf(p.ID))
	}
	f.post(to, "do", "save", "lang", "ru", list, "yes").want(http.StatusOK)
	if _, err := f.st.Suppression(t.Context(), p.Email); !fault.Is(err, fault.NotFound) || f.stateOf(p.ID) != audience.Confirmed {
		t.Errorf("choosing a list does not bring back: %v, %s", err, f.stateOf(p.ID))
	}
}

func TestLeavingEverythingCanBeTakenBack(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	to := "/p/" + f.site.Links.Token(link.Claims{Purpose: link.Preferences, Subscriber: p.ID})
	left := f.post(to, "do", "leave").want(http.StatusOK)
	_, rest, _ := strings.Cut(left.body, `action="`)
	action, _, _ := strings.Cut(rest, `"`)
	f.post(action, "undo", left.field("undo")).want(http.StatusOK)
	if _, err := f.st.Suppression(t.Context(), p.Email); !fault.Is(err, fault.NotFound) || f.stateOf(p.ID) != audience.Confirmed {
		t.Errorf("not back: %v, %s", err, f.stateOf(p.ID))
	}
}

func TestABouncedAddressIsNotRevivedByItsPage(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	must(t, f.st.Suppress(t.Context(), p.Email, audience.HardBounce, "smtp"))
	to := "/p/" + f.site.Links.Token(link.Claims{Purpose: link.Preferences, Subscriber: p.ID})
	f.get(to).want(http.StatusOK, "no letters go to this address")
	f.post(to, "do", "save", "lang", "en", "list-"+itoa(f.list.ID), "yes").want(http.StatusOK)
	if s, err := f.st.Suppression(t.Context(), p.Email); err != nil || s.Reason != audience.HardBounce {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestForgedLinksAreFriendly404s(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	good := f.site.Links.Token(link.Claims{Purpose: link.Unsubscribe, Subscriber: p.ID, List: f.list.ID})
	before := f.state()
	for _, path := range []string{"/u/" + good[1:], "/u/" + good + "A", "/p/" + good, "/r/" + good, "/v/" + good, "/c/" + good + "/1", "/confirm/" + good, "/u/" + strings.Repeat("A", 3000), "/public/0", "/public/x", "/public/99", "/join/nothing"} {
		got := f.get(path).want(http.StatusNotFound, "We cannot find this page", "Tea House")
		if strings.HasPrefix(path, "/u/") && got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%.20s may be kept", path)
		}
		if got := f.post(path, "List-Unsubscribe", "One-Click"); got.status != http.StatusNotFound {
			t.Errorf("POST %.20s: %d", path, got.status)
		}
	}
	if f.state() != before {
		t.Error("a forged link changed something")
	}
}
