// Package trial is the A/B test of a message as plain rules and figures: who tries what, and which variant wins.
package trial

import (
	"fmt"
	"slices"
	"time"

	"keepsake/campaigns/fault"
)

// Letters are the variants a message may have. Of contents the first is stored as "".
var Letters = []string{"a", "b", "c", "d", "e"}

// A is the variant every message has.
const A = "a"

// Stored is how a content names its variant: "" for A.
func Stored(variant string) string {
	if variant == A {
		return ""
	}
	return variant
}

// Shown is how people and deliveries name a stored variant: "a" for "".
func Shown(stored string) string {
	if stored == "" {
		return A
	}
	return stored
}

// Known reports whether there may be a variant of that letter.
func Known(variant string) bool { return slices.Contains(Letters, variant) }

// What a test may be judged by. Opens are not among them: machines open most letters.
const (
	Clicks    = "clicks"    // people who clicked, scanners and other machines apart
	Responses = "responses" // people who answered
	Revenue   = "revenue"   // orders after a click, less what was refunded or cancelled
)

// What happens when no variant is better beyond chance.
const (
	KeepA  = "a"
	Leader = "leader" // the one that is ahead, however little
)

// Rule is how a message's test is made and judged. It holds no moment: a campaign that
// recurs makes the test anew each time.
type Rule struct {
	Share      int           `json:"share"`      // percent of the audience that tries the variants; the others wait for the winner
	Measure    string        `json:"measure"`    // Clicks, Responses or Revenue
	After      time.Duration `json:"after"`      // from the last test letter (one by one: from the first) to the decision
	Days       int           `json:"days"`       // with Revenue: how long after a click an order counts
	Confidence float64       `json:"confidence"` // 0.95: one in twenty tests without a difference may seem to have one
	Close      string        `json:"close"`      // KeepA or Leader
}

// Default is the rule a new test begins with.
func Default() *Rule {
	return &Rule{Share: 20, Measure: Clicks, After: 4 * time.Hour, Days: 7, Confidence: 0.95, Close: KeepA}
}

// The bounds of a rule.
const (
	LeastShare, MostShare = 2, 100
	LeastAfter            = 15 * time.Minute
	MostAfter             = 60 * 24 * time.Hour
	MostDays              = 60
)

// Validate says what is wrong with a rule, beside the fields of its form.
func (r Rule) Validate() error {
	return fault.Join(
		unless(r.Share >= LeastShare && r.Share <= MostShare, "share", "Let between %d and %d percent try the variants.", LeastShare, MostShare),
		unless(slices.Contains([]string{Clicks, Responses, Revenue}, r.Measure), "measure", "Choose what decides: clicks, responses or revenue."),
		unless(r.After >= LeastAfter && r.After <= MostAfter, "after", "Decide between 15 minutes and 60 days after the test letters left."),
		unless(r.Measure != Revenue || r.Days >= 1 && r.Days <= MostDays, "days", "Count orders within 1 to %d days of a click.", MostDays),
		unless(r.Confidence >= 0.8 && r.Confidence <= 0.999, "confidence", "Choose a certainty between 80 and 99.9 percent."),
		unless(r.Close == KeepA || r.Close == Leader, "close", "Choose what happens when it is too close to call."))
}

func unless(ok bool, field, format string, args ...any) error {
	if ok {
		return nil
	}
	return fault.Field(field, format, args...)
}

// Split is how a number of people is divided: each of the variants is tried by that many
// (some by one more), and so many wait.
func (r Rule) Split(people int64, variants int) (each, wait int64) {
	if variants < 1 {
		return 0, people
	}
	tries := people * int64(r.Share) / 100
	return tries / int64(variants), people - tries
}

// The numbers of the hash by which people are put in order, for InRun and for the same in SQL.
const (
	seed    = 0x9e3779b1
	runSeed = 0x85ebca77
	Spread  = 7919
	Factor  = 0x45d9f3b
	Mask    = 0xffffffff
)

// Start is what the hash of everybody in one test begins with. A run of 0 is that of tests
// people come to one by one.
func Start(message, run int64) int64 { return (message*seed + run*runSeed) & Mask }

// Order is the place of a subscriber in a message's test: 32 bits that look random, always
// the same for both.
func Order(subscriber, message int64) int64 { return InRun(subscriber, message, 0) }

// InRun is Order in one run, so that a campaign which recurs does not try its variants on
// the same people each time. SQL in the store computes the same from the same numbers; no
// step leaves 63 bits, which both databases have.
func InRun(subscriber, message, run int64) int64 {
	h := (subscriber*Spread + Start(message, run)) & Mask
	for range 2 {
		h = (h ^ h>>16) * Factor & Mask
	}
	return h ^ h>>16
}

// LeastArm is how many people each variant needs before a test that people come to one by
// one is decided by its rule: its time alone may be over after the first reader.
const LeastArm = 100

// Enough reports whether each variant has reached LeastArm people.
func Enough(arms []Arm) bool {
	return len(arms) > 1 && !slices.ContainsFunc(arms, func(a Arm) bool { return a.People < LeastArm })
}

// Assign is the variant of somebody who comes one by one.
func Assign(subscriber, message int64, variants []string) string {
	if len(variants) == 0 {
		return ""
	}
	return variants[Order(subscriber, message)%int64(len(variants))]
}

// String is the rule for a log.
func (r Rule) String() string {
	return fmt.Sprintf("%d%% by %s after %s", r.Share, r.Measure, r.After)
}
