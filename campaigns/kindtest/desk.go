package kindtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"keepsake/campaigns"
)

// Desk answers a kind from memory and writes down what it changes. Its zero value has
// nothing to give.
type Desk struct {
	Codes  []string          // free ones, taken from the front
	News   []campaigns.Item  // newest first
	Counts map[string]int    // of every field
	Given  []campaigns.Entry // to every field
	Writes int               // changes so far
	Log    []string          // what they were

	held    map[int64]campaigns.Code // by enrolment
	secrets map[string]bool
	kept    map[string]string
	awarded map[string]bool
}

var _ campaigns.Desk = (*Desk)(nil)

// NewDesk has codes and news to give.
func NewDesk() *Desk {
	return &Desk{Codes: []string{"TEST-0001", "TEST-0002", "TEST-0003"},
		News: []campaigns.Item{{ID: 2, Title: "New", URL: "https://shop.test/new", Published: Now}, {ID: 1, Title: "Old", URL: "https://shop.test/old", Published: Now.Add(-time.Hour)}}}
}

func (d *Desk) write(what string) {
	d.Writes++
	d.Log = append(d.Log, what)
}

// Reserve gives the next code, and the same one again.
func (d *Desk) Reserve(_ context.Context, to campaigns.Recipient, expires time.Time) (campaigns.Code, error) {
	if code, ok := d.held[to.EnrolmentID]; ok {
		return code, nil
	}
	if len(d.Codes) == 0 {
		return campaigns.Code{}, campaigns.ErrSoldOut
	}
	code := campaigns.Code{Code: d.Codes[0], State: "reserved"}
	if !expires.IsZero() {
		code.ExpiresAt = &expires
	}
	d.Codes = d.Codes[1:]
	if d.held == nil {
		d.held = map[int64]campaigns.Code{}
	}
	d.held[to.EnrolmentID] = code
	d.write("reserve " + code.Code)
	return code, nil
}

// Items are the news.
func (d *Desk) Items(context.Context) ([]campaigns.Item, error) { return d.News, nil }

// Tally is Counts.
func (d *Desk) Tally(context.Context, string) (map[string]int, error) { return d.Counts, nil }

// Count is one of Counts.
func (d *Desk) Count(_ context.Context, _, value string) (int, error) { return d.Counts[value], nil }

// Entries are those given.
func (d *Desk) Entries(context.Context, string) ([]campaigns.Entry, error) { return d.Given, nil }

// Stock counts what is free and what is reserved.
func (d *Desk) Stock(context.Context) (campaigns.Stock, error) {
	return campaigns.Stock{Free: len(d.Codes), Reserved: len(d.held)}, nil
}

// Secret is made when first asked for, which is a change.
func (d *Desk) Secret(_ context.Context, name string) ([]byte, error) {
	if !d.secrets[name] {
		if d.secrets == nil {
			d.secrets = map[string]bool{}
		}
		d.secrets[name] = true
		d.write("secret " + name)
	}
	sum := sha256.Sum256([]byte(name))
	return sum[:], nil
}

// Record keeps the first value.
func (d *Desk) Record(_ context.Context, name, value string) (string, error) {
	if kept, ok := d.kept[name]; ok || value == "" {
		return kept, nil
	}
	if d.kept == nil {
		d.kept = map[string]string{}
	}
	d.kept[name] = value
	d.write("record " + name)
	return value, nil
}

// ShareURL is an address of the recipient's own.
func (d *Desk) ShareURL(to campaigns.Recipient) string {
	return fmt.Sprintf("https://shop.test/s/%d", to.EnrolmentID)
}

// Award is a change the first time.
func (d *Desk) Award(_ context.Context, enrolment int64, field, value string) error {
	key := fmt.Sprintf("award %d %s=%s", enrolment, field, value)
	if !d.awarded[key] {
		if d.awarded == nil {
			d.awarded = map[string]bool{}
		}
		d.awarded[key] = true
		d.write(key)
	}
	return nil
}
