package public_test

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/link"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func TestALetterInTheBrowserRunsNothing(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "ru")
	c := f.campaign("gift", nil)
	f.send()
	_, links := f.delivery(c.ID, p)
	got := f.get(links["view"]).want(http.StatusOK, "TEA1-0000", `lang="ru"`)
	policy := got.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "img-src * data:", "style-src 'unsafe-inline'", "frame-ancestors 'none'", "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "script") || strings.Contains(policy, "same-origin") || got.header.Get("X-Robots-Tag") != "noindex" || got.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers: %v", got.header)
	}
}

func TestThePixelAnswersEverybodyAndCountsItsOwn(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", nil)
	f.send()
	_, links := f.delivery(c.ID, p)
	for _, path := range []string{"/o/x.gif", "/o/.gif", "/o/" + strings.TrimPrefix(links["unsubscribe"], f.base+"/u/") + ".gif", strings.TrimPrefix(strings.TrimSuffix(links["open"], ".gif"), f.base)} {
		got := f.get(path).want(http.StatusOK)
		if len(got.body) != 43 || got.header.Get("Content-Type") != "image/gif" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d bytes, %v", path, len(got.body), got.header)
		}
	}
	counts := func() (people, machines int64) {
		all, err := f.st.Totals(t.Context(), c.ID)
		must(t, err)
		return all[c.ID].Opened, all[c.ID].MachineOpened
	}
	f.head(links["open"])
	apple := f.request(http.MethodGet, links["open"], nil)
	apple.Header.Set("User-Agent", "Mozilla/5.0")
	f.do(apple)
	if people, machines := counts(); people != 0 || machines != 1 {
		t.Errorf("%d people, %d machines; want only a machine", people, machines)
	}
	for range 3 {
		f.get(links["open"])
	}
	if people, _ := counts(); people != 1 {
		t.Errorf("%d people; want one", people)
	}
}

func TestClicksLeadOnlyWhereTheLetterPointed(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", threeLinks)
	other := f.campaign("newsletter", threeLinks)
	f.send()
	_, links := f.delivery(c.ID, p)
	_, others := f.delivery(other.ID, p)
	hops := map[int64]string{}
	for n := range int64(12) {
		if got := f.get(links["click"] + "/" + itoa(n)); got.status == http.StatusFound {
			hops[n] = got.header.Get("Location")
			if got.header.Get("Referrer-Policy") != "no-referrer" || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers: %v", got.header)
			}
			f.get(others["click"] + "/" + itoa(n)).want(http.StatusNotFound)
		} else {
			got.want(http.StatusNotFound)
		}
	}
	if len(hops) != 4 || !slices.Contains(slices.Collect(maps.Values(hops)), "https://tea.test") || !slices.Contains(slices.Collect(maps.Values(hops)), "https://tea.test/a?b=1&c=2") {
		t.Errorf("links lead to %v", hops)
	}
	for _, bad := range []string{"/x", "/-1", "/1?url=https://evil.test", "/9999999999999999999"} {
		if got := f.get(links["click"] + bad); got.status == http.StatusFound && !strings.HasPrefix(got.header.Get("Location"), "https://tea.test/") {
			t.Errorf("%s leads to %s", bad, got.header.Get("Location"))
		}
	}
}

func TestAGatewaysClicksAreNobodys(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", threeLinks)
	f.send()
	_, links := f.delivery(c.ID, p)
	clicked := func() int64 {
		all, err := f.st.Totals(t.Context(), c.ID)
		must(t, err)
		return all[c.ID].Clicked
	}
	f.clock.Add(-59 * time.Second) // one second after the hand-over
	for _, n := range []string{"/1", "/2", "/3"} {
		f.head(links["click"] + n)
		f.get(links["click"] + n)
	}
	if clicked() != 0 {
		t.Error("a gateway counts as a person")
	}
	f.clock.Add(time.Hour)
	f.get(links["click"] + "/2")
	if clicked() != 1 {
		t.Error("a person does not count")
	}
}

func TestARatingIsConfirmedByAPerson(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("feedback", nil)
	f.send()
	_, links := f.delivery(c.ID, p)
	f.get(links["respond"]+"?rating=4").want(http.StatusOK, `value="4" required aria-label="4 stars" checked`, "How do you like the tea?")
	f.get(links["respond"] + "?rating=99").want(http.StatusOK)
	f.post(links["respond"]+"?rating=4", "comment", "no stars").want(http.StatusUnprocessableEntity, "Choose a rating between 1 and 5.")
	f.post(links["respond"], "rating", "6").want(http.StatusUnprocessableEntity)
	if said, _, _ := f.st.Responses(t.Context(), c.ID, 0, 10); len(said) != 0 {
		t.Fatalf("counted before the button: %v", said)
	}
	f.post(links["respond"]+"?rating=4", "rating", "2", "comment", "cold\x00 <b>tea</b>\r\nagain").want(http.StatusOK, "We will call you tomorrow.", "cold &lt;b&gt;tea")
	f.post(links["respond"], "rating", "5", "comment", "").want(http.StatusOK, "https://reviews.test/tea")
	said, _, err := f.st.Responses(t.Context(), c.ID, 0, 10)
	must(t, err)
	alerts, err := f.st.Alerts(t.Context(), 10)
	must(t, err)
	if len(said) != 1 || said[0].Values["rating"] != "5" || len(alerts) != 1 {
		t.Errorf("responses %v, %d alerts", said, len(alerts))
	}
}

func TestAGiftIsRedeemedOnce(t *testing.T) {
	f := newFace(t)
	p, late := f.person("ana@shop.test", "Ana", "en"), f.person("eve@shop.test", "Eve", "en")
	c := f.campaign("gift", nil)
	f.send()
	_, links := f.delivery(c.ID, p)
	f.get(links["respond"]).want(http.StatusOK, "TEA1-000", "Redeem now")
	var won, lost int
	var mu sync.Mutex
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			r, err := http.PostForm(links["respond"], nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			switch r.StatusCode {
			case http.StatusOK:
				won++
			case http.StatusConflict:
				lost++
			}
		})
	}
	both.Wait()
	if won != 1 || lost != 1 {
		t.Errorf("%d redeemed, %d were told that it was used", won, lost)
	}
	f.post(links["respond"]).want(http.StatusConflict, "This code was redeemed already.", ">Back</a>")
	if got := f.get(links["respond"]).want(http.StatusOK, "Redeemed"); strings.Contains(got.body, "<form") {
		t.Error("a used code still has its button")
	}
	_, links = f.delivery(c.ID, late)
	f.clock.Add(31 * 24 * time.Hour)
	f.get(links["respond"]).want(http.StatusOK, "Expired")
	f.post(links["respond"]).want(http.StatusConflict, "This code has expired.")
}

func TestALinkToACodeThatWentBackTakesNoOther(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("gift", nil)
	must(t, f.site.Dispatch.Tick(t.Context())) // owed, and no code reserved yet
	_, links := f.delivery(c.ID, p)
	f.get(links["respond"]).want(http.StatusConflict, "No gifts left.")
	if stock, err := f.st.Stock(t.Context(), c.ID); err != nil || stock.Free != 20 {
		t.Errorf("a GET took a code: %+v, %v", stock, err)
	}
}

func TestAContestFromEntryToProof(t *testing.T) {
	f := newFace(t)
	var people []audience.Subscriber
	for _, name := range []string{"ana", "boris", "vera", "dora"} {
		people = append(people, f.person(name+"@shop.test", name, "en"))
	}
	c := f.campaign("contest", func(c *campaigns.Campaign) {
		k := settings()["contest"].(*campaigns.Contest)
		k.Question = "Which tea?"
		must(t, c.Keep(k))
	})
	f.send()
	rules := "/public/" + itoa(c.ID)
	f.get(rules).want(http.StatusOK, "A cast-iron teapot", "Europe/Sofia", "Employees may not enter.", "Entries are open.", "import hashlib")
	f.get(rules + "/record.json").want(http.StatusNotFound)
	f.get(rules+"?lang=bg").want(http.StatusOK, `lang="bg"`)
	var links map[string]string
	for _, p := range people[:3] {
		_, links = f.delivery(c.ID, p)
		f.get(links["respond"]+"?enter=1").want(http.StatusOK, "Which tea?", rules)
		f.post(links["respond"], "enter", "1").want(http.StatusUnprocessableEntity, "Write your answer first.")
		f.post(links["respond"], "answer", "Oolong").want(http.StatusOK, "You are in the draw")
	}
	f.post(links["respond"], "answer", "Sencha").want(http.StatusOK) // a second time changes the answer only
	f.clock.Add(8 * 24 * time.Hour)
	f.send()
	got := f.get(rules).want(http.StatusOK, "The winners are drawn.", "3 entries", "record.json")
	if strings.Contains(got.body, "@shop.test") && !strings.Contains(got.body, "hello@tea.test") {
		t.Error("the rules show an address")
	}
	record := f.get(rules + "/record.json").want(http.StatusOK)
	if !strings.HasPrefix(record.header.Get("Content-Type"), "application/json") || !strings.Contains(record.body, campaigns.DrawMethod) {
		t.Errorf("%v %s", record.header, record.body)
	}
	_, links = f.delivery(c.ID, people[3])
	f.post(links["respond"], "answer", "Late").want(http.StatusConflict, "Entries have closed.")
	f.get(links["respond"]).want(http.StatusOK, "Entries have closed.")
	if letters := len(f.smtp.Letters()); letters != 5 {
		t.Errorf("%d letters; want 4 invitations and one to the winner", letters)
	}
}

func TestADraftIsNotPublic(t *testing.T) {
	f := newFace(t)
	c, err := campaigns.New("contest", "Secret", "en")
	must(t, err)
	must(t, c.Keep(settings()["contest"]))
	must(t, f.st.CreateCampaign(t.Context(), &c))
	f.get("/public/" + itoa(c.ID)).want(http.StatusNotFound)
	n := f.campaign("newsletter", nil)
	f.get("/public/" + itoa(n.ID)).want(http.StatusNotFound)
}

func TestAnErasedPersonsLinksLeadNowhere(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("feedback", nil)
	f.send()
	_, links := f.delivery(c.ID, p)
	storetest.Erase(t, f.st, p.ID)
	f.get(links["respond"]).want(http.StatusNotFound)
	f.post(links["respond"], "rating", "5").want(http.StatusNotFound)
	f.get(links["preferences"]).want(http.StatusNotFound)
	if _, err := f.st.Suppression(t.Context(), p.Email); fault.Is(err, fault.NotFound) {
		t.Error("the erased address may be mailed again")
	}
	f.get("/p/" + f.site.Links.Token(link.Claims{Purpose: link.Preferences, Subscriber: p.ID})).want(http.StatusNotFound)
}

func TestTheShopsColourCanBeRead(t *testing.T) {
	f := newFace(t)
	for _, accent := range []string{"#c2542d", "#ffff00", "#000000", "", "red;}body{display:none", "#FFFFFF"} {
		must(t, f.st.SaveShop(t.Context(), store.Shop{Name: "Tea House", Accent: accent}))
		got := f.get("/brand.css").want(http.StatusOK, ":root{--accent:#")
		if strings.Contains(got.body, "display") || !strings.HasPrefix(got.header.Get("Content-Type"), "text/css") {
			t.Errorf("%q: %s", accent, got.body)
		}
	}
}

// Letters that were sent before the message stood in their links still lead on.
func TestOldClickLinksStillLeadOn(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", threeLinks)
	f.send()
	d, links := f.delivery(c.ID, p)
	old := f.site.Links.ClickURL(link.Claims{Delivery: d.ID})
	if old == links["click"] {
		t.Fatal("the link does not name its message")
	}
	got := f.get(old + "/1").want(http.StatusFound)
	if to := got.header.Get("Location"); to != "https://tea.test/a?b=1&c=2" {
		t.Errorf("leads to %q", to)
	}
}
