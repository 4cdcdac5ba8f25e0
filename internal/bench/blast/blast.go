// Package blast hands ready-made letters to an SMTP server as fast as it takes them: no mailer on the same machine can
// be faster, so its rate is what a mailer's is compared with.
package blast

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Mode is how much is said before an answer is waited for (RFC 2920).
type Mode string

// The modes, with the round trips a letter takes.
const (
	Fold  Mode = "fold"  // 1: the end of a letter goes with MAIL, RCPT and DATA of the next
	Group Mode = "group" // 2: MAIL, RCPT and DATA at once, then the letter
	Step  Mode = "step"  // 4: one command at a time
	Rset  Mode = "rset"  // 5: the same, and RSET after each letter, as several pools do
)

// Options say what is sent. Only Addr and Letters must be given.
type Options struct {
	Addr        string
	Letters     int
	Connections int  // 0 is 10
	Size        int  // octets of a letter's body; 0 is 10 KiB
	Mode        Mode // "" is Fold
}

// Result is what became of it.
type Result struct {
	Mode    Mode    `json:"mode"`
	Letters int64   `json:"letters"` // that were taken
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"letters_per_s"`
}

// Run sends the letters, each to a recipient of its own. Every answer other than the expected one ends its connection
// and is part of the error.
func Run(ctx context.Context, o Options) (Result, error) {
	o, err := o.filled()
	if err != nil {
		return Result{}, err
	}
	b := &blast{o: o, body: body(o.Size)}
	errs := make([]error, o.Connections)
	var all sync.WaitGroup
	began := time.Now()
	for i := range errs {
		all.Go(func() { errs[i] = b.connection(ctx) })
	}
	all.Wait()
	took := time.Since(began).Seconds()
	taken := b.taken.Load()
	return Result{o.Mode, taken, took, float64(taken) / took}, errors.Join(errs...)
}

func (o Options) filled() (Options, error) {
	if o.Connections <= 0 {
		o.Connections = 10
	}
	if o.Size <= 0 {
		o.Size = 10 << 10
	}
	switch o.Mode {
	case "":
		o.Mode = Fold
	case Fold, Group, Step, Rset:
	default:
		return o, fmt.Errorf("mode %q: want fold, group, step or rset", o.Mode)
	}
	return o, nil
}

type blast struct {
	o           Options
	body        []byte
	next, taken atomic.Int64
}

// body is so many octets of HTML, in whole lines.
func body(size int) []byte {
	const line = "<p>Green tea from the mountain has come, and it is waiting for you.</p>\r\n"
	var b []byte
	for len(b) < size {
		b = append(b, line...)
	}
	return b
}

// dialogue is one connection: what is to be said, and the codes that are to come back.
type dialogue struct {
	b    *blast
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	want []int
}

// taken is the code that says a letter was taken, told apart from other 250s.
const taken = -250

func (b *blast) connection(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", b.o.Addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	d := &dialogue{b: b, conn: conn, in: bufio.NewReader(conn), want: []int{220}}
	if err := d.turn(); err != nil {
		return err
	}
	d.say("EHLO blast.test", 250)
	if err := d.turn(); err != nil {
		return err
	}
	for n := b.next.Add(1); n <= int64(b.o.Letters); n = b.next.Add(1) {
		if err := d.letter(n); err != nil {
			return err
		}
	}
	if err := d.turn(); err != nil {
		return err
	}
	d.say("QUIT", 221)
	return d.turn()
}

func (d *dialogue) letter(n int64) error {
	step := d.b.o.Mode == Step || d.b.o.Mode == Rset
	number := strconv.FormatInt(n, 10)
	for _, c := range [...]struct {
		line string
		code int
	}{{"MAIL FROM:<bounce@shop.test>", 250}, {"RCPT TO:<p" + number + "@mail.test>", 250}, {"DATA", 354}} {
		d.say(c.line, c.code)
		if err := d.turnIf(step); err != nil {
			return err
		}
	}
	if err := d.turnIf(!step); err != nil {
		return err
	}
	d.header(number)
	d.out = append(d.out, d.b.body...)
	d.say(".", taken)
	if err := d.turnIf(d.b.o.Mode != Fold); err != nil {
		return err
	}
	if d.b.o.Mode == Rset {
		d.say("RSET", 250)
		return d.turn()
	}
	return nil
}

func (d *dialogue) header(number string) {
	for _, part := range [...]string{"From: Shop <news@shop.test>\r\nTo: <p", number, "@mail.test>\r\nSubject: Letter ", number,
		"\r\nMessage-ID: <", number, "@shop.test>\r\nList-Unsubscribe: <https://shop.test/u/", number,
		">\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"} {
		d.out = append(d.out, part...)
	}
}

func (d *dialogue) say(line string, code int) {
	d.out = append(append(d.out, line...), '\r', '\n')
	d.want = append(d.want, code)
}

func (d *dialogue) turnIf(now bool) error {
	if now {
		return d.turn()
	}
	return nil
}

// turn sends what is to be said and reads what must come back.
func (d *dialogue) turn() error {
	if len(d.out) > 0 {
		if _, err := d.conn.Write(d.out); err != nil {
			return err
		}
		d.out = d.out[:0]
	}
	for _, code := range d.want {
		got, err := d.reply()
		if err != nil {
			return err
		}
		if got != max(code, -code) {
			return fmt.Errorf("answered %d, want %d", got, max(code, -code))
		}
		if code == taken {
			d.b.taken.Add(1)
		}
	}
	d.want = d.want[:0]
	return nil
}

// reply reads one reply, of however many lines, and returns its code.
func (d *dialogue) reply() (int, error) {
	for {
		line, err := d.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) < 4 || line[3] != '-' {
			return strconv.Atoi(string(line[:min(3, len(line))]))
		}
	}
}
