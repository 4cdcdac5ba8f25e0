package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// markup reads the tags and texts of an XML file one after the other and never holds more of it than one of them, which
// may be maxToken octets. It knows no entities but the five of XML and numbers: a file that declares others is refused.
type markup struct {
	r     *bufio.Reader
	tag   string // "c" of <x:c r="A1">, "/c" of </x:c>; "" when a text was read
	attrs []byte // of the tag, as they stand there
	text  []byte
	ends  string // an element without content is still to be closed: "/c"
}

const maxToken = MaxLine

var (
	errDamaged = fault.Field("file", "The workbook is damaged or not whole. Save it again and try once more.")
	errCell    = fault.Field("file", "A cell of the workbook is longer than a workbook may hold.")
)

func newMarkup(r io.Reader) *markup { return &markup{r: bufio.NewReaderSize(r, 64<<10)} }

// next moves to the next tag or text; io.EOF after the last.
func (m *markup) next() error {
	if m.ends != "" {
		m.tag, m.ends, m.attrs = m.ends, "", nil
		return nil
	}
	m.tag, m.attrs, m.text = "", nil, m.text[:0]
	b, err := m.r.ReadByte()
	if err != nil {
		return err
	}
	if b != '<' {
		_ = m.r.UnreadByte() // the byte was read just now
		return m.readText()
	}
	if b, err = m.r.ReadByte(); err != nil {
		return damaged(err)
	}
	switch b {
	case '?':
		return m.skipTo("?>")
	case '!':
		return m.declaration()
	}
	_ = m.r.UnreadByte()
	return m.readTag()
}

// damaged says what a file is that ends where it must not.
func damaged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errDamaged
	}
	return err
}

func (m *markup) add(b []byte) error {
	if len(m.text)+len(b) > maxToken {
		return errCell
	}
	m.text = append(m.text, b...)
	return nil
}

func (m *markup) readText() error {
	for {
		part, err := m.r.ReadSlice('<')
		if err == nil {
			_ = m.r.UnreadByte()
			part = part[:len(part)-1]
		}
		if err := m.add(part); err != nil {
			return err
		}
		switch {
		case err == nil || errors.Is(err, io.EOF):
			return m.decode()
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// decode puts the characters in the place of their references.
func (m *markup) decode() error {
	i := bytes.IndexByte(m.text, '&')
	if i < 0 {
		return nil
	}
	out, rest := m.text[:i], m.text[i:]
	for len(rest) > 0 {
		if rest[0] != '&' {
			n := bytes.IndexByte(rest, '&')
			if n < 0 {
				n = len(rest)
			}
			out, rest = append(out, rest[:n]...), rest[n:]
			continue
		}
		n := bytes.IndexByte(rest[:min(len(rest), 12)], ';')
		if n < 0 {
			return errDamaged
		}
		c, ok := reference(string(rest[1:n]))
		if !ok {
			return errDamaged
		}
		out, rest = append(out, c...), rest[n+1:] // never longer than what stood there
	}
	m.text = out
	return nil
}

var named = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}

func reference(name string) (string, bool) {
	number, is := strings.CutPrefix(name, "#")
	if !is {
		c, known := named[name]
		return c, known
	}
	base := 10
	if hex, is := strings.CutPrefix(number, "x"); is {
		number, base = hex, 16
	}
	n, err := strconv.ParseUint(number, base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return "", false
	}
	return string(rune(n)), true
}

// declaration is a comment, which is passed over, or a text that stands as it is.
func (m *markup) declaration() error {
	head, err := m.r.Peek(7)
	switch {
	case bytes.HasPrefix(head, []byte("--")):
		return m.skipTo("-->")
	case err == nil && string(head) == "[CDATA[":
		_, _ = m.r.Discard(7)
		return m.literal()
	}
	return errDamaged // a document type: none of our business, and dangerous
}

func (m *markup) skipTo(end string) error {
	for matched := 0; matched < len(end); {
		b, err := m.r.ReadByte()
		switch {
		case err != nil:
			return damaged(err)
		case b == end[matched]:
			matched++
		case matched == 2 && end == "-->" && b == '-': // --->
		case b == end[0]:
			matched = 1
		default:
			matched = 0
		}
	}
	return nil
}

func (m *markup) literal() error {
	for !bytes.HasSuffix(m.text, []byte("]]>")) {
		b, err := m.r.ReadByte()
		if err != nil {
			return damaged(err)
		}
		if err := m.add([]byte{b}); err != nil {
			return err
		}
	}
	m.text = m.text[:len(m.text)-3]
	return nil
}

func (m *markup) readTag() error {
	quote := byte(0)
	for {
		b, err := m.r.ReadByte()
		if err != nil {
			return damaged(err)
		}
		if quote == 0 && b == '>' {
			break
		}
		switch {
		case quote == 0 && (b == '"' || b == '\''):
			quote = b
		case b == quote:
			quote = 0
		}
		if len(m.text) == maxToken {
			return errCell
		}
		m.text = append(m.text, b)
	}
	tag := m.text
	open := bytes.HasSuffix(tag, []byte("/"))
	if open {
		tag = tag[:len(tag)-1]
	}
	n := bytes.IndexAny(tag, " \t\r\n")
	if n < 0 {
		n = len(tag)
	}
	m.tag, m.attrs = local(tag[:n]), tag[n:]
	if open {
		m.ends = "/" + m.tag
	}
	m.text = m.text[:0]
	return nil
}

// common are the tags that fill a sheet: their names are not made anew.
var common = map[string]string{"c": "c", "/c": "/c", "v": "v", "/v": "/v", "row": "row", "/row": "/row", "t": "t", "/t": "/t", "is": "is", "/is": "/is", "si": "si", "/si": "/si"}

// local is a tag's name without the prefix of its namespace.
func local(tag []byte) string {
	if name, is := common[string(tag)]; is {
		return name
	}
	name := string(tag)
	i := strings.IndexByte(name, ':')
	switch {
	case i < 0:
		return name
	case name[0] == '/':
		return "/" + name[i+1:]
	}
	return name[i+1:]
}

// attr is the value of an attribute of the tag, "" for none.
func (m *markup) attr(name string) string {
	b := m.attrs
	for len(b) > 0 {
		b = bytes.TrimLeft(b, " \t\r\n")
		i := bytes.IndexByte(b, '=')
		if i < 0 {
			return ""
		}
		key := bytes.TrimRight(b[:i], " \t\r\n")
		b = bytes.TrimLeft(b[i+1:], " \t\r\n")
		if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
			return ""
		}
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return ""
		}
		if string(key) == name {
			return attrText(b[1 : 1+end])
		}
		b = b[end+2:]
	}
	return ""
}

func attrText(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	m := markup{text: bytes.Clone(b)}
	if m.decode() != nil {
		return ""
	}
	return string(m.text)
}
