package public_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/internal/dispatch"
	"keepsake/internal/link"
)

var hrefs = regexp.MustCompile(`href="([^"]+)"`)

func TestTheLinksOfATestLetterSayWhatTheyDoAndChangeNothing(t *testing.T) {
	f := newFace(t)
	ana := f.person("ana@shop.test", "Ana", "ru")
	c := f.campaign("newsletter", asking)
	draft := campaigns.Content{Lang: "ru", Mode: "html", Subject: "Проба", HTML: `<p><a href="https://tea.test/new">Чай</a> <a href="{{ links.unsubscribe }}">1</a>
		<a href="{{ links.preferences }}">2</a> <a href="{{ links.view }}">3</a> <a href="{{ links.respond }}?rating=4">4</a>
		<a href="{{ links.answer }}?block=p1&amp;value=1">5</a> <a href="{{ links.calendar }}?block=e1">6</a></p>`}
	out, err := f.site.Dispatch.Preview(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: draft, Person: ana})
	must(t, err)
	ours := 0
	for _, m := range hrefs.FindAllStringSubmatch(out.HTML, -1) {
		to := html.UnescapeString(m[1])
		if !strings.HasPrefix(to, f.base+"/") {
			if to != "https://tea.test/new" && !strings.HasPrefix(to, "http") {
				t.Errorf("leads to %s", to)
			}
			continue
		}
		ours++
		f.get(to).want(http.StatusOK, "Это пробное письмо", "Ничего не изменилось")
		if strings.HasPrefix(to, f.base+"/v/") || strings.HasPrefix(to, f.base+"/e/") {
			continue // nothing can be posted there
		}
		f.post(to, "List-Unsubscribe", "One-Click", "block", "p1", "value", "0", "do", "leave").want(http.StatusOK, "Это пробное письмо")
	}
	if ours < 6 {
		t.Errorf("only %d of our links in %s", ours, out.HTML)
	}
	if lists, err := f.st.Subscriptions(t.Context(), ana.ID); err != nil || len(lists) != 1 || lists[0].State != "confirmed" {
		t.Errorf("she is on %+v, %v", lists, err)
	}
	if n := f.tally(c.ID, "poll.news.p1"); len(n) != 0 {
		t.Errorf("counted %v", n)
	}
}

// A letter that left has no such page: its links stay what they are, and a test's open nothing else.
func TestOnlyATestsOwnLinksAreTests(t *testing.T) {
	f := newFace(t)
	ana := f.person("ana@shop.test", "Ana", "en")
	token := func(claims link.Claims, purpose link.Purpose) string {
		claims.Purpose = purpose
		return f.site.Links.Token(claims)
	}
	mixed := link.Test("en")
	mixed.Subscriber = ana.ID
	if got := f.get("/u/" + token(mixed, link.Unsubscribe)); strings.Contains(got.body, "test letter") {
		t.Error("a person's link passes for a test")
	}
	f.get("/u/" + token(link.Test("en"), link.View)).want(http.StatusNotFound)
	f.get("/c/" + token(link.Test("en"), link.Click) + "/1").want(http.StatusNotFound)
	f.get("/q/" + token(link.Test("en"), link.Code) + "?block=x").want(http.StatusNotFound)
	f.post("/u/"+token(link.Test("en"), link.Unsubscribe)+"/undo", "undo", "x").want(http.StatusOK, "This is a test letter")
}
