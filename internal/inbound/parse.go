package inbound

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // all the charsets that are still about
	"github.com/emersion/go-message/mail"
)

// Header is one header field, decoded.
type Header struct{ Name, Value string }

// Attachment is a part that is neither the text nor the HTML of a letter.
type Attachment struct {
	Name      string // as the sender called it; may be empty
	Type      string // the media type, "application/octet-stream" when there is none
	ContentID string // without <>
	Data      []byte
}

// Mail is a letter taken apart.
type Mail struct {
	Headers     []Header // in order, named as written
	HTML, Text  string
	Attachments []Attachment
}

// Header returns the first value of a header, whatever its case; empty when there is none.
func (m Mail) Header(name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// What a letter may hold: more parts are left out, not read.
const maxParts, maxDepth = 200, 16

var errParts = errors.New("the letter has too many parts")

// Parse takes a letter apart. Of a broken one it returns what can be read, and what is
// wrong as the error; it never fails altogether.
func Parse(data []byte) (Mail, error) {
	var m Mail
	e, err := message.Read(bytes.NewReader(data))
	if e == nil {
		if e, _ = message.Read(bytes.NewReader(mended(data))); e == nil {
			m.Text = tidy(string(data))
			return m, err
		}
	}
	m.Headers = headers(e)
	p := parser{m: &m}
	p.note(err)
	p.part(e, 0)
	return m, errors.Join(p.errs...)
}

// mended leaves out the header lines that are none, so that the rest can be read.
func mended(data []byte) []byte {
	var out bytes.Buffer
	in := bufio.NewReader(bytes.NewReader(data))
	keep := false // the line before was kept, so a folded one may follow
	for {
		line, err := in.ReadBytes('\n')
		text := bytes.TrimRight(line, "\r\n")
		if len(text) == 0 {
			out.WriteString("\r\n")
			break
		}
		folded := text[0] == ' ' || text[0] == '\t'
		name, _, colon := bytes.Cut(text, []byte(":"))
		if keep = folded && keep || !folded && colon && fieldName(name); keep {
			out.Write(text)
			out.WriteString("\r\n")
		}
		if err != nil {
			out.WriteString("\r\n")
			break
		}
	}
	_, _ = in.WriteTo(&out)
	return out.Bytes()
}

func fieldName(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return len(b) > 0
}

func headers(e *message.Entity) []Header {
	var hs []Header
	for f := e.Header.Fields(); f.Next(); {
		name := f.Key()
		if raw, err := f.Raw(); err == nil {
			if i := bytes.IndexByte(raw, ':'); i > 0 {
				name = strings.TrimSpace(string(raw[:i]))
			}
		}
		value, err := f.Text()
		if err != nil {
			value = f.Value()
		}
		hs = append(hs, Header{tidy(name), strings.TrimSpace(oneLine(value))})
	}
	return hs
}

type parser struct {
	m     *Mail
	parts int
	errs  []error
}

func (p *parser) note(err error) {
	if err != nil && len(p.errs) < 10 {
		p.errs = append(p.errs, err)
	}
}

// part reads one part and those inside it.
func (p *parser) part(e *message.Entity, depth int) {
	if p.parts++; p.parts > maxParts || depth > maxDepth {
		p.note(errParts)
		return
	}
	parts := e.MultipartReader()
	if parts == nil {
		p.leaf(e)
		return
	}
	for p.parts <= maxParts {
		sub, err := parts.NextPart()
		if sub == nil {
			if !errors.Is(err, io.EOF) {
				p.note(err)
			}
			return
		}
		p.note(err)
		p.part(sub, depth+1)
	}
}

// leaf keeps a part: the texts that are shown, or an attachment.
func (p *parser) leaf(e *message.Entity) {
	kind, _, err := e.Header.ContentType()
	if err != nil || kind == "" {
		kind = "text/plain"
	}
	body, err := io.ReadAll(e.Body)
	p.note(err)
	disposition, _, _ := e.Header.ContentDisposition()
	switch {
	case disposition != "attachment" && kind == "text/plain":
		p.m.Text += tidy(string(body))
	case disposition != "attachment" && kind == "text/html":
		p.m.HTML += tidy(string(body))
	default:
		h := mail.AttachmentHeader{Header: e.Header}
		name, _ := h.Filename()
		p.m.Attachments = append(p.m.Attachments, Attachment{Name: oneLine(name), Type: oneLine(kind),
			ContentID: strings.Trim(oneLine(e.Header.Get("Content-Id")), "<> "), Data: body})
	}
}

// tidy makes text fit to be shown: valid UTF-8, LF, no other control characters.
func tidy(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(tidy(s), func(r rune) bool { return r == '\n' || r == '\t' }), " ")
}
