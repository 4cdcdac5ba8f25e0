package inbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
)

// Account is a mailbox that bounces end in.
type Account struct {
	Protocol           string // "imap" or "pop3"
	Host               string
	Port               int    // 0 is the protocol's own
	TLS                string // "tls", "starttls" or "none"
	Username, Password string
	Folder             string         // of IMAP
	Done               string         // what becomes of a letter that is taken: "delete", "keep", or "move:Folder" (IMAP)
	Roots              *x509.CertPool // whose certificates are believed; nil is the system's
}

// Keep leaves letters in the mailbox; move begins the name of the folder they go to.
const (
	keepDone = "keep"
	moveDone = "move:"
)

func (a Account) address() string {
	port := a.Port
	if port == 0 {
		port = map[string]int{"imaptls": 993, "pop3tls": 995, "pop3starttls": 110, "pop3none": 110}[a.Protocol+a.TLS]
	}
	if port == 0 {
		port = 143
	}
	return net.JoinHostPort(a.Host, strconv.Itoa(port))
}

func (a Account) tls() *tls.Config {
	return &tls.Config{ServerName: a.Host, RootCAs: a.Roots, MinVersion: tls.VersionTLS12}
}

// opTime is how long a mailbox server may take for one answer; partTime is how long an
// orderly stop waits for one.
const (
	opTime   = time.Minute
	partTime = 5 * time.Second
)

// dial connects, and speaks TLS where that comes first.
func (a Account) dial(ctx context.Context) (net.Conn, error) {
	if a.TLS == "none" && a.Password != "" && !loopback(a.Host) {
		return nil, errors.New("a password is sent without TLS only on this machine")
	}
	d := net.Dialer{Timeout: opTime}
	conn, err := d.DialContext(ctx, "tcp", a.address())
	if err != nil {
		return nil, err
	}
	if a.TLS != "tls" {
		return conn, nil
	}
	t := tls.Client(conn, a.tls())
	if err := t.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return t, nil
}

// timed is a connection with one deadline, ours: a client's own are far too patient.
type timed struct{ net.Conn }

func (timed) SetDeadline(time.Time) error      { return nil }
func (timed) SetReadDeadline(time.Time) error  { return nil }
func (timed) SetWriteDeadline(time.Time) error { return nil }
func (c timed) until(at time.Time)             { c.Conn.SetDeadline(at) }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// box is an open mailbox: what IMAP and POP3 have in common. UIDs are the server's for good.
type box interface {
	key() string                      // names the mailbox, and the life of its UIDs
	list() ([]string, error)          // the UIDs, oldest first
	fetch(uid string) ([]byte, error) // the first MaxLetter octets; a *brokenError when it cannot be had
	clear(uid string) error           // deletes or moves, at the latest when the box is closed well
	close() error                     // ends the session in good order
	deadline(at time.Time)            // for all that follows
}

// brokenError is the trouble of one letter, not of the mailbox.
type brokenError struct{ error }

func (a Account) open(ctx context.Context) (box, error) {
	conn, err := a.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	line := timed{conn}
	line.until(time.Now().Add(opTime))
	stop := context.AfterFunc(ctx, func() { line.until(time.Now().Add(partTime)) })
	defer stop()
	var b box
	if a.Protocol == "pop3" {
		b, err = a.pop3(line)
	} else {
		b, err = a.imap(line)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	return b, nil
}

// Memory remembers which letters were read and left in their mailbox.
type Memory interface {
	Seen(ctx context.Context, mailbox string) (map[string]bool, error)
	SetSeen(ctx context.Context, mailbox, uid string) error
	ForgetSeen(ctx context.Context, mailbox string, uids []string) error
}

// Take has one letter written down. When it returns nil that is done, and the letter may
// go; left is for a letter that says nothing to us, which stays for a person to see. An
// error means that the letter must be offered again.
type Take func(ctx context.Context, data []byte) (left bool, err error)

// Reader empties a mailbox into Take: each letter at least once, and none goes before it
// was taken. A letter that cannot be had is set aside and does not hold up the rest.
type Reader struct {
	Account
	Memory Memory
	Take   Take
	Every  time.Duration                            // between looks
	Ours   func(ctx context.Context) bool           // whether this process is the one to look; nil is yes
	Looked func(ctx context.Context, trouble error) // is told of each look that Run took; nil is nobody
	stuck  map[string]int
}

// batch is how many letters are read before the mailbox is opened anew: POP3 deletes only
// when a session ends well.
const batch = 500

// patience is how often a connection may break over a letter before it is set aside.
const patience = 3

// mostWait is the longest pause while the mailbox is away.
const mostWait = 15 * time.Minute

// Run reads whenever it is time, until ctx ends. While the mailbox is away it waits longer
// and longer.
func (r *Reader) Run(ctx context.Context) {
	wait := time.Duration(0)
	for {
		if r.Ours == nil || r.Ours(ctx) {
			wait = r.look(ctx, wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(wait, r.Every)):
		}
	}
}

// look reads once and says so. It returns how long to leave a mailbox alone that is away,
// after it was left alone for wait.
func (r *Reader) look(ctx context.Context, wait time.Duration) time.Duration {
	n, err := r.Once(ctx)
	if r.Looked != nil && ctx.Err() == nil {
		r.Looked(ctx, err)
	}
	if err != nil && ctx.Err() == nil {
		wait = min(max(2*wait, r.Every), mostWait)
		slog.Warn("the bounce mailbox cannot be read", "error", err, "again_in", wait)
		return wait
	}
	if n > 0 {
		slog.Info("the bounce mailbox was read", "letters", n)
	}
	return 0
}

// Once reads all that is new and says how many letters that were.
func (r *Reader) Once(ctx context.Context) (n int, err error) {
	for more := true; more && err == nil && ctx.Err() == nil; {
		var k int
		k, more, err = r.session(ctx)
		n += k
	}
	return n, err
}

// session reads up to batch letters.
func (r *Reader) session(ctx context.Context) (n int, more bool, err error) {
	b, err := r.open(ctx)
	if err != nil {
		return 0, false, err
	}
	stop := context.AfterFunc(ctx, func() { b.deadline(time.Now().Add(partTime)) })
	n, more, err = r.pass(ctx, b)
	if stop() {
		b.deadline(time.Now().Add(opTime))
	}
	return n, more, errors.Join(err, b.close()) // also after an error: what was taken may go
}

func (r *Reader) pass(ctx context.Context, b box) (n int, more bool, err error) {
	b.deadline(time.Now().Add(opTime))
	uids, err := b.list()
	if err != nil {
		return 0, false, fmt.Errorf("list the mailbox: %w", err)
	}
	seen, err := r.Memory.Seen(ctx, b.key())
	if err != nil {
		return 0, false, err
	}
	for _, uid := range uids {
		if seen[uid] {
			delete(seen, uid) // what remains is no longer there
			continue
		}
		if n == batch || ctx.Err() != nil {
			return n, ctx.Err() == nil, nil
		}
		b.deadline(time.Now().Add(opTime))
		if err := r.letter(ctx, b, uid); err != nil {
			return n, false, err
		}
		n++
	}
	return n, false, r.forget(ctx, b, seen)
}

func (r *Reader) forget(ctx context.Context, b box, gone map[string]bool) error {
	if len(gone) == 0 {
		return nil
	}
	var uids []string
	for uid := range gone {
		uids = append(uids, uid)
	}
	return r.Memory.ForgetSeen(ctx, b.key(), uids)
}

// letter reads one, has it taken, and only then lets it go.
func (r *Reader) letter(ctx context.Context, b box, uid string) error {
	data, err := b.fetch(uid)
	if _, broken := errors.AsType[*brokenError](err); broken || err != nil && r.breaks(b.key()+uid) {
		slog.Warn("a letter in the bounce mailbox cannot be read and is set aside", "uid", uid, "error", err)
		return r.Memory.SetSeen(ctx, b.key(), uid)
	}
	if err != nil {
		return fmt.Errorf("fetch a letter: %w", err)
	}
	left, err := r.Take(ctx, data)
	if err != nil {
		return fmt.Errorf("take a letter: %w", err)
	}
	if left || r.Done == keepDone {
		return r.Memory.SetSeen(ctx, b.key(), uid)
	}
	err = b.clear(uid)
	if _, refused := errors.AsType[*brokenError](err); refused {
		slog.Warn("a letter was taken, and the bounce mailbox does not let it go", "uid", uid, "error", err)
		return r.Memory.SetSeen(ctx, b.key(), uid)
	}
	if err != nil {
		return fmt.Errorf("clear a letter: %w", err)
	}
	return nil
}

// breaks counts how often the connection ended over a letter.
func (r *Reader) breaks(letter string) bool {
	if r.stuck == nil || len(r.stuck) > 1000 {
		r.stuck = map[string]int{}
	}
	r.stuck[letter]++
	return r.stuck[letter] >= patience
}

func (a Account) name(more ...string) string {
	return strings.Join(append([]string{a.Protocol, a.address(), a.Username}, more...), " ")
}
