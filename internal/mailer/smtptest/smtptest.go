// Package smtptest is a real SMTP server inside the test, whose answers the test scripts.
package smtptest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Letter is one letter the server took (2yz after the final dot).
type Letter struct {
	From, To string
	Data     []byte // as sent, CRLF, dots unstuffed
	UTF8     bool   // MAIL FROM said SMTPUTF8
	Session  int    // the number of its connection, from 1
}

// What a hook may return instead of a Reply.
var (
	ErrDrop  = errors.New("drop")  // close the connection without a word
	ErrStall = errors.New("stall") // say nothing until the server stops
)

// Reply is a refusal, such as Reply(451, "4.7.1 Try again later"). After a 421 the
// server closes the connection.
func Reply(code int, text string) error {
	r := &smtp.SMTPError{Code: code, Message: text, EnhancedCode: smtp.NoEnhancedCode}
	return r
}

// Server is a running server. Its Options are set before it starts.
type Server struct {
	Host  string
	Port  int
	Roots *x509.CertPool // to trust it, with TLS or ImplicitTLS

	onMail     func(from string) error
	onRcpt     func(to string) error
	onData     func(Letter) error
	slow       time.Duration
	most       int
	noPipe     bool
	noUTF8     bool
	implicit   bool
	cert       *tls.Config
	user, pass string
	size       int64

	tb      testing.TB
	server  *smtp.Server
	stopped chan struct{}
	stop    sync.Once
	mu      sync.Mutex
	letters []Letter
	changed chan struct{}
	total   int // connections greeted
	open    int
	peak    int
	quits   int
}

// An Option changes how the server behaves.
type Option func(*Server)

// OnMail is asked at every MAIL FROM; nil accepts.
func OnMail(f func(from string) error) Option { return func(s *Server) { s.onMail = f } }

// OnRcpt is asked at every RCPT TO; nil accepts.
func OnRcpt(f func(to string) error) Option { return func(s *Server) { s.onRcpt = f } }

// OnData is asked when a whole letter has come; nil accepts.
func OnData(f func(Letter) error) Option { return func(s *Server) { s.onData = f } }

// NoPipelining hides PIPELINING, and fails the test when a client pipelines all the same.
func NoPipelining() Option { return func(s *Server) { s.noPipe = true } }

// NoSMTPUTF8 hides SMTPUTF8.
func NoSMTPUTF8() Option { return func(s *Server) { s.noUTF8 = true } }

// MaxConnections answers 421 to any connection above n; to each when n is negative.
func MaxConnections(n int) Option { return func(s *Server) { s.most = n } }

// MaxSize refuses letters above n octets.
func MaxSize(n int64) Option { return func(s *Server) { s.size = n } }

// Slow waits d before each answer.
func Slow(d time.Duration) Option { return func(s *Server) { s.slow = d } }

// TLS offers STARTTLS with a certificate for Host.
func TLS() Option { return func(s *Server) { s.cert, s.Roots = certificate(s.tb) } }

// ImplicitTLS speaks TLS from the first byte.
func ImplicitTLS() Option {
	return func(s *Server) { TLS()(s); s.implicit = true }
}

// Auth offers AUTH PLAIN and refuses mail without it.
func Auth(user, pass string) Option {
	return func(s *Server) { s.user, s.pass = user, pass }
}

// Start runs a server on loopback until the test ends.
func Start(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return StartOn(tb, l, opts...)
}

// StartOn runs a server on a listener of the test's own, as after a restart.
func StartOn(tb testing.TB, l net.Listener, opts ...Option) *Server {
	tb.Helper()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	s := &Server{tb: tb, Host: host, changed: make(chan struct{}), stopped: make(chan struct{})}
	s.Port, _ = strconv.Atoi(port)
	for _, o := range opts {
		o(s)
	}
	srv := smtp.NewServer(smtp.BackendFunc(s.session))
	srv.Domain, srv.AllowInsecureAuth, srv.EnableSMTPUTF8 = "smtp.test", true, !s.noUTF8
	srv.MaxMessageBytes, srv.ErrorLog = s.size, log.New(io.Discard, "", 0)
	l = &listener{l, s}
	if s.implicit {
		l = tls.NewListener(l, s.cert)
	} else {
		srv.TLSConfig = s.cert
	}
	s.server = srv
	go srv.Serve(l)
	tb.Cleanup(s.Stop)
	return s
}

// Stop closes the listener and every connection, as a dying server does.
func (s *Server) Stop() {
	s.stop.Do(func() {
		close(s.stopped)
		s.server.Close()
	})
}

// Addr is host:port.
func (s *Server) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Letters returns what the server has taken so far, in order.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.letters...)
}

// Sessions returns how many connections were greeted, and how many at once at most.
func (s *Server) Sessions() (total, peak int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total, s.peak
}

// Quits returns how many connections said goodbye.
func (s *Server) Quits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.quits
}

// Wait returns the letters as soon as there are n; the test fails after ten seconds.
func (s *Server) Wait(n int) []Letter {
	s.tb.Helper()
	patience := time.After(10 * time.Second)
	for {
		s.mu.Lock()
		have, changed := append([]Letter(nil), s.letters...), s.changed
		s.mu.Unlock()
		if len(have) >= n {
			return have
		}
		select {
		case <-changed:
		case <-patience:
			s.tb.Fatalf("smtptest: %d letters came, want %d", len(have), n)
		}
	}
}

func (s *Server) keep(l Letter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letters = append(s.letters, l)
	close(s.changed)
	s.changed = make(chan struct{})
}

type session struct {
	s    *Server
	conn *smtp.Conn
	l    Letter
	in   bool // signed in
}

func (s *Server) session(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &session{s: s, conn: c, l: Letter{Session: s.total}}, nil
}

// answer turns what a hook returned into what go-smtp is to say.
func (ss *session) answer(err error) error {
	switch {
	case errors.Is(err, ErrDrop):
		ss.conn.Conn().Close()
	case errors.Is(err, ErrStall):
		<-ss.s.stopped
	}
	return err
}

func (ss *session) Mail(from string, o *smtp.MailOptions) error {
	if ss.s.user != "" && !ss.in {
		return Reply(530, "5.7.0 Authentication required")
	}
	ss.l.From, ss.l.UTF8 = from, o.UTF8
	if ss.s.onMail != nil {
		return ss.answer(ss.s.onMail(from))
	}
	return nil
}

func (ss *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	ss.l.To = to
	if ss.s.onRcpt != nil {
		return ss.answer(ss.s.onRcpt(to))
	}
	return nil
}

func (ss *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	l := ss.l
	l.Data = data
	if ss.s.onData != nil {
		if err := ss.s.onData(l); err != nil {
			return ss.answer(err)
		}
	}
	ss.s.keep(l)
	return nil
}

func (ss *session) Reset()        {}
func (ss *session) Logout() error { return nil }

func (ss *session) AuthMechanisms() []string {
	if ss.s.user == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (ss *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, pass string) error {
		if user != ss.s.user || pass != ss.s.pass {
			return Reply(535, "5.7.8 Wrong user name or password")
		}
		ss.in = true
		return nil
	}), nil
}

// commands counts the commands that came in one read; more than one is pipelining.
func commands(b []byte) int {
	n := 0
	for line := range strings.SplitSeq(string(b), "\r\n") {
		for _, verb := range []string{"MAIL FROM:", "RCPT TO:", "DATA", "RSET"} {
			if strings.HasPrefix(line, verb) {
				n++
			}
		}
	}
	return n
}
