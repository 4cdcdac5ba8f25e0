package liquid

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type partKind uint8

const (
	endPart partKind = iota
	namePart
	stringPart
	intPart
	floatPart
	signPart // punctuation and operators
)

// A part is one word of an expression; off is its place in the template.
type part struct {
	kind partKind
	text string
	off  int
	end  int
}

// scanner cuts markup into parts. The current one is cur.
type scanner struct {
	t     *Template
	src   string
	base  int // where src begins in the template
	pos   int
	cur   part
	err   error
	depth int
}

func (p *parser) scan(tok token) *scanner {
	s := &scanner{t: p.t, src: tok.text, base: tok.off}
	s.next()
	return s
}

func (s *scanner) fail(text string, args ...any) error {
	if s.err == nil {
		s.err = s.t.errorAt(s.cur.off, text, args...)
	}
	return s.err
}

func (s *scanner) next() part {
	before := s.cur
	s.pos += blanks(s.src[s.pos:])
	start := s.pos
	s.cur = part{off: s.base + start}
	if start < len(s.src) && s.err == nil {
		s.read(s.src[start])
	}
	s.cur.end = s.base + s.pos
	return before
}

func (s *scanner) read(b byte) {
	start := s.pos
	switch {
	case b == '\'' || b == '"':
		s.quoted(b)
		return
	case isDigit(b) || b == '-' && start+1 < len(s.src) && isDigit(s.src[start+1]):
		s.number()
		return
	case wordStart(s.src[start:]) > 0:
		s.word()
		return
	}
	n := signLength(s.src[start:])
	if n == 0 {
		r, width := utf8.DecodeRuneInString(s.src[start:])
		if strings.ContainsRune("“”„‟‘’‚«»", r) {
			s.fail("Use straight quotes here: \" or '.")
			return
		}
		s.fail("The character “%s” is not expected here.", s.src[start:start+width])
		return
	}
	s.pos += n
	s.cur.kind, s.cur.text = signPart, s.src[start:s.pos]
}

func signLength(s string) int {
	if len(s) >= 2 {
		switch s[:2] {
		case "==", "!=", "<>", "<=", ">=", "..":
			return 2
		}
	}
	if strings.IndexByte("|:,.[]()<>=", s[0]) >= 0 {
		return 1
	}
	return 0
}

func (s *scanner) quoted(q byte) {
	n := strings.IndexByte(s.src[s.pos+1:], q)
	if n < 0 {
		s.fail("This text has no closing quote.")
		return
	}
	s.cur.kind, s.cur.text = stringPart, s.src[s.pos+1:s.pos+1+n]
	s.pos += n + 2
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func (s *scanner) number() {
	start := s.pos
	s.cur.kind = intPart
	s.pos++
	for s.pos < len(s.src) {
		b := s.src[s.pos]
		dot := b == '.' && s.cur.kind == intPart && s.pos+1 < len(s.src) && isDigit(s.src[s.pos+1])
		if dot {
			s.cur.kind = floatPart
		} else if !isDigit(b) {
			break
		}
		s.pos++
	}
	s.cur.text = s.src[start:s.pos]
}

// blanks counts the white space a text begins with; pasted text brings no-break spaces.
func blanks(s string) int {
	n := 0
	for n < len(s) {
		if strings.IndexByte(space, s[n]) >= 0 {
			n++
		} else if strings.HasPrefix(s[n:], "\u00a0") {
			n += 2
		} else {
			break
		}
	}
	return n
}

// wordStart is the length of the letter or digit a text begins with; 0 when it begins with neither.
func wordStart(s string) int {
	if s[0] < utf8.RuneSelf {
		if isWord(s[0]) {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRuneInString(s)
	if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
		return n
	}
	return 0
}

func (s *scanner) word() {
	start := s.pos
	for s.pos < len(s.src) {
		n := wordStart(s.src[s.pos:])
		if n == 0 && s.src[s.pos] != '-' {
			break
		}
		s.pos += max(n, 1)
	}
	if s.pos < len(s.src) && s.src[s.pos] == '?' {
		s.pos++
	}
	s.cur.kind, s.cur.text = namePart, s.src[start:s.pos]
}

// sign takes the punctuation if it is next.
func (s *scanner) sign(text string) bool {
	if s.cur.kind == signPart && s.cur.text == text {
		s.next()
		return true
	}
	return false
}

// keyword takes the name if it is next.
func (s *scanner) keyword(text string) bool {
	if s.cur.kind == namePart && s.cur.text == text {
		s.next()
		return true
	}
	return false
}

// done tells whether everything was read, and complains when not.
func (s *scanner) done() error {
	if s.err == nil && s.cur.kind != endPart {
		return s.unexpected()
	}
	return s.err
}

func (s *scanner) unexpected() error {
	if s.cur.kind == endPart {
		return s.fail("Something is missing at the end of this tag.")
	}
	return s.fail("“%s” is not expected here.", s.cur.text)
}

// colonNext tells whether the part after the current one is a colon.
func (s *scanner) colonNext() bool {
	rest := s.src[s.pos:]
	return strings.HasPrefix(rest[blanks(rest):], ":")
}
