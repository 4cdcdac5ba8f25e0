// Package render turns block documents and HTML with merge tags into letters, and ids into words of the reader's language.
package render

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/liquid"
)

// Brand is the shop as its letters show it.
type Brand struct {
	Name    string
	Address string // the postal address every letter shows
	URL     string
	Logo    string // an asset or an address; "" shows the name
	Accent  string // #rrggbb; "" is the default
	// What follows fills the gaps of a letter's own theme.
	LogoDark          string                // stands in for Logo in the dark scheme
	Light, Dark       document.Colors       // Light.Accent goes before Accent
	Font, HeadingFont string                // lists of fonts, as in CSS
	Radius            *int                  // px; nil is the default
	Social            []document.SocialLink // for a social block without links of its own
}

// Options are what a letter is compiled with.
type Options struct {
	BaseURL string // of the media folder: https://mail.shop.test
	Brand   Brand
	Catalog *Catalog // our own words in the letter's language; nil is English
	// Canvas marks blocks (data-block), words that can be changed (data-edit), columns
	// (data-column) and chips (data-chip) for the composer, and leaves the pixel out.
	Canvas bool
	// LinkIDs numbers the letter's static addresses, so that {{ links.click }}/N counts
	// them; nil counts none.
	LinkIDs func(urls []string) ([]int64, error)
	// Saved finds the blocks a saved block stands for: a NotFound fault when there are none.
	// nil knows none.
	Saved func(ref int64) (document.Blocks, error)
	// Sized names a picture's smallest file that is at least so many pixels wide; nil takes the
	// largest of each.
	Sized func(asset string, least int) string
	// Data is a value like those the kind's Data returns, for Unknown; nil accepts any data.
	Data any
	// Wait ends a letter's wait for the MJML compiler; nil waits as long as it takes. Of a Send
	// the letter waits for one other at most.
	Wait context.Context
	Send bool
}

// Letter is a content compiled once, for any number of recipients and goroutines.
type Letter struct {
	o       Options
	lang    string
	subject *liquid.Template
	hidden  *liquid.Template // the preheader
	html    *liquid.Template // links as they are
	counted *liquid.Template // links that count; nil when they are not numbered
	text    *liquid.Template
	unknown []Unknown
	needs   []Need
	needy   map[*liquid.Template]bool // in which something could be missing
	linked  map[string]bool           // which links it holds; "" for all
	goods   map[string]bool           // which of LastOrder, Bestsellers and OfWorth it reads
	marked  func() (*Letter, error)
}

// sources are a letter's Liquid, before it is parsed. Links in html are markers.
type sources struct {
	subject, preheader, html, text string
	links                          links
}

// Output is a letter for one recipient. Of Parts, HTML is what stands between the Constant ones.
type Output struct {
	Subject, Preheader, HTML, Text string
	Constant                       []Constant
}

// Constant is a piece of HTML that is the same in every letter, and where in the rest it stands.
type Constant = liquid.Place

// MissingError is a letter that lacks values it has no fallback for.
type MissingError struct{ Paths []string }

// Error names the paths, never a value.
func (e *MissingError) Error() string { return "no value for " + strings.Join(e.Paths, ", ") }

// Compile reads a content. Its faults name the block ("b3"), the place ("html:3:7"; see
// Place) or the field ("subject", "preheader") in Fields.
func Compile(c campaigns.Content, o Options) (*Letter, error) {
	if err := c.Whole(); err != nil {
		return nil, err
	}
	src, err := sourcesOf(c, o)
	if err != nil {
		return nil, err
	}
	l, err := src.letter(c, o)
	if err != nil {
		return nil, err
	}
	if o.LinkIDs != nil && len(src.links.urls)+len(src.links.readers) > 0 {
		if err := l.count(src); err != nil {
			return nil, err
		}
	}
	found := findings(c, o)
	l.unknown, l.needs = found.found, found.needs
	l.needy, l.linked = map[*liquid.Template]bool{}, map[string]bool{"click": l.counted != nil, "to": l.counted != nil && len(src.links.readers) > 0}
	l.goods = map[string]bool{}
	for _, t := range []*liquid.Template{l.subject, l.hidden, l.html, l.counted, l.text} {
		if t == nil {
			continue
		}
		l.needy[t] = needy(t)
		for _, p := range t.Paths() {
			if err := (campaigns.Content{HTML: p.Name}).Whole(); err != nil {
				return nil, err // a block has it as \u0000
			}
			if name, ok := strings.CutPrefix(p.Name, "links"); ok {
				l.linked[strings.TrimPrefix(strings.TrimSuffix(name, "[]"), ".")] = true
			}
			for _, path := range []string{LastOrder, Bestsellers, OfWorth} {
				if rest, ok := strings.CutPrefix(p.Name, path); ok && strings.Trim(rest[:min(1, len(rest))], ".[") == "" {
					l.goods[path] = true
				}
			}
		}
	}
	l.marked = sync.OnceValues(func() (*Letter, error) { return src.marked().letter(c, o) })
	return l, nil
}

func sourcesOf(c campaigns.Content, o Options) (sources, error) {
	switch c.Mode {
	case "html":
		return htmlSources(c, o)
	case "mjml":
		return mjmlSources(c, o)
	}
	d, err := document.Parse(c.Document)
	if err != nil {
		return sources{}, err
	}
	if err := d.Resolve(o.Saved); err != nil {
		return sources{}, err
	}
	w := page(c, d, o)
	if err := fault.Join(w.errs...); err != nil {
		return sources{}, err
	}
	src := sources{subject: c.Subject, preheader: c.Preheader, html: w.String(), text: textOf(d, w), links: w.links}
	return src, blockFaults(d, w, src)
}

func (src sources) letter(c campaigns.Content, o Options) (*Letter, error) {
	l := &Letter{o: o, lang: audience.Language(c.Lang)}
	var errs []error
	parse := func(field, s string, mode liquid.Mode) *liquid.Template {
		t, err := liquid.Parse(s, mode)
		errs = append(errs, liquidFault(field, err))
		return t
	}
	l.subject = parse("subject", src.subject, liquid.Text)
	l.hidden = parse("preheader", src.preheader, liquid.Text)
	if err := fault.Join(errs...); err != nil {
		return nil, err // the page repeats both
	}
	l.html = parse("document", src.links.fill(src.html, nil), liquid.HTML)
	l.text = parse("document", src.text, liquid.Text)
	return l, fault.Join(errs...)
}

func (l *Letter) count(src sources) error {
	src.links.trust(src.html)
	urls, ids := src.links.numbered(), []int64{}
	var err error
	if len(urls) > 0 {
		ids, err = l.o.LinkIDs(urls)
	}
	if err != nil {
		return fmt.Errorf("number the links: %w", err)
	}
	if len(ids) != len(urls) {
		return fmt.Errorf("number the links: %d numbers for %d links", len(ids), len(urls))
	}
	l.counted, err = liquid.Parse(src.links.fill(src.html, ids), liquid.HTML)
	return err
}

// liquidFault turns a template's error into a fault about the field; nil for nil.
func liquidFault(field string, err error) error {
	e, ok := errors.AsType[*liquid.Error](err)
	if !ok {
		return err
	}
	return fault.Field(field, e.Text, e.Args...)
}

// blockFaults finds the block whose Liquid cannot be read.
func blockFaults(d document.Document, w *writer, src sources) error {
	if _, err := liquid.Parse(src.links.fill(src.html, nil), liquid.HTML); err == nil {
		return nil
	}
	var err error
	d.Each(func(b document.Block) {
		if err != nil || holdsOthers(b) {
			return // what stands in it comes by itself
		}
		_, bad := liquid.Parse(blockAlone(b, w), liquid.HTML)
		err = liquidFault(b.Common().ID, bad)
	})
	return err // nil: the subject or the preheader, which are asked next
}

func holdsOthers(b document.Block) bool {
	switch b.(type) {
	case *document.Columns, *document.Saved:
		return true
	}
	return false
}

func blockAlone(b document.Block, w *writer) string {
	alone := &writer{o: w.o, t: w.t, lang: w.lang, rtl: w.rtl}
	if f, ok := b.(*document.Footer); ok {
		alone.footer(f)
	} else {
		alone.block(b, box{width: w.t.width - 2*side, side: side})
	}
	return alone.links.fill(alone.String(), nil)
}

// Render writes the letter for one recipient. A value that is missing and has no fallback
// is a *MissingError, unless it is a preview; what cannot be worked out with this
// recipient's values is a *fault.Error.
func (l *Letter) Render(v Values) (Output, error) {
	if v.Preview {
		var err error
		if l, err = l.marked(); err != nil {
			return Output{}, err
		}
	}
	out, err := l.Parts(v)
	return out.Whole(), err
}

// Whole is a letter of Parts put together.
func (o Output) Whole() Output {
	o.HTML, o.Constant = liquid.Written{Rest: o.HTML, Places: o.Constant}.String(), nil
	return o
}

// Parts is Render with that of HTML apart which is the same in every letter: to copy it for
// each would cost more than all the rest of the letter.
func (l *Letter) Parts(v Values) (Output, error) {
	vars, lim := v.vars(l.o), v.limits(l.lang)
	message := vars["message"].(map[string]any)
	var out Output
	var missing []string
	for _, part := range []struct {
		to *string
		t  *liquid.Template
		fn func(string) string
	}{{&out.Subject, l.subject, clean}, {&out.Preheader, l.hidden, clean}, {&out.HTML, l.page(v), nil}, {&out.Text, l.text, tidy}} {
		w, err := part.t.Write(vars, lim)
		if err != nil {
			return Output{}, fmt.Errorf("render letter: %w", liquidFault("document", err))
		}
		if part.fn != nil {
			*part.to = part.fn(w.String())
		} else {
			*part.to, out.Constant = w.Rest, w.Places
		}
		if !v.Preview && len(w.Missing) > 0 && l.needy[part.t] {
			missing = join(missing, w.Missing)
		}
		message["subject"] = out.Subject
	}
	if len(missing) > 0 {
		return Output{}, &MissingError{missing}
	}
	return out, nil
}

// join adds paths that are not there yet; the subject's own gaps are told once.
func join(all, more []string) []string {
	for _, path := range more {
		if path != "message.subject" && !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}

// Holds reports whether the letter holds the link of this name: making one costs.
func (l *Letter) Holds(link string) bool { return l.linked[link] || l.linked[""] }

// Reads reports whether the letter reads LastOrder, Bestsellers or OfWorth: looking them up costs.
func (l *Letter) Reads(path string) bool { return l.goods[path] }

func (l *Letter) page(v Values) *liquid.Template {
	if l.counted != nil && v.Links["click"] != "" && (v.Hop != nil || !l.linked["to"]) {
		return l.counted
	}
	return l.html
}

var simpleTag = regexp.MustCompile(`\{\{-?\s*((?:subscriber|order|data)(?:\.[A-Za-z0-9_]+|\[\d+\])+)\s*-?\}\}`)

// marked shows the paths of missing values where they would stand.
func (src sources) marked() sources {
	mark := func(s string) string { return simpleTag.ReplaceAllString(s, `{{ $1 | default: "[$1]" }}`) }
	src.subject, src.preheader, src.html, src.text = mark(src.subject), mark(src.preheader), mark(src.html), mark(src.text)
	return src
}

// Place reads the line and the column out of a fault's field "html:3:7".
func Place(field string) (line, column int, ok bool) {
	n, err := fmt.Sscanf(field, "html:%d:%d", &line, &column)
	return line, column, err == nil && n == 2
}

// Language is the language the letter speaks.
func (l *Letter) Language() string { return cmp.Or(l.lang, audience.Languages[0]) }
