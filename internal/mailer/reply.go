package mailer

import (
	"strings"
	"unicode"
)

// The most we take of one answer: a server that talks on is no server.
const maxReplyLines, maxReplyText = 100, 500

func (c *conn) write(s string) error {
	w := c.sc.Text.W
	if _, err := w.WriteString(s); err != nil {
		return err
	}
	return w.Flush()
}

// read reads one answer of one or more lines (RFC 5321 §4.2.1).
func (c *conn) read() (reply, error) {
	var r reply
	for range maxReplyLines {
		line, err := c.sc.Text.R.ReadSlice('\n')
		if err != nil {
			return reply{}, err
		}
		code, more, text, ok := parseLine(line)
		if !ok || r.code != 0 && r.code != code {
			return reply{}, errReply
		}
		if r.code = code; r.text == "" {
			r.text = text
		} else if len(r.text) < maxReplyText {
			r.text += " " + strings.TrimPrefix(text, enhanced(r.text)+" ") // said once is enough
		}
		if !more {
			r.text = oneLine(r.text)
			return r, nil
		}
	}
	return reply{}, errReply
}

// parseLine takes "250-text" apart; a bare code is an answer too.
func parseLine(line []byte) (code int, more bool, text string, ok bool) {
	s := strings.TrimRight(string(line), "\r\n")
	if len(s) < 3 {
		return 0, false, "", false
	}
	for _, d := range s[:3] {
		if d < '0' || d > '9' {
			return 0, false, "", false
		}
		code = code*10 + int(d-'0')
	}
	if s = s[3:]; s == "" {
		return code, false, "", true
	}
	return code, s[0] == '-', strings.TrimSpace(s[1:]), s[0] == '-' || s[0] == ' '
}

// enhanced returns the RFC 3463 code an answer begins with: class.subject.detail.
func enhanced(text string) string {
	word, _, _ := strings.Cut(text, " ")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || !strings.Contains("245", parts[0]) {
		return ""
	}
	for _, p := range parts[1:] {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return ""
		}
	}
	return word
}

// oneLine makes a server's words fit to be stored and shown.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > maxReplyText {
		s = strings.ToValidUTF8(s[:maxReplyText], "")
	}
	return strings.TrimSpace(s)
}
