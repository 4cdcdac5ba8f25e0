package ledger

import (
	"time"

	"keepsake/campaigns/trial"
)

// Trial is the test of a message's variants in one run.
type Trial struct {
	ID         int64
	CampaignID int64
	RunID      int64
	MessageID  int64
	Variants   []string   // as they were when it began
	Rule       trial.Rule // likewise
	Held       int64      // people who were kept back for the winner
	OneByOne   bool       // nobody waits: each who comes gets a variant until there is a winner
	BeganAt    time.Time
	EndsAt     *time.Time // when it is decided; nil until the test letters have left
	Winner     string     // "" while it is open
	DecidedAt  *time.Time
	DecidedBy  string        // the person who chose; "" by the rule
	Verdict    trial.Verdict // once decided
	Arms       []trial.Arm   // as they were at the decision
	RetiredAt  *time.Time    // when its winner ceased to count, so that the next reader begins another test; OneByOne only
}

// Again reports whether another test of the message may begin by hand in its place.
func (t Trial) Again() bool { return t.OneByOne && !t.Open() && t.RetiredAt == nil }

// Open reports whether there is no winner yet.
func (t Trial) Open() bool { return t.DecidedAt == nil }
