package sending_test

import (
	"math"
	"testing"
	"time"

	"keepsake/campaigns/sending"
)

var noon = time.Date(2026, 11, 17, 12, 0, 0, 0, time.UTC)

// flow sends as fast as three processes with a pace in common may, looking each so often.
func flow(r sending.Rates, look, span time.Duration) (sent int, burst int) {
	p := r.Pace()
	var next time.Time
	var held [3]sending.Slots
	var last []time.Time
	for now := noon; now.Before(noon.Add(span)); now = now.Add(look) {
		for i := range held {
			for {
				if !p.Ready(&held[i], now) {
					if held[i].N == 0 {
						held[i], next = p.Grant(next, now)
					}
					if !p.Ready(&held[i], now) {
						break
					}
				}
				p.Take(&held[i])
				sent, last = sent+1, append(last, now)
			}
		}
		n := 0
		for _, at := range last {
			if now.Sub(at) < time.Second {
				n++
			}
		}
		burst = max(burst, n)
	}
	return sent, burst
}

func TestAPaceHoldsForThreeProcesses(t *testing.T) {
	for _, c := range []struct {
		rates sending.Rates
		look  time.Duration
		span  time.Duration
		want  float64
		burst int
	}{
		{sending.Rates{PerMinute: 60}, 200 * time.Millisecond, 10 * time.Minute, 600, 4},
		{sending.Rates{PerMinute: 60}, 1300 * time.Millisecond, 10 * time.Minute, 600, 4},
		{sending.Rates{PerSecond: 10}, 50 * time.Millisecond, time.Minute, 600, 16},
		{sending.Rates{PerSecond: 0.5}, time.Second, 10 * time.Minute, 300, 2},
		{sending.Rates{PerSecond: 2, PerMinute: 60}, time.Second, 5 * time.Minute, 300, 4},
		{sending.Rates{PerSecond: 1000}, 10 * time.Millisecond, 10 * time.Second, 10_000, 1500},
	} {
		got, burst := flow(c.rates, c.look, c.span)
		if math.Abs(float64(got)-c.want) > c.want*0.05 || burst > c.burst {
			t.Errorf("%+v: %d letters, %d within a second; want %.0f ± 5 %%, at most %d", c.rates, got, burst, c.want, c.burst)
		}
	}
}

func TestAQuotaIsNeverExceeded(t *testing.T) {
	q := sending.Rates{PerHour: 500}.Quotas()[0]
	var w sending.Window
	sent := int64(0)
	var p sending.Part
	for {
		if p, w = q.Grant(w, noon); p.N == 0 {
			break
		}
		sent += p.N
	}
	if sent != 500 || !p.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("%d letters, then wait until %s; want 500, an hour from the first", sent, p.Until)
	}
	if p, w = q.Grant(w, noon.Add(time.Hour)); p.N == 0 || !w.Start.Equal(noon.Add(time.Hour)) {
		t.Errorf("a new hour gave %+v, %+v", p, w)
	}
	if p, _ = q.Grant(w, noon); p.N == 0 {
		t.Error("a clock set back ends the window")
	}
	if p, _ = (sending.Quota{Most: 10, Window: time.Hour}).Grant(sending.Window{Start: noon, Used: 400}, noon); p.N != 0 {
		t.Error("a limit made lower gives more")
	}
}

func TestEachWaitingLetterHasAMomentOfItsOwn(t *testing.T) {
	for rates, want := range map[sending.Rates]time.Duration{
		{PerMinute: 60}: time.Second, {PerHour: 100}: 36 * time.Second, {PerSecond: 5, PerDay: 86400}: time.Second, {}: 0,
	} {
		if got := rates.Step(); got != want {
			t.Errorf("%+v: a step of %s, want %s", rates, got, want)
		}
	}
	var c sending.Cursor
	for i := range 3 {
		if at := c.Next(noon, time.Second, noon, time.Minute); !at.Equal(noon.Add(time.Duration(i) * time.Second)) {
			t.Errorf("letter %d waits until %s", i, at)
		}
	}
	c.Reset()
	if at := c.Next(noon, time.Second, noon, time.Minute); !at.Equal(noon) {
		t.Errorf("after a silence the first waits until %s", at)
	}
	late := map[time.Time]bool{}
	for range 1000 {
		if at := c.Next(noon.Add(24*time.Hour), time.Hour, noon, time.Minute); at.Before(noon.Add(30*time.Second)) || at.After(noon.Add(time.Minute)) {
			t.Fatalf("a letter of a far queue asks again at %s; want half a minute to a minute", at)
		} else {
			late[at.Truncate(time.Second)] = true
		}
	}
	if len(late) < 30 {
		t.Errorf("those of a far queue ask in %d of 30 seconds", len(late))
	}
}

func TestAnIllTransportIsLeftAloneAndTriedWithOneLetter(t *testing.T) {
	var h sending.Health
	if h.Failed(noon, "a"); h.Failed(noon, "b") || !h.May(noon) {
		t.Fatal("two failures end it")
	}
	if h.Worked() {
		t.Error("a success changes the standing of a healthy transport")
	}
	for range 3 {
		h.Failed(noon, "no answer")
	}
	if h.Well() || h.May(noon.Add(time.Second)) || !h.May(noon.Add(2*time.Second)) {
		t.Fatalf("after three failures: %+v", h)
	}
	h.Failed(noon.Add(time.Second), "one that was on its way")
	if !h.May(noon.Add(2 * time.Second)) {
		t.Error("a letter on its way made the pause longer")
	}
	var at time.Time
	for _, want := range []time.Duration{4, 8, 16, 32, 60, 60} {
		at = h.Trial
		if h.Try(at); h.May(at) {
			t.Error("two letters try at once")
		}
		if !h.Failed(at, "no answer") || h.Trial.Sub(at) != want*time.Second {
			t.Errorf("a failed trial waits %s, want %d s", h.Trial.Sub(at), want)
		}
	}
	at = h.Trial
	if h.Try(at); !h.Trying(at) {
		t.Error("nobody knows of a trial on its way")
	}
	if h.Forgo(at); h.Trying(at) || !h.May(at) {
		t.Error("after a trial that came to nothing none may try")
	}
	h.Try(h.Trial)
	if !h.May(h.Trial) && h.Trial.Sub(at) > time.Hour {
		t.Error("a trial without an answer is never repeated")
	}
	if !h.Worked() || !h.Well() || !h.May(noon) {
		t.Errorf("after a success: %+v", h)
	}
}

func TestLettersAreSharedByPriorityAndWeight(t *testing.T) {
	all := []sending.Bidder{{ID: 1, Priority: 1, Weight: 3, Able: true}, {ID: 2, Priority: 1, Weight: 1, Able: true}, {ID: 3, Priority: 2, Weight: 1, Able: true}}
	run := func(turns *sending.Turns, from time.Time, ask ...int64) map[int64]int {
		got := map[int64]int{}
		for i := range 8000 {
			for _, id := range ask {
				if turns.Mine(id, all, from.Add(time.Duration(i)*time.Millisecond)) {
					got[id]++
				}
			}
		}
		return got
	}
	var turns sending.Turns
	got := run(&turns, noon, 1, 2, 3)
	if share := float64(got[1]) / float64(got[2]); math.Abs(share-3) > 0.1 || got[3] != 0 {
		t.Errorf("shares %v; want three to one, and none for the lower priority", got)
	}
	if got := run(&turns, noon.Add(time.Minute), 2); got[2] < 6900 {
		t.Errorf("the only one that asks got %d of 8000", got[2])
	}
	if got := run(&turns, noon.Add(2*time.Minute), 1, 2); math.Abs(float64(got[1])/float64(got[2])-3) > 0.2 {
		t.Errorf("what was missed is made up for: %v", got)
	}
	all[0].Able, all[1].Able = false, false
	if got := run(&turns, noon.Add(3*time.Minute), 1, 2, 3); got[3] != 8000 || got[1]+got[2] != 0 {
		t.Errorf("with both ill: %v; want all for the third", got)
	}
}

func TestADomainThatAsksForLessGetsLessAndThenMore(t *testing.T) {
	var s sending.Slow
	s.Rated(noon, 0)
	s.Rated(noon.Add(time.Second), 0)
	if again, ok := s.Ready(noon.Add(time.Second)); ok || !again.Equal(noon.Add(15*time.Second)) {
		t.Errorf("after a rate answer again at %s, %v", again, ok)
	}
	sent := func(from, span time.Duration) (n int) {
		for at := from; at < from+span; at += 10 * time.Millisecond {
			if _, ok := s.Ready(noon.Add(at)); ok {
				s.Take(noon.Add(at))
				n++
			}
		}
		return n
	}
	if n := sent(15*time.Second, 10*time.Second); n < 45 || n > 51 {
		t.Errorf("%d letters in ten seconds; want 50", n)
	}
	s.Rated(noon.Add(25*time.Second), 0)
	if n := sent(25*time.Second, 30*time.Second); n != 0 {
		t.Errorf("%d letters in the second rest", n)
	}
	if n := sent(55*time.Second, 10*time.Second); n < 22 || n > 26 {
		t.Errorf("%d letters in ten seconds; want 25", n)
	}
	if s.Over(noon.Add(time.Minute)) || !s.Over(noon.Add(10*time.Minute)) {
		t.Error("the slow-down does not end when the domain is content")
	}
}

func TestAWarmUpLimitsEachOfItsDays(t *testing.T) {
	sofia, err := time.LoadLocation("Europe/Sofia")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := sending.ParsePlan("50, 100\n200")
	if err != nil || plan.String() != "50 100 200" {
		t.Fatalf("plan %q, %v", plan, err)
	}
	tr := sending.Transport{WarmUp: plan.String(), FirstDay: "2026-10-24"} // the second day has 25 hours
	for at, want := range map[string]struct {
		day  int
		most int64
		ok   bool
	}{
		"2026-10-23T20:59:00Z": {0, 0, true}, "2026-10-23T21:00:00Z": {1, 50, true}, "2026-10-24T21:00:00Z": {2, 100, true},
		"2026-10-25T21:59:00Z": {2, 100, true}, "2026-10-25T22:00:00Z": {3, 200, true}, "2026-10-26T22:00:00Z": {4, 0, false},
	} {
		now, _ := time.Parse(time.RFC3339, at)
		if day, most, ok := tr.Today(now, sofia); day != want.day || most != want.most || ok != want.ok {
			t.Errorf("%s: day %d, most %d, %v; want %+v", at, day, most, ok, want)
		}
	}
	for _, bad := range []string{"0 5", "1 99999999999999999999"} {
		if _, err := sending.ParsePlan(bad); err == nil {
			t.Errorf("%q is a plan", bad)
		}
	}
}

func TestARuleIsTidiedOrRefused(t *testing.T) {
	r := sending.Rule{Scope: sending.ScopeDomain, Name: " @Пример.БГ ", Rates: sending.Rates{PerMinute: 1}}
	if err := r.Validate(); err != nil || r.Name != "xn--e1afmkfd.xn--90ae" {
		t.Errorf("%q, %v", r.Name, err)
	}
	for _, bad := range []sending.Rule{
		{Scope: "domain", Name: "gmail", Rates: sending.Rates{PerDay: 1}}, {Scope: "sender", Name: "tea.test", Rates: sending.Rates{PerDay: 1}},
		{Scope: "all"}, {Scope: "moon", Rates: sending.Rates{PerDay: 1}}, {Scope: "all", Rates: sending.Rates{PerDay: -1}},
		{Scope: "all", Rates: sending.Rates{PerSecond: math.NaN()}},
	} {
		if err := bad.Validate(); err == nil {
			t.Errorf("%+v is a rule", bad)
		}
	}
}

func TestAClockSetBackStallsNothing(t *testing.T) {
	early := noon.Add(-6 * time.Hour)
	pace := sending.Rates{PerMinute: 600}.Pace()
	_, next := pace.Grant(time.Time{}, noon)
	if got, next := pace.Grant(next, early); got.N == 0 || next.After(early.Add(time.Second)) {
		t.Errorf("six hours earlier %+v, the next at %s; want slots at once", got, next)
	}
	if got, _ := pace.Grant(noon.Add(5*time.Second), noon); got.N != 0 {
		t.Error("clocks a few seconds apart give each other's slots out twice")
	}
	q := sending.Rates{PerDay: 10}.Quotas()[0]
	if p, w := q.Grant(sending.Window{Start: noon, Used: 10}, early); p.N == 0 || !w.Start.Equal(early) {
		t.Errorf("a window that begins in the future gives %+v, %+v; want a new one", p, w)
	}
	if p, _ := q.Grant(sending.Window{Start: noon.Add(time.Second), Used: 10}, noon); p.N != 0 {
		t.Error("clocks a second apart begin a window anew")
	}
	var h sending.Health
	for range 3 {
		h.Failed(noon, "no answer")
	}
	if !h.May(early) {
		t.Error("an ill transport is left alone for hours")
	}
	if h.Try(early); h.May(early) || !h.Trying(early) || h.Trying(early.Add(-time.Hour)) {
		t.Error("the trial is not one letter, or waited for too long")
	}
	for _, answered := range []time.Duration{0, -time.Minute} { // still resting, and at its slow pace
		var s sending.Slow
		s.Rated(noon.Add(answered), 0)
		s.Ready(noon)
		if _, ok := s.Ready(early); !ok {
			t.Errorf("a domain that answered at %s rests for hours", answered)
		}
		if !s.Over(early.Add(10 * time.Minute)) {
			t.Error("its slow-down ends hours later")
		}
	}
}
