package main

import (
	"context"
	"errors"
	"fmt"
	"net/smtp"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/config"
	"keepsake/internal/link"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
	"keepsake/web/page"
)

// comeback is a store with letters that have left, and the signer of their tokens.
type comeback struct {
	st    *store.Store
	links *link.Signer
	list  int64
	sent  []ledger.Work
}

const testSecret = "0123456789abcdef0123456789abcdef"

func leftFor(t *testing.T, st *store.Store, people int) comeback {
	t.Helper()
	ctx := t.Context()
	l := storetest.People(t, st, people)
	c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) {
		at := st.Now()
		c.Trigger = campaigns.Trigger{At: &at}
	})
	mustDo(t, st.Start(ctx, c.ID))
	c, err := st.Campaign(ctx, c.ID)
	mustDo(t, err)
	_, _, err = st.Plan(ctx, c, st.Now())
	mustDo(t, err)
	work, err := st.Lease(ctx, "me", 100)
	mustDo(t, err)
	for _, w := range work {
		_, err = st.Record(ctx, "me", []int64{w.ID}, nil)
		mustDo(t, err)
		_, err = st.Record(ctx, "me", nil, []ledger.Outcome{{DeliveryID: w.ID, State: ledger.Sent}})
		mustDo(t, err)
	}
	if len(work) != people {
		t.Fatalf("%d letters for %d people", len(work), people)
	}
	return comeback{st, link.New([]byte(testSecret), "https://mail.shop.example"), l.ID, work}
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (c comeback) intake() intake { return intake{c.st, c.links, "pipe"} }

func (c comeback) verp(i int) string { return c.links.ReturnPath(c.sent[i].ID, "bounce.shop.example") }

func (c comeback) reason(t *testing.T, email string) audience.Reason {
	t.Helper()
	s, err := c.st.Suppression(t.Context(), email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	return s.Reason
}

// bounceOf is a report on recipients ("address action status"), with the head of our letter.
func bounceOf(to, head string, recipients ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From: MAILER-DAEMON@mx.example\nTo: %s\nSubject: Undelivered\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n", to)
	for _, r := range recipients {
		f := strings.Fields(r)
		fmt.Fprintf(&b, "\nFinal-Recipient: rfc822; %s\nAction: %s\nStatus: %s\nDiagnostic-Code: smtp; 550 no\n", f[0], f[1], f[2])
	}
	fmt.Fprintf(&b, "\n--b\nContent-Type: text/rfc822-headers\n\n%s\n--b--\n", head)
	return b.String()
}

func eachComeback(t *testing.T, people int, test func(t *testing.T, c comeback)) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) { test(t, leftFor(t, st, people)) })
}

func TestWhoBouncedIsFoundByOurTokensFirst(t *testing.T) {
	eachComeback(t, 6, func(t *testing.T, c comeback) {
		unsubscribe := c.links.OneClick(c.sent[3].SubscriberID, c.list, c.sent[3].ID, "unsub@bounce.shop.example")[0].Value
		web, mail, _ := strings.Cut(unsubscribe, ", ")
		dead := func(i int) string { return c.sent[i].Subscriber.Email + " failed 5.1.1" }
		for i, letter := range map[int]string{
			0: bounceOf(c.verp(0), "", dead(0)),
			1: bounceOf("bounce@shop.example", "Message-ID: <"+c.links.MessageID(c.sent[1].ID, "shop.example")+">", dead(1)),
			2: bounceOf("bounce@shop.example", "Return-Path: <"+c.verp(2)+">", strings.ToUpper(c.sent[2].Subscriber.Email)+" failed 5.1.1"),
			3: bounceOf("bounce@shop.example", "List-Unsubscribe: "+web, dead(3)),
			4: "From: MAILER-DAEMON@mx.example\nTo: " + c.verp(4) + "\nSubject: Undelivered\n\n550 5.1.1 user unknown\n", // it names nobody
		} {
			if _, left, err := c.intake().take(t.Context(), nil, []byte(letter)); err != nil || left {
				t.Errorf("%d: left %v, %v", i, left, err)
			}
			if got := c.reason(t, c.sent[i].Subscriber.Email); got != audience.HardBounce {
				t.Errorf("%d: %q", i, got)
			}
		}
		letter := bounceOf("bounce@shop.example", "List-Unsubscribe: "+mail, dead(5))
		if _, left, err := c.intake().take(t.Context(), nil, []byte(letter)); err != nil || left {
			t.Errorf("by the mailto: left %v, %v", left, err)
		}
		if got := c.reason(t, c.sent[5].Subscriber.Email); got != "" { // a mailto: names no letter
			t.Errorf("the last person is %q", got)
		}
	})
}

func TestAReportWithoutATokenChangesNothingByItself(t *testing.T) {
	st, err := store.Open(t.Context(), store.Options{DSN: filepath.Join(t.TempDir(), "k.db"), Guard: ledger.Guard{After: 1000, Hard: 5, Complaints: 0.3}})
	mustDo(t, err)
	defer st.Close()
	c := leftFor(t, st, 60)
	var dead []string
	complaint := "From: fbl@big.example\nTo: fbl@shop.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nUser-Agent: x\nOriginal-Rcpt-To: <p1@shop.test>\n\n--b--\n"
	for _, w := range c.sent {
		dead = append(dead, w.Subscriber.Email+" failed 5.1.1")
	}
	for _, letter := range []string{bounceOf("anything@bounce.shop.example", "Subject: News", dead...), complaint} {
		if note, left, err := c.intake().take(t.Context(), nil, []byte(letter)); err != nil || left || strings.Contains(note, "@") {
			t.Errorf("%q, left %v, %v", note, left, err)
		}
	}
	camp, err := st.Campaign(t.Context(), c.sent[0].CampaignID)
	mustDo(t, err)
	runs, err := st.Runs(t.Context(), camp.ID, 1)
	mustDo(t, err)
	all, err := st.Suppressions(t.Context(), time.Time{}, 100)
	mustDo(t, err)
	subs, err := st.Subscriptions(t.Context(), c.sent[0].SubscriberID)
	mustDo(t, err)
	if len(all) != 0 || camp.State == campaigns.Paused || runs[0].Bounced+runs[0].Complained != 0 || subs[0].State != audience.Confirmed {
		t.Errorf("%d suppressed, campaign %s, %+v, %s", len(all), camp.State, runs[0].Counts, subs[0].State)
	}
	rows, err := st.UnprovenReports(t.Context(), 100)
	if err != nil || len(rows) != 61 {
		t.Errorf("%d unproven reports, %v; want 60 bounces and a complaint", len(rows), err)
	}
}

func TestAReaderWithATokenSuppressesNobodyElse(t *testing.T) {
	eachComeback(t, 3, func(t *testing.T, c comeback) {
		victims := []string{"ceo@victim.example", c.sent[2].Subscriber.Email}
		for i, victim := range victims {
			letter := bounceOf(c.verp(i), "To: "+victim, victim+" failed 5.1.1")
			if _, left, err := c.intake().take(t.Context(), []string{c.verp(i)}, []byte(letter)); err != nil || left {
				t.Errorf("%s: left %v, %v", victim, left, err)
			}
		}
		if all, err := c.st.Suppressions(t.Context(), time.Time{}, 10); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		runs, err := c.st.Runs(t.Context(), c.sent[0].CampaignID, 1)
		if err != nil || runs[0].Bounced != 2 || runs[0].HardBounced != 0 {
			t.Errorf("%+v, %v; want it on both deliveries, and nothing for the guard", runs[0].Counts, err)
		}
	})
}

func TestAForgedReportSuppressesNobody(t *testing.T) {
	eachComeback(t, 1, func(t *testing.T, c comeback) {
		ctx := t.Context()
		storetest.Join(t, c.st, c.list, "never@shop.test") // no letter ever went there
		other := link.New([]byte("another secret, as long as it has to be"), "https://mail.shop.example")
		for name, letter := range map[string]string{
			"a stranger":            bounceOf("bounce@shop.example", "", "stranger@elsewhere.example failed 5.1.1"),
			"who got no letter":     bounceOf("bounce@shop.example", "", "never@shop.test failed 5.1.1"),
			"a token of another":    bounceOf(other.ReturnPath(c.sent[0].ID, "bounce.shop.example"), "", "x@y.example failed 5.1.1"),
			"a Message-ID by guess": bounceOf("b@shop.example", "Message-ID: <"+other.MessageID(c.sent[0].ID, "shop.example")+">", "x@y.example failed 5.1.1"),
			"a person's answer":     "From: p1@shop.test\nTo: " + c.verp(0) + "\nSubject: Re: News\n\n550 5.1.1 user unknown, says my server\n",
		} {
			if _, left, err := c.intake().take(ctx, nil, []byte(letter)); err != nil || !left {
				t.Errorf("%s: left %v, %v; want it left for a person", name, left, err)
			}
		}
		if all, err := c.st.Suppressions(ctx, time.Time{}, 10); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestAReportOnSeveralIsTakenForTheOneWeWroteTo(t *testing.T) {
	eachComeback(t, 4, func(t *testing.T, c comeback) {
		for i, want := range []struct {
			recipients []string
			reason     audience.Reason
			hard, soft int64
		}{
			{[]string{"other@x.example failed 5.2.2", "P1@shop.test failed 5.1.1"}, audience.HardBounce, 1, 0},
			{[]string{"other@x.example failed 5.1.1", "p2@shop.test failed 5.2.2"}, "", 1, 1},
			{[]string{"a@x.example failed 5.1.1", "b@x.example delivered 2.0.0"}, "", 1, 2}, // an alias behind the address
			{[]string{"a@x.example failed 5.1.1", "b@x.example failed 5.1.1"}, "", 1, 3},
		} {
			_, _, err := c.intake().take(t.Context(), []string{c.verp(i)}, []byte(bounceOf("x@y.example", "", want.recipients...)))
			mustDo(t, err)
			if got := c.reason(t, c.sent[i].Subscriber.Email); got != want.reason {
				t.Errorf("%q: %q, want %q", want.recipients, got, want.reason)
			}
			runs, err := c.st.Runs(t.Context(), c.sent[i].CampaignID, 1)
			if err != nil || runs[0].HardBounced != want.hard || runs[0].Bounced != want.hard+want.soft {
				t.Errorf("%q: %+v, %v", want.recipients, runs[0].Counts, err)
			}
		}
	})
}

func TestABounceOfAnAddressThatWasChangedSinceSuppressesNobody(t *testing.T) {
	eachComeback(t, 1, func(t *testing.T, c comeback) {
		p := c.sent[0].Subscriber
		p.Email, p.EmailNorm = "new@shop.test", "new@shop.test"
		mustDo(t, c.st.UpdateSubscriber(t.Context(), &p))
		_, _, err := c.intake().take(t.Context(), []string{c.verp(0)}, []byte(bounceOf("x@y.example", "To: Ana <p1@shop.test>", "p1@shop.test failed 5.1.1")))
		mustDo(t, err)
		if c.reason(t, "p1@shop.test") != "" || c.reason(t, "new@shop.test") != "" {
			t.Errorf("old %q, new %q", c.reason(t, "p1@shop.test"), c.reason(t, "new@shop.test"))
		}
	})
}

func TestAComplaintWithNothingButOurTokenIsTaken(t *testing.T) {
	eachComeback(t, 1, func(t *testing.T, c comeback) {
		letter := "From: fbl@big.example\nTo: fbl@shop.example\nMessage-ID: <1@big.example>\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nUser-Agent: x\nOriginal-Rcpt-To: <redacted@redacted.example>\n\n--b\nContent-Type: message/rfc822\n\nTo: <redacted@redacted.example>\nMessage-ID: <" +
			c.links.MessageID(c.sent[0].ID, "shop.example") + ">\n\nhello\n--b--\n"
		for range 2 {
			_, left, err := c.intake().take(t.Context(), nil, []byte(letter))
			if err != nil || left {
				t.Errorf("left %v, %v", left, err)
			}
		}
		runs, err := c.st.Runs(t.Context(), c.sent[0].CampaignID, 1)
		if err != nil || c.reason(t, "p1@shop.test") != audience.Complaint || runs[0].Complained != 1 {
			t.Errorf("%q, %+v, %v", c.reason(t, "p1@shop.test"), runs, err)
		}
	})
}

func TestAnyLetterToTheUnsubscribeAddressUnsubscribes(t *testing.T) {
	eachComeback(t, 3, func(t *testing.T, c comeback) {
		for i, letter := range []string{"To: %s\nSubject: unsubscribe\n\n", "To: x@y.example\nDelivered-To: %s\n\nwhatever", "X-Original-To: %s\nX-Autoreply: yes\n\n"} {
			h := c.links.OneClick(c.sent[i].SubscriberID, c.list, c.sent[i].ID, "unsub@bounce.shop.example")[0].Value
			address := strings.TrimSuffix(h[strings.Index(h, "<mailto:")+8:], ">")
			_, left, err := c.intake().take(t.Context(), nil, []byte(fmt.Sprintf(letter, address)))
			mustDo(t, err)
			subs, err := c.st.Subscriptions(t.Context(), c.sent[i].SubscriberID)
			if err != nil || left || subs[0].State != audience.Unsubscribed {
				t.Errorf("%d: left %v, %+v, %v", i, left, subs, err)
			}
		}
		runs, err := c.st.Runs(t.Context(), c.sent[0].CampaignID, 1)
		if err != nil || runs[0].Unsubscribed != 3 {
			t.Errorf("%+v, %v", runs, err)
		}
	})
}

func TestTheReceiverTakesOurAddressesOnlyAndSaysYesWhenItIsWritten(t *testing.T) {
	c := leftFor(t, storetest.SQLite(t, nil), 2)
	for _, listen := range []string{"127.0.0.1:0", "unix:" + t.TempDir() + "/lmtp"} {
		p := &program{config: config.Config{Bounces: config.Bounces{Listen: listen}}, store: c.st, site: &page.Site{Links: c.links}}
		mustDo(t, p.receive())
		t.Cleanup(func() { p.receiver.Close() })
		if strings.HasPrefix(listen, "unix:") {
			continue // the same, and inbound's own test speaks LMTP
		}
		letter := []byte(bounceOf("x@y.example", "", "p1@shop.test failed 5.1.1"))
		if err := smtp.SendMail(p.receiver.Addr(), nil, "", []string{"postmaster@bounce.shop.example"}, letter); err == nil || !strings.HasPrefix(err.Error(), "550") {
			t.Errorf("a stranger's address: %v", err)
		}
		mustDo(t, smtp.SendMail(p.receiver.Addr(), nil, "", []string{c.verp(0)}, letter))
		if got := c.reason(t, "p1@shop.test"); got != audience.HardBounce {
			t.Errorf("after 250: %q", got)
		}
		mustDo(t, c.st.Close())
		if err := smtp.SendMail(p.receiver.Addr(), nil, "", []string{c.verp(1)}, letter); err == nil || !strings.HasPrefix(err.Error(), "451") {
			t.Errorf("without a database: %v", err)
		}
	}
}

func TestBounceEndsAsMailServersExpect(t *testing.T) {
	data := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{DSN: filepath.Join(data, "keepsake.db"), Beside: true})
	mustDo(t, err)
	defer st.Close()
	c := leftFor(t, st, 1)
	run := func(data, letter string, args ...string) (int, string) {
		cmd := keepsake(t, append([]string{"bounce", "--data", data}, args...)...)
		cmd.Env = append(cmd.Env, "KEEPSAKE_SECRET="+testSecret)
		cmd.Stdin = strings.NewReader(letter)
		out, err := cmd.CombinedOutput()
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			return e.ExitCode(), string(out)
		}
		mustDo(t, err)
		return 0, string(out)
	}
	letter := bounceOf("x@y.example", "", "p1@shop.test failed 5.1.1")
	if code, out := run("/proc/none", letter); code != tempFail {
		t.Errorf("no database: %d %s", code, out)
	}
	for _, junk := range []string{"", "\x00\xff\xfe", strings.Repeat("x", 3<<20)} {
		if code, out := run(data, junk); code != 0 || !strings.Contains(out, "no report") {
			t.Errorf("junk: %d %s", code, out)
		}
	}
	if code, out := run(data, letter, "--recipient", c.verp(0)); code != 0 || strings.Contains(out, "@") || c.reason(t, "p1@shop.test") != audience.HardBounce {
		t.Errorf("a bounce: %d %s, %q", code, out, c.reason(t, "p1@shop.test"))
	}
}

func TestAnErrorLeavesTheLetterToBeOfferedAgain(t *testing.T) {
	c := leftFor(t, storetest.SQLite(t, nil), 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.intake().take(ctx, []string{c.verp(0)}, []byte(bounceOf("x@y.example", "", "p1@shop.test failed 5.1.1"))); err == nil {
		t.Error("taken without a database")
	}
}
