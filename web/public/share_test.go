package public_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/link"
	"keepsake/internal/store"
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

// singly makes the list take a form's word.
func (f *face) singly() {
	f.t.Helper()
	l, err := f.st.List(f.t.Context(), f.list.ID)
	must(f.t, err)
	l.OptIn = audience.Single
	must(f.t, f.st.UpdateList(f.t.Context(), l.List))
}

// shares posts an address behind a friend's link.
func (f *face) shares(share, email string) answered {
	f.t.Helper()
	began := f.get(share).want(http.StatusOK).field("began")
	f.clock.Add(20 * time.Second)
	return f.post(share, "email", email, "name", "x", "began", began).want(http.StatusOK, "Look into your mailbox")
}

func (f *face) letters(c campaigns.Campaign) (n int) {
	f.t.Helper()
	rows, _, err := f.st.Deliveries(f.t.Context(), store.DeliveryQuery{Campaign: c.ID})
	must(f.t, err)
	return len(rows)
}

func TestAStrangerBringsNobodyWhomTheShopKnows(t *testing.T) {
	f := newFace(t)
	f.singly()
	ana := f.person("ana@shop.test", "Ana", "en")
	c, _, share := f.sharedContest(2, ana)
	boris := f.person("boris@shop.test", "Boris", "en") // confirmed, and not in the run
	away := audience.Subscriber{Email: "vera@shop.test", EmailNorm: "vera@shop.test", Lang: "en"}
	must(t, f.st.SaveSubscriber(t.Context(), &away)) // known, and on no list
	agreed := func() int {
		said, err := f.st.Consents(t.Context(), boris.ID)
		must(t, err)
		more, err := f.st.Consents(t.Context(), away.ID)
		must(t, err)
		return len(said) + len(more)
	}
	before, rows := agreed(), f.letters(c)
	known := f.shares(share, "boris@shop.test").body
	to := f.confirmLink()
	f.shares(share, "vera@shop.test")
	f.get(to).want(http.StatusOK)
	if f.letters(c) != rows || agreed() != before || f.stateOf(away.ID) == audience.Confirmed {
		t.Fatalf("a stranger entered them: %d letters of %d, %d consents of %d", f.letters(c), rows, agreed(), before)
	}
	if fresh := f.shares(share, "new@shop.test").body; strings.ReplaceAll(fresh, "new@", "") != strings.ReplaceAll(known, "boris@", "") {
		t.Error("the answer tells who is known")
	}
	if f.letters(c) != rows+1 { // the list takes the word of somebody new
		t.Errorf("%d letters", f.letters(c))
	}
	f.post(to).want(http.StatusSeeOther) // Boris himself
	if f.letters(c) != rows+2 || agreed() != before {
		t.Errorf("%d letters, %d consents of %d", f.letters(c), agreed(), before)
	}
}

func TestAFormIsNoNewConsentOfWhoIsOnTheList(t *testing.T) {
	f := newFace(t)
	f.singly()
	boris := f.person("boris@shop.test", "Boris", "en")
	before, err := f.st.Consents(t.Context(), boris.ID)
	must(t, err)
	f.signUp("boris@shop.test").want(http.StatusOK, "You are in")
	if after, err := f.st.Consents(t.Context(), boris.ID); err != nil || len(after) != len(before) {
		t.Errorf("%d consents of %d, %v", len(after), len(before), err)
	}
}

func TestALateConfirmationRevivesNoClosedContest(t *testing.T) {
	for name, end := range map[string]func(*face, campaigns.Campaign){
		"cancelled": func(f *face, c campaigns.Campaign) { must(f.t, f.st.Cancel(f.t.Context(), c.ID)) },
		"closed":    func(f *face, _ campaigns.Campaign) { f.clock.Set(tuesday.Add(8 * 24 * time.Hour)); f.send() },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFace(t)
			ana := f.person("ana@shop.test", "Ana", "en")
			c, _, share := f.sharedContest(2, ana)
			f.shares(share, "nora@shop.test")
			to := f.confirmLink()
			end(f, c)
			rows := f.letters(c)
			f.post(to).want(http.StatusOK, "You are in")
			nora, err := f.st.SubscriberByEmail(t.Context(), "nora@shop.test")
			must(t, err)
			if f.letters(c) != rows || f.stateOf(nora.ID) != audience.Confirmed {
				t.Errorf("%d letters of %d; she is %s", f.letters(c), rows, f.stateOf(nora.ID))
			}
		})
	}
}

func TestWhoHasJustSignedUpIsStillBroughtByAFriend(t *testing.T) {
	f := newFace(t)
	ana := f.person("ana@shop.test", "Ana", "en")
	c, _, share := f.sharedContest(2, ana)
	sent := len(f.smtp.Letters())
	f.signUp("nora@shop.test").want(http.StatusOK)
	to := f.comesBy(share, "nora@shop.test").want(http.StatusSeeOther).header.Get("Location")
	for range 3 {
		f.shares(share, "NORA@shop.test")
	}
	if n := len(f.smtp.Letters()) - sent; n != 2 {
		t.Errorf("%d letters to confirm; want one of the form and one of the contest", n)
	}
	f.post(to).want(http.StatusOK, "You are in the draw")
	if got := f.friends(c); len(got) != 1 {
		t.Errorf("credited %v", got)
	}
}
