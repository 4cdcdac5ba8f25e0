// Package inbound takes letters in by SMTP and reads what is in them.
package inbound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"

	"keepsake/campaigns/fault"
)

// Handler takes one letter: the return path (empty for a bounce), the recipients, and
// the message as it came, with CRLF. When it returns nil the letter is ours: the sender
// is told so. A fault is a refusal for good, any other error asks the sender to come again.
type Handler func(ctx context.Context, from string, to []string, data []byte) error

// Limits bound what a stranger can make us do; zero values mean the defaults.
type Limits struct {
	MaxBytes       int64         // of one letter; 25 MB
	MaxRecipients  int           // of one letter; 100
	MaxConnections int           // at once; 100
	Timeout        time.Duration // for the next command or line; 1 minute
	Public         bool          // may listen on an address others can reach
	Keep           int64         // octets of a letter that are read, the rest is passed over; 0 is all
	PerAddress     int           // connections of one remote address at once; 0 is any number, and this machine's always are
	Unnamed        time.Duration // after which a session ends that named no recipient there is; 0 is none
	Life           time.Duration // after which any session ends; 0 is none
	// Accepts says which recipients there are; nil is all. The others are refused, 550.
	Accepts func(to string) bool
}

func (l Limits) filled() Limits {
	if l.MaxBytes <= 0 {
		l.MaxBytes = 25 << 20
	}
	if l.MaxRecipients <= 0 {
		l.MaxRecipients = 100
	}
	if l.MaxConnections <= 0 {
		l.MaxConnections = 100
	}
	if l.Timeout <= 0 {
		l.Timeout = time.Minute
	}
	return l
}

// Receiver is a running SMTP server, or an LMTP one (RFC 2033) on a socket of this machine. It offers PIPELINING, 8BITMIME and SMTPUTF8.
type Receiver struct {
	handle   Handler
	accepts  func(to string) bool
	keep     int64
	listen   net.Listener
	server   *smtp.Server
	ctx      context.Context
	cancel   context.CancelFunc
	patience time.Duration

	mu      sync.Mutex
	closing bool
	busy    sync.WaitGroup // letters being taken in
}

// Listen starts a Receiver on addr, such as "127.0.0.1:2525"; port 0 takes a free one.
// "unix:/path" is LMTP on that socket. It refuses an address others can reach unless
// lim.Public is set.
func Listen(addr string, h Handler, lim Limits) (*Receiver, error) {
	lim = lim.filled()
	l, err := listen(addr, lim.Public)
	if err != nil {
		return nil, err
	}
	r := &Receiver{handle: h, accepts: lim.Accepts, keep: lim.Keep, listen: l, patience: lim.Timeout}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.server = server(r, lim)
	r.server.LMTP = l.Addr().Network() == "unix"
	go r.server.Serve(&entrance{Listener: netutil.LimitListener(l, lim.MaxConnections), lim: lim, inside: map[string]int{}})
	return r, nil
}

func listen(addr string, public bool) (net.Listener, error) {
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		return listenUnix(path)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("mailbox address: %w", err)
	}
	if host == "" && !public {
		addr = net.JoinHostPort("127.0.0.1", port)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	if !public && !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("mailbox: %s can be reached by others, and is not set to be public", addr)
	}
	return l, nil
}

// listenUnix takes over a socket that a lost process left behind, never one in use. The
// mail server is another user: the folder says who may come in.
func listenUnix(path string) (net.Listener, error) {
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return nil, fmt.Errorf("mailbox: %s is in use", path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		os.Remove(path)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		l.Close()
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	return l, nil
}

func server(r *Receiver, lim Limits) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		v, _ := c.Conn().(*visit)
		return &session{r: r, visit: v}, nil
	}))
	s.Domain = "keepsake"
	s.MaxMessageBytes, s.MaxRecipients = lim.MaxBytes, lim.MaxRecipients
	s.ReadTimeout, s.WriteTimeout = lim.Timeout, lim.Timeout
	s.EnableSMTPUTF8 = true
	s.ErrorLog = slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug)
	return s
}

// Addr is where it listens, host:port or the socket's path.
func (r *Receiver) Addr() string { return r.listen.Addr().String() }

// Close takes no further letters, waits for those coming in, and hangs up.
func (r *Receiver) Close() error {
	r.mu.Lock()
	again := r.closing
	r.closing = true
	r.mu.Unlock()
	if again {
		return nil
	}
	r.listen.Close()
	idle := make(chan struct{})
	go func() { r.busy.Wait(); close(idle) }()
	select {
	case <-idle:
	case <-time.After(r.patience):
	}
	r.cancel()
	if err := r.server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close mailbox: %w", err)
	}
	return nil
}

// enter counts a letter coming in, unless we are closing.
func (r *Receiver) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closing {
		r.busy.Add(1)
	}
	return !r.closing
}

type session struct {
	r     *Receiver
	visit *visit
	from  string
	to    []string
	busy  atomic.Bool
}

var (
	errClosing = &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Closing, please come again"}
	errNobody  = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox"}
)

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.r.accepts != nil && !s.r.accepts(to) {
		return errNobody
	}
	s.to = append(s.to, to)
	s.visit.named()
	return nil
}

func (s *session) Data(body io.Reader) error {
	if !s.r.enter() {
		return errClosing
	}
	s.busy.Store(true) // until Reset, which comes after the sender has its answer
	var b bytes.Buffer
	if err := s.r.read(&b, body); err != nil {
		return err // too large, or half a letter: go-smtp says which
	}
	return answer(s.r.handle(s.r.ctx, s.from, s.to, b.Bytes()))
}

// read takes the whole letter in and keeps what is wanted of it.
func (r *Receiver) read(b *bytes.Buffer, body io.Reader) error {
	if r.keep <= 0 {
		_, err := b.ReadFrom(body)
		return err
	}
	if _, err := b.ReadFrom(io.LimitReader(body, r.keep)); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, body)
	return err
}

// answer turns the handler's error into an SMTP reply that tells strangers little.
func answer(err error) error {
	switch {
	case err == nil:
		return nil
	case fault.Is(err, fault.TooLarge):
		return &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "Too large"}
	case fault.Is(err, fault.NotFound):
		return errNobody
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Forbidden):
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Not taken"}
	}
	slog.Error("mailbox did not take a letter", "error", err)
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Please come again"}
}

func (s *session) Reset() {
	s.from, s.to = "", nil
	s.leave()
}

func (s *session) Logout() error {
	s.leave()
	return nil
}

func (s *session) leave() {
	if s.busy.CompareAndSwap(true, false) {
		s.r.busy.Done()
	}
}
