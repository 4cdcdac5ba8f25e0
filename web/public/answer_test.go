package public_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/internal/store"
)

// asking is a letter with a poll and an invitation, in two languages.
func asking(c *campaigns.Campaign) {
	doc := func(question, a, b string) string {
		return `{"v":1,"blocks":[{"id":"p1","type":"poll","question":"` + question + `","options":["` + a + `","` + b + `"],"showResults":true},
			{"id":"e1","type":"event","title":"Tea, and talk; \\ <b>","starts":"2026-12-01T18:00","ends":"2026-12-01T20:00","zone":"Europe/Sofia","place":"Зала 3, ул. „Шипка“ 6, София, където винаги има чай за всички гости","link":"https://shop.test/talk","rsvp":true}]}`
	}
	c.Messages[0].Contents = []campaigns.Content{
		{Lang: "en", Mode: "blocks", Subject: "Poll", Document: doc("Which tea?", "Green", "Black")},
		{Lang: "bg", Mode: "blocks", Subject: "Анкета", Document: doc("Кой чай?", "Зелен", "Черен")},
	}
}

func TestAPollIsAnsweredByAButtonAndCountedOnceInOneLanguage(t *testing.T) {
	f := newFace(t)
	ana, ivan := f.person("ana@shop.test", "Ana", "en"), f.person("ivan@shop.test", "Иван", "bg")
	c := f.campaign("newsletter", asking)
	f.send()
	_, hers := f.delivery(c.ID, ana)
	_, his := f.delivery(c.ID, ivan)
	f.get(hers["answer"]+"?block=p1&value=1").want(http.StatusOK, "Which tea?", `value="1-4844952c" required checked`)
	if n := f.tally(c.ID, "poll.news.p1"); len(n) != 0 {
		t.Fatalf("a look counted: %v", n)
	}
	f.post(hers["answer"], "block", "p1", "value", "0").want(http.StatusOK, "100")
	f.post(hers["answer"], "block", "p1", "value", "1").want(http.StatusOK)
	f.post(his["answer"], "block", "p1", "value", "1").want(http.StatusOK, "Черен", "Зелен")
	if n := f.tally(c.ID, "poll.news.p1"); n["Black"] != 2 || len(n) != 1 {
		t.Errorf("counted %v; want 2 for Black", n)
	}
	f.get(hers["answer"]+"?block=p1").want(http.StatusOK, `value="1-4844952c" required checked`)
}

func TestWhatAPollDoesNotOfferIsRefused(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", asking)
	f.send()
	_, links := f.delivery(c.ID, p)
	for _, value := range []string{"", "2", "-1", "Green", "1e0", "<script>"} {
		f.post(links["answer"], "block", "p1", "value", value).want(http.StatusUnprocessableEntity, "Choose one of the answers.")
	}
	f.post(links["answer"], "block", "nothing", "value", "0").want(http.StatusNotFound)
	f.get(links["answer"] + "?block=h1").want(http.StatusNotFound)
	f.get(strings.Replace(links["respond"], "/r/", "/a/", 1) + "?block=p1").want(http.StatusNotFound)
	if n := f.tally(c.ID, "poll.news.p1"); len(n) != 0 {
		t.Errorf("counted %v", n)
	}
}

func TestAnInvitationIsAcceptedAndStandsInTheCalendar(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", asking)
	f.send()
	_, links := f.delivery(c.ID, p)
	f.post(links["answer"], "block", "e1", "value", "yes").want(http.StatusOK, "We look forward to seeing you.", "/e/")
	if n := f.tally(c.ID, "rsvp.news.e1"); n["yes"] != 1 {
		t.Errorf("counted %v", n)
	}
	got := f.get(links["calendar"]+"?block=e1").want(http.StatusOK, "BEGIN:VCALENDAR\r\n", "DTSTART:20261201T160000Z\r\n", "DTEND:20261201T180000Z\r\n",
		`SUMMARY:Tea\, and talk\; \\ <b>`, "URL:https://shop.test/talk\r\n")
	if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/calendar") {
		t.Errorf("it is %s", kind)
	}
	for line := range strings.SplitSeq(got.body, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	f.get(links["calendar"] + "?block=p1").want(http.StatusNotFound)
}

func (f *face) tally(campaign int64, field string) map[string]int {
	f.t.Helper()
	n, err := f.st.Tally(f.t.Context(), campaign, field)
	must(f.t, err)
	return n
}

func TestAQuestionIsPutAsTheLetterPutIt(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana <b>", "en")
	c := f.campaign("newsletter", func(c *campaigns.Campaign) {
		c.Messages[0].Contents = []campaigns.Content{{Lang: "en", Mode: "blocks", Subject: "Poll", Document: `{"v":1,"blocks":[{"id":"p1","type":"poll","question":"Tea, {{ subscriber.first_name }}?","options":["Yes, {{ subscriber.first_name }}","No"],"showResults":true},
			{"id":"e1","type":"event","title":"Tea for {{ subscriber.first_name }}","host":"{{ subscriber.email }}","place":"{{ subscriber.attributes.town | default: 'Sofia' }}","starts":"2026-12-01T18:00","zone":"Europe/Sofia","rsvp":true}]}`}}
	})
	f.send()
	_, links := f.delivery(c.ID, p)
	if got := f.get(links["answer"]+"?block=p1").want(http.StatusOK, "Tea, Ana &lt;b&gt;?", "Yes, Ana &lt;b&gt;"); strings.Contains(got.body, "{{") {
		t.Errorf("tags in %s", got.body)
	}
	if got := f.post(links["answer"], "block", "p1", "value", "0").want(http.StatusOK, "Yes, Ana &lt;b&gt;", "100"); strings.Contains(got.body, "{{") {
		t.Errorf("tags in %s", got.body)
	}
	if n := f.tally(c.ID, "poll.news.p1"); n["Yes, Ana <b>"] != 1 || len(n) != 1 {
		t.Errorf("counted %v", n)
	}
	f.get(links["answer"]+"?block=e1").want(http.StatusOK, "Tea for Ana &lt;b&gt;")
	f.get(links["calendar"]+"?block=e1").want(http.StatusOK, "SUMMARY:Tea for Ana <b>\r\n", "LOCATION:Sofia\r\n", "DESCRIPTION:ana@shop.test\r\n", "UID:keepsake-", "-e1@")
}

func TestAPollOutOfASavedBlockIsAnswered(t *testing.T) {
	f := newFace(t)
	saved := campaigns.SavedBlock{Name: "Poll", Block: `{"id":"p","type":"poll","question":"Saved?","options":["Yes","No"]}`}
	must(t, f.st.CreateSavedBlock(t.Context(), &saved, "Ana"))
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", func(c *campaigns.Campaign) {
		c.Messages[0].Contents = []campaigns.Content{{Lang: "en", Mode: "blocks", Subject: "Poll", Document: fmt.Sprintf(`{"v":1,"blocks":[{"id":"s","type":"saved","ref":%d}]}`, saved.ID)}}
	})
	f.send()
	_, links := f.delivery(c.ID, p)
	f.post(links["answer"], "block", "s-p", "value", "1").want(http.StatusOK)
	if n := f.tally(c.ID, "poll.news.s-p"); n["No"] != 1 {
		t.Errorf("counted %v", n)
	}
}

// rewrite is a letter whose poll offers these.
func rewrite(f *face, campaign int64, options string) {
	f.t.Helper()
	c, err := f.st.Campaign(f.t.Context(), campaign)
	must(f.t, err)
	content, err := c.Messages[0].Letter("", "en", "")
	must(f.t, err)
	content.Document = `{"v":1,"blocks":[{"id":"p1","type":"poll","question":"Which tea?","options":[` + options + `],"showResults":true}]}`
	must(f.t, f.st.SaveContent(f.t.Context(), c.Messages[0].ID, &content, ""))
}

func TestALinkOfALetterThatLeftNeverMeansAnotherOption(t *testing.T) {
	f := newFace(t)
	ana := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", asking)
	f.send()
	_, links := f.delivery(c.ID, ana)
	black := links["answer"] + "?block=p1&value=1-4844952c"
	f.get(black).want(http.StatusOK, `value="1-4844952c" required checked`)
	rewrite(f, c.ID, `"Black","White","Green"`)
	f.get(black).want(http.StatusOK, `value="0-4844952c" required checked`)
	rewrite(f, c.ID, `"Green","White"`)
	if got := f.get(black).want(http.StatusOK, "Which tea?", "White"); strings.Contains(got.body, "checked") {
		t.Error("a vote for Black became one for White")
	}
	f.post(links["answer"], "block", "p1", "value", "1-4844952c").want(http.StatusUnprocessableEntity, "Choose one of the answers.")
}

func TestTheSameBlockInTwoMessagesHasTwoTallies(t *testing.T) {
	f := newFace(t)
	ana := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("newsletter", func(c *campaigns.Campaign) {
		asking(c)
		again := campaigns.Message{Name: "again", Contents: append([]campaigns.Content{}, c.Messages[0].Contents...)}
		c.Messages = append(c.Messages, again)
	})
	f.send()
	rows, _, err := f.st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, Subscriber: ana.ID})
	must(t, err)
	if len(rows) != 2 {
		t.Fatalf("%d letters", len(rows))
	}
	for i, value := range []string{"0", "1"} {
		work, err := f.st.Work(t.Context(), rows[i].ID)
		must(t, err)
		f.post(f.site.Dispatch.Links(work)["answer"], "block", "p1", "value", value).want(http.StatusOK)
	}
	if a, b := f.tally(c.ID, "poll.news.p1"), f.tally(c.ID, "poll.again.p1"); a["Green"] != 1 || len(a) != 1 || b["Black"] != 1 || len(b) != 1 {
		t.Errorf("counted %v and %v", a, b)
	}
}
