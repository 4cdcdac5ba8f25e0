package public_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/link"
)

// sharedContest is one that brings tickets for friends; who entered it, and their own link.
func (f *face) sharedContest(most int, who audience.Subscriber) (c campaigns.Campaign, own, share string) {
	f.t.Helper()
	c = f.campaign("contest", func(c *campaigns.Campaign) {
		k, err := c.Open()
		must(f.t, err)
		k.(*campaigns.Contest).Extra = most
		must(f.t, c.Keep(k))
	})
	f.send()
	d, links := f.delivery(c.ID, who)
	f.post(links["respond"]).want(http.StatusOK, "You are in the draw", "You have 1 ticket.", "0 friends have entered.")
	return c, links["respond"], f.site.Links.ShareURL(link.Claims{Enrolment: d.EnrolmentID})
}

// comesBy signs somebody up by a friend's link and confirms; what answers is where they land.
func (f *face) comesBy(share, email string) answered {
	f.t.Helper()
	began := f.get(share).want(http.StatusOK, "A friend has sent you a contest", "A cast-iron teapot").field("began")
	f.clock.Add(20 * time.Second)
	f.post(share, "email", email, "name", "Нора", "began", began).want(http.StatusOK, "Look into your mailbox")
	return f.post(f.confirmLink())
}

func (f *face) friends(c campaigns.Campaign) map[string]int {
	f.t.Helper()
	n, err := f.st.Tally(f.t.Context(), c.ID, "friend_of")
	must(f.t, err)
	return n
}

func TestAFriendsEntryIsOneMoreTicket(t *testing.T) {
	f := newFace(t)
	ana := f.person("ana@shop.test", "Ana", "en")
	c, own, share := f.sharedContest(2, ana)
	f.get(own).want(http.StatusOK, share)
	for range 3 { // following a link, also by scanners, changes nothing
		f.get(share).want(http.StatusOK)
		f.head(share)
	}
	to := f.comesBy(share, "nora@shop.test").want(http.StatusSeeOther).header.Get("Location")
	if len(f.friends(c)) != 0 {
		t.Error("a friend counts before entering")
	}
	f.get(to).want(http.StatusOK, "Yes, I enter")
	f.post(to).want(http.StatusOK, "You are in the draw")
	f.post(to).want(http.StatusOK, "You are in the draw") // once more is still one friend
	f.get(own).want(http.StatusOK, "1 friend has entered.", "You have 2 tickets.")
	nora, err := f.st.SubscriberByEmail(t.Context(), "nora@shop.test")
	must(t, err)
	if f.stateOf(nora.ID) != audience.Confirmed {
		t.Errorf("the friend is %s", f.stateOf(nora.ID))
	}
	f.send()
	rows := len(f.smtp.Letters())
	f.send()
	if f.delivery(c.ID, nora); len(f.smtp.Letters()) != rows {
		t.Error("a letter leaves twice")
	}
	k, err := c.Open()
	must(t, err)
	figures, err := k.(campaigns.Reporter).Figures(t.Context(), f.site.Dispatch.Desk(c))
	if err != nil || len(figures) != 3 || figures[0].Value != 2 || figures[1].Value != 1 || figures[2].Value != 1 {
		t.Errorf("%+v, %v", figures, err)
	}
}

func TestTicketsEndAtTheLimitAndTheDrawShowsThem(t *testing.T) {
	f := newFace(t)
	ana := f.person("ana@shop.test", "Ana", "en")
	c, own, share := f.sharedContest(2, ana)
	for _, email := range []string{"n1@shop.test", "n2@shop.test", "n3@shop.test"} {
		f.post(f.comesBy(share, email).header.Get("Location")).want(http.StatusOK)
	}
	f.get(own).want(http.StatusOK, "3 friends have entered.", "You have 3 tickets.")
	f.clock.Set(tuesday.Add(8 * 24 * time.Hour))
	f.get(share).want(http.StatusConflict, "Entries have closed.")
	f.send()
	record := f.get("/public/"+itoa(c.ID)+"/record.json").want(http.StatusOK, "keepsake-draw-2").body
	if n := strings.Count(record, "+1\""); n != 1 || strings.Count(record, "+2\"") != 1 || strings.Contains(record, "+3") {
		t.Errorf("%s", record)
	}
	f.get("/public/"+itoa(c.ID)).want(http.StatusOK, "4 entries", "one more ticket in the draw, 2 at most")
}

func TestNobodyBringsThemselves(t *testing.T) {
	f := newFace(t)
	ana := f.person("ana@shop.test", "Ana", "en")
	boris := f.person("boris@shop.test", "Boris", "en")
	c, own, share := f.sharedContest(2, ana)
	if to := f.comesBy(share, "ana@shop.test").header.Get("Location"); !strings.HasSuffix(to, own[strings.LastIndexByte(own, '/'):]) {
		t.Errorf("Ana lands at %s", to)
	}
	f.post(f.comesBy(share, "boris@shop.test").header.Get("Location")).want(http.StatusOK) // was invited already
	f.post(f.comesBy(share, "ana+2@shop.test").header.Get("Location")).want(http.StatusOK)
	if got := f.friends(c); len(got) != 0 {
		t.Errorf("credited %v", got)
	}
	f.delivery(c.ID, boris)
}

func TestAShareLinkIsGoodForNothingElse(t *testing.T) {
	f := newFace(t)
	ana := f.person("ana@shop.test", "Ana", "en")
	_, own, share := f.sharedContest(2, ana)
	token := func(u string) string { return u[strings.LastIndexByte(u, '/')+1:] }
	for _, path := range []string{"/r/" + token(share), "/p/" + token(share), "/s/" + token(own), "/s/" + token(share)[1:], "/s/x"} {
		f.get(path).want(http.StatusNotFound)
	}
	_, _, off := f.unsharedContest(ana)
	f.get(off).want(http.StatusNotFound)
	began := f.get(share).field("began")
	f.post(share, "email", "robot@shop.test", "began", began).want(http.StatusUnprocessableEntity)
	f.post(share, "email", "robot@shop.test", "website", "x", "began", began).want(http.StatusOK)
	if _, err := f.st.SubscriberByEmail(t.Context(), "robot@shop.test"); err == nil {
		t.Error("a robot came in")
	}
}

// unsharedContest is a contest without such links.
func (f *face) unsharedContest(who audience.Subscriber) (campaigns.Campaign, string, string) {
	f.t.Helper()
	c := f.campaign("contest", nil)
	f.send()
	d, links := f.delivery(c.ID, who)
	if body := f.post(links["respond"]).want(http.StatusOK).body; strings.Contains(body, "/s/") {
		f.t.Error("a link to share where there is none")
	}
	return c, links["respond"], f.site.Links.ShareURL(link.Claims{Enrolment: d.EnrolmentID})
}
