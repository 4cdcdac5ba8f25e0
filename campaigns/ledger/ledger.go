// Package ledger names what is owed and what became of it: runs, enrolments, deliveries and their states.
package ledger

import (
	"time"

	"keepsake/campaigns/audience"
)

// State is where a delivery stands. DELIVERY: planned → queued → leased → sending → sent,
// skipped, failed or unsure; a soft refusal goes back to queued.
type State string

// The states of a delivery.
const (
	Planned   State = "planned"   // due later
	Queued    State = "queued"    // due; waits for a sender
	Leased    State = "leased"    // a sender has it; nothing was handed over
	Sending   State = "sending"   // may have been handed over
	Sent      State = "sent"      // the server took it (250)
	Skipped   State = "skipped"   // left out, for a reason that is written down
	Failed    State = "failed"    // refused for good, or given up
	Unsure    State = "unsure"    // stopped between hand-over and answer: never sent again by itself
	Cancelled State = "cancelled" // the campaign, or the reason to write, went away
)

// Final reports whether nothing more happens to a delivery in this state by itself.
func (s State) Final() bool {
	switch s {
	case Planned, Queued, Leased, Sending:
		return false
	}
	return true
}

// Run is one firing of a campaign. An automation has one run that stays open.
type Run struct {
	ID         int64      `json:"id"`
	CampaignID int64      `json:"campaign_id"`
	Key        string     `json:"key"`   // the moment it was due, or "live"; a campaign has one run a key
	State      string     `json:"state"` // running, finished, skipped, cancelled
	Note       string     `json:"note"`  // why it was skipped, in words
	DueAt      time.Time  `json:"due_at"`
	StartedAt  time.Time  `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Counts
	Guarded
}

// The states of a run.
const (
	Running      = "running"
	Finished     = "finished"
	RunSkipped   = "skipped"
	RunCancelled = "cancelled"
)

// Counts are a run's kept counters: nobody counts rows when a page is shown.
type Counts struct {
	Planned       int64 `json:"planned"` // deliveries entered so far
	Sent          int64 `json:"sent"`
	Skipped       int64 `json:"skipped"`
	Failed        int64 `json:"failed"`
	Unsure        int64 `json:"unsure"`
	Cancelled     int64 `json:"cancelled"`
	Opened        int64 `json:"opened"`  // deliveries opened by a person at least once
	Clicked       int64 `json:"clicked"` // deliveries clicked by a person at least once
	MachineOpened int64 `json:"machine_opened"`
	Responded     int64 `json:"responded"` // enrolments with a response
	Unsubscribed  int64 `json:"unsubscribed"`
	Bounced       int64 `json:"bounced"`      // deliveries that came back, for good or for now
	HardBounced   int64 `json:"hard_bounced"` // of them for good
	Complained    int64 `json:"complained"`
}

// Waiting is how many deliveries have no outcome yet.
func (c Counts) Waiting() int64 {
	return c.Planned - c.Sent - c.Skipped - c.Failed - c.Unsure - c.Cancelled
}

// Enrolment is one subscriber's way through one run, for one occasion.
type Enrolment struct {
	ID           int64     `json:"id"`
	CampaignID   int64     `json:"campaign_id"`
	RunID        int64     `json:"run_id"`
	SubscriberID int64     `json:"subscriber_id"`
	Occasion     string    `json:"occasion"` // "run:12" or "order:1001": unique for campaign and subscriber
	EventID      int64     `json:"event_id"` // what set it off; 0 for a broadcast
	State        string    `json:"state"`    // active, done, ended
	Reason       string    `json:"reason"`   // why it ended
	CreatedAt    time.Time `json:"created_at"`
}

// The states of an enrolment.
const (
	Active = "active"
	Done   = "done"  // reached the goal
	Ended  = "ended" // its reason to exist disappeared
)

// Delivery is one message owed to one subscriber: the ledger's row.
type Delivery struct {
	ID           int64      `json:"id"`
	RunID        int64      `json:"run_id"`
	CampaignID   int64      `json:"campaign_id"`
	EnrolmentID  int64      `json:"enrolment_id"`
	MessageID    int64      `json:"message_id"`
	SubscriberID int64      `json:"subscriber_id"`
	Variant      string     `json:"variant,omitempty"` // a to e of a message with a test; "" without one, or while it waits for the winner
	TrialID      *int64     `json:"-"`                 // the test it takes part in, or waits for
	State        State      `json:"state"`
	Reason       string     `json:"reason,omitempty"` // why skipped, failed or cancelled: an English sentence, a catalogue id
	Reply        string     `json:"reply,omitempty"`  // the SMTP server's last words, or what the reason is about
	Stage        string     `json:"stage,omitempty"`  // how far an unsure or failed hand-over came
	Attempts     int        `json:"attempts"`
	DueAt        time.Time  `json:"due_at,omitzero"` // none while it waits for the winner
	SentAt       *time.Time `json:"sent_at,omitempty"`
	OpenedAt     *time.Time `json:"opened_at,omitempty"`  // first by a person
	ClickedAt    *time.Time `json:"clicked_at,omitempty"` // first by a person
	TriedAt      *time.Time `json:"tried_at,omitempty"`   // first, when it was put off
	CreatedAt    time.Time  `json:"created_at"`
	UpdatedAt    time.Time  `json:"updated_at"`
}

// Waits reports whether the letter waits for the winner of a test.
func (d Delivery) Waits() bool {
	return d.TrialID != nil && d.Variant == "" && d.State == Planned
}

// Outcome is how one hand-over ended; Settle writes it to the ledger.
type Outcome struct {
	DeliveryID int64
	State      State // Sent, Failed, Skipped, Unsure, Cancelled, or Queued to try again at DueAt
	Reason     string
	Reply      string
	Stage      string
	DueAt      time.Time // with Queued
	Untried    bool      // the server's own trouble: it costs the recipient no try
	Unbegun    bool      // with Queued: it never was begun; who has begun it meanwhile keeps it
	Tried      bool      // with Queued: it was begun; its age counts from the first such moment
	Behind     int64     // the delivery that was begun behind this one and leaves with this answer; 0 for none
}

// Retry returns how long to wait before the n-th further try (n from 1), doubling from
// five minutes to four hours, and whether there is one: a letter first tried age ago is
// given up after most, and its last try comes at the very end.
func Retry(n int, age, most time.Duration) (time.Duration, bool) {
	if age >= most {
		return 0, false
	}
	wait := min(5*time.Minute<<min(max(n, 1)-1, 10), 4*time.Hour)
	return min(wait, max(most-age, time.Minute)), true
}

// Activity is an event on a delivery: an open, a click, a bounce, a complaint.
type Activity struct {
	ID         int64     `json:"id"`
	DeliveryID int64     `json:"delivery_id"`
	Kind       string    `json:"kind"` // open, click, unsubscribe, bounce, complaint
	LinkID     int64     `json:"link_id,omitempty"`
	Verdict    string    `json:"verdict"` // human, machine, proxy
	Why        string    `json:"why,omitempty"`
	At         time.Time `json:"at"`
}

// Work is a leased delivery with all that its letter is made of.
type Work struct {
	Delivery
	Occasion   string // of the enrolment
	List       int64  // by which of the campaign's lists the person gets it; 0 when it has none
	Subscriber audience.Subscriber
	Event      *audience.Event   // what set it off; nil for a broadcast
	Responses  map[string]string // what the enrolment answered so far
	Done       bool              // the enrolment has reached its goal
	Refusal    string            // why it must not be sent after all: a catalogue id; "" when it may
}
