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

// Receiver is a running SMTP server. It offers PIPELINING, 8BITMIME and SMTPUTF8.
type Receiver struct {
	handle   Handler
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
// It refuses an address others can reach unless lim.Public is set.
func Listen(addr string, h Handler, lim Limits) (*Receiver, error) {
	lim = lim.filled()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("mailbox address: %w", err)
	}
	if host == "" && !lim.Public {
		addr = net.JoinHostPort("127.0.0.1", port)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	if !lim.Public && !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("mailbox: %s can be reached by others, and is not set to be public", addr)
	}
	r := &Receiver{handle: h, listen: l, patience: lim.Timeout}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.server = server(r, lim)
	go r.server.Serve(netutil.LimitListener(l, lim.MaxConnections))
	return r, nil
}

func server(r *Receiver, lim Limits) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{r: r}, nil }))
	s.Domain = "keepsake"
	s.MaxMessageBytes, s.MaxRecipients = lim.MaxBytes, lim.MaxRecipients
	s.ReadTimeout, s.WriteTimeout = lim.Timeout, lim.Timeout
	s.EnableSMTPUTF8 = true
	s.ErrorLog = slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug)
	return s
}

// Addr is where it listens, host:port.
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
	r    *Receiver
	from string
	to   []string
	busy atomic.Bool
}

var errClosing = &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Closing, please come again"}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(body io.Reader) error {
	if !s.r.enter() {
		return errClosing
	}
	s.busy.Store(true) // until Reset, which comes after the sender has its answer
	var b bytes.Buffer
	if _, err := b.ReadFrom(body); err != nil {
		return err // too large, or half a letter: go-smtp says which
	}
	return answer(s.r.handle(s.r.ctx, s.from, s.to, b.Bytes()))
}

// answer turns the handler's error into an SMTP reply that tells strangers little.
func answer(err error) error {
	switch {
	case err == nil:
		return nil
	case fault.Is(err, fault.TooLarge):
		return &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "Too large"}
	case fault.Is(err, fault.NotFound):
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox"}
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
