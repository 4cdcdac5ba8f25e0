package liquid

import "strings"

type tokenKind uint8

const (
	textToken   tokenKind = iota
	rawToken              // text that whitespace control leaves alone
	outputToken           // {{ … }}
	tagToken              // {% name … %}
)

// A token is a piece of the template. For outputs and tags, text is the markup between the
// delimiters (for a tag, after its name) and off is where it begins in the source.
type token struct {
	kind tokenKind
	name string
	text string
	off  int
	tag  int // where the delimiter, or in a liquid tag the line, begins
}

type lexer struct {
	t    *Template
	src  string
	pos  int
	trim bool // the tag before ended in -%} or -}}
	open bool // a raw inside a comment has no endraw: not to be looked for again
	toks []token
}

func lex(t *Template) ([]token, error) {
	l := &lexer{t: t, src: t.src}
	for l.pos < len(l.src) {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	return l.toks, nil
}

func (l *lexer) next() error {
	start := l.pos
	open := nextOpen(l.src, start)
	if open < 0 {
		l.text(start, len(l.src), false)
		l.pos = len(l.src)
		return nil
	}
	dash := open+2 < len(l.src) && l.src[open+2] == '-'
	l.text(start, open, dash)
	if l.src[open+1] == '{' {
		return l.output(open)
	}
	return l.tag(open)
}

func nextOpen(s string, from int) int {
	for i := from; i+1 < len(s); i++ {
		j := strings.IndexByte(s[i:], '{')
		if j < 0 || i+j+1 >= len(s) {
			return -1
		}
		i += j
		if s[i+1] == '{' || s[i+1] == '%' {
			return i
		}
	}
	return -1
}

const space = " \t\r\n\v\f\x00"

func (l *lexer) text(from, to int, trimRight bool) {
	s := l.src[from:to]
	if l.trim {
		trimmed := strings.TrimLeft(s, space)
		from += len(s) - len(trimmed)
		s = trimmed
	}
	l.trim = false
	if trimRight {
		s = strings.TrimRight(s, space)
	}
	if s != "" {
		l.toks = append(l.toks, token{kind: textToken, text: s, off: from, tag: from})
	}
}

// markup cuts the dashes off the inside of a delimiter pair and moves on behind it.
func (l *lexer) markup(open, end int) (string, int) {
	from := open + 2
	inside := l.src[from:end]
	l.pos = end + 2
	if strings.HasPrefix(inside, "-") {
		inside = inside[1:]
		from++
	}
	if strings.HasSuffix(inside, "-") {
		inside = inside[:len(inside)-1]
		l.trim = true
	}
	return inside, from
}

func (l *lexer) output(open int) error {
	n := strings.Index(l.src[open:], "}}")
	if n < 2 {
		return l.t.errorAt(open, "This {{ has no }}.")
	}
	text, off := l.markup(open, open+n)
	l.toks = append(l.toks, token{kind: outputToken, text: text, off: off, tag: open})
	return nil
}

func (l *lexer) tag(open int) error {
	n := strings.Index(l.src[open:], "%}")
	if n < 2 {
		return l.t.errorAt(open, "This {%% has no %%}.")
	}
	inside, off := l.markup(open, open+n)
	tok := tagOf(inside, off)
	tok.tag = open
	switch tok.name {
	case "comment":
		return l.comment(open)
	case "raw":
		l.t.raw = true
		return l.verbatim(tok, "endraw", rawToken)
	case "doc":
		if strings.TrimSpace(tok.text) != "" {
			return l.t.errorAt(off, "The tag “%s” takes no arguments.", tok.name)
		}
		return l.verbatim(tok, "enddoc", textToken)
	}
	l.toks = append(l.toks, tok)
	return nil
}

// tagOf splits the inside of a tag into its name and the rest.
func tagOf(inside string, off int) token {
	i := 0
	for i < len(inside) && strings.IndexByte(space, inside[i]) >= 0 {
		i++
	}
	start := i
	if i < len(inside) && inside[i] == '#' {
		i++
	} else {
		for i < len(inside) && isWord(inside[i]) {
			i++
		}
	}
	return token{kind: tagToken, name: inside[start:i], text: inside[i:], off: off + i, tag: off + start}
}

func isWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// nextTag finds the next {% … %}, whatever is in it, at or after from.
func (l *lexer) nextTag(from int) (tok token, open, end int) {
	open = strings.Index(l.src[from:], "{%")
	if open < 0 {
		return token{}, -1, -1
	}
	open += from
	end = strings.Index(l.src[open+2:], "%}")
	if end < 0 {
		return token{}, -1, -1
	}
	end += open + 2
	inside := strings.TrimSuffix(strings.TrimPrefix(l.src[open+2:end], "-"), "-")
	return tagOf(inside, open+2), open, end
}

// comment skips to the matching endcomment; comments nest, and raw hides what is in it.
func (l *lexer) comment(open int) error {
	depth, pos := 1, l.pos
	for {
		tok, at, end := l.nextTag(pos)
		if at < 0 {
			return l.t.errorAt(open, "The tag “%s” has no “%s”.", "comment", "endcomment")
		}
		pos = end + 2
		switch tok.name {
		case "comment":
			depth++
		case "endcomment":
			depth--
		case "raw":
			pos = l.afterRaw(pos)
		}
		if depth == 0 {
			l.trim = l.src[end-1] == '-'
			l.pos = pos
			return nil
		}
	}
}

// afterRaw is behind the endraw of a raw in a comment, or where it was when there is none.
func (l *lexer) afterRaw(pos int) int {
	if l.open {
		return pos
	}
	_, after := l.find(pos, "endraw")
	if l.open = after < 0; l.open {
		return pos
	}
	return after
}

// find looks for {% name %} alone and gives where it begins and where the text behind it begins.
func (l *lexer) find(from int, name string) (open, after int) {
	for {
		i := strings.Index(l.src[from:], "{%")
		if i < 0 {
			return -1, -1
		}
		open = from + i
		rest := strings.TrimLeft(strings.TrimPrefix(l.src[open+2:], "-"), space)
		if strings.HasPrefix(rest, name) {
			rest = strings.TrimLeft(rest[len(name):], space)
			rest = strings.TrimPrefix(rest, "-")
			if strings.HasPrefix(rest, "%}") {
				return open, len(l.src) - len(rest) + 2
			}
		}
		from = open + 2
	}
}

// verbatim takes the text up to the end tag as it stands; a doc's text is thrown away.
func (l *lexer) verbatim(tok token, end string, kind tokenKind) error {
	if rest := strings.TrimSpace(tok.text); rest != "" {
		return l.t.errorAt(tok.off, "The tag “%s” takes no arguments.", tok.name)
	}
	open, after := l.find(l.pos, end)
	if open < 0 {
		return l.t.errorAt(tok.tag, "The tag “%s” has no “%s”.", tok.name, end)
	}
	if kind == rawToken && open > l.pos {
		l.toks = append(l.toks, token{kind: rawToken, text: l.src[l.pos:open], off: l.pos, tag: l.pos})
	}
	l.trim = after >= 3 && l.src[after-3] == '-'
	l.pos = after
	return nil
}
