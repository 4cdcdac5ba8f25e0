package dispatch

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/sending"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

var noon = time.Date(2026, 11, 17, 12, 0, 0, 0, time.UTC)

// eachFleet runs the test with a fleet on each database; rules and transports come from the pages.
func eachFleet(t *testing.T, test func(t *testing.T, f *fleet, clock *storetest.Clock)) {
	clock := storetest.NewClock(noon)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(noon)
		test(t, fleetOn(t, st), clock)
	})
}

func fleetOn(t testing.TB, st *store.Store) *fleet {
	t.Helper()
	links := link.New([]byte(strings.Repeat("k", 32)), "https://mail.tea.test")
	first := mailer.New(mailer.Config{Host: "127.0.0.1", Port: 9, TLS: mailer.TLSNone})
	t.Cleanup(func() { first.Close() })
	f := newFleet(st, links, first, Options{Transport: sending.Transport{Host: "127.0.0.1", Port: 9}})
	refit(t, f)
	return f
}

func refit(t testing.TB, f *fleet) {
	t.Helper()
	if err := f.refit(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (f *fleet) limit(t testing.TB, r sending.Rule) {
	t.Helper()
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := f.store.SaveLimit(context.Background(), &r); err != nil {
		t.Fatal(err)
	}
	refit(t, f)
}

func (f *fleet) add(t testing.TB, shape func(*sending.Transport)) int64 {
	t.Helper()
	tr := sending.Transport{Name: "Relay", Host: "127.0.0.1", Port: 9, TLS: mailer.TLSNone, Connections: 2, PerConnection: 100, TimeoutSeconds: 5, Weight: 1, Priority: 1, Enabled: true}
	shape(&tr)
	if err := tr.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := f.store.SaveTransport(context.Background(), &tr); err != nil {
		t.Fatal(err)
	}
	refit(t, f)
	return tr.ID
}

func (f *fleet) carrier(id int64) *carrier { return f.gate.plan.Load().carrier(id) }

func TestALongQueueForOneDomainIsTouchedAFewTimesAndHoldsNobodyUp(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		ctx := t.Context()
		f.limit(t, sending.Rule{Scope: sending.ScopeDomain, Name: "slow.test", Rates: sending.Rates{PerMinute: 600}})
		const n = 10_000
		const step = 100 * time.Millisecond
		due, waiting := map[int][]int{}, n // the letters of each step from noon
		others, touched, sent := 0, make([]int, n), 0
		for i := range n {
			if ok, _ := f.gate.admit(ctx, 0, bulk, "hello@tea.test", fmt.Sprintf("p%d@fast.test", i)); ok {
				others++
			}
			due[0] = append(due[0], i)
		}
		if others != n {
			t.Fatalf("%d of %d others may leave at once", others, n)
		}
		for now := 0; waiting > 0 && clock.Now().Before(noon.Add(time.Hour)); now++ {
			for _, i := range due[now] {
				touched[i]++
				if ok, again := f.gate.admit(ctx, 0, bulk, "hello@tea.test", "p@slow.test"); ok {
					sent++
					waiting--
				} else {
					at := max(now+1, int((again.Sub(noon)+step-1)/step))
					due[at] = append(due[at], i)
				}
			}
			delete(due, now)
			clock.Add(step)
		}
		took, most, sum := clock.Now().Sub(noon), 0, 0
		for _, times := range touched {
			most, sum = max(most, times), sum+times
		}
		if sent != n || math.Abs(took.Seconds()-1000) > 50 || most > 5 || sum > 3*n {
			t.Errorf("%d letters in %s, each touched %d times at most, %d in all; want %d in 1000 s, 5 times at most", sent, took, most, sum, n)
		}
	})
}

func TestALimitOfTheSenderAndOfAllHoldTogether(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		f.limit(t, sending.Rule{Scope: sending.ScopeSender, Name: "News@Tea.test", Rates: sending.Rates{PerHour: 30}})
		f.limit(t, sending.Rule{Scope: sending.ScopeAll, Rates: sending.Rates{PerDay: 100}})
		count := func(sender string) (n int, again time.Time) {
			for {
				ok, at := f.gate.admit(t.Context(), 0, bulk, sender, "p@shop.test")
				if !ok {
					return n, at
				}
				n++
			}
		}
		if n, again := count("news@tea.test"); n != 30 || again.After(noon.Add(sending.LimitWait)) {
			t.Errorf("the limited sender: %d letters, again at %s; want 30, in ten minutes at most", n, again)
		}
		if n, again := count("other@tea.test"); n != 70 || again.After(noon.Add(sending.LimitWait)) {
			t.Errorf("all: %d more letters, again at %s; want 70, in ten minutes at most", n, again)
		}
		clock.Add(24 * time.Hour)
		if n, _ := count("news@tea.test"); n != 30 {
			t.Errorf("on the next day %d letters; want 30", n)
		}
	})
}

func TestTheConfigurationHasTheLastWord(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, _ *storetest.Clock) {
		f.gate.rules = []sending.Rule{{Scope: sending.ScopeDomain, Name: "shop.test", Rates: sending.Rates{PerDay: 1}, Fixed: true}}
		f.limit(t, sending.Rule{Scope: sending.ScopeDomain, Name: "shop.test", Rates: sending.Rates{PerDay: 50}})
		f.gate.admit(t.Context(), 0, bulk, "a@tea.test", "p@shop.test")
		if ok, _ := f.gate.admit(t.Context(), 0, bulk, "a@tea.test", "p@shop.test"); ok {
			t.Error("a second letter may leave though the configuration allows one")
		}
	})
}

func TestTheNextTransportTakesOverAndGivesBack(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		ctx := t.Context()
		spare := f.carrier(f.add(t, func(tr *sending.Transport) { tr.Priority = 2 }))
		first := f.carrier(0)
		may := func(c *carrier) bool { ok, _ := f.gate.turn(ctx, c); return ok }
		if !may(first) || may(spare) {
			t.Fatal("the spare transport takes letters while the first is well")
		}
		down := mailer.Outcome{State: mailer.Transport, Stage: mailer.StageConnect, Reply: "connection refused"}
		for range 3 {
			f.gate.told(ctx, first, "p@shop.test", down)
		}
		if may(first) || !may(spare) {
			t.Error("after three failures the spare transport does not take over")
		}
		ill, err := f.store.IllTransports(ctx)
		if err != nil || ill[0].Why != "connection refused" {
			t.Errorf("the pages know %+v, %v", ill, err)
		}
		clock.Add(2 * time.Second)
		if !may(first) || may(first) || !may(spare) {
			t.Error("a trial is not one letter, or stops the spare")
		}
		f.gate.told(ctx, first, "p@shop.test", mailer.Outcome{State: mailer.Refused, Code: 550, Stage: mailer.StageRcpt})
		if !may(first) || may(spare) {
			t.Error("after an answer the first does not take letters again")
		}
		if ill, err = f.store.IllTransports(ctx); err != nil || len(ill) != 0 {
			t.Errorf("the pages know %+v, %v", ill, err)
		}
	})
}

func TestATransportAtItsQuotaLetsTheNextOneSend(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		ctx := t.Context()
		best := f.carrier(f.add(t, func(tr *sending.Transport) { tr.Priority, tr.WarmUp, tr.FirstDay = 1, "20 40", "2026-11-17" }))
		f.configured.Priority = 2
		f.gate.plan.Load().version = -1
		refit(t, f)
		best, next := f.carrier(best.ID), f.carrier(0)
		sent := func() (a, b int) {
			for range 100 {
				if ok, _ := f.gate.turn(ctx, best); ok {
					a++
				} else if ok, _ := f.gate.turn(ctx, next); ok {
					b++
				}
			}
			return a, b
		}
		if a, b := sent(); a != 20 || b != 80 {
			t.Errorf("first day: %d and %d letters; want 20 and 80", a, b)
		}
		name := fmt.Sprintf("transport:%d:%s", best.ID, WarmUpName(clock.Now(), time.UTC))
		if used, err := f.store.Used(ctx, []string{name}); err != nil || used[name] != 20 {
			t.Errorf("the pages know %v, %v", used, err)
		}
		clock.Add(24 * time.Hour)
		refit(t, f)
		if best = f.carrier(best.ID); best.line == nil {
			t.Fatal("no warm-up on its second day")
		}
		if a, _ := sent(); a != 40 {
			t.Errorf("second day: %d letters; want 40", a)
		}
		clock.Add(24 * time.Hour)
		refit(t, f)
		best = f.carrier(best.ID)
		if a, _ := sent(); a != 100 {
			t.Errorf("after the warm-up: %d letters; want all 100", a)
		}
	})
}

func TestAPacedTransportHoldsItsEqualsNotUp(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		paced := f.carrier(f.add(t, func(tr *sending.Transport) { tr.PerSecond = 2 }))
		free := f.carrier(0)
		got := map[*carrier]int{}
		for range 1000 {
			for _, c := range []*carrier{paced, free} {
				if ok, _ := f.gate.turn(t.Context(), c); ok {
					got[c]++
				}
			}
			clock.Add(10 * time.Millisecond)
		}
		if got[paced] < 18 || got[paced] > 23 || got[free] < 950 {
			t.Errorf("%d by the paced one and %d by the other; want 20 and nearly 1000", got[paced], got[free])
		}
	})
}

func TestADomainThatSaysTooManyIsSlowedDownAlone(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		ctx, c := t.Context(), f.carrier(0)
		f.gate.told(ctx, c, "p@Busy.test", mailer.Outcome{State: mailer.Transport, Code: 421, Enhanced: "4.7.28", Stage: mailer.StageRcpt, Reply: "4.7.28 unusual rate of mail"})
		if !c.sound.Load() {
			t.Error("a rate answer is a failure of the transport")
		}
		if ok, again := f.gate.admit(ctx, 0, bulk, "a@tea.test", "q@busy.test"); ok || again.Before(noon.Add(10*time.Second)) {
			t.Errorf("the domain is not given a rest: %v, %s", ok, again)
		}
		for _, to := range []string{"q@calm.test", "q@other.test"} {
			if ok, _ := f.gate.admit(ctx, 0, bulk, "a@tea.test", to); !ok {
				t.Errorf("%s has to wait too", to)
			}
		}
		clock.Add(time.Hour)
		refit(t, f)
		if f.gate.slowed.Load() != 0 {
			t.Error("after an hour of content the domain is still slowed down")
		}
	})
}

func TestWhatIsAnAnswerAboutTheRate(t *testing.T) {
	for _, c := range []struct {
		o    mailer.Outcome
		want bool
	}{
		{mailer.Outcome{Code: 454, Stage: mailer.StageRcpt}, true},
		{mailer.Outcome{Code: 451, Enhanced: "4.7.1", Stage: mailer.StageDone}, true},
		{mailer.Outcome{Code: 421, Enhanced: "4.7.0", Stage: mailer.StageMail}, true},
		{mailer.Outcome{Code: 450, Reply: "Too many messages, slow down", Stage: mailer.StageRcpt}, true},
		{mailer.Outcome{Code: 452, Reply: "Sending rate exceeded", Stage: mailer.StageRcpt}, true},
		{mailer.Outcome{Code: 421, Reply: "too many connections", Stage: mailer.StageConnect}, false},
		{mailer.Outcome{Code: 454, Enhanced: "4.7.0", Reply: "authentication", Stage: mailer.StageConnect}, false},
		{mailer.Outcome{Code: 452, Enhanced: "4.2.2", Reply: "mailbox has too many messages", Stage: mailer.StageRcpt}, false},
		{mailer.Outcome{Code: 550, Enhanced: "5.7.1", Reply: "rate", Stage: mailer.StageRcpt}, false},
		{mailer.Outcome{Code: 451, Reply: "cannot generate a corporate id", Stage: mailer.StageRcpt}, false},
		{mailer.Outcome{Code: 250, Reply: "rate ok", Stage: mailer.StageDone}, false},
	} {
		if got := tooFast(c.o); got != c.want {
			t.Errorf("%d %s %q at %s: %v", c.o.Code, c.o.Enhanced, c.o.Reply, c.o.Stage, got)
		}
	}
}

func TestAChangeTakesEffectWhileRunningAndKeepsTheRest(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, _ *storetest.Clock) {
		ctx := t.Context()
		f.limit(t, sending.Rule{Scope: sending.ScopeDomain, Name: "kept.test", Rates: sending.Rates{PerDay: 100}})
		id := f.add(t, func(tr *sending.Transport) { tr.Password = f.links.Seal(sending.PasswordUse, "hunter2") })
		kept, before := f.gate.plan.Load().domains["kept.test"], f.carrier(id)
		f.limit(t, sending.Rule{Scope: sending.ScopeDomain, Name: "new.test", Rates: sending.Rates{PerDay: 1}})
		if f.gate.plan.Load().domains["kept.test"] != kept || f.carrier(id).pool != before.pool {
			t.Error("a change elsewhere throws away a queue or connections")
		}
		tr := before.Transport
		tr.Connections = 7
		if err := f.store.SaveTransport(ctx, &tr); err != nil {
			t.Fatal(err)
		}
		refit(t, f)
		if f.carrier(id).pool == before.pool || f.carrier(id).Connections != 7 {
			t.Error("other connections are not opened for a changed server")
		}
		if err := f.store.EnableTransport(ctx, id, false); err != nil {
			t.Fatal(err)
		}
		refit(t, f)
		if f.carrier(id) != nil {
			t.Error("a transport that is turned off is used")
		}
		f.only = true
		f.add(t, func(*sending.Transport) {})
		if len(f.gate.plan.Load().carriers) != 1 {
			t.Error("letters that must stay on this machine have another way out")
		}
	})
}

var (
	refused    = mailer.Outcome{State: mailer.Transport, Stage: mailer.StageConnect, Reply: "connection refused"}
	greylisted = mailer.Outcome{State: mailer.Later, Code: 450, Enhanced: "4.7.1", Stage: mailer.StageRcpt, Reply: "greylisted"}
	taken      = mailer.Outcome{State: mailer.Sent, Code: 250, Stage: mailer.StageDone}
)

func TestAClockSetBackHoldsNoLimitUp(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		f.limit(t, sending.Rule{Scope: sending.ScopeAll, Rates: sending.Rates{PerMinute: 600}})
		f.limit(t, sending.Rule{Scope: sending.ScopeDomain, Name: "b.test", Rates: sending.Rates{PerDay: 30}})
		left := func(f *fleet) (n int) {
			for range 100 {
				if ok, _ := f.gate.admit(t.Context(), 0, bulk, "hello@tea.test", "a@b.test"); ok {
					n++
				}
				clock.Add(100 * time.Millisecond)
			}
			return n
		}
		if n := left(f); n != 30 {
			t.Fatalf("%d letters left; want 30", n)
		}
		clock.Set(noon.Add(-6 * time.Hour))
		if n := left(f); n != 30 {
			t.Errorf("after the clock was set back %d letters left; want 30", n)
		}
		clock.Set(noon.Add(-12 * time.Hour))
		if n := left(fleetOn(t, f.store)); n != 30 {
			t.Errorf("set back again and begun anew %d letters left; want 30", n)
		}
	})
}

func TestATrialThatMeetsARateAnswerOpensTheServer(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		ctx, c := t.Context(), f.carrier(0)
		for range 3 {
			f.gate.told(ctx, c, "a@b.test", refused)
		}
		clock.Add(5 * time.Second)
		if ok, _ := f.gate.turn(ctx, c); !ok {
			t.Fatal("no trial")
		}
		f.gate.told(ctx, c, "a@b.test", greylisted)
		if ok, _ := f.gate.turn(ctx, c); !ok {
			t.Error("a server that answers is left alone")
		}
		if ok, _ := f.gate.admit(ctx, 0, bulk, "hello@tea.test", "c@b.test"); ok {
			t.Error("the domain is not slowed down")
		}
	})
}

func TestTheRoomOfALetterThatDidNotLeaveIsTheNextOnes(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, _ *storetest.Clock) {
		ctx := t.Context()
		c := f.carrier(f.add(t, func(tr *sending.Transport) { tr.Priority, tr.PerDay = 1, 1 }))
		may := func() bool { ok, _ := f.gate.turn(ctx, c); return ok }
		if !may() || may() {
			t.Fatal("not one letter a day")
		}
		if f.gate.back(c); !may() || may() {
			t.Error("room that was given back is lost, or grew")
		}
	})
}

func TestALetterThatWaitsAsksAgainWithinMinutes(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		f.limit(t, sending.Rule{Scope: sending.ScopeDomain, Name: "limited.test", Rates: sending.Rates{PerDay: 100}})
		f.gate.told(t.Context(), f.carrier(0), "a@grey.test", greylisted)
		for domain, most := range map[string]time.Duration{"limited.test": sending.LimitWait, "grey.test": sending.SlowWait} {
			waits := 0
			for range 50_000 {
				ok, again := f.gate.admit(t.Context(), 0, bulk, "hello@tea.test", "p@"+domain)
				if again.Sub(noon) > most {
					t.Fatalf("a letter to %s waits for %s", domain, again.Sub(noon))
				}
				if !ok {
					waits++
				}
			}
			if waits < 49_900 {
				t.Errorf("%d of 50000 letters to %s wait", waits, domain)
			}
		}
		clock.Add(3 * time.Minute)
		if ok, _ := f.gate.admit(t.Context(), 0, bulk, "hello@tea.test", "p@grey.test"); !ok {
			t.Error("three minutes after one greylisting a letter must still wait")
		}
	})
}

func TestAnEventsLetterWaitsForTheNextSlotAndNotBehindABulk(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		f.limit(t, sending.Rule{Scope: sending.ScopeAll, Rates: sending.Rates{PerMinute: 60}})
		f.gate.told(t.Context(), f.carrier(0), "a@grey.test", greylisted)
		ask := func(r rank, to string) (bool, time.Duration) {
			ok, again := f.gate.admit(t.Context(), 0, r, "hello@tea.test", to)
			return ok, again.Sub(clock.Now())
		}
		for _, to := range []string{"p@shop.test", "p@grey.test"} {
			for range 5000 {
				ask(bulk, to)
			}
		}
		for _, r := range []rank{event, person} {
			if ok, wait := ask(r, "p@shop.test"); ok || wait > time.Second {
				t.Errorf("rank %d: %v, again in %s; want the next slot, within a second", r, ok, wait)
			}
			if ok, wait := ask(r, "p@grey.test"); ok || wait > 15*time.Second {
				t.Errorf("rank %d: %v, again in %s; want the end of the rest", r, ok, wait)
			}
		}
		clock.Add(time.Second)
		if ok, _ := ask(event, "p@shop.test"); !ok {
			t.Error("the next slot is not for who asks first")
		}
	})
}

func TestThePagesDoNotSayForEverThatAServerIsLeftAlone(t *testing.T) {
	eachFleet(t, func(t *testing.T, f *fleet, clock *storetest.Clock) {
		ctx := t.Context()
		id := f.add(t, func(*sending.Transport) {})
		ill := func(f *fleet, id int64) bool {
			for range 3 {
				f.gate.told(ctx, f.carrier(id), "a@b.test", refused)
			}
			return known(t, f, id)
		}
		if !ill(f, 0) || !ill(f, id) {
			t.Fatal("the pages do not know")
		}
		g := fleetOn(t, f.store) // the process begins anew
		g.gate.told(ctx, g.carrier(0), "a@b.test", taken)
		if known(t, f, 0) {
			t.Error("a letter was taken, and the pages say that the server is left alone")
		}
		tr := g.carrier(id).Transport
		tr.PerDay = 1000
		if err := f.store.SaveTransport(ctx, &tr); err != nil {
			t.Fatal(err)
		}
		refit(t, f)
		if ok, _ := f.gate.turn(ctx, f.carrier(id)); known(t, f, id) || !ok {
			t.Error("a server that was set up anew is left alone")
		}
		if !ill(g, 0) {
			t.Fatal("the pages do not know of the second time")
		}
		clock.Add(time.Hour) // no process tried it
		if known(t, f, 0) {
			t.Error("what nobody has found for an hour is said still")
		}
	})
}

// known reports whether the pages say that a transport is left alone.
func known(t *testing.T, f *fleet, id int64) bool {
	t.Helper()
	all, err := f.store.IllTransports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, is := all[id]
	return is
}

func BenchmarkTheGateWhereNothingIsLimited(b *testing.B) {
	f := fleetOn(b, storetest.SQLite(b, nil))
	c, ctx := f.carrier(0), b.Context()
	sent := mailer.Outcome{State: mailer.Sent, Code: 250, Stage: mailer.StageDone}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			f.gate.turn(ctx, c)
			f.gate.admit(ctx, 0, bulk, "hello@tea.test", "p@shop.test")
			f.gate.told(ctx, c, "p@shop.test", sent)
		}
	})
}

func BenchmarkTheGateForADomainWithoutALimit(b *testing.B) {
	f := fleetOn(b, storetest.SQLite(b, nil))
	f.limit(b, sending.Rule{Scope: sending.ScopeDomain, Name: "other.test", Rates: sending.Rates{PerMinute: 60}})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			f.gate.admit(b.Context(), 0, bulk, "hello@tea.test", "p@shop.test")
		}
	})
}
