package exchange

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// MaxLine is how long one record may be, in bytes of UTF-8.
const MaxLine = 1 << 20

// Record is one line of a file, which may run over several where a cell holds line breaks.
type Record struct {
	Line   int // where it begins; the file's first line is 1
	Fields []string
	Fault  *fault.Error // when set, there are no fields
	Raw    []string     // of a line that cannot be read: what stands between its delimiters, quotation marks and all
}

// Reader reads records of RFC 4180 and of what is sold as it: CRLF, LF or CR at the end of
// a line, any of the usual delimiters, quotation marks inside bare cells. What it cannot
// read is a fault of one line; it goes on with the next.
type Reader struct {
	src   io.Reader
	comma byte
	buf   []byte // what was read and not handed out yet is buf[at:]
	at    int
	eof   bool
	line  int
	text  []byte // the cells of the record at hand, one after the other
	ends  []int  // where each ends in text
}

// NewReader reads a file in that encoding and with that delimiter, which must be given.
func NewReader(r io.Reader, encoding, delimiter string) (*Reader, error) {
	if len(delimiter) != 1 || !bytes.Contains(delimiters, []byte(delimiter)) {
		return nil, fault.Field("delimiter", "Cells are parted by a comma, a semicolon, a tab or a bar.")
	}
	src, err := decode(r, encoding)
	if err != nil {
		return nil, err
	}
	return &Reader{src: src, comma: delimiter[0], line: 1}, nil
}

// Close does nothing: a Reader holds nothing.
func (r *Reader) Close() error { return nil }

var delimiters = []byte(",;\t|")

// The ways parse may end.
const (
	whole    = iota // a record
	partial         // its end is not read yet
	unclosed        // a quotation mark is opened and not closed as it must be
)

// Read returns the next record that is not blank; io.EOF after the last.
func (r *Reader) Read() (Record, error) {
	for {
		if r.at == len(r.buf) && r.eof {
			return Record{}, io.EOF
		}
		n, how := r.parse(r.buf[r.at:])
		if r.wantsMore(how) {
			if err := r.fill(); err != nil {
				return Record{}, err
			}
			continue
		}
		if how != whole {
			return r.broken()
		}
		rec := Record{Line: r.line}
		r.line += breaks(r.buf[r.at : r.at+n])
		r.at += n
		if len(r.ends) == 1 && len(r.text) == 0 && n <= 2 {
			continue // a blank line
		}
		if rec.Fields, rec.Fault = r.fields(); rec.Fault != nil {
			rec.Raw = r.raw(bytes.TrimRight(r.buf[r.at-n:r.at], "\r\n"))
		}
		return rec, nil
	}
}

// wantsMore reports whether the record, or the line it breaks, may end in what is not read yet.
func (r *Reader) wantsMore(how int) bool {
	b := r.buf[r.at:]
	if how == whole || r.eof || len(b) >= MaxLine {
		return false
	}
	i := bytes.IndexAny(b, "\r\n")
	return how == partial || i < 0 || i+1 == len(b)
}

// fill reads more, and moves what is left to the front.
func (r *Reader) fill() error {
	if r.at > 0 {
		r.buf = r.buf[:copy(r.buf, r.buf[r.at:])]
		r.at = 0
	}
	if len(r.buf) == cap(r.buf) {
		r.buf = append(make([]byte, 0, max(64<<10, min(2*cap(r.buf), MaxLine+64<<10))), r.buf...)
	}
	n, err := r.src.Read(r.buf[len(r.buf):cap(r.buf)])
	r.buf = r.buf[:len(r.buf)+n]
	if errors.Is(err, io.EOF) {
		r.eof, err = true, nil
	}
	return err
}

// parse looks for one record at the beginning of b and returns its length with its end.
func (r *Reader) parse(b []byte) (n, how int) {
	r.text, r.ends = r.text[:0], r.ends[:0]
	for i := 0; ; {
		if i < len(b) && b[i] == '"' {
			i, how = r.quoted(b, i+1)
			if how != whole {
				return 0, how
			}
		} else {
			start := i
			for i < len(b) && b[i] != r.comma && b[i] != '\n' && b[i] != '\r' {
				i++
			}
			r.text = append(r.text, b[start:i]...)
		}
		if i == len(b) && !r.eof {
			return 0, partial
		}
		r.ends = append(r.ends, len(r.text))
		if i < len(b) && b[i] == r.comma {
			i++
			continue
		}
		return r.lineEnd(b, i)
	}
}

// quoted reads a cell in quotation marks from behind the first one.
func (r *Reader) quoted(b []byte, i int) (next, how int) {
	for {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 || i+q+1 == len(b) && !r.eof {
			if r.eof {
				return 0, unclosed
			}
			return 0, partial
		}
		r.text = append(r.text, b[i:i+q]...)
		i += q + 1
		if i < len(b) && b[i] == '"' { // a doubled one is meant
			r.text = append(r.text, '"')
			i++
			continue
		}
		if i < len(b) && b[i] != r.comma && b[i] != '\n' && b[i] != '\r' {
			return 0, unclosed
		}
		return i, whole
	}
}

func (r *Reader) lineEnd(b []byte, i int) (n, how int) {
	switch {
	case i == len(b):
		return i, whole
	case b[i] == '\n':
		return i + 1, whole
	case i+1 == len(b) && !r.eof: // a CR: is its LF still to come?
		return 0, partial
	case i+1 < len(b) && b[i+1] == '\n':
		return i + 2, whole
	}
	return i + 1, whole
}

func (r *Reader) fields() ([]string, *fault.Error) {
	if !utf8.Valid(r.text) {
		return nil, fault.New(fault.Invalid, "The line is not written in the file's encoding.")
	}
	text := string(r.text)
	fields := make([]string, len(r.ends))
	start := 0
	for i, end := range r.ends {
		fields[i], start = text[start:end], end
	}
	return fields, nil
}

// broken leaves out the line that cannot be read. Only its first physical line goes: an
// open quotation mark must not swallow the people behind it.
func (r *Reader) broken() (Record, error) {
	rec := Record{Line: r.line}
	b := r.buf[r.at:]
	i := bytes.IndexAny(b, "\r\n")
	if i < 0 && r.eof {
		i = len(b)
	}
	if i >= 0 && (i+1 < len(b) || r.eof) {
		n, _ := r.lineEnd(b, i)
		r.at, r.line = r.at+n, r.line+1
		rec.Raw = r.raw(b[:i])
		rec.Fault = fault.New(fault.Invalid, "A quotation mark is opened and not closed.")
		return rec, nil
	}
	rec.Fault = fault.New(fault.Invalid, "The line is longer than %d MB.", MaxLine>>20)
	return rec, r.skipLine()
}

// skipLine throws away what is left of a line that is too long.
func (r *Reader) skipLine() error {
	for {
		b := r.buf[r.at:]
		i := bytes.IndexAny(b, "\r\n")
		if i >= 0 && (b[i] == '\n' || i+1 < len(b) || r.eof) {
			n, _ := r.lineEnd(b, i)
			r.at, r.line = r.at+n, r.line+1
			return nil
		}
		if i < 0 {
			r.at = len(r.buf)
		} else {
			r.at += i // the CR waits for its LF
		}
		if r.eof {
			r.at = len(r.buf)
			return nil
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
}

// breaks counts the line breaks in b: CRLF, LF and CR are one each.
func breaks(b []byte) int {
	n := bytes.Count(b, []byte{'\n'})
	for {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			return n
		}
		if i+1 == len(b) || b[i+1] != '\n' {
			n++
		}
		b = b[i+1:]
	}
}
