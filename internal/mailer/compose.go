package mailer

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Address is a mailbox as a header shows it.
type Address struct{ Name, Email string }

// Header is one header field.
type Header struct{ Name, Value string }

// Letter is what is to be composed into one message.
type Letter struct {
	From, ReplyTo, To Address // ReplyTo may be empty
	Subject           string
	HTML, Text        string     // either may be empty, not both
	Constant          []Constant // parts of HTML that are the same in many letters, in order; HTML is the rest
	MessageID         string     // without <>; empty makes a random one
	Date              time.Time
	Headers           []Header // List-Unsubscribe, List-ID, Feedback-ID, Auto-Submitted ...
	Fixed             Fixed    // in place of From, ReplyTo and those headers that many letters have in common
}

// Fixed are header fields made ready for many letters.
type Fixed string

// Fix makes the fields of a sender ready, and headers beside them.
func Fix(from, replyTo Address, headers []Header) (Fixed, error) {
	fields, err := fieldsOf([]addressed{{"From", from}, {"Reply-To", replyTo}}, headers)
	if err != nil {
		return "", fmt.Errorf("compose: %w", err)
	}
	b, err := appendFields(nil, fields)
	return Fixed(b), err
}

// Compose returns the finished message: CRLF, headers folded (RFC 5322), other than
// ASCII as B-encoded words (RFC 2047), the text before the HTML, both quoted-printable,
// domains as A-labels. No header value can begin another header.
func Compose(l Letter) ([]byte, error) { return Append(nil, l) }

// Append is Compose behind what is in out. No line of it begins with a dot.
func Append(out []byte, l Letter) ([]byte, error) {
	id, err := messageID(l)
	if err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	if l.Date.IsZero() {
		l.Date = time.Now()
	}
	fields, err := l.fields()
	if err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	f, err := formOf(l)
	if err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	boundary := rand.Text()
	out = slices.Grow(out, l.octets()+2048) // and the final dot
	for _, piece := range f {
		switch out = append(out, piece.text...); piece.slot {
		case slotDate:
			out = l.Date.AppendFormat(out, time.RFC1123Z)
		case slotID:
			out = append(out, id...)
		case slotBlock:
			if out, err = appendFields(append(out, l.Fixed...), fields); err != nil {
				return nil, fmt.Errorf("compose: %w", err)
			}
			out = out[:len(out)-len(crlf)] // the form has it
		case slotBoundary:
			out = append(out, boundary...)
		case slotText:
			out = appendQuoted(out, l.Text, nil)
		case slotHTML:
			out = appendQuoted(out, l.HTML, l.Constant)
		}
	}
	return out, nil
}

// octets is about how long the two bodies will be.
func (l Letter) octets() int {
	n := len(l.HTML) + len(l.HTML)/8 + 2*len(l.Text)
	for _, c := range l.Constant {
		n += len(c.wire)
	}
	return n
}

// fields are a letter's own headers but its date and number. go-mail would sort them, Q-encode
// them (three characters for each byte of a Cyrillic name) and fold them before the first word,
// which some readers take for a space.
func (l Letter) fields() ([]Header, error) {
	subject := Header{"Subject", unstructured("Subject", clean(l.Subject))}
	if l.Fixed != "" {
		return fieldsOf([]addressed{{"To", l.To}}, l.Headers, subject)
	}
	return fieldsOf([]addressed{{"From", l.From}, {"To", l.To}, {"Reply-To", l.ReplyTo}}, l.Headers, subject)
}

// addressed is a header of one address; an empty Reply-To is left out.
type addressed struct {
	name string
	Address
}

// fieldsOf are headers as they stand in a letter, not folded yet: addresses, finished ones,
// and others.
func fieldsOf(addresses []addressed, headers []Header, finished ...Header) ([]Header, error) {
	fields := make([]Header, 0, len(addresses)+len(finished)+len(headers))
	for _, a := range addresses {
		if a.Address == (Address{}) && a.name == "Reply-To" {
			continue
		}
		email, err := encode(clean(a.Email))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		fields = append(fields, Header{a.name, mailbox(a.name, clean(a.Name), email)})
	}
	fields = append(fields, finished...)
	for _, h := range headers {
		if err := allowed(h.Name); err != nil {
			return nil, err
		}
		fields = append(fields, Header{h.Name, fieldValue(h.Name, clean(h.Value))})
	}
	return fields, nil
}

const crlf = "\r\n"

// appendFields appends the lines of headers, folded.
func appendFields(out []byte, fields []Header) ([]byte, error) {
	for _, h := range fields {
		if longest(h.Value) > 900 {
			return nil, fmt.Errorf("header %q does not fit into lines of 998 (RFC 5322 §2.1.1)", h.Name)
		}
		out = append(fold(out, h), crlf...)
	}
	return out, nil
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
		if c := name[i]; c <= ' ' || c >= 0x7f || c == ':' || c == '.' {
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
