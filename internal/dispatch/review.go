package dispatch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// Line is one line of the review before a campaign starts.
type Line struct {
	Level  string // pass, warn or fail
	Format string // English, a catalogue id
	Args   []any
	Where  string // what it is about: "settings", "audience", "schedule", "messages", "codes", "shop", or a message's name
	Lang   string // of the message
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
	people, more, err := d.audienceLines(ctx, c)
	if err != nil {
		return nil, err
	}
	lines = append(lines, more...)
	for _, m := range c.Messages {
		for _, content := range m.Contents {
			more, err := d.contentLines(ctx, c, m, content, people)
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
const reviewSample = 100

func (d *Dispatcher) audienceLines(ctx context.Context, c campaigns.Campaign) ([]audience.Subscriber, []Line, error) {
	if c.Automation() && len(c.Audience.Lists) == 0 {
		return nil, []Line{{Level: "pass", Format: "Every customer with an order gets it, unless they left.", Where: "audience"}}, nil
	}
	reach, err := d.store.Reach(ctx, c.Audience)
	if err != nil {
		return nil, nil, err
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
		return nil, lines, nil // said by readyLines
	}
	if _, needs := k.(campaigns.Giver); needs {
		more, err := d.stockLines(ctx, c, reach.People)
		if err != nil {
			return nil, nil, err
		}
		lines = append(lines, more...)
	}
	people, err := d.store.Sample(ctx, c.Audience, reviewSample)
	return people, lines, err
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

func (d *Dispatcher) contentLines(ctx context.Context, c campaigns.Campaign, m campaigns.Message, content campaigns.Content, people []audience.Subscriber) ([]Line, error) {
	line := func(level, format string, args ...any) Line {
		return Line{Level: level, Format: format, Args: args, Where: m.Name, Lang: content.Lang}
	}
	p, err := d.Preview(ctx, Draft{Campaign: c, Message: m, Content: content})
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return []Line{line("fail", f.Format, f.Args...)}, nil
	}
	if err != nil {
		return []Line{line("fail", "The letter cannot be made: %s", err.Error())}, nil
	}
	lines := append([]Line{line("pass", "The letter can be made.")}, documentLines(content, line)...)
	if p.Skip != "" {
		lines = append(lines, line("warn", string(p.Skip)))
	}
	for _, u := range p.Unknown {
		lines = append(lines, line("fail", "There is no value called “%s”.", u.Path))
	}
	if n := len([]rune(content.Preheader)); n == 0 {
		lines = append(lines, line("warn", "The letter has no preheader: mailboxes show its first words instead."))
	}
	lines = append(lines, sizeLine(line, len(p.HTML)))
	return append(lines, d.missingLines(ctx, c, m, content, people, line)...), nil
}

// documentLines say what the letter's blocks still lack: an address, a picture's words.
func documentLines(content campaigns.Content, line func(string, string, ...any) Line) []Line {
	if content.Coded() {
		return nil
	}
	doc, err := document.Parse(content.Document)
	if err != nil {
		return nil // said already: the letter cannot be made
	}
	f, _ := errors.AsType[*fault.Error](doc.Validate())
	if f == nil {
		return nil
	}
	var lines []Line
	for _, field := range f.Fields {
		lines = append(lines, line("fail", field.Format, field.Args...))
	}
	return lines
}

// Gmail shows a letter up to 102 KB and hides the rest.
const (
	sizeWarn = 80 << 10
	sizeFail = 102 << 10
)

func sizeLine(line func(string, string, ...any) Line, n int) Line {
	switch {
	case n > sizeFail:
		return line("warn", "The letter has %d KB: Gmail hides what is beyond 102 KB.", n>>10)
	case n > sizeWarn:
		return line("warn", "The letter has %d KB, close to the 102 KB at which Gmail hides the rest.", n>>10)
	}
	return line("pass", "The letter has %d KB.", n>>10)
}

// missingLines count the people of the sample who would get no letter because a value is
// missing for them.
func (d *Dispatcher) missingLines(ctx context.Context, c campaigns.Campaign, m campaigns.Message, content campaigns.Content, people []audience.Subscriber, line func(string, string, ...any) Line) []Line {
	shop, err := d.store.Shop(ctx)
	if err != nil {
		return nil
	}
	letter, err := render.Compile(content, d.options(shop))
	if err != nil {
		return nil // said already
	}
	opened, err := d.open(ctx, c)
	if err != nil {
		return nil
	}
	n, looked := map[string]int{}, 0
	for _, p := range people {
		if p.Lang != content.Lang && len(m.Contents) > 1 {
			continue
		}
		v, err := d.sampleValues(ctx, opened, m, p, shop)
		if err != nil {
			continue // a kind's own reason, not the letter's
		}
		looked++
		for _, path := range letter.Missing(v) {
			n[path]++
		}
	}
	var lines []Line
	for _, path := range slices.Sorted(maps.Keys(n)) {
		if n[path] == looked {
			lines = append(lines, line("fail", "“%s” is empty for everybody, so nobody would get this letter. Fill it in, or give it a fallback.", path))
			continue
		}
		lines = append(lines, line("warn", "“%s” is empty for %d of %d people looked at; they get no letter. Give it a fallback.", path, n[path], looked))
	}
	return lines
}

func (d *Dispatcher) sampleValues(ctx context.Context, c *campaign, m campaigns.Message, p audience.Subscriber, shop store.Shop) (render.Values, error) {
	w, err := d.sampleWork(ctx, Draft{Campaign: c.Campaign, Message: m, Person: p})
	if err != nil {
		return render.Values{}, err
	}
	data, err := c.kind.Data(ctx, previewDesk{d.desk(c.Campaign, 0), d.samples(p.Lang)}, recipient(w, m.Name, d.store.Now()))
	if err != nil {
		return render.Values{}, fmt.Errorf("data: %w", err)
	}
	v := d.values(letterOf{shop: shop, c: c, m: m, w: w, at: d.store.Now()}, data)
	v.Links = d.Links(w)
	return v, nil
}
