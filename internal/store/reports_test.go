package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// sentTo has a campaign's letters leave for the first of people of a new list.
func sentTo(t *testing.T, st *store.Store, people int) (campaigns.Campaign, []ledger.Work) {
	t.Helper()
	c, work := planned(t, st, "newsletter", people)
	leave(t, st, work)
	return c, work
}

func leave(t *testing.T, st *store.Store, work []ledger.Work) {
	t.Helper()
	var ids []int64
	var out []ledger.Outcome
	for _, w := range work {
		ids, out = append(ids, w.ID), append(out, ledger.Outcome{DeliveryID: w.ID, State: ledger.Sent, Reply: "250 ok"})
	}
	_, err := st.Record(t.Context(), "me", ids, nil)
	must(t, err)
	_, err = st.Record(t.Context(), "me", nil, out)
	must(t, err)
}

// another sends the same people a further letter.
func another(t *testing.T, st *store.Store, list int64) []ledger.Work {
	t.Helper()
	c := storetest.Campaign(t, st, "newsletter", list, func(c *campaigns.Campaign) { now(t, c) })
	must(t, st.Start(t.Context(), c.ID))
	c, err := st.Campaign(t.Context(), c.ID)
	must(t, err)
	_, _, err = st.Plan(t.Context(), c, st.Now())
	must(t, err)
	work, err := st.Lease(t.Context(), "me", 100)
	must(t, err)
	leave(t, st, work)
	return work
}

func report(w ledger.Work, v ledger.Verdict, key string) ledger.Report {
	status := map[ledger.Verdict]string{ledger.HardBounce: "5.1.1", ledger.SoftBounce: "4.2.2"}[v]
	return ledger.Report{Verdict: v, Delivery: w.ID, Status: status, Words: "550 says the server", Source: "mailbox", Key: key}
}

func take(t *testing.T, st *store.Store, r ledger.Report) store.Taken {
	t.Helper()
	got, err := st.TakeReport(t.Context(), r)
	must(t, err)
	return got
}

func counts(t *testing.T, st *store.Store, campaign int64) ledger.Counts {
	t.Helper()
	runs, err := st.Runs(t.Context(), campaign, 10)
	must(t, err)
	if len(runs) != 1 {
		t.Fatalf("%d runs", len(runs))
	}
	return runs[0].Counts
}

func reason(t *testing.T, st *store.Store, email string) audience.Reason {
	t.Helper()
	s, err := st.Suppression(t.Context(), email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	return s.Reason
}

func TestAHardBounceSuppressesAtOnceAndSkipsWhatWaits(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c, work := sentTo(t, st, 2)
		next := storetest.Campaign(t, st, "newsletter", c.Audience.Lists[0], func(c *campaigns.Campaign) { now(t, c) })
		must(t, st.Start(ctx, next.ID))
		next, err := st.Campaign(ctx, next.ID)
		must(t, err)
		_, _, err = st.Plan(ctx, next, st.Now())
		must(t, err)
		got := take(t, st, report(work[0], ledger.HardBounce, "one"))
		if !got.New || got.Suppressed != audience.HardBounce || got.Campaign != c.ID || got.Run != work[0].RunID || got.Delivery != work[0].ID {
			t.Errorf("taken %+v", got)
		}
		if r := reason(t, st, work[0].Subscriber.Email); r != audience.HardBounce {
			t.Errorf("suppressed %q", r)
		}
		if n := counts(t, st, c.ID); n.Bounced != 1 || n.HardBounced != 1 || n.Sent != 2 {
			t.Errorf("counts %+v", n)
		}
		if n := counts(t, st, next.ID); n.Skipped != 1 {
			t.Errorf("what waits: %+v; want 1 skipped", n)
		}
		rows, _, err := st.Deliveries(ctx, store.DeliveryQuery{Campaign: c.ID, Event: "bounced"})
		if err != nil || len(rows) != 1 || rows[0].ID != work[0].ID || rows[0].Bounce != "550 says the server" || rows[0].Complaint != "" {
			t.Errorf("deliveries %+v, %v", rows, err)
		}
		moments, _, err := st.Timeline(ctx, store.TimelineQuery{Subscriber: work[0].SubscriberID})
		must(t, err)
		var words []string
		for _, m := range moments {
			if m.Kind == "bounce" {
				words = append(words, m.Reply)
			}
		}
		if strings.Join(words, "|") != "550 says the server" {
			t.Errorf("time line %+v", moments)
		}
	})
}

func TestAReportThatComesAgainChangesNothing(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		c, work := sentTo(t, st, 2)
		w := work[0]
		first := take(t, st, report(w, ledger.SoftBounce, "soft"))
		for range 3 {
			for _, again := range []ledger.Report{report(w, ledger.SoftBounce, "soft"), report(w, ledger.SoftBounce, "in other words")} {
				if got := take(t, st, again); got != (store.Taken{}) {
					t.Errorf("again: %+v", got)
				}
			}
		}
		take(t, st, report(w, ledger.HardBounce, "hard")) // out of order: both, then the first once more
		take(t, st, report(w, ledger.SoftBounce, "later"))
		take(t, st, report(w, ledger.HardBounce, "hard"))
		if n := counts(t, st, c.ID); !first.New || n.Bounced != 1 || n.HardBounced != 1 || n.Complained != 0 {
			t.Errorf("first %+v, counts %+v; want the delivery counted once", first, n)
		}
		if r := reason(t, st, w.Subscriber.Email); r != audience.HardBounce {
			t.Errorf("suppressed %q", r)
		}
	})
}

func TestReportsOnOneDeliveryAtOnceCountOnce(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		c, work := sentTo(t, st, 1)
		errs := make(chan error)
		for i := range 8 {
			go func() {
				_, err := st.TakeReport(t.Context(), report(work[0], ledger.HardBounce, fmt.Sprint(i)))
				errs <- err
			}()
		}
		for range 8 {
			must(t, <-errs)
		}
		if n := counts(t, st, c.ID); n.Bounced != 1 || n.HardBounced != 1 {
			t.Errorf("counts %+v", n)
		}
	})
}

func TestSoftBouncesInARowSuppressAfterTheirTime(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		c, work := sentTo(t, st, 1)
		email := work[0].Subscriber.Email
		var got []audience.Reason
		for i := range 6 { // every 4 days: the fifth comes after 16
			if i > 0 {
				clock.Add(4 * 24 * time.Hour)
				if work = another(t, st, c.Audience.Lists[0]); len(work) == 0 {
					break
				}
			}
			got = append(got, take(t, st, report(work[0], ledger.SoftBounce, fmt.Sprint(i))).Suppressed)
		}
		if want := []audience.Reason{"", "", "", "", audience.SoftBounces}; fmt.Sprint(got) != fmt.Sprint(want) || reason(t, st, email) != audience.SoftBounces {
			t.Errorf("suppressed %q, %q; want at the fifth", got, reason(t, st, email))
		}
		must(t, st.Unsuppress(t.Context(), email)) // by hand: the count begins anew
		w := another(t, st, c.Audience.Lists[0])[0]
		if got := take(t, st, report(w, ledger.SoftBounce, "anew")); !got.New || got.Suppressed != "" {
			t.Errorf("after it was lifted: %+v", got)
		}
	})
}

func TestASoftBounceSuppressesOnlyInARowOverTimeAndAboutTheAddress(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	for name, c := range map[string]struct {
		every  time.Duration
		status string
		before func(st *store.Store, w ledger.Work) // what happened to the third letter before it came back
	}{
		"all within a day":      {every: time.Hour, status: "4.2.2"},
		"about the sender":      {every: 100 * time.Hour, status: "5.7.1"},
		"about the letter":      {every: 100 * time.Hour, status: "5.6.1"},
		"one was opened":        {every: 100 * time.Hour, status: "4.2.2", before: signed(t, "open", "human")},
		"one was opened, Gmail": {every: 100 * time.Hour, status: "4.2.2", before: signed(t, "open", "proxy")},
		"one was clicked":       {every: 100 * time.Hour, status: "4.2.2", before: signed(t, "click", "human")},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
				clock.Set(tuesday)
				camp, work := sentTo(t, st, 1)
				for i := range 6 {
					if i > 0 {
						clock.Add(c.every)
						work = another(t, st, camp.Audience.Lists[0])
					}
					if i == 2 && c.before != nil {
						c.before(st, work[0])
					}
					r := report(work[0], ledger.SoftBounce, fmt.Sprint(i))
					r.Status = c.status
					if got := take(t, st, r); !got.New || got.Suppressed != "" {
						t.Fatalf("%d: %+v", i, got)
					}
				}
			})
		})
	}
}

func signed(t *testing.T, kind, verdict string) func(*store.Store, ledger.Work) {
	return func(st *store.Store, w ledger.Work) {
		must(t, st.RecordActivity(t.Context(), ledger.Activity{DeliveryID: w.ID, Kind: kind, Verdict: verdict}))
	}
}

func TestALetterThatArrivedBreaksTheRowWithoutTracking(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		c, work := sentTo(t, st, 1)
		for i := range 6 { // each second letter arrives, a week apart
			if i > 0 {
				clock.Add(7 * 24 * time.Hour)
				another(t, st, c.Audience.Lists[0])
				clock.Add(7 * 24 * time.Hour)
				work = another(t, st, c.Audience.Lists[0])
			}
			if got := take(t, st, report(work[0], ledger.SoftBounce, fmt.Sprint(i))); !got.New || got.Suppressed != "" {
				t.Fatalf("%d: %+v", i, got)
			}
		}
	})
}

func TestALetterThatMayYetComeBackBreaksNoRow(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		c, work := sentTo(t, st, 1)
		late, last := work[0], store.Taken{}
		for i := range 5 { // the second one's report comes after the others', all others' at once
			if i > 0 {
				clock.Add(4 * 24 * time.Hour)
				work = another(t, st, c.Audience.Lists[0])
			}
			if i == 1 {
				late = work[0]
				continue
			}
			if last = take(t, st, report(work[0], ledger.SoftBounce, fmt.Sprint(i))); last.Suppressed != "" {
				t.Fatalf("%d: %+v", i, last)
			}
		}
		if last = take(t, st, report(late, ledger.SoftBounce, "late")); last.Suppressed != audience.SoftBounces {
			t.Errorf("all five came back: %+v", last)
		}
		must(t, st.Unsuppress(t.Context(), work[0].Subscriber.Email))
		for i := range 5 { // daily letters: those of the last days may yet come back
			clock.Add(4 * 24 * time.Hour)
			work = another(t, st, c.Audience.Lists[0])
			last = take(t, st, report(work[0], ledger.SoftBounce, fmt.Sprint("anew", i)))
			if i == 3 {
				clock.Add(time.Hour)
				another(t, st, c.Audience.Lists[0])
			}
		}
		if last.Suppressed != audience.SoftBounces {
			t.Errorf("with a letter of four days ago: %+v", last)
		}
	})
}

func TestASoftBounceOfLongAgoCountsNoMore(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		c, work := sentTo(t, st, 1)
		for i := range 6 {
			if i > 0 {
				clock.Add(31 * 24 * time.Hour)
				work = another(t, st, c.Audience.Lists[0])
			}
			if got := take(t, st, report(work[0], ledger.SoftBounce, fmt.Sprint(i))); !got.New || got.Suppressed != "" {
				t.Fatalf("%d: %+v", i, got)
			}
		}
	})
}

func TestAnUnprovenReportIsShownUntilItIsActedOnOrOld(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		_, work := sentTo(t, st, 3)
		since := tuesday.Add(-time.Hour)
		tell := func(email, words string, want bool) {
			t.Helper()
			got, err := st.TakeUnproven(ctx, []ledger.Report{{Verdict: ledger.HardBounce, Email: email, Status: "5.1.1", Words: words, Source: "pipe", At: st.Now()}}, since)
			if err != nil || got > 0 != want {
				t.Errorf("%s: kept %d, %v", email, got, err)
			}
		}
		shown := func() (all []string) {
			t.Helper()
			rows, err := st.UnprovenReports(ctx, 10)
			must(t, err)
			for _, r := range rows {
				all = append(all, r.Email+" "+r.Words)
			}
			return all
		}
		tell("stranger@elsewhere.test", "no", false)
		for range 3 {
			tell("P1@shop.test", "gone", true)
		}
		clock.Add(time.Minute)
		for _, w := range work[1:] {
			tell(w.Subscriber.Email, "dead", true)
		}
		if got := fmt.Sprint(shown()); got != "[p2@shop.test dead p3@shop.test dead p1@shop.test gone]" {
			t.Errorf("shown %s", got)
		}
		must(t, st.Suppress(ctx, "p2@shop.test", audience.HardBounce, "admin"))
		storetest.Erase(t, st, work[2].SubscriberID)
		if got := fmt.Sprint(shown()); got != "[p1@shop.test gone]" {
			t.Errorf("shown %s", got)
		}
		clock.Add(91 * 24 * time.Hour)
		since = st.Now()
		if got := shown(); len(got) != 0 {
			t.Errorf("after three months: %q", got)
		}
		tell("p1@shop.test", "no letter left lately", false)
	})
}

func TestAMachinesOpenIsNoSignOfLife(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		c, work := sentTo(t, st, 1)
		var last store.Taken
		for i := range 5 {
			if i > 0 {
				clock.Add(100 * time.Hour)
				work = another(t, st, c.Audience.Lists[0])
			}
			signed(t, "open", "machine")(st, work[0])
			last = take(t, st, report(work[0], ledger.SoftBounce, fmt.Sprint(i)))
		}
		if last.Suppressed != audience.SoftBounces {
			t.Errorf("the fifth: %+v", last)
		}
	})
}

func TestAComplaintLeavesEveryListAndIsRemembered(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c, work := sentTo(t, st, 2)
		w := work[0]
		other := audience.List{Name: "Other"}
		must(t, other.Validate())
		must(t, st.CreateList(ctx, &other))
		must(t, st.Subscribe(ctx, w.SubscriberID, other.ID, audience.Confirmed, audience.Consent{Source: "test"}))
		take(t, st, report(w, ledger.SoftBounce, "soft"))
		got := take(t, st, report(w, ledger.Complaint, "spam"))
		take(t, st, report(w, ledger.Complaint, "spam, once more"))
		if !got.New || got.Suppressed != audience.Complaint || reason(t, st, w.Subscriber.Email) != audience.Complaint {
			t.Errorf("taken %+v", got)
		}
		subs, err := st.Subscriptions(ctx, w.SubscriberID)
		must(t, err)
		for _, s := range subs {
			if s.State != audience.Unsubscribed {
				t.Errorf("list %d: %s", s.ListID, s.State)
			}
		}
		checkCounters(t, st, c.Audience.Lists[0])
		if n := counts(t, st, c.ID); n.Complained != 1 || n.Bounced != 1 || n.HardBounced != 0 {
			t.Errorf("counts %+v", n)
		}
		consents, err := st.Consents(ctx, w.SubscriberID)
		if last := consents[len(consents)-1]; err != nil || last.Given || last.Source != "complaint" {
			t.Errorf("consent %+v, %v", last, err)
		}
	})
}

func TestAComplaintWeighsMoreThanABounceAndNeverLess(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		_, work := sentTo(t, st, 1)
		for _, step := range []struct {
			v    ledger.Verdict
			want audience.Reason
		}{{ledger.HardBounce, audience.HardBounce}, {ledger.Complaint, audience.Complaint}} {
			take(t, st, report(work[0], step.v, "x"))
			if got := reason(t, st, work[0].Subscriber.Email); got != step.want {
				t.Errorf("after %s: %q", step.v, got)
			}
		}
		must(t, st.Suppress(t.Context(), work[0].Subscriber.Email, audience.HardBounce, "x"))
		if got := reason(t, st, work[0].Subscriber.Email); got != audience.Complaint {
			t.Errorf("a bounce made it %q", got)
		}
	})
}

func TestReportsAboutNobodyDoNoHarm(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c, work := sentTo(t, st, 2)
		storetest.Erase(t, st, work[0].SubscriberID)
		for _, r := range []ledger.Report{
			report(work[0], ledger.HardBounce, "erased"), report(work[0], ledger.Complaint, "erased"),
			{Verdict: ledger.HardBounce, Delivery: 1 << 50, Key: "no such delivery"},
			{Verdict: ledger.HardBounce, Email: "stranger@elsewhere.test", Key: "stranger"},
			{Verdict: ledger.Complaint, Email: "not an address", Key: "x"}, {Verdict: ledger.SoftBounce, Key: "nothing"},
		} {
			if got := take(t, st, r); got != (store.Taken{}) {
				t.Errorf("%s: %+v", r.Key, got)
			}
		}
		if _, err := st.TakeReport(ctx, ledger.Report{Verdict: "delivered", Delivery: work[1].ID}); err == nil {
			t.Error("a verdict that is none was taken")
		}
		if n := counts(t, st, c.ID); n.Bounced != 0 || n.Complained != 0 {
			t.Errorf("counts %+v", n)
		}
		if got := reason(t, st, work[0].Subscriber.Email); got != audience.Erased {
			t.Errorf("the erased person is %q", got)
		}
		all, err := st.Suppressions(ctx, time.Time{}, 10)
		if err != nil || len(all) != 1 {
			t.Errorf("suppressions %+v, %v; want the erased one", all, err)
		}
	})
}

func TestAReportByAddressAloneFindsThePerson(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		storetest.People(t, st, 1)
		got := take(t, st, ledger.Report{Verdict: ledger.HardBounce, Email: "P1@Shop.test", Source: "ses", Key: "a"})
		if !got.New || got.Delivery != 0 || reason(t, st, "p1@shop.test") != audience.HardBounce {
			t.Errorf("taken %+v", got)
		}
	})
}

func TestABounceOfAnotherAddressIsWrittenOnTheDeliveryOnly(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		c, work := sentTo(t, st, 3)
		w, p := work[0], work[0].Subscriber
		old := p.Email
		p.Email, p.EmailNorm = "new@shop.test", "new@shop.test"
		must(t, st.UpdateSubscriber(t.Context(), &p))
		for i, other := range []string{old, "ceo@victim.test", work[2].Subscriber.Email} { // left behind, a stranger's, another reader's
			r := report(work[i%2], ledger.HardBounce, other)
			r.Email = other
			if i%2 == 1 {
				w = work[1]
			}
			if got := take(t, st, r); got.Suppressed != "" || i < 2 && !got.New {
				t.Errorf("%s: %+v", other, got)
			}
		}
		if all, err := st.Suppressions(t.Context(), time.Time{}, 10); err != nil || len(all) != 0 {
			t.Errorf("suppressions %+v, %v", all, err)
		}
		if n := counts(t, st, c.ID); n.Bounced != 2 || n.HardBounced != 0 {
			t.Errorf("counts %+v; want two letters back and none of them hard", n)
		}
		rows, _, err := st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, Event: "bounced"})
		if err != nil || len(rows) != 2 || rows[0].Bounce != "550 says the server" {
			t.Errorf("deliveries %+v, %v", rows, err)
		}
		r := report(w, ledger.HardBounce, "the person's own")
		r.Email = strings.ToUpper(w.Subscriber.Email)
		if got := take(t, st, r); got.Suppressed != audience.HardBounce || reason(t, st, w.Subscriber.Email) != audience.HardBounce {
			t.Errorf("their own address afterwards: %+v", got)
		}
	})
}

func TestBouncesOfAnotherAddressNeverAddUp(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		c, work := sentTo(t, st, 1)
		for i := range 7 {
			if i > 0 {
				clock.Add(100 * time.Hour)
				work = another(t, st, c.Audience.Lists[0])
			}
			r := report(work[0], ledger.SoftBounce, fmt.Sprint(i))
			r.Email = "ceo@victim.test"
			if got := take(t, st, r); !got.New || got.Suppressed != "" {
				t.Fatalf("%d: %+v", i, got)
			}
		}
	})
}

func TestNoImportRevivesWhoBouncedOrComplained(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		c, work := sentTo(t, st, 3)
		take(t, st, report(work[0], ledger.HardBounce, "a"))
		take(t, st, report(work[1], ledger.Complaint, "b"))
		must(t, st.Suppress(ctx, work[2].Subscriber.Email, audience.SoftBounces, "mailbox"))
		var rows []audience.ImportRow
		for i, w := range work {
			rows = append(rows, line(t, i+2, w.Subscriber.Email, "Back", ""))
		}
		got, err := st.ImportBatch(ctx, rows, importing(c.Audience.Lists[0]))
		if err != nil || got.Suppressed != 3 || got.Joined != 0 {
			t.Errorf("import %+v, %v", got, err)
		}
		for i, want := range []audience.Reason{audience.HardBounce, audience.Complaint, audience.SoftBounces} {
			if r := reason(t, st, work[i].Subscriber.Email); r != want {
				t.Errorf("%d: %q", i, r)
			}
		}
	})
}

func TestLetterToIsTheLastThatLeft(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		_, work := sentTo(t, st, 1)
		for since, want := range map[time.Time]int64{tuesday.Add(-time.Hour): work[0].ID, tuesday.Add(time.Hour): 0} {
			if got, err := st.LetterTo(t.Context(), "P1@shop.test", since); err != nil || got != want {
				t.Errorf("since %s: %d, %v", since, got, err)
			}
		}
		if got, err := st.LetterTo(t.Context(), "stranger@shop.test", tuesday.Add(-time.Hour)); err != nil || got != 0 {
			t.Errorf("stranger: %d, %v", got, err)
		}
		if got, err := st.Addressee(t.Context(), work[0].ID); err != nil || got != "p1@shop.test" {
			t.Errorf("addressee %q, %v", got, err)
		}
	})
}

func TestLettersLeftInTheMailboxAreRemembered(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		for _, u := range []string{"1", "2", "2"} {
			must(t, st.SetSeen(ctx, "imap:a", u))
		}
		must(t, st.ForgetSeen(ctx, "imap:a", []string{"1", "9"}))
		got, err := st.Seen(ctx, "imap:a")
		if err != nil || len(got) != 1 || !got["2"] {
			t.Errorf("%v, %v", got, err)
		}
		if got, err := st.Seen(ctx, "imap:b"); err != nil || len(got) != 0 {
			t.Errorf("another mailbox: %v, %v", got, err)
		}
	})
}

func TestLettersOfAMailboxThatIsNoMoreAreForgotten(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx, day := t.Context(), 24*time.Hour
		clock.Set(tuesday)
		must(t, st.SetSeen(ctx, "imap:a life 1", "1"))
		must(t, st.SetSeen(ctx, "imap:a life 2", "1")) // and a person's answer lies there for months
		for range 4 {
			clock.Add(25 * day)
			_, err := st.Seen(ctx, "imap:a life 2")
			must(t, err)
			must(t, st.SweepSeen(ctx))
		}
		for mailbox, want := range map[string]int{"imap:a life 1": 0, "imap:a life 2": 1} {
			if got, err := st.Seen(ctx, mailbox); err != nil || len(got) != want {
				t.Errorf("%s: %v, %v; want %d", mailbox, got, err, want)
			}
		}
	})
}
