package liquid

import (
	"fmt"
	"strings"
)

// escaping is how an output is made harmless where it stands. The zero value does nothing.
type escaping struct {
	kind     escapeKind
	attr     bool // in an attribute's value, so HTML-escaped on top
	unquoted bool
	past     bool // in a URL, behind its scheme; in a tag's name, behind its first letter
}

type escapeKind uint8

const (
	noEscape escapeKind = iota
	textEscape
	urlEscape     // refused when its scheme runs code; spaces and quotes percent-encoded
	cssEscape     // cannot leave the declaration it stands in
	jsEscape      // \u escapes, as in JSON
	commentEscape // cannot end the comment
	nameEscape    // letters, digits, - and _ of a tag or attribute name
)

func (e escaping) append(b []byte, v any) []byte {
	if e.kind == noEscape {
		return appendValue(b, v, 0)
	}
	s, isSafe := v.(safe)
	if isSafe && e.kind == textEscape {
		return e.appendSafe(b, string(s))
	}
	var text string
	if isSafe {
		text = s.plain()
	} else {
		text = str(v)
	}
	if e.kind == textEscape && !e.unquoted {
		return appendEscaped(b, text, "")
	}
	return e.appendText(b, text)
}

// appendSafe writes HTML that was escaped already: as it is in text, without its tags' signs in an attribute.
func (e escaping) appendSafe(b []byte, s string) []byte {
	if !e.attr {
		return append(b, s...)
	}
	more := ""
	if e.unquoted {
		more = unquotedChars
	}
	for i, part := range strings.Split(s, "&") {
		if i > 0 {
			b = append(b, '&')
		}
		b = appendEscaped(b, part, more)
	}
	return b
}

func (e escaping) appendText(b []byte, s string) []byte {
	switch e.kind {
	case urlEscape:
		s = safeURL(s, e.past)
	case cssEscape:
		s = safeCSS(s)
	case jsEscape:
		s = safeJS(s)
	case commentEscape:
		return appendEscaped(b, s, "-")
	case nameEscape:
		return appendName(b, s, e.past)
	}
	switch {
	case !e.attr:
		return append(b, s...)
	case e.unquoted:
		return appendEscaped(b, s, unquotedChars)
	}
	return appendEscaped(b, s, "")
}

const unquotedChars = " \t\r\n\f=`"

// appendEscaped writes HTML text: & < > " ' as entities, NUL as U+FFFD, and every byte of more as a number.
func appendEscaped(b []byte, s, more string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		var to string
		switch s[i] {
		case '&':
			to = "&amp;"
		case '<':
			to = "&lt;"
		case '>':
			to = "&gt;"
		case '"':
			to = "&quot;"
		case '\'':
			to = "&#39;"
		case 0:
			to = "\uFFFD"
		default:
			if more == "" || strings.IndexByte(more, s[i]) < 0 {
				continue
			}
			to = fmt.Sprintf("&#%d;", s[i])
		}
		b = append(b, s[from:i]...)
		b = append(b, to...)
		from = i + 1
	}
	return append(b, s[from:]...)
}

// badSchemes run code or carry a page of their own.
var badSchemes = []string{"javascript", "vbscript", "livescript", "data"}

// safeURL gives # for a URL that would run code. A piece of a URL may be all of its scheme or the
// end of one that an earlier piece began, so every ending of a bad scheme is refused.
func safeURL(s string, past bool) string {
	if web(s) {
		return s
	}
	s = strings.TrimSpace(s) // before the look at it: what is trimmed may hide the end of a scheme
	if !past && badScheme(s) {
		return "#"
	}
	return percent(s, func(c byte) bool { return !inURL[c] })
}

// inURL are the octets that stand in a URL as they are.
var inURL = func() (t [256]bool) {
	for c := range t {
		t[c] = c > ' ' && c != 0x7f && strings.IndexByte("\"'<>\\^`{|}", byte(c)) < 0
	}
	return t
}()

// web reports whether s is a whole web address with nothing in it to encode, as most are.
func web(s string) bool {
	if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		return false
	}
	for i := range len(s) {
		if !inURL[s[i]] {
			return false
		}
	}
	return true
}

func badScheme(s string) bool {
	i := strings.IndexAny(s, ":/?#")
	if i >= 0 && s[i] != ':' {
		return false
	}
	whole := i < 0 // the colon may follow in the template
	if whole {
		i = len(s)
	}
	scheme := strings.Map(func(r rune) rune { // browsers skip these inside a scheme
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s[:i])
	scheme = strings.ToLower(scheme)
	for _, bad := range badSchemes {
		if bad == scheme || !whole && strings.HasSuffix(bad, scheme) {
			return true
		}
	}
	return false
}

func percent(s string, bad func(byte) bool) string {
	const hex = "0123456789ABCDEF"
	var b []byte
	from := 0
	for i := 0; i < len(s); i++ {
		if bad(s[i]) {
			b = append(b, s[from:i]...)
			b = append(b, '%', hex[s[i]>>4], hex[s[i]&15])
			from = i + 1
		}
	}
	if b == nil {
		return s
	}
	return string(append(b, s[from:]...))
}

// safeCSS keeps a value inside its declaration, its url( ) and its style element.
func safeCSS(s string) string {
	if strings.Contains(s, ":") && badScheme(s) {
		return "#"
	}
	return percent(s, func(c byte) bool {
		return c < ' ' || strings.IndexByte("\"'()*;<>@\\{}", c) >= 0
	})
}

// safeJS is what may stand in a quoted string of JSON or JavaScript.
func safeJS(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < ' ' || strings.ContainsRune("\"'&<>`=/()\\{}[];$+-*!\u2028\u2029\x7f", r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// appendName writes what may stand in a name: of a tag's begun name (h{{ level }}) only digits. No
// value may name a script, a style, a link or an element that changes how the rest is read.
func appendName(b []byte, s string, begun bool) []byte {
	start := len(b)
	for i := 0; i < len(s); i++ {
		if isDigit(s[i]) || !begun && (isWord(s[i]) || s[i] == '-') {
			b = append(b, s[i])
		}
	}
	name := strings.ToLower(string(b[start:]))
	if kindOf(name) != plainAttr || strings.Contains(badElements, " "+name+" ") {
		return b[:start]
	}
	return b
}

const badElements = " script style title textarea iframe object embed applet base link meta form svg math template " +
	"noscript noembed noframes xmp plaintext "
