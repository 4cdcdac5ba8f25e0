package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// guarded is the shop's database with a guard.
func (s shop) guarded(g ledger.Guard) *store.Store {
	s.t.Helper()
	st, err := store.Open(s.t.Context(), store.Options{DSN: storetest.DSN(s.store), Beside: true, Now: s.clock.Now, Guard: g})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { st.Close() })
	return st
}

// halfway is a newsletter of which some letters have left.
func (s shop) halfway(sent int) (campaigns.Campaign, []ledger.Work) {
	s.t.Helper()
	at, ctx := s.clock.Now(), s.t.Context()
	c := storetest.Campaign(s.t, s.store, "newsletter", s.list.ID, func(c *campaigns.Campaign) { c.Trigger = campaigns.Trigger{At: &at} })
	must(s.t, s.store.Start(ctx, c.ID))
	c = s.campaign(c.ID)
	_, _, err := s.store.Plan(ctx, c, at)
	must(s.t, err)
	_, err = s.store.Advance(ctx, c, time.Time{})
	must(s.t, err)
	work, err := s.store.Lease(ctx, "me", sent)
	must(s.t, err)
	for _, w := range work {
		_, err := s.store.Record(ctx, "me", []int64{w.ID}, nil)
		must(s.t, err)
		_, err = s.store.Record(ctx, "me", nil, []ledger.Outcome{{DeliveryID: w.ID, State: ledger.Sent}})
		must(s.t, err)
	}
	return c, work
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestACampaignThatPausedItselfSaysWhyAndGoesOnByAPersonsWord(t *testing.T) {
	s := newShop(t, 30)
	st := s.guarded(ledger.Guard{After: 10, Hard: 5})
	c, work := s.halfway(20)
	at := fmt.Sprint("/campaigns/", c.ID)
	take := func(w ledger.Work) {
		_, err := st.TakeReport(t.Context(), ledger.Report{Verdict: ledger.HardBounce, Delivery: w.ID, Status: "5.1.1", Words: "550 no such user", Source: "mailgun", Key: fmt.Sprint(w.ID)})
		must(t, err)
	}
	take(work[0])
	if body := s.get(at).Body.String(); strings.Contains(body, "paused itself") {
		t.Error("one of twenty pauses it")
	}
	take(work[1])
	want(t, s.get(at), http.StatusOK, "This campaign paused itself: 2 of 20 letters came back for good (10\u00a0%)", "Resume anyway", at+"/deliveries?event=bounced")
	want(t, s.get("/"), http.StatusOK, "A campaign paused itself: too many of its letters came back for good.")
	want(t, s.post(at+"/resume"), http.StatusSeeOther)
	if got := s.campaign(c.ID).State; got != campaigns.Running {
		t.Errorf("resumed, it is %s", got)
	}
	if body := s.get(at).Body.String(); strings.Contains(body, "paused itself") {
		t.Error("it still says that it paused itself")
	}
	take(work[2]) // 15 % is half as much again as 10 %
	want(t, s.get(at), http.StatusOK, "3 of 20 letters")
	want(t, s.post(at+"/resume"), http.StatusSeeOther)
	must(t, s.store.Pause(t.Context(), c.ID))
	if body := s.get(at).Body.String(); strings.Contains(body, "paused itself") || !strings.Contains(body, at+"/resume") {
		t.Error("a pause by hand is taken for the guard's")
	}
}

func TestTheOwnerSeesWhetherReportsCome(t *testing.T) {
	s := newShop(t, 3)
	want(t, s.get("/settings/bounces"), http.StatusOK, "Nothing tells Keepsake of letters that came back.", "Not set up:")
	s.site.Config.Bounces.Mailbox.Protocol, s.site.Config.Bounces.Mailbox.Host = "imap", "mail.tea.test"
	s.site.Config.Hooks.Mailgun.SigningKey, s.site.Config.Hooks.Postmark.Password = "hidden-key", "hidden-password"
	want(t, s.get("/settings/bounces"), http.StatusOK, "mail.tea.test", "nothing came yet", "http://shop.test/hooks/mailgun", "More than 5 % of a run")
	ctx := t.Context()
	must(t, s.store.Hindered(ctx, "mailbox", "mailbox: <refused>"))
	must(t, s.store.Heard(ctx, "mailgun"))
	must(t, s.store.Refused(ctx, "mailgun", 12, "forged"))
	_, work := s.halfway(2)
	_, err := s.store.TakeReport(ctx, ledger.Report{Verdict: ledger.SoftBounce, Delivery: work[0].ID, Status: "5.7.1", Words: "550 <b>blocked</b>", Source: "mailgun", Key: "1"})
	must(t, err)
	r := s.get("/settings/bounces")
	want(t, r, http.StatusOK, "in trouble", "mailbox: &lt;refused&gt;", "works", "12 calls could not be verified, the last one", "compare the keys here and at the provider", "soft bounce", "550 &lt;b&gt;blocked&lt;/b&gt;",
		work[0].Subscriber.Email, fmt.Sprint("/subscribers/", work[0].SubscriberID), "Mailgun")
	if body := r.Body.String(); strings.Contains(body, "hidden-") {
		t.Error("the page shows a secret")
	}
}

func TestAnUnprovenReportIsListedWithItsWordsAndChangesNothing(t *testing.T) {
	s := newShop(t, 2)
	if body := s.get("/settings/bounces").Body.String(); strings.Contains(body, "Unproven reports") {
		t.Error("a list of nothing is shown")
	}
	_, work := s.halfway(2)
	kept, err := s.store.TakeUnproven(t.Context(), []ledger.Report{{Verdict: ledger.HardBounce, Email: work[0].Subscriber.Email, Status: "5.1.1",
		Words: "550 <i>nobody</i> here", Source: "mailbox", At: s.clock.Now()}}, s.clock.Now().Add(-time.Hour))
	if err != nil || kept != 1 {
		t.Fatalf("kept %d, %v", kept, err)
	}
	want(t, s.get("/settings/bounces"), http.StatusOK, "Unproven reports", "Nothing follows from them.", "550 &lt;i&gt;nobody&lt;/i&gt; here", fmt.Sprint("/subscribers/", work[0].SubscriberID))
	want(t, s.get(fmt.Sprint("/subscribers/", work[0].SubscriberID)), http.StatusOK, "Stop all mail")
}

func TestTheOverviewShowsWhatCameBackAndWhoMayHaveGotIt(t *testing.T) {
	s := newShop(t, 4)
	c, work := s.halfway(3)
	at, ctx := fmt.Sprint("/campaigns/", c.ID), t.Context()
	figure := func(query, number, text string) {
		t.Helper()
		want(t, s.get(at), http.StatusOK, fmt.Sprintf(`href="%s/deliveries?event=%s"><strong>%s</strong><span class="label">%s</span>`, at, query, number, text))
	}
	if body := s.get(at).Body.String(); strings.Contains(body, "came back") || strings.Contains(body, "called spam") {
		t.Error("figures of nothing are shown")
	}
	for i, v := range []ledger.Verdict{ledger.HardBounce, ledger.SoftBounce, ledger.Complaint} {
		_, err := s.store.TakeReport(ctx, ledger.Report{Verdict: v, Delivery: work[i].ID, Status: "5.0.0", Words: "no", Source: "mailgun", Key: fmt.Sprint(i)})
		must(t, err)
	}
	figure("hard", "1", "came back for good")
	figure("soft", "1", "came back for now")
	figure("complained", "1", "called spam")
	for event, i := range map[string]int{"hard": 0, "soft": 1} {
		body := s.get(at + "/deliveries?event=" + event).Body.String()
		if !strings.Contains(body, work[i].Subscriber.Email) || strings.Contains(body, work[1-i].Subscriber.Email) {
			t.Errorf("%s does not list its letter alone", event)
		}
	}
	last, err := s.store.Lease(ctx, "me", 1)
	must(t, err)
	_, err = s.store.Record(ctx, "me", []int64{last[0].ID}, nil)
	must(t, err)
	_, err = s.store.Record(ctx, "me", nil, []ledger.Outcome{{DeliveryID: last[0].ID, State: ledger.Unsure}})
	must(t, err)
	want(t, s.get(at), http.StatusOK, "1 unsure", `<strong>1</strong><span class="label">did not get it</span>`, "it left, and came back for good")
}
