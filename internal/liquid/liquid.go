// Package liquid renders Liquid templates: parsed once, rendered many times by any number of
// goroutines, escaped by the HTML context each output stands in, stopped by limits, without file access.
package liquid

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Mode says what a template makes, and so how its outputs are escaped.
type Mode int

const (
	Text Mode = iota // nothing is escaped
	HTML             // every output is escaped by the context it stands in, unless it is piped to raw
)

// Template is a parsed template. It is never changed after Parse, so it may be shared.
type Template struct {
	src      string
	name     string // of a partial; "" for the template itself
	mode     Mode
	body     *body
	partials map[string]*Template
	paths    []Path
	raw      bool
}

// Raw reports whether the template prints something as it is: by the tag raw or the filter.
func (t *Template) Raw() bool { return t.raw }

// Error is a fault in a template, or what stopped its rendering. Text is an English sentence
// with fmt verbs for Args, kept apart so that it can be said in the reader's language.
type Error struct {
	Line, Column int    // 1-based; Column counts characters
	Partial      string // the partial it stands in; "" in the template itself
	Text         string
	Args         []any
}

// Message is the sentence without its place.
func (e *Error) Message() string { return fmt.Sprintf(e.Text, e.Args...) }

// Error is the sentence after its place: "line 3, column 7: There is no filter “shout”."
func (e *Error) Error() string {
	where := fmt.Sprintf("line %d, column %d", e.Line, e.Column)
	if e.Partial != "" {
		where = e.Partial + ", " + where
	}
	return where + ": " + e.Message()
}

// Parse compiles a template. Its errors are *Error.
func Parse(src string, mode Mode) (*Template, error) {
	return ParseWith(src, mode, nil)
}

// ParseWith compiles a template whose include and render tags find their partials by name in
// the map. In HTML mode a partial starts and ends in text, between tags.
func ParseWith(src string, mode Mode, partials map[string]string) (*Template, error) {
	shared := make(map[string]*Template, len(partials))
	for name, text := range partials {
		p, err := parseOne(text, name, mode)
		if err != nil {
			return nil, err
		}
		p.partials = shared
		shared[name] = p
	}
	t, err := parseOne(src, "", mode)
	if err != nil {
		return nil, err
	}
	t.partials = shared
	t.paths = analyse(t)
	return t, nil
}

func parseOne(src, name string, mode Mode) (*Template, error) {
	t := &Template{src: src, name: name, mode: mode}
	p := &parser{t: t, src: src, mode: mode}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return t, nil
}

// errorAt is an Error at a byte offset of the template's source.
func (t *Template) errorAt(off int, text string, args ...any) *Error {
	at := mark{0, 1, 1}.move(t.src, min(max(off, 0), len(t.src)))
	return &Error{Line: at.line, Column: at.column, Partial: t.name, Text: text, Args: args}
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

// Render writes the template for these values. Nothing is written when it fails; its own
// errors are *Error.
func (t *Template) Render(w io.Writer, vars map[string]any, lim Limits) error {
	buf := buffers.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= 1<<20 {
			buffers.Put(buf)
		}
	}()
	out, err := t.run((*buf)[:0], vars, lim, nil, nil)
	*buf = out[:0]
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}

// RenderString is Render into a string.
func (t *Template) RenderString(vars map[string]any, lim Limits) (string, error) {
	w, err := t.Write(vars, lim)
	return w.String(), err
}

// A Written is what a template wrote, and about it what one may ask.
type Written struct {
	Rest    string   // the text without the literals of Places
	Missing []string // what Missing lists
	Places  []Place  // of an HTML template's own long literals, in order: the same text in every rendering
}

// String is the whole text.
func (w Written) String() string {
	if len(w.Places) == 0 {
		return w.Rest
	}
	var b strings.Builder
	at := 0
	for _, p := range w.Places {
		b.WriteString(w.Rest[at:p.At])
		b.WriteString(p.Text)
		at = p.At
	}
	b.WriteString(w.Rest[at:])
	return b.String()
}

// Write is RenderString that also tells what is missing and what is constant. What is constant
// is not copied.
func (t *Template) Write(vars map[string]any, lim Limits) (Written, error) {
	buf := buffers.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= 1<<20 {
			buffers.Put(buf)
		}
	}()
	var w Written
	var places *[]Place
	if t.mode == HTML {
		w.Places = make([]Place, 0, 16)
		places = &w.Places
	}
	out, err := t.run((*buf)[:0], vars, lim, func(path string) {
		if !slices.Contains(w.Missing, path) {
			w.Missing = append(w.Missing, path)
		}
	}, places)
	*buf = out[:0]
	if err != nil {
		return Written{}, err
	}
	w.Rest = rest(out, w.Places)
	return w, nil
}

// rest is what was written without the literals, whose places it moves there.
func rest(out []byte, places []Place) string {
	if len(places) == 0 {
		return string(out)
	}
	n := len(out)
	for _, p := range places {
		n -= len(p.Text)
	}
	var b strings.Builder
	b.Grow(n)
	at := 0
	for i, p := range places {
		b.Write(out[at:p.At])
		at, places[i].At = p.At+len(p.Text), b.Len()
	}
	b.Write(out[at:])
	return b.String()
}

func (t *Template) run(out []byte, vars map[string]any, lim Limits, missed func(string), places *[]Place) ([]byte, error) {
	c := newCtx(t, out, vars, lim)
	c.missed, c.places = missed, places
	err := t.body.render(c)
	return c.out, err
}
