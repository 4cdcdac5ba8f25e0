package render

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

// html draws the marketer's own code, without what could act or break out of its row.
func (w *writer) html(b *document.HTML, at box) {
	p := protect(b.Code)
	clean, err := w.safeHTML(p)
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
	code := protect(b.Code)
	clean, err := (&writer{links: links{off: true}}).safeHTML(code)
	if err != nil {
		return // said with the HTML
	}
	code.src = clean
	p.line(code.restore(htmlText(code)), "")
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
	inTable   = namesOf(`tbody thead tfoot tr td th caption colgroup col`)
	voidTags  = namesOf(`br col hr img wbr`)
	safeAttrs = namesOf(`href src alt title width height align valign bgcolor background border cellpadding cellspacing colspan rowspan style class dir lang
		role name color face size start type nowrap scope headers datetime cite hspace vspace target rel aria-label aria-hidden`)
)

// safeHTML copies the tokens that may stand in a letter. Merge tags are marks here and stay.
func (w *writer) safeHTML(p *protected) (string, *fault.Error) {
	s := &sanitizer{w: w, p: p}
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
	gone   string   // the element that is left out
	depth  int      // of elements of that name in it
	stack  []string // structure that is open
	inline []string // other elements that are
	forks  []branching
	fault  *fault.Error
}

// branching is a Liquid tag with branches: what was open before it and behind its first branch.
type branching struct {
	name   string
	before []string
	first  []string
	begun  bool // a branch has begun: not yet between case and its first when
	seen   bool // a first branch ended
	total  bool // an else is there, so one of the branches is taken
}

var tagWord = regexp.MustCompile(`^\{%-?\s*([a-z]+)`)

// text copies words and follows the merge tags among them.
func (s *sanitizer) text(raw string) {
	s.out.WriteString(raw)
	for rest := raw; ; {
		i := strings.Index(rest, markLeft)
		if i < 0 {
			return
		}
		mark, after, _ := strings.Cut(rest[i:], markRight)
		if m := tagWord.FindStringSubmatch(s.p.restore(mark + markRight)); m != nil {
			s.tag(m[1])
		}
		rest = after
	}
}

func (s *sanitizer) tag(name string) {
	switch name {
	case "if", "unless", "case", "for", "tablerow", "capture":
		s.forks = append(s.forks, branching{name: name, before: slices.Clone(s.stack), begun: name != "case"})
	case "elsif", "else", "when":
		if n := len(s.forks); n > 0 {
			f := &s.forks[n-1]
			if f.begun {
				s.branch(f)
			}
			f.begun, f.total = true, f.total || name == "else"
			s.stack = slices.Clone(f.before)
		}
	case "endif", "endunless", "endcase", "endfor", "endtablerow", "endcapture":
		if n := len(s.forks); n > 0 {
			f := s.forks[n-1]
			s.branch(&f)
			if !f.total || f.name == "for" || f.name == "tablerow" || f.name == "capture" {
				s.even(f.name, f.before)
			}
			s.forks = s.forks[:n-1]
		}
	}
}

// branch ends one branch: all must leave the same open.
func (s *sanitizer) branch(f *branching) {
	if !f.seen {
		f.seen, f.first = true, slices.Clone(s.stack)
	}
	s.even(f.name, f.first)
}

func (s *sanitizer) even(name string, want []string) {
	if !slices.Equal(s.stack, want) && s.fault == nil {
		s.fault = fault.New(fault.Invalid, "The branches of this “%s” end in different places of the HTML. Open and close HTML tags and quotes in the same branch.", name)
	}
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
		switch {
		case structure[name]:
			s.stack = append(s.stack, name)
		case !voidTags[name]:
			s.inline = append(s.inline, name)
		}
		s.out.WriteString(s.rebuilt(name, raw))
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
	default: // one that was opened, be it in a branch
		for i := len(s.inline) - 1; i >= 0; i-- {
			if s.inline[i] == name {
				s.inline = slices.Delete(s.inline, i, i+1)
				s.out.WriteString("</" + name + ">")
				return
			}
		}
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

// rebuilt writes a start tag anew, with those of its attributes that do no harm.
func (s *sanitizer) rebuilt(name, raw string) string {
	var b strings.Builder
	b.WriteString("<" + name)
	seen := map[string]bool{}
	for _, a := range attributes(raw) {
		if !safeAttrs[a.name] || seen[a.name] || !harmless(a) {
			continue
		}
		seen[a.name] = true
		value := strings.ReplaceAll(a.value, `"`, "&quot;")
		if a.name == "href" {
			value = s.link(a)
		}
		b.WriteString(" " + a.name + `="` + value + `"`)
	}
	if name == "img" && !seen["alt"] {
		b.WriteString(` alt=""`)
	}
	return b.String() + ">"
}

// link makes static web addresses count, as everywhere in the letter.
func (s *sanitizer) link(a attribute) string {
	address := strings.TrimSpace(html.UnescapeString(a.value))
	if s.w.links.off || strings.Contains(address, markLeft) || !strings.HasPrefix(strings.ToLower(address), "http") {
		return strings.ReplaceAll(a.value, `"`, "&quot;")
	}
	return s.w.links.mark(address)
}

var schemeForm = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)

// harmless refuses addresses that run code, and styles that lay the block over the letter.
func harmless(a attribute) bool {
	value := strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, html.UnescapeString(a.value)))
	switch a.name {
	case "href", "src", "background", "cite":
		scheme := schemeForm.FindString(value)
		return scheme == "" || slices.Contains([]string{"http:", "https:", "mailto:", "tel:", "sms:"}, scheme)
	case "style":
		for _, bad := range []string{"expression(", "javascript:", "vbscript:", "behavior:", "-moz-binding", "position:", "@import", `\`, "/*"} {
			if strings.Contains(value, bad) {
				return false
			}
		}
	}
	return true
}
