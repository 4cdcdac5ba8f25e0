package public_test

import (
	"net/http"
	"testing"
	"time"

	"keepsake/internal/link"
)

func TestOneLettersQuestionsAndCodesAreAskedForSoOftenAtMost(t *testing.T) {
	f := newFace(t)
	ana, ivan := f.person("ana@shop.test", "Ana", "en"), f.person("ivan@shop.test", "Ivan", "en")
	c := f.campaign("newsletter", asking)
	f.send()
	_, hers := f.delivery(c.ID, ana)
	_, his := f.delivery(c.ID, ivan)
	draft := f.site.Links.CodeURL(link.Claims{Extra: "b=TEA"}) + "?block=b"
	for _, to := range []string{hers["answer"] + "?block=p1", hers["calendar"] + "?block=e1", draft} {
		for range 60 {
			f.get(to).want(http.StatusOK)
		}
		if got := f.get(to).want(http.StatusTooManyRequests, "try again in a minute"); got.header.Get("Retry-After") != "60" {
			t.Errorf("%s: come again after %q", to, got.header.Get("Retry-After"))
		}
	}
	f.post(hers["answer"], "block", "p1", "value", "1").want(http.StatusTooManyRequests)
	f.get(his["answer"]+"?block=p1").want(http.StatusOK, "Which tea?")
	if n := f.tally(c.ID, "poll.news.p1"); len(n) != 0 {
		t.Errorf("counted %v", n)
	}
	f.clock.Add(time.Minute)
	f.post(hers["answer"], "block", "p1", "value", "1").want(http.StatusOK)
}

func TestAContestPageIsAskedForSoOftenAtMost(t *testing.T) {
	f := newFace(t)
	ana, ivan := f.person("ana@shop.test", "Ana", "en"), f.person("ivan@shop.test", "Ivan", "en")
	c, own, _ := f.sharedContest(2, ana)
	_, his := f.delivery(c.ID, ivan)
	f.clock.Add(time.Minute)
	for range 60 {
		f.get(own).want(http.StatusOK, "0 friends have entered.")
	}
	f.get(own).want(http.StatusTooManyRequests, "try again in a minute")
	f.post(own).want(http.StatusTooManyRequests)
	f.get(his["respond"]).want(http.StatusOK)
	f.clock.Add(time.Minute)
	f.get(own).want(http.StatusOK)
}
