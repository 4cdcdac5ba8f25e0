// Package audience says who people are to us: subscribers, lists, consent and suppression.
package audience

import (
	"strings"
	"sync"
	"time"

	"keepsake/campaigns/fault"
)

// Languages are those Keepsake speaks; the first is the default.
var Languages = []string{"en", "bg", "ru"}

// Language returns lang when we speak it, else the default.
func Language(lang string) string {
	for _, l := range Languages {
		if strings.HasPrefix(strings.ToLower(lang), l) {
			return l
		}
	}
	return Languages[0]
}

// Subscriber is a person on our books. Being one is no consent: a subscription is.
type Subscriber struct {
	ID         int64             `json:"id"`
	Email      string            `json:"email"` // as typed
	EmailNorm  string            `json:"-"`     // NormEmail(Email): unique
	FirstName  string            `json:"first_name"`
	LastName   string            `json:"last_name"`
	Lang       string            `json:"lang"` // one of Languages
	Zone       string            `json:"zone"` // IANA name; "" is the shop's
	Attributes map[string]string `json:"attributes"`
	Source     string            `json:"source"` // "import:7", "api", "form", "order", "sample"
	CreatedAt  time.Time         `json:"created_at"`
	UpdatedAt  time.Time         `json:"updated_at"`
}

// Name is the person's full name, or "" when we do not know it.
func (s Subscriber) Name() string { return strings.TrimSpace(s.FirstName + " " + s.LastName) }

// Validate checks the address and the language and tidies both; a *fault.Error names the field.
func (s *Subscriber) Validate() error {
	email, err := CleanEmail(s.Email)
	if err != nil {
		return err
	}
	s.Email, s.EmailNorm = email, NormEmail(email)
	s.FirstName, s.LastName = CleanName(s.FirstName), CleanName(s.LastName)
	s.Lang = Language(s.Lang)
	if s.Zone != "" && !isZone(s.Zone) {
		return fault.Field("zone", "There is no time zone “%s”.", s.Zone)
	}
	return nil
}

// zones are the names that were found: time.LoadLocation reads a file each time, and an
// import asks for each of its people.
var zones sync.Map

func isZone(name string) bool {
	if _, known := zones.Load(name); known {
		return true
	}
	_, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, true)
	}
	return err == nil
}

// OptIn is how one joins a list.
type OptIn string

// Single counts a sign-up at once; Double asks by mail first.
const (
	Single OptIn = "single"
	Double OptIn = "double"
)

// List is what a person chooses to join.
type List struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Label       string    `json:"label"` // the stable part of List-ID (RFC 2919), [a-z0-9-]
	Description string    `json:"description"`
	OptIn       OptIn     `json:"opt_in"`
	CreatedAt   time.Time `json:"created_at"`
}

// Validate checks the name and makes a label when there is none.
func (l *List) Validate() error {
	l.Name = CleanName(l.Name)
	if l.Name == "" {
		return fault.Field("name", "Give the list a name.")
	}
	if l.OptIn != Single && l.OptIn != Double {
		l.OptIn = Double
	}
	if l.Label == "" {
		l.Label = Label(l.Name)
	}
	return nil
}

// State is one's place on a list.
type State string

// Only Confirmed subscriptions receive campaigns.
const (
	Pending      State = "pending"
	Confirmed    State = "confirmed"
	Unsubscribed State = "unsubscribed"
)

// Subscription is one person's place on one list.
type Subscription struct {
	ListID       int64     `json:"list_id"`
	SubscriberID int64     `json:"subscriber_id"`
	State        State     `json:"state"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// Consent is the proof of a yes, or of its withdrawal: who, when, how, in which words (GDPR art. 7(1)).
type Consent struct {
	ID           int64     `json:"id"`
	SubscriberID int64     `json:"subscriber_id"`
	ListID       int64     `json:"list_id"`
	Given        bool      `json:"given"`   // false: withdrawn
	Source       string    `json:"source"`  // "import:7", "form", "api", "one-click", "page", "admin"
	Wording      string    `json:"wording"` // what the person agreed to
	Address      string    `json:"address"` // the network address, where there was one
	At           time.Time `json:"at"`
}

// Reason is why an address is never mailed.
type Reason string

// The reasons for a suppression.
const (
	HardBounce  Reason = "hard_bounce"
	SoftBounces Reason = "soft_bounce" // so many in a row that nobody reads there
	Complaint   Reason = "complaint"
	Manual      Reason = "manual"
	Left        Reason = "unsubscribed" // left everything, not only a list
	Erased      Reason = "erased"
)

// Suppression is an address never mailed again, on any list, whatever is imported.
type Suppression struct {
	EmailNorm string    `json:"email"`
	Reason    Reason    `json:"reason"`
	Source    string    `json:"source"`
	At        time.Time `json:"at"`
}

// Event is something that happened to a subscriber: an order's change of state, or
// anything the shop's developer tells us of.
type Event struct {
	ID           int64             `json:"id"`
	SubscriberID int64             `json:"subscriber_id"`
	Name         string            `json:"name"` // "order.fulfilled", "trial.started"
	Key          string            `json:"key"`  // the occasion: the same name and key is the same event
	Order        *Order            `json:"order,omitempty"`
	Data         map[string]string `json:"data,omitempty"`
	At           time.Time         `json:"at"`
}

// Order is a purchase, as last reported by the shop.
type Order struct {
	ID           int64  `json:"id"`
	SubscriberID int64  `json:"subscriber_id"`
	Number       string `json:"number"`      // the shop's own, unique
	State        string `json:"state"`       // OrderStates
	Currency     string `json:"currency"`    // ISO 4217
	TotalCents   int64  `json:"total_cents"` // minor units of Currency
	// RefundedCents is what was given back of it so far: all of it once the order has ended.
	RefundedCents int64     `json:"refunded_cents"`
	Channel       string    `json:"channel"`
	Coupon        string    `json:"coupon"`  // the code that was used, "" for none
	Country       string    `json:"country"` // where to, ISO 3166-1 alpha-2, or ""
	Items         []Item    `json:"items"`
	PlacedAt      time.Time `json:"placed_at"`
	UpdatedAt     time.Time `json:"updated_at"`
}

// Item is one line of an order.
type Item struct {
	SKU        string `json:"sku"`
	Name       string `json:"name"`
	Category   string `json:"category,omitempty"`
	Quantity   int    `json:"quantity"`
	PriceCents int64  `json:"price_cents"` // of one, minor units
	URL        string `json:"url,omitempty"`
	Image      string `json:"image,omitempty"`
}

// OrderStates are the states an order passes, in order; a refund or a cancellation ends it.
var OrderStates = []string{"placed", "paid", "fulfilled", "refunded", "cancelled"}

// Ended reports whether what the order promised was taken back.
func (o Order) Ended() bool { return o.State == "refunded" || o.State == "cancelled" }

// NetCents is what the shop kept of the order, in minor units.
func (o Order) NetCents() int64 { return o.TotalCents - o.RefundedCents }

// Reached returns the events an order in this state has brought about: an order that is
// first seen as fulfilled was also placed and paid.
func (o Order) Reached() []string {
	if o.Ended() {
		return []string{"order." + o.State}
	}
	var names []string
	for _, s := range OrderStates {
		names = append(names, "order."+s)
		if s == o.State {
			return names
		}
	}
	return nil
}

// Reach is how many an audience has, and why others are left out.
type Reach struct {
	People       int64 `json:"people"`       // will get it
	Pending      int64 `json:"pending"`      // did not confirm yet
	Unsubscribed int64 `json:"unsubscribed"` // left the lists
	Suppressed   int64 `json:"suppressed"`
	Outside      int64 `json:"outside"` // of the segments
}

// Audience is whom a campaign reaches, before consent and suppression are asked.
type Audience struct {
	Lists    []int64 `json:"lists"`     // confirmed on any of these
	NotLists []int64 `json:"not_lists"` // and confirmed on none of these
	// And in any of these segments, in none of those. A segment narrows: it is no consent.
	Segments    []int64 `json:"segments"`
	NotSegments []int64 `json:"not_segments"`
	Lang        string  `json:"lang"` // and reading this language; "" is any
}
