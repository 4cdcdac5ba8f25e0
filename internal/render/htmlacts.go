package render

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

// An Act is an attribute of a letter written by hand that would run code: it is left out when
// the letter is made.
type Act struct {
	Attribute    string // "onclick", or "href" of an address that runs code
	Handler      bool   // it is an event's
	Line, Column int    // in what the person wrote
}

// Acts lists what code by hand would run, in the order it stands there.
func Acts(c campaigns.Content) []Act {
	if !c.Coded() {
		return nil
	}
	d := &disarmer{p: protect(c.HTML)}
	z := html.NewTokenizer(strings.NewReader(d.p.src))
	for offset := 0; ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return d.found
		}
		raw := string(z.Raw())
		d.token(kind, raw, offset)
		offset += len(raw)
	}
}

// disarmer leaves out of tags what would run code, and every other octet as it is.
type disarmer struct {
	p     *protected
	found []Act
	fault error // what cannot be looked through, so the letter is refused
	deep  int
}

// mostNested is how deep comments and what is raw text may stand in one another.
const mostNested = 8

// token is a token without what would run code. Mail programs read conditional comments and what
// is meant for readers without scripts, so tags within those are tags, too.
func (d *disarmer) token(kind html.TokenType, raw string, offset int) string {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		return d.tag(raw, offset)
	case html.CommentToken:
		inner, ok := strings.CutPrefix(raw, "<!--")
		if ok && strings.Contains(inner, "<") {
			return "<!--" + d.within(inner, offset+len("<!--"))
		}
		if strings.HasPrefix(raw, "<![CDATA[") && drawn.MatchString(d.p.src) {
			d.refuse(noMarked)
		}
	case html.TextToken:
		if strings.Contains(raw, "<") {
			return d.within(raw, offset)
		}
	}
	return raw
}

// drawn is where browsers read by other rules: SVG and MathML.
var drawn = regexp.MustCompile(`(?i)<(?:svg|math)[\s/>]`)

func (d *disarmer) refuse(format string) {
	if d.fault == nil {
		d.fault = fault.New(fault.Invalid, format)
	}
}

// within looks through the tags of a piece that the tokenizer takes for one, and of the pieces in it.
func (d *disarmer) within(piece string, offset int) string {
	if d.deep == mostNested {
		d.refuse(noDepth)
		return ""
	}
	d.deep++
	defer func() { d.deep-- }()
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(piece))
	for {
		kind := z.Next()
		raw := string(z.Raw())
		if kind == html.ErrorToken {
			d.ends(z.Err(), raw)
			b.WriteString(raw)
			return b.String()
		}
		if raw == piece && kind == html.TextToken { // words with a sign, and no tag
			return piece
		}
		b.WriteString(d.token(kind, raw, offset))
		offset += len(raw)
	}
}

// ends refuses a piece that was not read to its end, and one that ends within a tag's attributes:
// in SVG the tag would go on behind it.
func (d *disarmer) ends(err error, rest string) {
	if !errors.Is(err, io.EOF) {
		d.refuse(noDepth)
	} else if strings.Contains(rest, "=") && drawn.MatchString(d.p.src) {
		d.refuse(noMarked)
	}
}

func (d *disarmer) tag(raw string, offset int) string {
	var b strings.Builder
	copied := 0
	for _, a := range attributes(raw) {
		handler := d.handles(a.name)
		if !handler && !d.runs(a) {
			continue
		}
		line, column := d.p.place(offset + a.start)
		d.found = append(d.found, Act{Attribute: d.p.restore(a.name), Handler: handler, Line: line, Column: column})
		from, to := a.start, max(a.to, a.end)
		kept := d.branches(raw[from:to])
		for kept == "" && from > copied+1 && strings.IndexByte(" \t\r\n\f", raw[from-1]) >= 0 {
			from--
		}
		b.WriteString(raw[copied:max(from, copied)] + kept)
		copied = to
	}
	if copied == 0 {
		return raw
	}
	return b.String() + raw[copied:]
}

// branches are the merge tags of a piece that others belong to: {% if %} without its end cannot be read.
func (d *disarmer) branches(piece string) string {
	var b strings.Builder
	for {
		_, rest, ok := strings.Cut(piece, markLeft)
		if !ok {
			return b.String()
		}
		number, after, _ := strings.Cut(rest, markRight)
		mark := markLeft + number + markRight
		if tag := d.p.restore(mark); strings.HasPrefix(tag, "{%") && !rawInside.MatchString(tag) {
			b.WriteString(mark)
		}
		piece = after
	}
}

// nameWords are the pieces of a name between its merge tags; open tells that one of those prints
// something into it.
func (p *protected) nameWords(name string) (words []string, open bool) {
	for {
		before, rest, more := strings.Cut(name, markLeft)
		words = append(words, before)
		if !more {
			return words, open
		}
		number, after, _ := strings.Cut(rest, markRight)
		tag := p.restore(markLeft + number + markRight)
		m := tagWord.FindStringSubmatch(tag)
		open = open || m == nil || !choosing[m[1]] && !quiet[m[1]] || rawInside.MatchString(tag)
		name = after
	}
}

var quiet = namesOf(`for endfor assign capture endcapture break continue`)

// handles reports whether the name is an event's, whichever of its pieces are printed.
func (d *disarmer) handles(name string) bool {
	words, open := d.p.nameWords(name)
	if len(words) == 1 {
		return strings.HasPrefix(name, "on") && len(name) > 2
	}
	first := slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "on") })
	split := slices.Contains(words, "o") && slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "n") })
	return first || split || open && len(words[0]) < 2 && (words[0] == "" || words[0] == "o")
}

// addressed are the attributes whose value is an address, or becomes one.
var (
	addressed = namesOf(`href src action formaction background cite data poster longdesc lowsrc dynsrc srcset ping to from values by`)
	running   = []string{"javascript:", "vbscript:", "livescript:"}
)

// runs reports whether the attribute is an address that runs code, whatever its merge tags print.
func (d *disarmer) runs(a attribute) bool {
	name := a.name[strings.LastIndexByte(a.name, ':')+1:]
	if !addressed[name] {
		return false
	}
	words, tags, ok := pieces(d.p, a.value)
	bad := running
	if name == "href" {
		bad = append(slices.Clone(running), "data:")
	}
	if !ok { // tags that do more than choose and print
		var open bool
		if words, open = d.p.nameWords(a.value); open && !begun(words[0]) {
			return true // what they make of it cannot be told
		}
		joined := bare(strings.Join(words, ""))
		if slices.ContainsFunc(bad, func(scheme string) bool { return strings.HasPrefix(joined, scheme) }) {
			return true
		}
		for i, w := range words {
			words[i] = bare(w)
		}
		tags = words[1:]
	}
	if len(tags) == 0 {
		return slices.ContainsFunc(bad, func(scheme string) bool { return strings.HasPrefix(words[0], scheme) })
	}
	if i := strings.IndexAny(words[0], ":/?#"); i >= 0 && !slices.ContainsFunc(bad, func(scheme string) bool { return strings.HasSuffix(scheme, words[0][:i+1]) }) {
		return false // it has begun as something else, for good
	}
	return slices.ContainsFunc(bad, func(scheme string) bool { return makes(words, scheme) })
}

// begun reports whether an address has begun before its first merge tag, so that nothing makes
// another scheme of it.
func begun(before string) bool {
	return !openEntity.MatchString(before) && strings.ContainsAny(bare(before), ":/?#")
}

// makes reports whether any choice of the pieces may begin with the scheme, the rest of which a
// merge tag prints.
func makes(words []string, scheme string) bool {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
	if spells(words, scheme) {
		return true
	}
	return slices.ContainsFunc(words, func(w string) bool {
		i := strings.IndexByte(w, ':')
		return i > 0 && strings.HasSuffix(scheme, w[:i+1])
	})
}
