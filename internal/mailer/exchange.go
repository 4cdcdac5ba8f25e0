package mailer

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"
)

// reply is one answer of the server.
type reply struct {
	code int
	text string
}

var errReply = errors.New("the server's answer is not SMTP")

// handing is one letter on its way over a connection.
type handing struct {
	Envelope
	from, to string       // encoded
	asked    bool         // leave was asked with the letter before
	wait     func() error // asked before the first byte of the letter
	ahead    *Ahead
	next     *Envelope // the letter that leave was asked for with this one
}

// hand hands one letter over; when it returns with c.broken set the connection is closed.
func (c *conn) hand(h *handing) Outcome {
	_ = c.raw.SetDeadline(time.Now().Add(c.timeout))
	c.letters++
	o := c.transact(h)
	if c.broken != nil {
		c.raw.Close() // hard: any further command could end, and so deliver, half a letter
	}
	if cap(c.out) > 1<<20 {
		c.out = nil
	}
	return o
}

func (c *conn) transact(h *handing) Outcome {
	if (!ascii(h.from) || !ascii(h.to)) && !c.utf8 {
		return Outcome{State: Refused, Enhanced: "5.6.7", Stage: StageMail,
			Reply: "the mail server does not offer SMTPUTF8, which this address needs"}
	}
	var o Outcome
	switch envelope := c.envelope(h.from, h.to, len(h.Data)); {
	case h.asked:
		o = c.answers()
	case c.pipelining:
		o = c.pipelined(envelope)
	default:
		o = c.stepwise(envelope)
	}
	if o.State != 0 {
		return o
	}
	out := c.packet(h)               // which takes the time until the begin is written down
	if err := h.wait(); err != nil { // the server expects a letter that must not leave
		h.next = nil
		return c.fail(StageData, err)
	}
	return c.body(h, out)
}

// envelope are the commands that ask leave for a letter.
func (c *conn) envelope(from, to string, size int) []string {
	return []string{"MAIL FROM:<" + from + ">" + c.parameters(from, to, size), "RCPT TO:<" + to + ">", "DATA"}
}

func (c *conn) parameters(from, to string, size int) string {
	s := ""
	if c.size {
		s += " SIZE=" + strconv.Itoa(size)
	}
	if !ascii(from) || !ascii(to) {
		s += " SMTPUTF8"
		if c.eightBit {
			s += " BODY=8BITMIME"
		}
	}
	return s
}

var stages = [...]string{StageMail, StageRcpt, StageData}

// pipelined writes the whole envelope at once and reads its answers (RFC 2920).
func (c *conn) pipelined(envelope []string) Outcome {
	lines := strings.Join(envelope, "\r\n") + "\r\n"
	if c.dirty {
		lines = "RSET\r\n" + lines
	}
	if err := c.write(lines); err != nil {
		return c.fail(StageMail, err)
	}
	if err := c.cleaned(); err != nil {
		return c.fail(StageMail, err)
	}
	return c.answers()
}

// answers reads what the server says to an envelope: no outcome when it waits for the letter.
func (c *conn) answers() Outcome {
	var first Outcome
	for i, stage := range stages {
		r, err := c.read()
		if err != nil && first.State == 0 {
			return c.fail(stage, err)
		}
		if err != nil {
			c.broken = err
			return first
		}
		if o := c.judge(stage, r); o.State != 0 && first.State == 0 {
			first = o
		} else if i == 2 && r.code == 354 && first.State != 0 {
			c.sayNothing(first)
		}
		if c.broken != nil {
			break
		}
	}
	return first
}

// sayNothing ends a DATA that should not have been granted. After a refused recipient
// nobody gets the empty letter; after anything else we would not know, so we hang up.
func (c *conn) sayNothing(first Outcome) {
	if first.Stage != StageRcpt {
		c.broken = errReply
		return
	}
	if c.broken = c.write(".\r\n"); c.broken == nil {
		_, c.broken = c.read()
	}
}

// stepwise is for servers without PIPELINING.
func (c *conn) stepwise(envelope []string) Outcome {
	if c.dirty {
		if err := c.write("RSET\r\n"); err != nil {
			return c.fail(StageMail, err)
		}
		if err := c.cleaned(); err != nil {
			return c.fail(StageMail, err)
		}
	}
	for i, stage := range stages {
		if err := c.write(envelope[i] + "\r\n"); err != nil {
			return c.fail(stage, err)
		}
		r, err := c.read()
		if err != nil {
			return c.fail(stage, err)
		}
		if o := c.judge(stage, r); o.State != 0 {
			return o
		}
	}
	return Outcome{}
}

// cleaned reads the answer to the RSET that a refused envelope made necessary.
func (c *conn) cleaned() error {
	if !c.dirty {
		return nil
	}
	c.dirty = false
	r, err := c.read()
	if err == nil && r.code/100 != 2 {
		err = errReply
	}
	return err
}

// judge turns an answer within the envelope into an outcome; none when we may go on.
func (c *conn) judge(stage string, r reply) Outcome {
	if stage == StageData && r.code == 354 || stage != StageData && r.code/100 == 2 {
		return Outcome{}
	}
	c.dirty = true
	o := outcome(r, stage)
	switch {
	case ofServer(r.code), o.State == 0:
		o.State, c.broken = Transport, errReply
	}
	return o
}

// ofServer reports whether a refusal is about the connection, not about the letter:
// 421, and those that say we came unauthenticated or out of order (RFC 4954 §6).
func ofServer(code int) bool {
	switch code {
	case 421, 503, 530, 534, 535, 538:
		return true
	}
	return false
}

// packet is the letter as it goes on the wire, and behind it the envelope of the next if there is one.
func (c *conn) packet(h *handing) []byte {
	out := c.stuffed(h.Data, h.Composed)
	if h.ahead != nil && c.pipelining && !c.spent() {
		out = c.askFor(h, out)
	}
	return out
}

// body writes the letter and reads the answer that decides.
func (c *conn) body(h *handing, out []byte) Outcome {
	w := c.sc.Text.W
	_, err := w.Write(out)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return c.cut(err)
	}
	r, err := c.verdict(h)
	if err != nil {
		o := c.fail(StageDone, err)
		o.State = Unsure
		return o
	}
	o := outcome(r, StageDone)
	switch {
	case r.code == 421:
		o.State, c.broken = Transport, errReply
	case o.State == 0:
		o.State, c.broken = Unsure, errReply
	}
	return o
}

// cut is for a letter whose writing failed: its final dot did not leave, so it cannot
// have been taken. The server may have said why before it hung up.
func (c *conn) cut(err error) Outcome {
	o := c.fail(StageBody, err)
	if c.timedOut() {
		return o
	}
	_ = c.raw.SetReadDeadline(time.Now().Add(min(c.timeout, time.Second)))
	if r, err := c.read(); err == nil && r.code/100 > 3 && r.code != 421 {
		return outcome(r, StageBody)
	}
	return o
}

// fail is the outcome of a line that broke.
func (c *conn) fail(stage string, err error) Outcome {
	c.broken = err
	return Outcome{State: Transport, Stage: stage, Reply: oneLine(err.Error())}
}

// outcome puts an answer into our words; State is 0 for a code that makes no sense.
func outcome(r reply, stage string) Outcome {
	o := Outcome{Code: r.code, Enhanced: enhanced(r.text), Reply: r.text, Stage: stage}
	switch {
	case r.code/100 == 2 && stage == StageDone:
		o.State = Sent
	case r.code/100 == 4:
		o.State = Later
	case r.code/100 == 5:
		o.State = Refused
	}
	return o
}

// askFor appends the envelope of the letter ahead, if one is ready that this server can take.
func (c *conn) askFor(h *handing, out []byte) []byte {
	e := h.ahead.Next()
	if e == nil {
		return out
	}
	from, to, err := e.encoded()
	if err != nil || (!ascii(from) || !ascii(to)) && !c.utf8 {
		return out
	}
	h.next = e
	for _, line := range c.envelope(from, to, len(e.Data)) {
		out = append(append(out, line...), '\r', '\n')
	}
	return out
}

// verdict reads the answer to the letter. While it does not come, the letter ahead is let go:
// the connection is then closed behind the answer.
func (c *conn) verdict(h *handing) (reply, error) {
	if h.next != nil {
		_ = c.raw.SetReadDeadline(time.Now().Add(min(stallTime, c.timeout)))
		if _, err := c.sc.Text.R.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
			h.ahead.Stalled()
			defer func() { h.next, c.broken = nil, cmp.Or(c.broken, errUnasked) }()
		}
	}
	_ = c.raw.SetDeadline(time.Now().Add(answerPatience * c.timeout))
	return c.read()
}

var dotAtStart = []byte("\n.")

// stuffed is the letter as it goes on the wire; ours, which have no dot at the start of a
// line, without being copied.
func (c *conn) stuffed(data []byte, composed bool) []byte {
	if composed && bytes.HasSuffix(data, []byte("\r\n")) {
		return append(data, ".\r\n"...)
	}
	c.out = stuff(c.out[:0], data)
	return c.out
}

// stuff appends the letter with its dots doubled (RFC 5321 §4.5.2) and the final one.
func stuff(out, data []byte) []byte {
	start := true // at the beginning of a line
	for len(data) > 0 {
		if start && data[0] == '.' {
			out = append(out, '.')
		}
		n := bytes.Index(data, dotAtStart)
		if n < 0 {
			out = append(out, data...)
			break
		}
		out = append(out, data[:n+1]...)
		data, start = data[n+1:], true
	}
	if !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, '\r', '\n')
	}
	return append(out, ".\r\n"...)
}
