package inbound

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// testTLS is a server's certificate for example.com and 127.0.0.1, and who believes it.
func testTLS(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	t.Cleanup(s.Close)
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, pool
}

func listenLocal(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func account(protocol, addr, security string, roots *x509.CertPool) Account {
	host, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	return Account{Protocol: protocol, Host: host, Port: n, TLS: security, Username: "bounces", Password: "secret", Folder: "INBOX", Done: "delete", Roots: roots}
}

// maildrop is a POP3 server with one mailbox.
type maildrop struct {
	mu      sync.Mutex
	letters []string // "" is deleted
	tls     *tls.Config
	trouble map[int]string // by letter: "refuse" it, or "hang up" over it
	asked   []string
}

func (m *maildrop) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go m.session(c)
	}
}

func (m *maildrop) session(c net.Conn) {
	defer c.Close()
	in, gone := bufio.NewReader(c), map[int]bool{}
	fmt.Fprint(c, "+OK hello\r\n")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		word, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		m.mu.Lock()
		m.asked = append(m.asked, word)
		m.mu.Unlock()
		n, _ := strconv.Atoi(strings.Fields(arg + " 0")[0])
		switch word {
		case "STLS":
			fmt.Fprint(c, "+OK\r\n")
			t := tls.Server(c, m.tls)
			c, in = t, bufio.NewReader(t)
		case "PASS":
			if arg != "secret" {
				fmt.Fprint(c, "-ERR no\r\n")
				return
			}
			fmt.Fprint(c, "+OK\r\n")
		case "UIDL", "LIST":
			m.all(c, word)
		case "RETR", "TOP":
			if m.trouble[n] == "hang up" {
				return
			}
			m.show(c, n)
		case "DELE":
			gone[n] = true
			fmt.Fprint(c, "+OK\r\n")
		case "QUIT":
			m.mu.Lock()
			for n := range gone {
				m.letters[n-1] = ""
			}
			m.mu.Unlock()
			fmt.Fprint(c, "+OK\r\n")
			return
		default:
			fmt.Fprint(c, "+OK\r\n")
		}
	}
}

func (m *maildrop) all(c net.Conn, word string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := bufio.NewWriter(c)
	defer w.Flush()
	fmt.Fprint(w, "+OK\r\n")
	for i, l := range m.letters {
		if l == "" {
			continue
		}
		if word == "UIDL" {
			fmt.Fprintf(w, "%d uid%d\r\n", i+1, i+1)
		} else {
			fmt.Fprintf(w, "%d %d\r\n", i+1, len(l))
		}
	}
	fmt.Fprint(w, ".\r\n")
}

func (m *maildrop) show(c net.Conn, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.trouble[n] != "" || n < 1 || n > len(m.letters) {
		fmt.Fprint(c, "-ERR cannot read it\r\n")
		return
	}
	w := bufio.NewWriter(c)
	defer w.Flush()
	fmt.Fprint(w, "+OK\r\n")
	for line := range strings.Lines(m.letters[n-1]) {
		if strings.HasPrefix(line, ".") {
			fmt.Fprint(w, ".")
		}
		fmt.Fprint(w, line)
	}
	fmt.Fprint(w, ".\r\n")
}

func (m *maildrop) left() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.letters {
		if l != "" {
			n++
		}
	}
	return n
}

// imapServer has INBOX and Done, and letters in INBOX.
func imapServer(t *testing.T, security *tls.Config, letters ...string) (addr string, inbox func() int, count func(folder string) int) {
	t.Helper()
	mem := imapmemserver.New()
	u := imapmemserver.NewUser("bounces", "secret")
	for _, name := range []string{"INBOX", "Archive"} {
		if err := u.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range letters {
		if _, err := u.Append("INBOX", literal{strings.NewReader(l), int64(len(l))}, &imap.AppendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	mem.AddUser(u)
	s := imapserver.New(&imapserver.Options{NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		return mem.NewSession(), nil, nil
	}, TLSConfig: security, InsecureAuth: true, Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}, imap.CapMove: {}, imap.CapUIDPlus: {}}})
	l := listenLocal(t)
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	count = func(folder string) int {
		data, err := u.Status(folder, &imap.StatusOptions{NumMessages: true})
		if err != nil {
			t.Fatal(err)
		}
		return int(*data.NumMessages)
	}
	return l.Addr().String(), func() int { return count("INBOX") }, count
}

type literal struct {
	io.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

// memory is a Memory without a database.
type memory struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (m *memory) Seen(_ context.Context, mailbox string) (map[string]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]bool{}
	for k := range m.seen {
		if uid, ok := strings.CutPrefix(k, mailbox+"\x00"); ok {
			out[uid] = true
		}
	}
	return out, nil
}

func (m *memory) SetSeen(_ context.Context, mailbox, uid string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil {
		m.seen = map[string]bool{}
	}
	m.seen[mailbox+"\x00"+uid] = true
	return nil
}

func (m *memory) ForgetSeen(_ context.Context, mailbox string, uids []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range uids {
		delete(m.seen, mailbox+"\x00"+u)
	}
	return nil
}

// taker keeps what it takes; what holds "person" says nothing to it.
type taker struct {
	got  []string
	fail error
}

func (k *taker) take(_ context.Context, data []byte) (bool, error) {
	if k.fail != nil {
		return false, k.fail
	}
	k.got = append(k.got, strings.ReplaceAll(string(data), "\r\n", "\n"))
	return strings.Contains(string(data), "person"), nil
}

func lettersOf(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("Subject: %d\r\n\r\n.dot\r\n", i+1))
	}
	return all
}

// boxes are the two protocols over the ways to speak TLS; left is what stays in the mailbox.
func boxes(t *testing.T, letters []string, test func(t *testing.T, a Account, left func() int)) {
	config, roots := testTLS(t)
	for _, security := range []string{"tls", "starttls", "none"} {
		t.Run("pop3 "+security, func(t *testing.T) {
			m := &maildrop{letters: slices.Clone(letters), tls: config}
			l := listenLocal(t)
			if security == "tls" {
				go m.serve(tls.NewListener(l, config))
			} else {
				go m.serve(l)
			}
			test(t, account("pop3", l.Addr().String(), security, roots), m.left)
		})
		t.Run("imap "+security, func(t *testing.T) {
			addr, inbox, _ := imapServer(t, config, letters...)
			if security == "tls" { // a TLS door before the plain one
				addr = door(t, addr, config)
			}
			test(t, account("imap", addr, security, roots), inbox)
		})
	}
}

func door(t *testing.T, addr string, config *tls.Config) string {
	t.Helper()
	l := listenLocal(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := tls.Server(c, config)
				out, err := net.Dial("tcp", addr)
				if err != nil {
					return
				}
				defer out.Close()
				go func() { io.Copy(out, in); out.Close() }()
				io.Copy(in, out)
			}()
		}
	}()
	return l.Addr().String()
}

func TestAMailboxIsEmptiedOfWhatWasTaken(t *testing.T) {
	letters := append(lettersOf(3), "Subject: person\r\n\r\nhello\r\n")
	boxes(t, letters, func(t *testing.T, a Account, left func() int) {
		k := &taker{}
		r := &Reader{Account: a, Memory: &memory{}, Take: k.take}
		for range 2 {
			if _, err := r.Once(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(k.got) != 4 || k.got[0] != "Subject: 1\n\n.dot\n" || left() != 1 {
			t.Errorf("took %q, left %d; want each once, and the person's letter left", k.got, left())
		}
	})
}

func TestWhatTheStoreDidNotTakeStays(t *testing.T) {
	boxes(t, lettersOf(3), func(t *testing.T, a Account, left func() int) {
		k := &taker{fail: errors.New("the database is away")}
		r := &Reader{Account: a, Memory: &memory{}, Take: k.take}
		if _, err := r.Once(t.Context()); err == nil || left() != 3 {
			t.Fatalf("%v, left %d", err, left())
		}
		k.fail = nil
		if _, err := r.Once(t.Context()); err != nil || len(k.got) != 3 || left() != 0 {
			t.Errorf("%v: took %d, left %d", err, len(k.got), left())
		}
	})
}

func TestKeptLettersAreReadOnceAndForgottenWhenTheyAreGone(t *testing.T) {
	boxes(t, lettersOf(3), func(t *testing.T, a Account, left func() int) {
		k, m := &taker{}, &memory{}
		a.Done = "keep"
		r := &Reader{Account: a, Memory: m, Take: k.take}
		for range 3 {
			if _, err := r.Once(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(k.got) != 3 || left() != 3 || len(m.seen) != 3 {
			t.Errorf("took %d, left %d, remembered %d", len(k.got), left(), len(m.seen))
		}
		r.Done, m.seen = "delete", nil
		if _, err := r.Once(t.Context()); err != nil || left() != 0 || len(m.seen) != 0 {
			t.Errorf("%v: left %d, remembered %d", err, left(), len(m.seen))
		}
	})
}

func TestTakenLettersAreMovedToTheirFolder(t *testing.T) {
	for folder, moved := range map[string]int{"Archive": 3, "Done": 3, "INBOX/": 0} { // there, not yet there, and never
		addr, inbox, count := imapServer(t, nil, lettersOf(3)...)
		a := account("imap", addr, "none", nil)
		a.Done = "move:" + folder
		k := &taker{}
		r := &Reader{Account: a, Memory: &memory{}, Take: k.take}
		for range 2 {
			if _, err := r.Once(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if len(k.got) != 3 || inbox() != 3-moved || moved > 0 && count(folder) != moved {
			t.Errorf("%s: took %d, %d in the inbox", folder, len(k.got), inbox())
		}
	}
}

func TestABrokenLetterIsSetAsideAndStopsNobody(t *testing.T) {
	for _, trouble := range []string{"refuse", "hang up"} {
		m := &maildrop{letters: lettersOf(5), trouble: map[int]string{2: trouble}}
		l := listenLocal(t)
		go m.serve(l)
		k := &taker{}
		r := &Reader{Account: account("pop3", l.Addr().String(), "none", nil), Memory: &memory{}, Take: k.take}
		for range patience + 1 { // a line that breaks is tried again
			r.Once(t.Context())
		}
		var subjects []string
		for _, g := range k.got {
			subjects = append(subjects, g[9:10])
		}
		slices.Sort(subjects)
		if got := slices.Compact(subjects); strings.Join(got, "") != "1345" || m.left() != 1 {
			t.Errorf("%s: took %q, left %d", trouble, got, m.left())
		}
	}
}

func TestALongLetterIsReadFromItsBeginning(t *testing.T) {
	long := "Subject: long\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 40_000)
	boxes(t, []string{long, "Subject: next\r\n\r\nx\r\n"}, func(t *testing.T, a Account, left func() int) {
		k := &taker{}
		r := &Reader{Account: a, Memory: &memory{}, Take: k.take}
		if _, err := r.Once(t.Context()); err != nil || len(k.got) != 2 || left() != 0 {
			t.Fatalf("%v: took %d, left %d", err, len(k.got), left())
		}
		if n := len(k.got[0]); n > MaxLetter || n < MaxLetter/2 || !strings.HasPrefix(k.got[0], "Subject: long") {
			t.Errorf("%d octets were read", n)
		}
	})
}

func TestTheCertificateIsChecked(t *testing.T) {
	for _, security := range []string{"tls", "starttls"} {
		boxes(t, lettersOf(1), func(t *testing.T, a Account, left func() int) {
			if a.TLS != security {
				return
			}
			k := &taker{}
			a.Roots = x509.NewCertPool() // nobody is believed
			if _, err := (&Reader{Account: a, Memory: &memory{}, Take: k.take}).Once(t.Context()); err == nil || left() != 1 {
				t.Errorf("%v, left %d", err, left())
			}
		})
	}
}

func TestAPasswordStaysOnThisMachineWithoutTLS(t *testing.T) {
	a := Account{Protocol: "pop3", Host: "192.0.2.1", TLS: "none", Password: "secret"}
	if _, err := (&Reader{Account: a}).Once(t.Context()); err == nil || !strings.Contains(err.Error(), "without TLS") {
		t.Errorf("%v", err)
	}
}

func TestAWrongPasswordIsAnError(t *testing.T) {
	boxes(t, lettersOf(1), func(t *testing.T, a Account, left func() int) {
		a.Password = "wrong"
		if _, err := (&Reader{Account: a, Memory: &memory{}}).Once(t.Context()); err == nil || strings.Contains(err.Error(), "wrong") {
			t.Errorf("%v", err)
		}
	})
}

func TestTenThousandLettersTakeLittleMemory(t *testing.T) {
	letter := "Subject: x\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 50)
	letters := make([]string, 10_000)
	for i := range letters {
		letters[i] = letter // one text for all: the memory is the reader's
	}
	m := &maildrop{letters: letters}
	l := listenLocal(t)
	go m.serve(l)
	n, most := 0, uint64(0)
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := &Reader{Account: account("pop3", l.Addr().String(), "none", nil), Memory: &memory{}, Take: func(context.Context, []byte) (bool, error) {
		if n++; n%1000 == 0 {
			var now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
		}
		return false, nil
	}}
	if _, err := r.Once(t.Context()); err != nil || n != 10_000 || m.left() != 0 {
		t.Fatalf("%v: took %d, left %d", err, n, m.left())
	}
	if most > 16<<20 {
		t.Errorf("%d MB of heap", most>>20)
	}
}

func TestAReaderStopsWhenItIsToldTo(t *testing.T) {
	m := &maildrop{letters: lettersOf(3)}
	l := listenLocal(t)
	go m.serve(l)
	ctx, stop := context.WithCancel(t.Context())
	r := &Reader{Account: account("pop3", l.Addr().String(), "none", nil), Memory: &memory{}, Every: time.Hour,
		Take: func(context.Context, []byte) (bool, error) { stop(); return false, nil }}
	r.Run(ctx)
	if m.left() != 2 || m.asked[len(m.asked)-1] != "QUIT" {
		t.Errorf("left %d, asked %q; want the letter it had deleted, and the session ended well", m.left(), m.asked)
	}
}

func TestEachLookIntoTheMailboxIsTold(t *testing.T) {
	m := &maildrop{letters: lettersOf(1)}
	l := listenLocal(t)
	go m.serve(l)
	ctx, stop := context.WithCancel(t.Context())
	var told []error
	r := &Reader{Account: account("pop3", l.Addr().String(), "none", nil), Memory: &memory{}, Every: time.Nanosecond,
		Take: func(context.Context, []byte) (bool, error) { return false, nil }}
	r.Looked = func(_ context.Context, trouble error) {
		if told = append(told, trouble); len(told) == 1 {
			l.Close() // the mailbox goes away
		} else {
			stop()
		}
	}
	r.Run(ctx)
	if len(told) != 2 || told[0] != nil || told[1] == nil {
		t.Errorf("told %v; want a good look, then one that failed", told)
	}
}

func TestAReaderLooksOnlyWhileTheMailboxIsItsOwn(t *testing.T) {
	m := &maildrop{letters: lettersOf(1)}
	l := listenLocal(t)
	go m.serve(l)
	ctx, stop := context.WithCancel(t.Context())
	asked := 0
	r := &Reader{Account: account("pop3", l.Addr().String(), "none", nil), Memory: &memory{}, Every: time.Nanosecond,
		Ours: func(context.Context) bool { asked++; return asked > 3 },
		Take: func(context.Context, []byte) (bool, error) { return false, nil }}
	r.Looked = func(context.Context, error) {
		if asked != 4 {
			t.Errorf("it looked when it was asked %d times", asked)
		}
		stop()
	}
	r.Run(ctx)
	if m.left() != 0 {
		t.Errorf("%d letters left", m.left())
	}
}
