// Package campaigns says what is sent, to whom, why and when. It is pure: it knows no database, network or clock.
package campaigns

import (
	"context"
	"net/url"
	"reflect"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

// A Kind is one reason to write that is worth the reader's time. Its value is the
// campaign's settings: stored as JSON, and its labelled fields are the form (label, help,
// input; sample is what the gallery shows while there is nothing of the marketer's own).
type Kind interface {
	// Validate checks the settings; a *fault.Error names the fields to correct.
	Validate() error
	// Starter is the trigger, the messages and the goal a new campaign begins with.
	Starter() Starter
	// Data is what the templates see as data for one recipient. It may run again (a
	// retry, a reminder, "view in browser"), so what it takes is keyed by to.EnrolmentID.
	// A Skip leaves the recipient out; its reason answers "why did this person not get it?".
	// What comes with it is for previews only.
	Data(ctx context.Context, d Desk, to Recipient) (any, error)
}

// A Preparer is a Kind that looks before a run begins. A Skip leaves the whole run out,
// and its reason is written down.
type Preparer interface {
	Prepare(ctx context.Context, d Desk, at time.Time) error
}

// A Responder is a Kind with a landing page behind the links in its mail.
type Responder interface {
	// Visit shows the page. Mail scanners follow links too, so it changes nothing.
	Visit(ctx context.Context, d Desk, to Recipient, query url.Values) (Page, error)
	// Respond says what a posted form brings about; the last response counts.
	Respond(ctx context.Context, d Desk, to Recipient, form url.Values) (Reply, error)
}

// A Rater is a Responder that can ask for a rating as a block of the letter does: the answers
// of a rating block lead to its page.
type Rater interface {
	Responder
	// Rates is the Responder for that block, in place of the Kind's own.
	Rates(b document.Rating) Responder
}

// A Publisher is a Kind with pages for everybody, such as a contest's rules and its proof.
// The name is the last part of the address; "" is the first page.
type Publisher interface {
	Public(ctx context.Context, d Desk, name string, at time.Time) (Page, error)
}

// A Reporter is a Kind with figures beyond sent, opened, clicked and bounced.
type Reporter interface {
	Figures(ctx context.Context, d Desk) ([]Figure, error)
}

// A Keeper is a Kind with appointments of its own. Keep does what is due by now and
// returns when it wants to be asked next, zero for never. It is asked when the campaign
// starts and then at each appointment; asked twice, it does nothing twice.
type Keeper interface {
	Keep(ctx context.Context, d Desk, now time.Time) (next time.Time, err error)
}

// A Giver is a Kind that gives each person a code of the campaign's pool: its campaign has
// a page for the pool, and does not start with an empty one.
type Giver interface {
	Gives()
}

// Desk is all a Kind may ask of the program, already bound to its own campaign (and,
// while letters are made, to its run).
type Desk interface {
	// Reserve gives the recipient one code of the campaign's pool, the same one each time
	// it is asked for this enrolment. ErrSoldOut when none is left, ErrHasOne when the
	// person was given one for an earlier occasion.
	Reserve(ctx context.Context, to Recipient, expires time.Time) (Code, error)
	// Items are the articles and feed items collected since the campaign's last run, newest first.
	Items(ctx context.Context) ([]Item, error)
	// Tally counts the responses to a field by value.
	Tally(ctx context.Context, field string) (map[string]int, error)
	// Count counts the responses to a field that say value: cheap, however many there are of others.
	Count(ctx context.Context, field, value string) (int, error)
	// Entries lists who gave a response to the field, oldest first.
	Entries(ctx context.Context, field string) ([]Entry, error)
	// Stock counts the campaign's codes.
	Stock(ctx context.Context) (Stock, error)
	// Secret is 32 random bytes under that name: made when first asked, then always the same.
	Secret(ctx context.Context, name string) ([]byte, error)
	// Record keeps value under name for good and returns what is kept: the first value
	// wins. An empty value only asks; "" is returned where nothing is kept.
	Record(ctx context.Context, name, value string) (string, error)
	// ShareURL is the recipient's own address to pass the campaign on; "" where nobody could come
	// by it, because the campaign goes to no list.
	ShareURL(to Recipient) string
	// Award records a response on an enrolment's behalf, which sets off the messages that wait for it.
	Award(ctx context.Context, enrolmentID int64, field, value string) error
}

// Recipient is one subscriber at the moment of writing.
type Recipient struct {
	EnrolmentID int64  // one way through one run
	Message     string // which message of the campaign
	Subscriber  audience.Subscriber
	Event       *audience.Event   // what set it off, with its order; nil for a broadcast
	Responses   map[string]string // what this enrolment answered so far
	At          time.Time         // the moment, UTC; a kind has no clock of its own
}

// Reply is what a response brings about: the page, and the rest in one transaction.
type Reply struct {
	Page
	Record map[string]string // the response, in place of an earlier one
	Set    map[string]string // attributes of the subscriber
	Redeem bool              // the recipient's code is redeemed, once; a second time is a Conflict
	Alert  string            // a line to the shop's own people
}

// Page is one page of a kind: the template kinds/<kind>/<Name>.html with Data, or Record as JSON.
type Page struct {
	Name string
	Data any
	JSON any // when set, the answer is this as JSON and no page
}

// Starter is a campaign before the marketer has touched it.
type Starter struct {
	Trigger  Trigger // exactly one of At, Cron and On
	Messages []Message
	Goal     string // the response or event that ends it for a subscriber
}

// Item is an article of the shop's own or an entry of a feed.
type Item struct {
	ID        int64     `json:"id"`
	Title     string    `json:"title"`
	URL       string    `json:"url"`
	Excerpt   string    `json:"excerpt"` // plain text
	Image     string    `json:"image"`   // an address, or ""
	Published time.Time `json:"published"`
}

// Code is one code of a pool, in a person's hand.
type Code struct {
	Code       string     `json:"code"`
	State      string     `json:"state"` // free, reserved, issued, redeemed
	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
	RedeemedAt *time.Time `json:"redeemed_at,omitempty"`
}

// Stock counts a campaign's codes by state.
type Stock struct{ Free, Reserved, Issued, Redeemed int }

// Entry is one response of one enrolment.
type Entry struct {
	EnrolmentID int64
	Value       string
	At          time.Time
}

// Figure is one line of a kind's report: a number, or a small chart of bars.
type Figure struct {
	Label string  `json:"label"` // English, a catalogue id
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"` // "", "%" (of 100), "stars"
	Bars  []Bar   `json:"bars,omitempty"`
}

// Bar is one value of a chart.
type Bar struct {
	Label string  `json:"label"`
	Value float64 `json:"value"`
}

// Skip is why a recipient, or a whole run, is left out: a catalogue id.
type Skip string

// Error is the reason.
func (s Skip) Error() string { return string(s) }

// What Reserve answers when it cannot give.
var (
	ErrSoldOut = fault.New(fault.Conflict, "No codes are left in the pool.")
	ErrHasOne  = fault.New(fault.Conflict, "This person was given a code already.")
)

// Info presents a kind in the gallery.
type Info struct {
	Name  string
	Title string // English, a catalogue id, like Gives
	Gives string // what the customer gets, one sentence
	Icon  string
	New   func() Kind
}

// Kinds are the reasons to write, in the gallery's order. A new kind is a file and a line here.
var Kinds = []Info{
	{"newsletter", "Newsletter", "Plain news from you, when there is some.", "newspaper", func() Kind { return new(Newsletter) }},
	{"knowledge", "Knowledge", "Articles and tips that make what they bought worth more.", "book-open", func() Kind { return &Knowledge{Most: mostUsual, Least: 1} }},
	{"feedback", "Feedback", "A voice, right after the purchase: one click, one rating.", "star", func() Kind { return new(Feedback) }},
	{"gift", "Gift", "Thanks, with something in hand: a code of their own.", "gift", func() Kind { return new(Gift) }},
	{"contest", "Contest", "A game with a prize, drawn so that anyone can check it.", "trophy", func() Kind { return new(Contest) }},
}

// Named is document.Named, with what the kind's own settings are called.
func Named(k Kind, path string) any {
	name, ok := strings.CutPrefix(path, "data.")
	if t := reflect.TypeOf(k); ok && t != nil && t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
		for i := range t.Elem().NumField() {
			tags := t.Elem().Field(i).Tag
			if label := tags.Get("label"); label != "" && tags.Get("json") == name {
				return fault.Word(label)
			}
		}
	}
	return document.Named(path)
}

// KindInfo finds a kind by name.
func KindInfo(name string) (Info, error) {
	for _, k := range Kinds {
		if k.Name == name {
			return k, nil
		}
	}
	return Info{}, fault.Field("kind", "There is no kind of campaign called “%s”.", name)
}
