package render

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/liquid"
)

// html draws the marketer's own code, without what could act or break out of its row.
func (w *writer) html(b *document.HTML, at box) {
	p, clean, err := w.cleaned(b.Code)
	if err != nil && !w.o.Canvas {
		w.errs = append(w.errs, fault.Field(b.ID+".code", err.Format, err.Args...))
		return
	}
	note := w.say("No code yet.")
	if err != nil {
		note = w.say(err.Format, err.Args...)
	}
	w.rowOr(b, at, 10, err == nil && strings.TrimSpace(clean) != "", note, func(box) {
		w.f(`<div class="k-t" style="font-family:%s;font-size:16px;line-height:1.6;color:%s">`, w.t.font, w.ink(w.t.light.text))
		w.WriteString(p.restore(clean) + "</div>")
	})
}

func (p *plain) html(b *document.HTML) {
	code, clean, err := (&writer{links: links{off: true}}).cleaned(b.Code)
	if err != nil {
		return // said with the HTML
	}
	code.src = clean
	p.line(code.restore(htmlText(code)), "")
}

// The limits of a block's own code: what is open at once.
const (
	maxOpen  = 100 // of structure, and of other elements
	maxForks = 50  // of Liquid tags with an end
)

// cleaned is the marketer's code with its merge tags aside, and what of it may stand in a letter.
// The Liquid is read first: what it cannot read is not looked through either.
func (w *writer) cleaned(code string) (*protected, string, *fault.Error) {
	t, err := liquid.Parse(code, liquid.HTML)
	if e, ok := errors.AsType[*liquid.Error](err); ok {
		return nil, "", fault.New(fault.Invalid, e.Text, e.Args...)
	}
	if t.Raw() {
		return nil, "", fault.New(fault.Invalid, "The tag “raw” and the filter “raw” have no place in this block: nobody looks through what they print. Write { as &#123;.")
	}
	p := protect(code)
	clean, bad := w.safeHTML(p)
	return p, clean, bad
}

// namesOf sets off a list of names.
func namesOf(s string) map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(s) {
		all[name] = true
	}
	return all
}

var (
	// safeTags stay; of other tags only what stands between them does.
	safeTags = namesOf(`a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure font
		h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp section small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var wbr`)
	// goneWhole are elements whose inside goes with them.
	goneWhole = namesOf(`script style iframe object embed applet noscript noembed noframes template svg math title textarea select head xmp plaintext frameset audio video canvas`)
	// structure is closed as often as it is opened, or it would end what is around the block.
	structure = namesOf(`table tbody thead tfoot tr td th caption colgroup div section center blockquote ul ol dl`)
	// inTable are the tags that outside of a table of their own end the letter's cell.
	inTable = namesOf(`tbody thead tfoot tr td th caption colgroup col`)
	// selfEnding elements end where the next of their kind begins.
	selfEnding = namesOf(`p li dt dd`)
	voidTags   = namesOf(`br col hr img wbr`)
	safeAttrs  = namesOf(`href src alt title width height align valign bgcolor background border cellpadding cellspacing colspan rowspan style class dir lang
		role name color face size start type nowrap scope headers datetime cite hspace vspace target rel aria-label aria-hidden`)
)

// safeHTML copies the tokens that may stand in a letter. Merge tags are marks here and stay.
func (w *writer) safeHTML(p *protected) (string, *fault.Error) {
	s := &sanitizer{w: w, p: p, opened: map[string]int{}}
	z := html.NewTokenizer(strings.NewReader(p.src))
	for {
		kind := z.Next()
		raw := string(z.Raw())
		switch kind {
		case html.ErrorToken:
			return s.end()
		case html.TextToken:
			if s.gone == "" {
				s.text(raw)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			s.open(string(name), raw, kind == html.SelfClosingTagToken)
		case html.EndTagToken:
			name, _ := z.TagName()
			s.close(string(name))
		}
		if s.fault != nil {
			return "", s.fault
		}
	}
}

type sanitizer struct {
	w      *writer
	p      *protected
	out    strings.Builder
	gone   string         // the element that is left out
	depth  int            // of elements of that name in it
	stack  []string       // structure that is open
	inline []string       // other elements that are
	opened map[string]int // how many of each name are in inline
	deep   int            // how many of inline do not end by themselves
	forks  []branching
	fault  *fault.Error
}

func (s *sanitizer) open(name, raw string, closed bool) {
	switch {
	case s.gone != "":
		if name == s.gone && !closed {
			s.depth++
		}
	case goneWhole[name]:
		if !closed || name != "svg" && name != "math" {
			s.gone, s.depth = name, 1
		}
	case inTable[name] && !slices.Contains(s.stack, "table"):
	case safeTags[name]:
		s.push(name)
		s.out.WriteString(s.rebuilt(name, raw))
	}
}

// push remembers what is open.
func (s *sanitizer) push(name string) {
	switch {
	case voidTags[name]:
		return
	case structure[name]:
		s.stack = append(s.stack, name)
	case selfEnding[name]:
		if s.opened[name] == maxOpen {
			return // it has ended by itself, or its end is written
		}
		s.inline = append(s.inline, name)
		s.opened[name]++
	default:
		s.inline = append(s.inline, name)
		s.opened[name]++
		s.deep++
	}
	if len(s.stack) > maxOpen || s.deep > maxOpen {
		s.refuse("HTML tags are nested deeper than %d. Close each where it ends.", maxOpen)
	}
}

func (s *sanitizer) close(name string) {
	switch {
	case s.gone != "":
		if name == s.gone {
			if s.depth--; s.depth == 0 {
				s.gone = ""
			}
		}
	case structure[name]:
		i := lastIndex(s.stack, name)
		if i < 0 {
			return // of a tag that was never opened: it would end the letter's own
		}
		s.unwind(i)
	case s.opened[name] > 0: // be it in a branch
		s.opened[name]--
		if !selfEnding[name] {
			s.deep--
		}
		i := len(s.inline) - 1
		for s.inline[i] != name {
			i--
		}
		s.inline = slices.Delete(s.inline, i, i+1)
		s.out.WriteString("</" + name + ">")
	}
}

func lastIndex(stack []string, name string) int {
	for i := len(stack) - 1; i >= 0; i-- {
		if stack[i] == name {
			return i
		}
		if stack[i] == "table" {
			return -1 // an inner table's end tags end nothing outside of it
		}
	}
	return -1
}

// unwind closes what is open from the i-th on.
func (s *sanitizer) unwind(i int) {
	for j := len(s.stack) - 1; j >= i; j-- {
		s.out.WriteString("</" + s.stack[j] + ">")
	}
	s.stack = s.stack[:i]
}

func (s *sanitizer) end() (string, *fault.Error) {
	slices.Reverse(s.inline)
	for _, name := range s.inline {
		s.out.WriteString("</" + name + ">")
	}
	s.unwind(0)
	return s.out.String(), s.fault
}
