package exchange

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"

	"keepsake/campaigns/audience"
)

// lines writes JSON Lines: an object for each row, its names in the columns' order. Whole numbers are numbers, amounts
// of money are text, so that nobody reads them as floating point; JSON is nested, a missing cell is left out but of the first
// row, where it is null: that one names every column there is.
type lines struct {
	w     io.Writer
	buf   []byte
	names [][]byte // `"name":`
	types []string
	begun bool
	err   error
}

func newLines(w io.Writer, e audience.Export) *lines {
	l := &lines{w: w, buf: make([]byte, 0, bufferSize+4<<10), types: e.Types()}
	for _, name := range e.Header() {
		l.names = append(l.names, append(appendText(nil, []byte(name)), ':'))
	}
	return l
}

func (l *lines) WriteRow(cells [][]byte) {
	l.buf = append(l.buf, '{')
	for i, cell := range cells {
		missing := cell == nil || len(cell) == 0 && l.types[i] != audience.IsText
		if missing && l.begun {
			continue
		}
		if l.buf[len(l.buf)-1] != '{' {
			l.buf = append(l.buf, ',')
		}
		l.buf = append(l.buf, l.names[i]...)
		switch {
		case missing:
			l.buf = append(l.buf, "null"...)
		case l.types[i] == audience.IsNumber:
			l.buf = append(l.buf, cell...)
		case l.types[i] == audience.IsJSON && l.nest(cell):
		default:
			l.buf = appendText(l.buf, cell)
		}
	}
	l.begun = true
	if l.buf = append(l.buf, '}', '\n'); len(l.buf) >= bufferSize {
		l.flush()
	}
}

// nest puts JSON on the line as it is, but for space between its parts; false when it is none.
func (l *lines) nest(cell []byte) bool {
	var flat bytes.Buffer
	if json.Compact(&flat, cell) != nil {
		return false
	}
	l.buf = append(l.buf, flat.Bytes()...)
	return true
}

func (l *lines) flush() {
	if l.err == nil {
		_, l.err = l.w.Write(l.buf)
	}
	l.buf = l.buf[:0]
}

func (l *lines) Close() error {
	l.flush()
	return l.err
}

const hex = "0123456789abcdef"

// appendText writes text as JSON has it. What is no UTF-8 becomes U+FFFD.
func appendText(to, text []byte) []byte {
	to = append(to, '"')
	from := 0
	for i := 0; i < len(text); {
		b := text[i]
		if b >= ' ' && b != '"' && b != '\\' && b < utf8.RuneSelf {
			i++
			continue
		}
		if b >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 {
				to = append(append(to, text[from:i]...), "\uFFFD"...)
				from = i + 1
			}
			i += n
			continue
		}
		to = append(append(to, text[from:i]...), escaped(b)...)
		i++
		from = i
	}
	return append(append(to, text[from:]...), '"')
}

func escaped(b byte) []byte {
	switch b {
	case '"', '\\':
		return []byte{'\\', b}
	case '\n':
		return []byte(`\n`)
	case '\r':
		return []byte(`\r`)
	case '\t':
		return []byte(`\t`)
	}
	return []byte{'\\', 'u', '0', '0', hex[b>>4], hex[b&15]}
}
