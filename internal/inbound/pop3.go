package inbound

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// popBox is a POP3 maildrop (RFC 1939; STLS RFC 2595). UIDL tells letters apart.
type popBox struct {
	Account
	line  timed
	conn  net.Conn // line, or TLS on it
	text  *textproto.Reader
	nums  map[string]string // message numbers of this session, by UID
	sizes map[string]int64  // octets, by number
}

// popError is a "-ERR".
type popError string

func (e popError) Error() string { return "the server says " + strconv.Quote(string(e)) }

func (a Account) pop3(line timed) (box, error) {
	b := &popBox{Account: a, line: line}
	b.use(line)
	if _, err := b.answer(); err != nil {
		return nil, fmt.Errorf("greeting: %w", err)
	}
	if a.TLS == "starttls" {
		if err := b.startTLS(); err != nil {
			return nil, fmt.Errorf("starttls: %w", err)
		}
	}
	if strings.ContainsAny(a.Username+a.Password, "\r\n") {
		return nil, errors.New("the name or the password holds a line break")
	}
	if _, err := b.ask("USER " + a.Username); err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	if _, err := b.ask("PASS " + a.Password); err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	return b, nil
}

// lineMost is the longest answer that is read; RFC 1939 §3 allows 512 octets.
const lineMost = 4096

func (b *popBox) use(conn net.Conn) {
	b.conn, b.text = conn, textproto.NewReader(bufio.NewReaderSize(conn, lineMost))
}

// startTLS begins anew on the encrypted line: what was sent in the clear before is not read.
func (b *popBox) startTLS() error {
	if _, err := b.ask("STLS"); err != nil {
		return err
	}
	if b.text.R.Buffered() > 0 {
		return errors.New("the server spoke before TLS began")
	}
	t := tls.Client(b.conn, b.tls())
	if err := t.Handshake(); err != nil {
		return err
	}
	b.use(t)
	return nil
}

func (b *popBox) ask(command string) (string, error) {
	if _, err := io.WriteString(b.conn, command+"\r\n"); err != nil {
		return "", err
	}
	return b.answer()
}

func (b *popBox) answer() (string, error) {
	raw, err := b.text.R.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	line := strings.TrimRight(string(raw), "\r\n")
	if rest, ok := strings.CutPrefix(line, "+OK"); ok {
		return strings.TrimSpace(rest), nil
	}
	return "", popError(brief(strings.TrimPrefix(line, "-ERR ")))
}

func (b *popBox) key() string { return b.name() }

func (b *popBox) deadline(at time.Time) { b.line.until(at) }

// mostLetters is how many letters of a maildrop are looked at; what comes after them comes
// later, when those before are gone.
const mostLetters = 200_000

func (b *popBox) list() ([]string, error) {
	b.nums, b.sizes = map[string]string{}, map[string]int64{}
	var uids []string
	err := b.lines("UIDL", func(num, uid string) {
		if _, twice := b.nums[uid]; !twice {
			b.nums[uid] = num
			uids = append(uids, uid)
		}
	})
	if err != nil {
		return nil, err
	}
	return uids, b.lines("LIST", func(num, size string) { b.sizes[num], _ = strconv.ParseInt(size, 10, 64) })
}

// lines asks for a list of two words a line.
func (b *popBox) lines(command string, each func(num, word string)) error {
	if _, err := b.ask(command); err != nil {
		return err
	}
	in := bufio.NewScanner(b.text.DotReader())
	in.Buffer(nil, lineMost)
	for n := 0; in.Scan(); n++ {
		if num, word, ok := strings.Cut(strings.TrimSpace(in.Text()), " "); ok && n < mostLetters && number(num) {
			each(num, word)
		}
	}
	return in.Err()
}

func number(s string) bool {
	_, err := strconv.ParseUint(s, 10, 32)
	return err == nil
}

// topLines is how many lines of a letter too large to be read whole are asked for.
const topLines = 10_000

func (b *popBox) fetch(uid string) ([]byte, error) {
	num := b.nums[uid]
	command := "RETR " + num
	if b.sizes[num] > MaxLetter {
		command = fmt.Sprintf("TOP %s %d", num, topLines)
	}
	_, err := b.ask(command)
	if refused, ok := errors.AsType[popError](err); ok {
		return nil, &brokenError{refused}
	}
	if err != nil {
		return nil, err
	}
	dots := b.text.DotReader()
	data, err := io.ReadAll(io.LimitReader(dots, MaxLetter))
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, dots)
	return data, err
}

func (b *popBox) clear(uid string) error {
	_, err := b.ask("DELE " + b.nums[uid])
	if refused, ok := errors.AsType[popError](err); ok {
		return &brokenError{refused}
	}
	return err
}

// close ends the session; only now the server deletes (RFC 1939 §6).
func (b *popBox) close() error {
	defer b.conn.Close()
	_, err := b.ask("QUIT")
	return err
}
