package trial

import (
	"math"
	"testing"
	"time"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s = %g; want %g ± %g", what, got, want, within)
	}
}

func TestStatisticsGiveThePublishedValues(t *testing.T) {
	// The Physicians' Health Study: Agresti, Categorical Data Analysis, 2nd ed., 3.1: z = 5.00, p < 0.0001.
	near(t, "aspirin", proportions(189, 11034, 104, 11037), 5.7e-7, 0.3e-7)
	// Fisher's tea taster, two-sided: Agresti 3.5.2, p = 0.486.
	near(t, "tea", fisher(3, 4, 1, 4), 0.4857, 0.0001)
	near(t, "tea, as proportions", proportions(3, 4, 1, 4), 0.4857, 0.0001)
	// R's documentation of fisher.test: convictions of twins (Fisher 1962), two-sided p = 0.0005367.
	near(t, "twins", fisher(10, 12, 3, 18), 0.0005367, 0.0000005)
	// Student's t, two-sided 5 %: NIST/SEMATECH e-Handbook, table 1.3.6.7.2.
	for df, want := range map[float64]float64{1: 12.706, 5: 2.571, 20: 2.086, 30: 2.042, 100: 1.984} {
		near(t, "t", tQuantile(0.975, df), want, 0.0006)
	}
	near(t, "z", quantile(0.975), 1.959964, 1e-6)
	// Wilson's interval of 1 in 10: Newcombe, Statistics in Medicine 17 (1998), method 3 gives 0.0179 to 0.4042.
	low, high := wilson(1, 10, 0.95)
	near(t, "low", low, 0.0179, 0.0001)
	near(t, "high", high, 0.4042, 0.0001)
	// Welch's t: en.wikipedia.org/wiki/Welch's_t-test, examples 1 and 2: p = 0.021 and 0.149; the means and variances there are rounded.
	near(t, "welch 1", welch(20.8, 7.9, 15, 23.0, 3.8, 15), 0.021, 0.002)
	near(t, "welch 2", welch(20.6, 9.0, 10, 22.1, 0.9, 20), 0.149, 0.006)
}

func TestSumsOfSquaresGiveTheVariance(t *testing.T) {
	a := Arm{People: 4, Cents: 1000, Squares: 1000 * 1000} // 0, 0, 0, 1000
	near(t, "variance", a.variance(), 250000, 1e-6)
	low, high := a.Interval(Revenue, 0.95)
	near(t, "low", low, 0, 0)
	near(t, "high", high, 250+3.182*250, 0.5)
}

func TestTheWinnerIsDecidedByTheRule(t *testing.T) {
	arm := func(v string, n, clicks int64) Arm { return Arm{Variant: v, People: n, Clicked: clicks} }
	rule := *Default()
	leads := rule
	leads.Close = Leader
	for _, c := range []struct {
		name   string
		rule   Rule
		arms   []Arm
		winner string
		why    Why
	}{
		{"a clear lead wins", rule, []Arm{arm("a", 1000, 50), arm("b", 1000, 100)}, "b", Clear},
		{"A may win as well", rule, []Arm{arm("a", 1000, 100), arm("b", 1000, 50)}, "a", Clear},
		{"a small lead is chance: A stays", rule, []Arm{arm("a", 1000, 50), arm("b", 1000, 55)}, "a", TooNear},
		{"a small lead is chance: the leader, where the rule says so", leads, []Arm{arm("a", 1000, 50), arm("b", 1000, 55)}, "b", TooNear},
		{"a tie is A's", leads, []Arm{arm("a", 1000, 50), arm("b", 1000, 50)}, "a", TooNear},
		{"a tie of two others is A's", leads, []Arm{arm("a", 1000, 10), arm("b", 1000, 50), arm("c", 1000, 50)}, "a", TooNear},
		{"nobody clicked", leads, []Arm{arm("a", 1000, 0), arm("b", 1000, 0)}, "a", Nothing},
		{"a variant reached nobody", leads, []Arm{arm("a", 1000, 9), arm("b", 0, 0)}, "a", Nobody},
		{"few people, a huge difference", rule, []Arm{arm("a", 10, 0), arm("b", 10, 9)}, "b", Clear},
		{"few people, some difference", rule, []Arm{arm("a", 10, 1), arm("b", 10, 4)}, "a", TooNear},
		{"what would do for two does not for five", rule, []Arm{arm("a", 1000, 50), arm("b", 1000, 73), arm("c", 1000, 50), arm("d", 1000, 50), arm("e", 1000, 50)}, "a", TooNear},
		{"the same with two", rule, []Arm{arm("a", 1000, 50), arm("b", 1000, 73)}, "b", Clear},
	} {
		if got := Decide(c.rule, c.arms); got.Winner != c.winner || got.Why != c.why {
			t.Errorf("%s: %s because %s (p %.4f); want %s because %s", c.name, got.Winner, got.Why, got.P, c.winner, c.why)
		}
	}
}

func TestMachineClicksAndOpensDecideNothing(t *testing.T) {
	got := Decide(*Default(), []Arm{{Variant: "a", People: 500}, {Variant: "b", People: 500, Machines: 400}})
	if got.Winner != A || got.Why != Nothing {
		t.Errorf("got %+v", got)
	}
}

func TestMoneyIsComparedOnlyWithEnoughBuyers(t *testing.T) {
	rule := *Default()
	rule.Measure = Revenue
	arm := func(v string, buyers int64) Arm {
		return Arm{Variant: v, People: 1000, Buyers: buyers, Cents: buyers * 4000, Squares: float64(buyers) * 4000 * 4000}
	}
	if got := Decide(rule, []Arm{arm("a", 1), arm("b", 15)}); got.Winner != A || got.Why != TooFew || got.Leader != "b" {
		t.Errorf("16 buyers decided: %+v", got)
	}
	if got := Decide(rule, []Arm{arm("a", 10), arm("b", 40)}); got.Winner != "b" || got.Why != Clear {
		t.Errorf("50 buyers did not: %+v", got)
	}
}

func TestOneInTwentyTestsWithoutADifferenceSeemsToHaveOneAtMost(t *testing.T) {
	// A sequence of the hash stands in for chance: the same on each run.
	rule, false1, n := *Default(), 0, 600
	for i := range n {
		arms := make([]Arm, 3)
		for k := range arms {
			arms[k] = Arm{Variant: Letters[k], People: 800}
			for p := range 800 {
				if Order(int64(p+1+k*800), int64(i+1))%100 < 6 {
					arms[k].Clicked++
				}
			}
		}
		if Decide(rule, arms).Why == Clear {
			false1++
		}
	}
	if share := float64(false1) / float64(n); share > 0.06 {
		t.Errorf("%.1f %% of tests without a difference found one; want 5 at most", share*100)
	}
}

func TestAssignmentIsUniformStableAndIndependentOfOtherMessages(t *testing.T) {
	const n = 60000
	for _, step := range []int64{1, 2, 64, 1000} { // numbers may have gaps
		var buckets [60]float64
		both := 0.0
		for i := range int64(n) {
			h := Order(1+i*step, 7)
			buckets[h%60]++
			if h%2 == 0 && Order(1+i*step, 8)%2 == 0 {
				both++
			}
		}
		chi := 0.0
		for _, b := range buckets {
			chi += (b - n/60) * (b - n/60) / (n / 60)
		}
		if chi > 98.3 || chi < 25 { // 59 degrees of freedom: beyond these once in a thousand
			t.Errorf("step %d: chi² is %.1f", step, chi)
		}
		near(t, "in the first half of two messages", both/n, 0.25, 0.01)
	}
	order, letter := Order(1, 1), Assign(5, 3, Letters[:2])
	for range 10 {
		if Order(1, 1) != order || Assign(5, 3, Letters[:2]) != letter {
			t.Error("the assignment is not stable")
		}
	}
	for _, id := range []int64{0, 1, 1 << 40} {
		if h := Order(id, id); h < 0 || h > Mask {
			t.Errorf("Order(%d) = %d", id, h)
		}
	}
}

func TestRulesOutsideTheBoundsAreRefused(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Rule){
		"share": func(r *Rule) { r.Share = 101 }, "no share": func(r *Rule) { r.Share = 0 }, "opens": func(r *Rule) { r.Measure = "opens" },
		"after": func(r *Rule) { r.After = time.Minute }, "days": func(r *Rule) { r.Measure, r.Days = Revenue, 0 },
		"confidence": func(r *Rule) { r.Confidence = 1 }, "NaN": func(r *Rule) { r.Confidence = math.NaN() }, "close": func(r *Rule) { r.Close = "b" },
	} {
		r := *Default()
		change(&r)
		if r.Validate() == nil {
			t.Errorf("%s: %+v was taken", name, r)
		}
	}
}

func TestSplitSharesPeopleOut(t *testing.T) {
	r := Rule{Share: 10}
	if each, wait := r.Split(12480, 2); each != 624 || wait != 11232 {
		t.Errorf("got 2 × %d, %d wait", each, wait)
	}
	near(t, "visible", Visible(1000, 0.05, 0.95, 2), 2.73, 0.01) // (1.960+0.842)·√(2·0.05·0.95/1000)
}
