package mailer

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"mime"
	"strings"
	"time"

	mail "github.com/wneessen/go-mail"
)

// Address is a mailbox as a header shows it.
type Address struct{ Name, Email string }

// Header is one header field.
type Header struct{ Name, Value string }

// Attachment is a file that travels with a letter.
type Attachment struct {
	Name string
	Type string // the media type; empty: application/octet-stream
	Data []byte
}

// Letter is what is to be composed into one message.
type Letter struct {
	From, ReplyTo, To Address // ReplyTo may be empty
	Subject           string
	HTML, Text        string // either may be empty, not both
	MessageID         string // without <>; empty makes a random one
	Date              time.Time
	Headers           []Header // List-Unsubscribe, List-ID, Feedback-ID, Auto-Submitted ...
	Attachments       []Attachment
}

// Compose returns the finished message: CRLF, headers folded (RFC 5322), other than
// ASCII as B-encoded words (RFC 2047), the text before the HTML, both quoted-printable,
// domains as A-labels. No header value can begin another header.
func Compose(l Letter) ([]byte, error) {
	m := mail.NewMsg(mail.WithEncoding(mail.EncodingQP), mail.WithNoDefaultUserAgent())
	if err := setHeaders(m, l); err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	setBody(m, l)
	for _, a := range l.Attachments {
		attach(m, a)
	}
	var b bytes.Buffer
	b.Grow(len(l.HTML) + len(l.HTML)/2 + len(l.Text)*2 + 4096)
	if _, err := m.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	// A Message-ID on the line after its name is one that some readers do not find.
	return bytes.Replace(b.Bytes(), []byte("\r\nMessage-ID:\r\n <"), []byte("\r\nMessage-ID: <"), 1), nil
}

// setHeaders sets all of them. go-mail gets ours as one finished block: its own would be
// sorted, Q-encoded (three characters for each byte of a Cyrillic name) and folded before
// the first word, which some readers take for a space.
func setHeaders(m *mail.Msg, l Letter) error {
	id, err := messageID(l)
	if err != nil {
		return err
	}
	if l.Date.IsZero() {
		l.Date = time.Now()
	}
	m.SetMessageIDWithValue(id)
	m.SetDateWithValue(l.Date)
	block, err := addresses(l)
	if err != nil {
		return err
	}
	block = append(block, Header{"Subject", unstructured("Subject", clean(l.Subject))})
	for _, h := range l.Headers {
		if err := allowed(h.Name); err != nil {
			return err
		}
		block = append(block, Header{h.Name, fieldValue(h.Name, clean(h.Value))})
	}
	var lines []string
	for _, h := range block {
		if longest(h.Value) > 900 {
			return fmt.Errorf("header %q does not fit into lines of 998 (RFC 5322 §2.1.1)", h.Name)
		}
		lines = append(lines, fold(h.Name+": "+h.Value))
	}
	first := block[0].Name
	m.SetGenHeaderPreformatted(mail.Header(first), strings.TrimPrefix(strings.Join(lines, "\r\n"), first+": "))
	return nil
}

// addresses are From, To and Reply-To.
func addresses(l Letter) ([]Header, error) {
	block := []Header{{Name: "From"}, {Name: "To"}, {Name: "Reply-To"}}
	for i, a := range []Address{l.From, l.To, l.ReplyTo} {
		h := &block[i]
		if a == (Address{}) && h.Name == "Reply-To" {
			return block[:i], nil
		}
		email, err := encode(clean(a.Email))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
		h.Value = mailbox(h.Name, clean(a.Name), email)
	}
	return block, nil
}

// messageID is the letter's, its domain in A-labels, or a random one on the sender's
// domain: go-mail's own would tell the world the machine's name.
func messageID(l Letter) (string, error) {
	local, domain, ok := strings.Cut(strings.Trim(clean(l.MessageID), "<> "), "@")
	if !ok {
		local = rand.Text()
		_, domain, _ = strings.Cut(l.From.Email, "@")
	}
	domain, err := encodeDomain(domain)
	if err != nil || !ascii(local) || strings.ContainsFunc(local, badInLocal) {
		return "", fmt.Errorf("message id: %w", errAddress)
	}
	return local + "@" + domain, nil
}

// allowed refuses a header name that is none, or one that Compose writes itself.
func allowed(name string) error {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || c == ':' {
			return fmt.Errorf("bad header name %q", name)
		}
	}
	switch low := strings.ToLower(name); low {
	case "", "from", "to", "cc", "bcc", "reply-to", "sender", "subject", "date", "message-id", "mime-version":
		return fmt.Errorf("header %q is not for the caller to set", name)
	default:
		if strings.HasPrefix(low, "content-") {
			return fmt.Errorf("header %q is not for the caller to set", name)
		}
	}
	return nil
}

// setBody puts the text first: the last part is the one a reader prefers (RFC 2046 §5.1.4).
func setBody(m *mail.Msg, l Letter) {
	if l.Text != "" || l.HTML == "" {
		m.SetBodyString(mail.TypeTextPlain, l.Text)
		if l.HTML != "" {
			m.AddAlternativeString(mail.TypeTextHTML, l.HTML)
		}
		return
	}
	m.SetBodyString(mail.TypeTextHTML, l.HTML)
}

// attach writes the name by RFC 2231; go-mail would put an encoded word into quotes.
func attach(m *mail.Msg, a Attachment) {
	kind, _, err := mime.ParseMediaType(clean(a.Type))
	if err != nil || !strings.Contains(kind, "/") || strings.HasPrefix(kind, "multipart/") {
		kind = "application/octet-stream"
	}
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": clean(a.Name)})
	if disposition == "" {
		disposition = "attachment"
	}
	m.AttachReadSeeker("file", bytes.NewReader(a.Data), func(f *mail.File) {
		f.Header.Set("Content-Type", kind)
		f.Header.Set("Content-Disposition", disposition)
	})
}
