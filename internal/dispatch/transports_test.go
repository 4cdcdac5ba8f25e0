package dispatch_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/sending"
	"keepsake/internal/dispatch"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// beside adds a second transport, on a server of its own.
func (b bench) beside(t *testing.T, shape func(*sending.Transport), opts ...smtptest.Option) *smtptest.Server {
	t.Helper()
	server := smtptest.Start(t, opts...)
	tr := sending.Transport{Name: "Second", Host: server.Host, Port: server.Port, TLS: "none", Connections: 3, PerConnection: 100, TimeoutSeconds: 5,
		Weight: 1, Priority: 1, Enabled: true}
	if shape != nil {
		shape(&tr)
	}
	must(t, b.st.SaveTransport(t.Context(), &tr))
	t.Cleanup(func() { b.Close() })
	return server
}

// workOn works until what went back to the queue at once has left too.
func (b bench) workOn(t *testing.T) {
	t.Helper()
	for range 4 {
		b.work(t)
	}
}

func TestLettersAreSharedAmongTransportsAndEachLeavesOnce(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		second := b.beside(t, nil)
		l := storetest.People(t, b.st, 120)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		b.workOn(t)
		to := map[string]int{}
		for _, got := range append(b.smtp.Letters(), second.Letters()...) {
			to[got.To]++
		}
		if first, other := len(b.smtp.Letters()), len(second.Letters()); len(to) != 120 || first+other != 120 || first < 30 || other < 30 {
			t.Errorf("%d and %d letters to %d people; want 120, about half each", first, other, len(to))
		}
	})
}

func TestASpareTransportTakesOverWhenTheFirstIsAway(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		spare := b.beside(t, func(tr *sending.Transport) { tr.Priority = 2 })
		l := storetest.People(t, b.st, 40)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		b.smtp.Stop()
		must(t, b.Start(t.Context(), c.ID))
		b.workOn(t)
		if got := b.counts(t, c.ID); got.Sent != 40 || len(spare.Letters()) != 40 {
			t.Errorf("counts %+v, %d by the spare; want all 40", got, len(spare.Letters()))
		}
		ill, err := b.st.IllTransports(t.Context())
		if err != nil || ill[sending.Configured].Why == "" || len(ill) != 1 {
			t.Errorf("the pages know %+v, %v; want why the first is left alone", ill, err)
		}
	})
}

func TestATransportTurnedOffTakesNoMoreLetters(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		second := b.beside(t, nil)
		all, err := b.st.Transports(t.Context())
		must(t, err)
		must(t, b.st.EnableTransport(t.Context(), all[0].ID, false))
		l := storetest.People(t, b.st, 20)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		if len(second.Letters()) != 0 || len(b.smtp.Letters()) != 20 {
			t.Errorf("%d letters over what is turned off, %d over the other", len(second.Letters()), len(b.smtp.Letters()))
		}
	})
}

func TestALimitedDomainWaitsAndOthersLeave(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		l := storetest.People(t, b.st, 60) // @shop.test
		for i := range 60 {
			storetest.Join(t, b.st, l.ID, fmt.Sprintf("q%d@slow.test", i))
		}
		must(t, b.st.SaveLimit(ctx, &sending.Rule{Scope: sending.ScopeDomain, Name: "slow.test", Rates: sending.Rates{PerMinute: 60}}))
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(ctx, c.ID))
		sent := func() (fast, slow int) {
			b.work(t)
			for _, got := range b.smtp.Letters() {
				if strings.HasSuffix(got.To, "@slow.test") {
					slow++
				} else {
					fast++
				}
			}
			return fast, slow
		}
		if fast, slow := sent(); fast != 60 || slow < 1 || slow > 4 {
			t.Errorf("at once %d others and %d of the limited domain left; want 60, and a few", fast, slow)
		}
		rows, _, err := b.st.Deliveries(ctx, store.DeliveryQuery{Campaign: c.ID, State: ledger.Queued})
		must(t, err)
		at := map[time.Time]bool{}
		for _, d := range rows {
			at[d.DueAt] = true
			if d.Attempts != 0 || d.TriedAt != nil || d.Reason != "a sending limit is reached for now" {
				t.Fatalf("a letter that waits: %+v", d)
			}
		}
		if len(at) < len(rows)-1 {
			t.Errorf("%d letters wait for %d moments; want one each", len(rows), len(at))
		}
		for range 30 {
			b.clock.Add(time.Second)
			b.work(t)
		}
		if _, slow := sent(); slow < 29 || slow > 35 {
			t.Errorf("after 30 s %d letters of the limited domain left; want about 33", slow)
		}
	})
}

func TestLettersBeyondASCIITakeTheTransportThatOffersIt(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		able := b.beside(t, nil)
		l := storetest.People(t, b.st, 30)
		for i := range 10 {
			storetest.Join(t, b.st, l.ID, fmt.Sprintf("иван%d@пример.бг", i))
			storetest.Join(t, b.st, l.ID, fmt.Sprintf("ivan%d@пример.бг", i))
		}
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		b.workOn(t)
		if got := b.counts(t, c.ID); got.Sent != 50 || got.Failed != 0 {
			t.Errorf("counts %+v; want all 50 sent", got)
		}
		beyond := 0
		for _, got := range able.Letters() {
			if strings.HasPrefix(got.To, "иван") && strings.HasSuffix(got.To, "@xn--e1afmkfd.xn--90ae") && got.UTF8 {
				beyond++
			}
		}
		for _, got := range b.smtp.Letters() {
			if got.UTF8 || !isASCII(got.To) {
				t.Errorf("%s left over the server without SMTPUTF8", got.To)
			}
		}
		if beyond != 10 {
			t.Errorf("%d of 10 letters beyond ASCII left as such", beyond)
		}
	}, smtptest.NoSMTPUTF8())
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

func TestALetterIsPutOffUntilItIsTooOld(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 1)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		for b.clock.Now().Before(tuesday.Add(47 * time.Hour)) {
			if b.work(t); b.counts(t, c.ID).Waiting() != 1 {
				t.Fatalf("given up after %s", b.clock.Now().Sub(tuesday))
			}
			b.clock.Add(time.Hour)
		}
		b.clock.Set(tuesday.Add(48*time.Hour + time.Minute))
		b.work(t)
		rows, _, err := b.st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, State: ledger.Failed})
		if err != nil || len(rows) != 1 || rows[0].Reason != "given up after many tries" || rows[0].Attempts < 12 || rows[0].TriedAt == nil || !rows[0].TriedAt.Equal(tuesday) {
			t.Errorf("after two days %+v, %v; want it given up", rows, err)
		}
	}, smtptest.OnRcpt(func(string) error { return smtptest.Reply(450, "4.2.0 greylisted") }))
}

func TestALetterGivenUpCountsAgainstTheAddressOnlyWhenTheAnswerWasAboutIt(t *testing.T) {
	mailbox := func(code int, text string) smtptest.Option {
		return smtptest.OnRcpt(func(string) error { return smtptest.Reply(code, text) })
	}
	for name, c := range map[string]struct {
		server  smtptest.Option
		bounced int64
	}{
		"full for two days": {mailbox(452, "4.2.2 mailbox full"), 1},
		"too many":          {mailbox(450, "4.7.1 too many messages, slow down"), 0},
		"about the sender":  {mailbox(451, "4.1.8 sender address rejected for now"), 0},
		"the sender itself": {smtptest.OnMail(func(string) error { return smtptest.Reply(451, "4.2.2 not now") }), 0},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, b bench) {
				l := storetest.People(t, b.st, 1)
				camp := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
				must(t, b.Start(t.Context(), camp.ID))
				b.work(t)
				if got := b.counts(t, camp.ID); got.Waiting() != 1 || got.Bounced != 0 {
					t.Fatalf("while it waits: %+v", got)
				}
				b.clock.Set(tuesday.Add(48*time.Hour + time.Minute))
				b.work(t)
				if got := b.counts(t, camp.ID); got.Failed != 1 || got.Bounced != c.bounced || got.HardBounced != 0 {
					t.Errorf("given up: %+v; want %d bounced", got, c.bounced)
				}
				reports, err := b.st.LastReports(t.Context(), 10)
				if err != nil || int64(len(reports)) != c.bounced {
					t.Fatalf("reports %+v, %v", reports, err)
				}
				if c.bounced > 0 && (reports[0].Verdict != ledger.SoftBounce || reports[0].Source != "sending" || reports[0].Status != "4.2.2") {
					t.Errorf("report %+v", reports[0])
				}
			}, c.server)
		})
	}
}

func TestADomainThatSaysTooManyCostsNoTryAndOthersGoOn(t *testing.T) {
	var mu sync.Mutex
	busy := 0
	each(t, func(t *testing.T, b bench) {
		busy = 0
		l := storetest.People(t, b.st, 20)
		for i := range 20 {
			storetest.Join(t, b.st, l.ID, fmt.Sprintf("q%d@busy.test", i))
		}
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, func(c *campaigns.Campaign) { letter("Hello", "shop.name")(c) })
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		asked := busy
		if got := b.counts(t, c.ID); got.Sent != 20 || got.Failed != 0 || asked > 8 {
			t.Errorf("counts %+v, the busy domain was asked %d times; want 20 sent, and a few questions", got, asked)
		}
		rows, _, err := b.st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, State: ledger.Queued})
		must(t, err)
		for _, d := range rows {
			if d.Attempts != 0 {
				t.Errorf("an answer about the rate counts as a try: %+v", d)
			}
		}
		busy = -1000 // content from now on
		for range 120 {
			b.clock.Add(time.Second)
			b.work(t)
		}
		if got := b.counts(t, c.ID); got.Sent != 40 {
			t.Errorf("two minutes later %+v; want all 40 sent", got)
		}
	}, smtptest.OnRcpt(func(to string) error {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasSuffix(to, "@busy.test") {
			if busy++; busy > 0 {
				return smtptest.Reply(421, "4.7.28 unusual rate, try again later")
			}
		}
		return nil
	}))
}

// waiting starts a campaign to people at a domain that may be written to ten times a day.
func (b bench) waiting(t *testing.T, n int) (campaigns.Campaign, sending.Rule) {
	t.Helper()
	r := sending.Rule{Scope: sending.ScopeDomain, Name: "slow.test", Rates: sending.Rates{PerDay: 10}}
	must(t, b.st.SaveLimit(t.Context(), &r))
	l := storetest.People(t, b.st, 0)
	for i := range n {
		storetest.Join(t, b.st, l.ID, fmt.Sprintf("q%d@slow.test", i))
	}
	c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
	must(t, b.Start(t.Context(), c.ID))
	b.work(t)
	if got := b.counts(t, c.ID); got.Sent != 10 || got.Waiting() != int64(n)-10 {
		t.Fatalf("at first %+v; want 10 sent", got)
	}
	return c, r
}

func TestALimitThatIsRaisedOrDeletedHoldsAtOnceForWaitingLetters(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		c, r := b.waiting(t, 60)
		r.PerDay = 30
		must(t, b.st.SaveLimit(t.Context(), &r))
		b.work(t)
		if got := b.counts(t, c.ID); got.Sent != 30 {
			t.Errorf("after the limit was raised to 30: %+v", got)
		}
		must(t, b.st.DeleteLimit(t.Context(), r.ID))
		b.work(t)
		if got := b.counts(t, c.ID); got.Sent != 60 {
			t.Errorf("after the limit was deleted: %+v; want all sent", got)
		}
	})
}

func TestAClockSetBackKeepsNoLetterWaiting(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		c, r := b.waiting(t, 15)
		b.clock.Add(-6 * time.Hour)
		b.work(t)
		if got := b.counts(t, c.ID); got.Sent != 15 {
			t.Errorf("six hours earlier, under %+v: %+v; want all sent, the day having begun anew", r.Rates, got)
		}
	})
}

func TestADomainThatIsContentAgainIsWrittenToAtOnce(t *testing.T) {
	var asked atomic.Int64
	each(t, func(t *testing.T, b bench) {
		asked.Store(0)
		l := storetest.People(t, b.st, 0)
		for i := range 600 {
			storetest.Join(t, b.st, l.ID, fmt.Sprintf("q%d@grey.test", i))
		}
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		b.clock.Add(100 * time.Second)
		b.work(t)
		if got := b.counts(t, c.ID); got.Sent > 10 {
			t.Fatalf("100 s after a greylisting: %+v; want a slow start", got)
		}
		b.clock.Add(6 * time.Second)
		b.work(t)
		if got := b.counts(t, c.ID); got.Sent != 600 {
			t.Errorf("as soon as the slow-down is over: %+v; want all sent", got)
		}
	}, smtptest.OnRcpt(func(string) error {
		if asked.Add(1) == 1 {
			return smtptest.Reply(450, "4.7.1 greylisted")
		}
		return nil
	}))
}

func TestLettersBeyondASCIICountWhereTheyLeave(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		able := b.beside(t, func(tr *sending.Transport) { tr.PerDay, tr.Priority = 3, 2 })
		l := storetest.People(t, b.st, 0)
		for i := range 10 {
			storetest.Join(t, b.st, l.ID, fmt.Sprintf("иван%d@shop.test", i))
		}
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		b.workOn(t)
		b.clock.Add(time.Hour)
		b.workOn(t)
		if got := b.counts(t, c.ID); got.Sent != 3 || got.Failed != 0 || len(able.Letters()) != 3 || len(b.smtp.Letters()) != 0 {
			t.Errorf("counts %+v, %d by the only server that may; want 3, its most of a day", got, len(able.Letters()))
		}
		b.clock.Add(24 * time.Hour)
		b.workOn(t)
		if got := b.counts(t, c.ID); got.Sent != 6 {
			t.Errorf("on the next day %+v; want 6 sent", got)
		}
	}, smtptest.NoSMTPUTF8())
}

// outside are the ways a letter leaves outside the ledger.
func (b bench) outside(t *testing.T) map[string]func() error {
	l := storetest.People(t, b.st, 0)
	return map[string]func() error{
		"a confirmation": func() error {
			return b.Confirm(t.Context(), audience.Subscriber{Email: "new@shop.test", Lang: "en"}, l, "https://mail.tea.test/confirm/x")
		},
		"a self-test": func() error {
			_, err := b.SendSelfTest(t.Context(), dispatch.SelfTest{ID: 1, From: "hello@tea.test", To: "me@shop.test", Lang: "en"})
			return err
		},
	}
}

func TestALetterThatAPersonWaitsForKeepsToTheLimits(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		for what, send := range b.outside(t) {
			r := sending.Rule{Scope: sending.ScopeDomain, Name: "shop.test", Rates: sending.Rates{PerDay: 1}}
			must(t, b.st.SaveLimit(t.Context(), &r))
			before := len(b.smtp.Letters())
			if err := send(); err != nil {
				t.Errorf("%s within the limit: %v", what, err)
			}
			if err := send(); !fault.Is(err, fault.Away) || !strings.Contains(err.Error(), "limit") {
				t.Errorf("%s beyond the limit: %v; want that a limit is reached", what, err)
			}
			if n := len(b.smtp.Letters()) - before; n != 1 {
				t.Errorf("%s: %d letters left; want 1", what, n)
			}
			b.clock.Add(48 * time.Hour)
		}
	})
}

func TestALetterThatAPersonWaitsForTakesTheNextServer(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		spare := b.beside(t, func(tr *sending.Transport) { tr.Priority = 2 })
		b.smtp.Stop()
		all := b.outside(t)
		for range 2 {
			for what, send := range all {
				if err := send(); err != nil {
					t.Errorf("%s, while the first server is away: %v", what, err)
				}
			}
		}
		ill, err := b.st.IllTransports(t.Context())
		if n := len(spare.Letters()); n != 4 || err != nil || ill[sending.Configured].Why == "" {
			t.Errorf("%d of 4 letters by the spare, the pages know %+v, %v", n, ill, err)
		}
	})
}
