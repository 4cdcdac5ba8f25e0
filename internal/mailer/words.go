package mailer

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// clean takes CR, LF and NUL out of a header value, and what else no header may hold,
// so that no value can begin a header of its own (ASVS 1.3.11).
func clean(s string) string {
	if printable(s) {
		return strings.TrimSpace(s)
	}
	s = strings.ToValidUTF8(s, "�")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r == 0x7f:
			return -1
		}
		return r
	}, s))
}

// printable reports whether s is ASCII without controls.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// mailbox returns a name and an address as they stand in the field (RFC 5322 §3.4).
func mailbox(field, name, email string) string {
	if name == "" {
		return "<" + email + ">"
	}
	return phrase(field, name) + " <" + email + ">"
}

// phrase returns words for a person, quoted or encoded where they must be.
func phrase(field, s string) string {
	if needsWords(s) {
		return words(s, len(field)+2)
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return !isAtom(r) && r != ' ' }) {
		return s
	}
	return `"` + quoting.Replace(s) + `"`
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func isAtom(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// unstructured returns free text such as a subject.
func unstructured(field, s string) string {
	if needsWords(s) {
		return words(s, len(field)+2)
	}
	return s
}

// fieldValue returns the value of a header the caller gave. In "Name <label.domain>"
// (RFC 2919) only the name may be encoded.
func fieldValue(field, s string) string {
	if i := strings.LastIndex(s, " <"); i > 0 && strings.HasSuffix(s, ">") && strings.EqualFold(field, "List-ID") {
		return phrase(field, strings.Trim(s[:i], ` "`)) + s[i:]
	}
	if ascii(s) && strings.IndexByte(s, ' ') < 0 {
		return s
	}
	if ascii(s) {
		return strings.Join(strings.Fields(s), " ")
	}
	return words(s, len(field)+2)
}

// needsWords reports whether s cannot stand in a header as it is: not ASCII, looking
// like an encoded word, with spaces that folding would eat, or with a piece that no line could hold.
func needsWords(s string) bool {
	return !ascii(s) || strings.Contains(s, "=?") || strings.Contains(s, "  ") || longest(s) > 60
}

// longest is the length of the longest piece that folding cannot divide.
func longest(s string) int {
	n := 0
	for piece := range strings.SplitSeq(s, " ") {
		n = max(n, len(piece))
	}
	return n
}

// words encodes s as B-words of at most 75 characters that never split a letter, with
// the first so short that it fits behind the field's name (RFC 2047 §2, §5).
func words(s string, used int) string {
	const around = len("=?UTF-8?B??=")
	room := (wordLine - around - min(used, 40)) / 4 * 3
	var b strings.Builder
	for s != "" {
		n := 0
		for n < len(s) {
			_, size := utf8.DecodeRuneInString(s[n:])
			if n+size > room {
				break
			}
			n += size
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("=?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte(s[:n])) + "?=")
		s, room = s[n:], (75-around)/4*3
	}
	return b.String()
}

// Lines of a header, without CRLF: as they should be (RFC 5322 §2.1.1), and those with an
// encoded word as they must be (RFC 2047 §2).
const (
	plainLine = 78
	wordLine  = 76
)

// fold appends a header broken into lines where it has spaces (RFC 5322 §2.2.3), but not
// before the first word.
func fold(out []byte, h Header) []byte {
	most := plainLine
	if strings.Contains(h.Value, "=?") {
		most = wordLine
	}
	out = append(append(out, h.Name...), ':')
	line := len(h.Name) + 1
	if line+1+len(h.Value) <= most {
		return append(append(out, ' '), h.Value...)
	}
	first := true
	for word := range strings.SplitSeq(h.Value, " ") {
		if !first && line+1+len(word) > most {
			out, line = append(out, crlf...), 0
		}
		out = append(append(out, ' '), word...)
		line, first = line+1+len(word), false
	}
	return out
}
