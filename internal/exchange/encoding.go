// Package exchange reads and writes people as CSV files, streamed: it holds one line in memory, never a file.
package exchange

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"keepsake/campaigns/fault"
)

// Encodings we read, by the name shown.
var Encodings = []string{"UTF-8", "UTF-16LE", "UTF-16BE", "windows-1251", "windows-1252"}

var decoders = map[string]encoding.Encoding{
	"UTF-8":        unicode.UTF8BOM,
	"UTF-16LE":     unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	"UTF-16BE":     unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"windows-1251": charmap.Windows1251,
	"windows-1252": charmap.Windows1252,
}

// decode turns a file into UTF-8 without its byte order mark. UTF-8 itself is passed on as
// it is: a line that is no UTF-8 is told by its number.
func decode(r io.Reader, name string) (io.Reader, error) {
	e, ok := decoders[name]
	switch {
	case !ok:
		return nil, fault.Field("encoding", "We cannot read the encoding “%s”.", name)
	case name == "UTF-8":
		return withoutBOM(r)
	}
	return transform.NewReader(r, e.NewDecoder()), nil
}

var bom = []byte("\xef\xbb\xbf")

func withoutBOM(r io.Reader) (io.Reader, error) {
	first := make([]byte, len(bom))
	n, err := io.ReadFull(r, first)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	return io.MultiReader(bytes.NewReader(bytes.TrimPrefix(first[:n], bom)), r), nil
}

// guessEncoding looks at the beginning of a file: its mark, where its zeros are, whether it
// is UTF-8, and else whether its high bytes stand together, as Cyrillic words do.
func guessEncoding(head []byte) string {
	switch {
	case bytes.HasPrefix(head, bom):
		return "UTF-8"
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return "UTF-16LE"
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return "UTF-16BE"
	}
	if name := utf16WithoutMark(head); name != "" {
		return name
	}
	if utf8.Valid(wholeRunes(head)) {
		return "UTF-8"
	}
	return guessWindows(head)
}

// utf16WithoutMark tells UTF-16 by its zeros: in a file of addresses every other byte is one.
func utf16WithoutMark(head []byte) string {
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case half > 2 && zeros[1] > half*2/5 && zeros[0] < half/20+1:
		return "UTF-16LE"
	case half > 2 && zeros[0] > half*2/5 && zeros[1] < half/20+1:
		return "UTF-16BE"
	}
	return ""
}

// wholeRunes cuts off a last character that the beginning of a file ends in the middle of.
func wholeRunes(head []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(head); i++ {
		if utf8.RuneStart(head[len(head)-i]) {
			if !utf8.FullRune(head[len(head)-i:]) {
				return head[:len(head)-i]
			}
			return head
		}
	}
	return head
}

func guessWindows(head []byte) string {
	alone, together := 0, 0
	for i, b := range head {
		if b < 0x80 {
			continue
		}
		if i > 0 && head[i-1] >= 0x80 || i+1 < len(head) && head[i+1] >= 0x80 {
			together++
		} else {
			alone++
		}
	}
	if together >= alone {
		return "windows-1251"
	}
	return "windows-1252"
}
