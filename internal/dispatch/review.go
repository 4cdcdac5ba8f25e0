package dispatch

import (
	"context"
	"errors"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
)

// Line is one line of the review before a campaign starts.
type Line struct {
	Level   string // pass, warn, fail, or wait for what is still being looked at
	Format  string // English, a catalogue id
	Args    []any
	Where   string // what it is about: "settings", "audience", "schedule", "messages", "codes", "shop", or a message's name
	Lang    string // of the message
	About   string // of a letter's line: which check
	Because string // why it matters, a catalogue id, or ""
	Block   string // the letter's block to put right, or ""
	Field   string // subject, preheader, html, or a field of the block
	At      int    // the line in the HTML, or 0
	Variant string // of the message, as it is stored

	path string // of the value it is about
}

// Review checks all that can be known before sending. A campaign with a line that fails
// does not start.
func (d *Dispatcher) Review(ctx context.Context, c campaigns.Campaign) ([]Line, error) {
	shop, err := d.store.Shop(ctx)
	if err != nil {
		return nil, err
	}
	lines := readyLines(c)
	lines = append(lines, shopLines(c, shop)...)
	people, reached, more, err := d.audienceLines(ctx, c)
	if err != nil {
		return nil, err
	}
	lines = append(lines, more...)
	for _, m := range c.Messages {
		lines = append(append(lines, testLines(c, m, reached)...), d.untouchedLines(m)...)
		for _, content := range m.Contents {
			more, err := d.letterLines(ctx, Draft{Campaign: c, Message: m, Content: content}, people)
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
		}
	}
	return lines, nil
}

// Start starts a campaign that passes its review; else it is an Invalid fault that says why.
func (d *Dispatcher) Start(ctx context.Context, id int64) error {
	c, err := d.store.Campaign(ctx, id)
	if err != nil {
		return err
	}
	lines, err := d.Review(ctx, c)
	if err != nil {
		return err
	}
	var errs []error
	for _, l := range lines {
		if l.Level == "fail" {
			errs = append(errs, &fault.Error{Code: fault.Invalid, Format: l.Format, Args: l.Args,
				Fields: []fault.FieldError{{Field: l.Where, Format: l.Format, Args: l.Args}}})
		}
	}
	if err := fault.Join(errs...); err != nil {
		return err
	}
	if err := d.store.Start(ctx, id); err != nil {
		return err
	}
	d.Wake()
	return nil
}

func readyLines(c campaigns.Campaign) []Line {
	err := c.Ready()
	if err == nil {
		return []Line{{Level: "pass", Format: "Settings, schedule and messages are complete.", Where: "settings"}}
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return []Line{{Level: "fail", Format: "The settings cannot be read.", Where: "settings"}}
	}
	lines := make([]Line, len(f.Fields))
	for i, field := range f.Fields {
		lines[i] = Line{Level: "fail", Format: field.Format, Args: field.Args, Where: whereOf(field.Field)}
	}
	return lines
}

func whereOf(field string) string {
	switch field {
	case "lists":
		return "audience"
	case "trigger", "cron", "zone":
		return "schedule"
	case "messages", "subject", "if":
		return "messages"
	}
	return "settings"
}

func shopLines(c campaigns.Campaign, shop store.Shop) []Line {
	lines := []Line{check(strings.TrimSpace(shop.Address) != "", "shop",
		"The postal address stands in every letter.", "Enter your postal address in Settings: the law asks for it in every letter.")}
	from := sender(c.Sender, shop)
	_, err := audience.CleanEmail(from.Email)
	return append(lines, check(err == nil, "shop", "The sender has an address.", "Enter the sender's address in Settings."))
}

func check(ok bool, where, pass, fail string) Line {
	if ok {
		return Line{Level: "pass", Format: pass, Where: where}
	}
	return Line{Level: "fail", Format: fail, Where: where}
}

// reviewSample is how many people a review renders each letter for.
const reviewSample = 200

// audienceLines tell who gets the campaign, with some of them and how many they are.
func (d *Dispatcher) audienceLines(ctx context.Context, c campaigns.Campaign) ([]audience.Subscriber, int64, []Line, error) {
	if c.Automation() && len(c.Audience.Lists) == 0 {
		return nil, 0, []Line{{Level: "pass", Format: "Every customer with an order gets it, unless they left.", Where: "audience"}}, nil
	}
	reach, err := d.store.Reach(ctx, c.Audience)
	if err != nil {
		return nil, 0, nil, err
	}
	line := Line{Level: "pass", Format: "%d people will get it now.", Args: []any{reach.People}, Where: "audience"}
	if c.Automation() {
		line.Format = "%d people may get it, each when it happens to them."
	}
	if reach.People == 0 {
		line = Line{Level: "warn", Format: "Nobody is in the audience now.", Where: "audience"}
	}
	lines := []Line{line}
	k, err := c.Open()
	if err != nil {
		return nil, reach.People, lines, nil // said by readyLines
	}
	if _, needs := k.(campaigns.Giver); needs {
		more, err := d.stockLines(ctx, c, reach.People)
		if err != nil {
			return nil, 0, nil, err
		}
		lines = append(lines, more...)
	}
	people, err := d.store.Sample(ctx, c.Audience, reviewSample)
	return people, reach.People, lines, err
}

func (d *Dispatcher) stockLines(ctx context.Context, c campaigns.Campaign, people int64) ([]Line, error) {
	s, err := d.store.Stock(ctx, c.ID)
	switch {
	case err != nil:
		return nil, err
	case s.Free == 0:
		return []Line{{Level: "fail", Format: "The pool has no codes. Generate or upload some first.", Where: "codes"}}, nil
	case int64(s.Free) < people && !c.Automation():
		return []Line{{Level: "warn", Format: "The pool has %d codes for %d people: the last ones get none.", Args: []any{s.Free, people}, Where: "codes"}}, nil
	}
	return []Line{{Level: "pass", Format: "The pool has %d codes.", Args: []any{s.Free}, Where: "codes"}}, nil
}
