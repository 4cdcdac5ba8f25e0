package dispatch_test

import (
	"context"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/trial"
	"keepsake/internal/dispatch"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// tested shapes a campaign's first message into a test of n variants whose subjects are
// their letters.
func tested(n int, change func(*campaigns.Campaign, *trial.Rule)) func(*campaigns.Campaign) {
	return func(c *campaigns.Campaign) {
		letter("subject a", "shop.name")(c)
		m := &c.Messages[0]
		for range n - 1 {
			if _, err := m.AddVariant("a"); err != nil {
				panic(err)
			}
		}
		for i := range m.Contents {
			m.Contents[i].Subject = "subject " + trial.Shown(m.Contents[i].Variant)
		}
		if change != nil {
			change(c, m.Test)
		}
	}
}

// subjects counts the letters that left by their variant, and fails when somebody got two.
func (b bench) subjects(t *testing.T) map[string]int {
	t.Helper()
	out, to := map[string]int{}, map[string]bool{}
	for _, l := range b.smtp.Letters() {
		if to[l.To] {
			t.Errorf("%s got two letters", l.To)
		}
		to[l.To] = true
		_, rest, _ := strings.Cut(string(l.Data), "Subject: subject ")
		out[rest[:1]]++
	}
	return out
}

func (b bench) trial(t *testing.T, campaign int64) ledger.Trial {
	t.Helper()
	all, err := b.st.Trials(t.Context(), campaign, 1)
	must(t, err)
	if len(all) == 0 {
		t.Fatal("there is no test")
	}
	return all[0]
}

// click lets the first n who got the variant click, as people do or as machines.
func (b bench) click(t *testing.T, campaign int64, variant, verdict string, n int) {
	t.Helper()
	rows, _, err := b.st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: campaign, State: ledger.Sent, Limit: 10000})
	must(t, err)
	for _, d := range rows {
		if d.Variant == variant && n > 0 {
			n--
			must(t, b.st.RecordActivity(t.Context(), ledger.Activity{DeliveryID: d.ID, Kind: "click", Verdict: verdict}))
		}
	}
	if n > 0 {
		t.Fatalf("%d too few letters of %s left", n, variant)
	}
}

func same(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v; want %v", what, got, want)
	}
}

func TestTheTestGroupLeavesAndTheRestGetsTheWinner(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 200)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, func(_ *campaigns.Campaign, r *trial.Rule) { r.Share = 50 }))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		same(t, "the test group", b.subjects(t), map[string]int{"a": 50, "b": 50})
		b.click(t, c.ID, "b", "human", 20)
		b.click(t, c.ID, "a", "machine", 40)
		b.clock.Add(4*time.Hour - time.Second)
		b.work(t)
		same(t, "a second before the time", b.subjects(t), map[string]int{"a": 50, "b": 50})
		b.clock.Add(time.Second)
		b.work(t)
		same(t, "all", b.subjects(t), map[string]int{"a": 50, "b": 150})
		got := b.trial(t, c.ID)
		if got.Winner != "b" || got.Verdict.Why != trial.Clear || got.DecidedBy != "" || got.Held != 100 {
			t.Errorf("the test ended as %+v", got)
		}
		if a := got.Arms[0]; a.People != 50 || a.Clicked != 0 || a.Machines != 40 {
			t.Errorf("A: %+v", a)
		}
		if n := b.counts(t, c.ID); n.Planned != 200 || n.Sent != 200 {
			t.Errorf("counts %+v", n)
		}
		if got, err := b.st.Campaign(t.Context(), c.ID); err != nil || got.State != campaigns.Finished {
			t.Errorf("the campaign is %s, %v", got.State, err)
		}
	})
}

func TestWithoutADifferenceTheRestGetsA(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 60)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(3, func(_ *campaigns.Campaign, r *trial.Rule) { r.Share = 50 }))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		b.click(t, c.ID, "c", "human", 2)
		b.clock.Add(4 * time.Hour)
		b.work(t)
		same(t, "all", b.subjects(t), map[string]int{"a": 40, "b": 10, "c": 10})
		if got := b.trial(t, c.ID); got.Verdict.Why != trial.TooNear || got.Verdict.Leader != "c" {
			t.Errorf("the verdict: %+v", got.Verdict)
		}
	})
}

func TestAChoiceByHandReleasesTheRestOnce(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 40)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, nil))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		test := b.trial(t, c.ID)
		if err := b.Choose(t.Context(), c.ID, test.ID, "d", "Maria"); err == nil {
			t.Error("a variant that is not there was chosen")
		}
		if err := b.Choose(t.Context(), c.ID+1, test.ID, "b", "Maria"); err == nil {
			t.Error("a test was decided through another campaign")
		}
		must(t, b.Choose(t.Context(), c.ID, test.ID, "b", "Maria"))
		if err := b.Choose(t.Context(), c.ID, test.ID, "a", "Maria"); err == nil {
			t.Error("a second choice was taken")
		}
		b.work(t)
		same(t, "all", b.subjects(t), map[string]int{"a": 4, "b": 36})
		if got := b.trial(t, c.ID); got.DecidedBy != "Maria" || got.Verdict.Why != trial.ByHand {
			t.Errorf("decided by %q: %+v", got.DecidedBy, got.Verdict)
		}
	})
}

func TestAPausedTestWaitsAndACancelledOneReleasesNobody(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 40)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, nil))
		must(t, b.Start(t.Context(), c.ID))
		must(t, b.Tick(t.Context()))
		must(t, b.st.Pause(t.Context(), c.ID))
		b.clock.Add(24 * time.Hour)
		b.work(t)
		if n := len(b.smtp.Letters()); n != 0 {
			t.Fatalf("%d letters left a paused campaign", n)
		}
		must(t, b.st.Resume(t.Context(), c.ID))
		b.work(t)
		same(t, "after the pause", b.subjects(t), map[string]int{"a": 4, "b": 4})
		must(t, b.st.Pause(t.Context(), c.ID))
		b.clock.Add(24 * time.Hour)
		b.work(t)
		if !b.trial(t, c.ID).Open() {
			t.Error("a test was decided in a pause")
		}
		must(t, b.Choose(t.Context(), c.ID, b.trial(t, c.ID).ID, "b", "Maria")) // by hand it may be
		b.work(t)
		same(t, "chosen in the pause", b.subjects(t), map[string]int{"a": 4, "b": 4})
		must(t, b.st.Cancel(t.Context(), c.ID))
		b.clock.Add(24 * time.Hour)
		b.work(t)
		same(t, "cancelled", b.subjects(t), map[string]int{"a": 4, "b": 4})
	})
}

func TestWhoWaitsGetsTheWinnerAtTheirHourOfTheDay(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 20)
		sofia := storetest.Join(t, b.st, l.ID, "x@shop.test")
		sofia.Zone = "Europe/Sofia"
		must(t, b.st.SaveSubscriber(t.Context(), &sofia))
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, func(c *campaigns.Campaign, r *trial.Rule) {
			c.Messages[0].LocalTime, c.Trigger.Zone, r.Share = "12:00", "UTC", 20
		}))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		b.clock.Set(tuesday.Add(2 * time.Hour)) // noon in UTC; in Sofia it was at ten
		b.work(t)
		same(t, "the test group", b.subjects(t), map[string]int{"a": 2, "b": 2})
		b.clock.Add(4 * time.Hour)
		b.work(t)
		if b.trial(t, c.ID).Open() {
			t.Fatal("there is no winner yet")
		}
		same(t, "it is four in the afternoon", b.subjects(t), map[string]int{"a": 2, "b": 2})
		b.clock.Set(tuesday.Add(24*time.Hour + 2*time.Hour))
		b.work(t)
		same(t, "the next noon", b.subjects(t), map[string]int{"a": 19, "b": 2})
	})
}

func TestTwoProcessesReleaseTheRestOnce(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 60)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, nil))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		b.clock.Add(4 * time.Hour)
		other := newDispatcher(t, b.st, b.smtp)
		var all sync.WaitGroup
		for _, d := range []*dispatch.Dispatcher{b.Dispatcher, other, b.Dispatcher, other} {
			all.Go(func() {
				for range 3 {
					if err := d.Tick(context.Background()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		b.work(t)
		same(t, "all", b.subjects(t), map[string]int{"a": 54, "b": 6})
	})
}

// Stops in the middle of a batch, with servers that put letters off, over and over: in the
// end each person has one letter, and a test group as large as planned had its variant.
func TestNobodyGetsTwoHoweverOftenSendingStops(t *testing.T) {
	var mu sync.Mutex
	tries := map[string]int{}
	flaky := smtptest.OnRcpt(func(to string) error {
		mu.Lock()
		defer mu.Unlock()
		if tries[to]++; tries[to] == 1 && len(to)%3 == 0 {
			return smtptest.Reply(451, "4.2.0 the mailbox is busy")
		}
		return nil
	})
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 300)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(3, func(_ *campaigns.Campaign, r *trial.Rule) { r.Share = 40 }))
		must(t, b.Start(t.Context(), c.ID))
		for i := range 40 {
			d := newDispatcher(t, b.st, b.smtp)
			must(t, d.Tick(t.Context()))
			ctx, stop := context.WithTimeout(t.Context(), time.Duration(1+i*3)*time.Millisecond)
			_ = d.Drain(ctx) // stopped where it stands
			stop()
			_, err := b.st.RecoverAll(t.Context())
			must(t, err)
			if i%5 == 4 {
				b.clock.Add(time.Hour)
			}
		}
		for range 20 {
			if b.clock.Add(6 * time.Hour); b.counts(t, c.ID).Waiting() > 0 {
				b.work(t)
			}
		}
		got, n := b.subjects(t), b.counts(t, c.ID)
		if n.Planned != 300 || n.Sent+n.Unsure != 300 || int64(got["a"]+got["b"]+got["c"]) < n.Sent {
			t.Errorf("%v letters; counts %+v", got, n)
		}
		if n.Unsure == 0 && (got["b"] != 40 || got["c"] != 40 || got["a"] != 220) {
			t.Errorf("%v left; want 40 of b and c, and A for the rest", got)
		}
		mu.Lock()
		clear(tries)
		mu.Unlock()
	}, flaky)
}

func TestAnAutomationTriesUntilThereIsAWinner(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 270)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, func(c *campaigns.Campaign, r *trial.Rule) {
			c.Trigger, r.After = campaigns.Trigger{On: "order.placed"}, 24*time.Hour
		}))
		must(t, b.Start(t.Context(), c.ID))
		b.orders(t, 1, 240)
		b.work(t)
		first := b.subjects(t)
		if first["a"]+first["b"] != 240 || first["a"] < 100 || first["b"] < 100 {
			t.Fatalf("240 orders gave %v", first)
		}
		b.click(t, c.ID, "b", "human", first["b"])
		b.clock.Add(24 * time.Hour)
		b.work(t)
		b.orders(t, 241, 270)
		b.work(t)
		same(t, "all", b.subjects(t), map[string]int{"a": first["a"], "b": first["b"] + 30})
		if got := b.trial(t, c.ID); got.Winner != "b" || got.Held != 0 || !got.OneByOne {
			t.Errorf("the test: %+v", got)
		}
	})
}

func TestASenderNameOfAVariantStandsInItsFrom(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 20)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, func(_ *campaigns.Campaign, r *trial.Rule) { r.Share = 100 }))
		must(t, b.st.SetSenderName(t.Context(), c.Messages[0].ID, "b", "Maria of the Tea House"))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		names := map[string]int{}
		for _, l := range b.smtp.Letters() {
			is := "Tea House"
			if strings.Contains(string(l.Data), "From: Maria of the Tea House <hello@tea.test>") || strings.Contains(string(l.Data), `From: "Maria of the Tea House" <hello@tea.test>`) {
				is = "Maria"
			}
			if (is == "Maria") != strings.Contains(string(l.Data), "Subject: subject b") {
				t.Errorf("%s wrote the wrong variant", is)
			}
			names[is]++
		}
		same(t, "senders", names, map[string]int{"Maria": 10, "Tea House": 10})
	})
}

func TestASubjectOfAVariantInjectsNoHeader(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 4)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, func(c *campaigns.Campaign, r *trial.Rule) {
			r.Share = 100
			c.Messages[0].Contents[1].Subject = "subject b\r\nBcc: all@evil.test\r\n\r\nboo"
		}))
		must(t, b.st.SetSenderName(t.Context(), c.Messages[0].ID, "b", "Eve\r\nBcc: all@evil.test"))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		for _, l := range b.smtp.Letters() {
			if strings.Contains(string(l.Data), "\r\nBcc:") {
				t.Errorf("a header was injected:\n%s", l.Data[:400])
			}
		}
	})
}

func TestRevenueCountsOrdersAfterAClickLessRefunds(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 40)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, func(_ *campaigns.Campaign, r *trial.Rule) {
			r.Share, r.Measure, r.Days = 100, trial.Revenue, 2
		}))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		rows, _, err := b.st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, Limit: 100})
		must(t, err)
		var mine []store.DeliveryRow
		for _, d := range rows {
			if d.Variant == "b" {
				mine = append(mine, d)
			}
		}
		back := map[string]int64{"counts": 200}
		buy := func(d store.DeliveryRow, number, state, currency string, cents int64) {
			p := audience.Subscriber{Email: d.Email, Source: "test"}
			must(t, p.Validate())
			o := audience.Order{Number: number, State: state, Currency: currency, TotalCents: cents, RefundedCents: back[number], PlacedAt: b.clock.Now(), UpdatedAt: b.clock.Now()}
			must(t, b.st.RecordOrder(t.Context(), &p, &o))
		}
		buy(mine[0], "before-any-click", "placed", "EUR", 9900)
		b.clock.Add(time.Hour)
		b.click(t, c.ID, "b", "human", 5)
		must(t, b.st.RecordActivity(t.Context(), ledger.Activity{DeliveryID: mine[6].ID, Kind: "click", Verdict: "machine"}))
		b.clock.Add(time.Hour)
		buy(mine[0], "counts", "placed", "EUR", 1000)
		buy(mine[0], "counts-too", "placed", "EUR", 500)
		buy(mine[1], "refunded", "placed", "EUR", 7000)
		buy(mine[1], "refunded", "refunded", "EUR", 7000)
		buy(mine[2], "other-currency", "placed", "USD", 4000)
		buy(mine[6], "a-machine-clicked", "placed", "EUR", 4000)
		buy(mine[7], "no-click", "placed", "EUR", 4000)
		b.clock.Add(48 * time.Hour)
		buy(mine[3], "too-late", "placed", "EUR", 4000)
		arms, currency, err := b.st.Arms(t.Context(), b.trial(t, c.ID))
		must(t, err)
		if got := arms[1]; currency != "EUR" || got.Buyers != 1 || got.Cents != 1300 || got.Squares != 1300*1300 || arms[0].Cents != 0 {
			t.Errorf("in %s: %+v", currency, arms)
		}
	})
}

func TestViewInBrowserShowsTheReadersVariant(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 10)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, func(_ *campaigns.Campaign, r *trial.Rule) { r.Share = 100 }))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		rows, _, err := b.st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID})
		must(t, err)
		for _, d := range rows {
			out, err := b.View(t.Context(), d.ID, dispatch.Sent{})
			if err != nil || out.Subject != "subject "+d.Variant {
				t.Errorf("delivery of %s is shown as %q, %v", d.Variant, out.Subject, err)
			}
		}
	})
}

func TestATestThatIsNotWholeDoesNotStart(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 10)
		for name, change := range map[string]func(*campaigns.Campaign, *trial.Rule){
			"a subject is missing":    func(c *campaigns.Campaign, _ *trial.Rule) { c.Messages[0].Contents[1].Subject = " " },
			"a language is missing":   func(c *campaigns.Campaign, _ *trial.Rule) { c.Messages[0].Contents[1].Lang = "bg" },
			"the share is everything": func(_ *campaigns.Campaign, r *trial.Rule) { r.Share = 101 },
			"opens decide":            func(_ *campaigns.Campaign, r *trial.Rule) { r.Measure = "opens" },
		} {
			c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, change))
			if err := b.Start(t.Context(), c.ID); err == nil {
				t.Errorf("%s: it was started", name)
			}
		}
	})
}
