package mailer

import (
	"bytes"
	"strings"
	"sync"
	"time"

	mail "github.com/wneessen/go-mail"
)

// A form is what all letters of one shape have in common, as go-mail writes it, with slots
// for what they have not. It is made once: to write each letter anew costs four times as much.
type form []formPiece

// formPiece is constant text and the slot behind it; the last has none.
type formPiece struct {
	text string
	slot slot
}

type slot int

const (
	noSlot slot = iota
	slotDate
	slotID
	slotBlock
	slotBoundary
	slotText
	slotHTML
)

// The forms there are: with both bodies, the last being the one a reader prefers (RFC 2046
// §5.1.4), or with one.
var (
	formBoth = sync.OnceValues(func() (form, error) { return newForm(true, true) })
	formText = sync.OnceValues(func() (form, error) { return newForm(true, false) })
	formHTML = sync.OnceValues(func() (form, error) { return newForm(false, true) })
)

func formOf(l Letter) (form, error) {
	switch {
	case l.HTML == "" && len(l.Constant) == 0:
		return formText()
	case l.Text == "":
		return formHTML()
	}
	return formBoth()
}

// marks stand in a sample letter where the slots are.
var marks = map[slot]string{slotDate: "Thu, 01 Jan 1970 00:00:00 +0000", slotID: "mark-id@keepsake.invalid", slotBlock: "From: mark-block",
	slotBoundary: "mark-boundary", slotText: "mark-text", slotHTML: "mark-html"}

func newForm(text, html bool) (form, error) {
	m := mail.NewMsg(mail.WithEncoding(mail.EncodingQP), mail.WithNoDefaultUserAgent(), mail.WithBoundary(marks[slotBoundary]))
	m.SetMessageIDWithValue(marks[slotID])
	m.SetDateWithValue(time.Unix(0, 0).UTC())
	m.SetGenHeaderPreformatted("From", strings.TrimPrefix(marks[slotBlock], "From: "))
	if text {
		m.SetBodyString(mail.TypeTextPlain, marks[slotText])
	}
	if html {
		m.AddAlternativeString(mail.TypeTextHTML, marks[slotHTML])
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, err
	}
	// A Message-ID on the line after its name is one that some readers do not find.
	return cut(strings.Replace(b.String(), "\r\nMessage-ID:\r\n <", "\r\nMessage-ID: <", 1)), nil
}

// cut divides a sample letter at its marks.
func cut(s string) form {
	var f form
	for {
		next, at := noSlot, len(s)
		for slot, mark := range marks {
			if i := strings.Index(s, mark); i >= 0 && i < at {
				next, at = slot, i
			}
		}
		f = append(f, formPiece{s[:at], next})
		if next == noSlot {
			return f
		}
		s = s[at+len(marks[next]):]
	}
}
