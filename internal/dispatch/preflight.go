package dispatch

import (
	"context"
	"errors"
	"slices"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/preflight"
	"keepsake/internal/render"
)

// Preflight is what a review says of one letter as it is being written, and which other
// letters of its message were left as they began.
func (d *Dispatcher) Preflight(ctx context.Context, p Draft) ([]Line, error) {
	people, err := d.store.Sample(ctx, p.Campaign.Audience, reviewSample)
	if err != nil {
		return nil, err
	}
	lines, err := d.letterLines(ctx, p, people)
	return append(lines, d.untouchedLines(holding(p.Message, p.Content))...), err
}

// PlaceOf reads a fault's field: "b3.href" is a block and its field, "html:3:7" a line.
func PlaceOf(name string) (block, field string, line int) {
	if l, _, ok := render.Place(name); ok {
		return "", "html", l
	}
	switch name {
	case "subject", "preheader", "document", "theme", "blocks", "dir":
		return "", name, 0
	}
	block, field, _ = strings.Cut(name, ".")
	if block == "theme" {
		return "", name, 0
	}
	return block, field, 0
}

// checked is a letter on its way through the checks.
type checked struct {
	Draft
	preview Preview           // as a sample person gets it
	letter  preflight.Letter  // the same, to be looked at
	links   map[string]string // ours in it
	people  []audience.Subscriber
}

// letterLines makes every check of a letter; people are a sample of its readers.
func (d *Dispatcher) letterLines(ctx context.Context, p Draft, people []audience.Subscriber) ([]Line, error) {
	c := checked{Draft: p, people: readers(p, people)}
	lines, err := d.checks(ctx, &c)
	for i := range lines {
		lines[i].Where, lines[i].Lang, lines[i].Variant = p.Message.Name, p.Content.Lang, p.Content.Variant
		if lines[i].Field == "html" && lines[i].Block == "" && !p.Content.Coded() {
			lines[i].Field = "" // the shop's own, above the blocks and below them
		}
	}
	return lines, err
}

// readers are those of the people who get the letter in this language.
func readers(p Draft, people []audience.Subscriber) (all []audience.Subscriber) {
	for _, one := range people {
		if got, err := p.Message.Content(one.Lang, p.Campaign.Lang); err != nil || got.Lang == p.Content.Lang {
			all = append(all, one)
		}
	}
	return all
}

func (d *Dispatcher) checks(ctx context.Context, c *checked) ([]Line, error) {
	if lines := d.readLetter(ctx, c); lines != nil {
		return lines, nil
	}
	lines := append([]Line{{Level: "pass", About: "letter", Format: "The letter can be made."}}, documentLines(c.Content)...)
	if c.preview.Skip != "" {
		lines = append(lines, Line{Level: "warn", About: "letter", Format: string(c.preview.Skip)})
	}
	lines = append(lines, actLines(c.Content)...)
	beyond := d.beyondKind(ctx, c.Draft)
	lines = append(append(lines, beyond...), unsaid(unknownLines(c.preview.Unknown), beyond)...)
	lines = append(lines, found(preflight.Look(c.letter))...)
	shop, err := d.store.Shop(ctx)
	if err != nil {
		return nil, err
	}
	if preflight.Readable(c.letter) {
		lines = append(lines, found(preflight.Leave(render.ShowsLink(c.letter.HTML, c.links["unsubscribe"])))...)
		lines = append(lines, found(preflight.Address(c.letter, shop.Address))...)
	}
	for _, more := range []func(context.Context, *checked) ([]Line, error){d.valueLines, d.pictureLines, d.nobodyLines} {
		all, err := more(ctx, c)
		if err != nil {
			return nil, err
		}
		lines = append(lines, unsaid(all, beyond)...)
	}
	return append(lines, d.linkLines(c)...), nil
}

// readLetter makes the letter to be looked at; lines say why it cannot be made.
func (d *Dispatcher) readLetter(ctx context.Context, c *checked) []Line {
	var err error
	if c.preview, err = d.Preview(ctx, c.Draft); err != nil {
		return brokenLines(err)
	}
	c.links = map[string]string{"unsubscribe": c.preview.unsubscribe}
	l := preflight.Letter{Lang: c.Content.Lang, Subject: c.preview.Subject, Preheader: c.preview.Preheader, HTML: c.preview.HTML, Text: c.preview.Text}
	if !c.Content.Coded() {
		drawn := c.Draft
		drawn.Canvas = true
		if canvas, err := d.Preview(ctx, drawn); err == nil {
			l.Canvas = canvas.HTML
		}
	}
	l.Code = codeOf(c.Content)
	c.letter = l
	return nil
}

// actLines name what of code by hand would run, and is left out of the letter.
func actLines(content campaigns.Content) (lines []Line) {
	for _, a := range render.Acts(content) {
		l := Line{Level: "fail", About: "letter", Field: "html", At: a.Line, Args: []any{a.Attribute},
			Format: "The address in “%s” would run code. No letter leaves with it: give an address that begins with https://."}
		if a.Handler {
			l.Format = "“%s” would run code when the reader does something. No letter leaves with it: take it out."
		}
		lines = append(lines, l)
	}
	return lines
}

func brokenLines(err error) []Line {
	f, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok:
		return []Line{{Level: "fail", About: "letter", Format: "The letter cannot be made: %s", Args: []any{err.Error()}}}
	case len(f.Fields) == 0:
		return []Line{{Level: "fail", About: "letter", Format: f.Format, Args: f.Args}}
	}
	return faultLines(f)
}

func faultLines(f *fault.Error) (lines []Line) {
	for _, e := range f.Fields {
		l := Line{Level: "fail", About: "letter", Format: e.Format, Args: e.Args}
		l.Block, l.Field, l.At = PlaceOf(e.Field)
		lines = append(lines, l)
	}
	return lines
}

// codeOf is what was written by hand in a letter.
func codeOf(content campaigns.Content) []preflight.Code {
	if content.Coded() {
		return []preflight.Code{{Source: content.HTML}}
	}
	doc, err := document.Parse(content.Document)
	if err != nil {
		return nil
	}
	var all []preflight.Code
	doc.Each(func(b document.Block) {
		if h, ok := b.(*document.HTML); ok && h.Code != "" {
			all = append(all, preflight.Code{Block: h.ID, Source: h.Code})
		}
	})
	return all
}

// documentLines say what the letter's blocks still lack: an address, a picture's words.
func documentLines(content campaigns.Content) []Line {
	if content.Coded() {
		return nil
	}
	doc, err := document.Parse(content.Document)
	if err != nil {
		return nil // said already: the letter cannot be made
	}
	left := leftoverLines(doc)
	if f, ok := errors.AsType[*fault.Error](doc.Validate()); ok {
		return append(faultLines(f), left...)
	}
	return append(left, Line{Level: "pass", About: "letter", Format: "Nothing is missing in the blocks: links, labels and the words of pictures are there."})
}

// beyondKind says which blocks ask for more than the campaign's kind has.
func (d *Dispatcher) beyondKind(ctx context.Context, p Draft) []Line {
	k, err := p.Campaign.Open()
	if err != nil {
		return nil // the settings are told by themselves
	}
	doc, err := d.Document(ctx, p.Content)
	if err != nil {
		return nil // written by hand, or told already
	}
	f, ok := errors.AsType[*fault.Error](campaigns.Answers(k, doc))
	if !ok {
		return nil
	}
	return faultLines(f)
}

// unsaid leaves out the values of a kind that the lines of their block have said in words.
func unsaid(all, said []Line) []Line {
	return slices.DeleteFunc(all, func(l Line) bool {
		if l.About != "values" || l.Block == "" {
			return false
		}
		return strings.HasPrefix(l.path, "data.") && slices.ContainsFunc(said, func(s Line) bool { return s.Block == l.Block })
	})
}

func unknownLines(all []render.Unknown) (lines []Line) {
	for _, u := range all {
		l := Line{Level: "fail", About: "values", Format: "There is no value called “%s”.", Args: []any{u.Path}, path: u.Path}
		switch {
		case u.Path == "data.share_url":
			l.Format, l.Args = "This kind of campaign has no link of each reader's own. Give the address they pass on.", nil
		case u.Suggest != "":
			l.Format, l.Args = "There is no value called “%s”. Did you mean “%s”?", []any{u.Path, u.Suggest}
		}
		l.Block, l.Field, l.At = whereIs(u.Where, u.Line)
		lines = append(lines, l)
	}
	return lines
}

// whereIs is the place of a merge tag.
func whereIs(where string, line int) (block, field string, at int) {
	switch where {
	case "subject", "preheader", "html":
		return "", where, line
	}
	return where, "rich", 0
}

// found are the findings as lines.
func found(all []preflight.Finding) []Line {
	lines := make([]Line, len(all))
	for i, f := range all {
		lines[i] = Line{Level: f.Level, Format: f.Format, Args: f.Args, About: f.About, Because: f.Because, Block: f.Block, Field: f.Field, At: f.Line}
	}
	return lines
}
