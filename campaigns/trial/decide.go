package trial

import (
	"math"
	"slices"
)

// Arm is what became of one variant.
type Arm struct {
	Variant   string  `json:"variant"`
	People    int64   `json:"people"`    // who got it
	Clicked   int64   `json:"clicked"`   // of them, by people
	Machines  int64   `json:"machines"`  // letters that only machines clicked; never counted
	Responded int64   `json:"responded"` // of them
	Buyers    int64   `json:"buyers"`    // who ordered after a click, net of refunds
	Cents     int64   `json:"cents"`     // of those orders
	Squares   float64 `json:"squares"`   // the sum of each person's revenue squared, in cents²
}

// hits is what the measure counts of an arm's people.
func (a Arm) hits(measure string) int64 {
	if measure == Responses {
		return a.Responded
	}
	return a.Clicked
}

// Value is the figure by which a variant is judged: a share from 0 to 1, or cents a person.
func (a Arm) Value(measure string) float64 {
	if a.People == 0 {
		return 0
	}
	if measure == Revenue {
		return float64(a.Cents) / float64(a.People)
	}
	return float64(a.hits(measure)) / float64(a.People)
}

// variance is that of one person's revenue, in cents².
func (a Arm) variance() float64 {
	if a.People < 2 {
		return 0
	}
	n, mean := float64(a.People), a.Value(Revenue)
	return max(0, (a.Squares-n*mean*mean)/(n-1))
}

// Interval is where the variant's true value lies with that confidence: Wilson's score
// interval for a share, Student's t for revenue.
func (a Arm) Interval(measure string, confidence float64) (low, high float64) {
	if a.People == 0 {
		return 0, 0
	}
	if measure == Revenue {
		if a.People < 2 {
			return 0, 0
		}
		mean, half := a.Value(measure), tQuantile(1-(1-confidence)/2, float64(a.People-1))*math.Sqrt(a.variance()/float64(a.People))
		return max(0, mean-half), mean + half
	}
	return wilson(a.hits(measure), a.People, confidence)
}

// Verdict is how a test ended, or how it stands.
type Verdict struct {
	Winner string  `json:"winner"` // a variant
	Leader string  `json:"leader"` // the one that is ahead; "" when none is
	Why    Why     `json:"why"`
	P      float64 `json:"p"` // how likely so large a lead is by chance alone, corrected for several comparisons; 1 when nothing can be said
}

// Why is the reason of a verdict.
type Why string

// The reasons.
const (
	Clear   Why = "clear"   // the winner's lead is larger than chance would make it
	TooNear Why = "close"   // no lead beyond chance
	Nothing Why = "nothing" // nobody clicked, answered or bought at all
	Nobody  Why = "nobody"  // a variant reached nobody
	ByHand  Why = "hand"    // a person chose
	TooFew  Why = "few"     // fewer buyers than a comparison of money needs
)

// fewBuyers is how many must have ordered in all before money is compared: a single large
// order would decide otherwise, and Welch's test leans on averages of many.
const fewBuyers = 20

// Decide names the winner. The variant that is ahead wins when it beats each other one
// beyond chance: shares by the two-proportion z-test (by Fisher's exact test where a count
// below five is expected), revenue by Welch's t-test over every person's revenue, zeros
// included, since variants' spreads differ and the means of some hundred people are near
// enough to normal; a bootstrap would say the same at many times the cost, and not twice
// alike. As the leader is not known beforehand every pair counts as a comparison
// (Bonferroni): p times k(k−1)/2. Otherwise A stays, or the leader is taken, as the rule says.
func Decide(r Rule, arms []Arm) Verdict {
	if len(arms) < 2 || slices.ContainsFunc(arms, func(a Arm) bool { return a.People == 0 }) {
		return Verdict{Winner: A, Why: Nobody, P: 1}
	}
	order := slices.Clone(arms)
	slices.SortStableFunc(order, func(a, b Arm) int { return compare(b.Value(r.Measure), a.Value(r.Measure)) })
	best := order[0]
	if best.Value(r.Measure) <= 0 {
		return Verdict{Winner: A, Why: Nothing, P: 1}
	}
	v := Verdict{Winner: A, Why: TooNear, P: r.chance(order)}
	if best.Value(r.Measure) > order[1].Value(r.Measure) {
		v.Leader = best.Variant
	}
	switch {
	case v.Leader != "" && v.P <= 1-r.Confidence && r.enough(arms):
		v.Winner, v.Why = v.Leader, Clear
	case r.Close == Leader && v.Leader != "":
		v.Winner = v.Leader
	}
	if v.Why == TooNear && !r.enough(arms) {
		v.Why = TooFew
	}
	return v
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// enough reports whether there is enough for money to be compared; shares have Fisher.
func (r Rule) enough(arms []Arm) bool {
	if r.Measure != Revenue {
		return true
	}
	var n int64
	for _, a := range arms {
		n += a.Buyers
	}
	return n >= fewBuyers
}

// chance is how likely the leader's lead over each other arm is by chance, the worst of
// them, corrected. The arms come best first.
func (r Rule) chance(order []Arm) float64 {
	worst := 0.0
	for _, other := range order[1:] {
		worst = max(worst, r.pair(order[0], other))
	}
	k := float64(len(order))
	return min(1, worst*k*(k-1)/2)
}

// pair is the two-sided p of one comparison.
func (r Rule) pair(a, b Arm) float64 {
	if r.Measure == Revenue {
		return welch(a.Value(Revenue), a.variance(), a.People, b.Value(Revenue), b.variance(), b.People)
	}
	return proportions(a.hits(r.Measure), a.People, b.hits(r.Measure), b.People)
}
