package mailer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	mail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// answerPatience is how much longer than Timeout the answer to the final dot may take:
// giving up there leaves the letter unsure (RFC 5321 §4.5.3.2.6 asks for ten minutes).
const answerPatience = 5

// conn is one open connection, used by one letter at a time. go-mail opened it and the
// envelope is ours: go-mail's own takes six round trips where two are enough.
type conn struct {
	sc      *smtp.Client
	raw     net.Conn // below TLS; closing it cannot flush half a letter
	timeout time.Duration

	pipelining, utf8, eightBit, size bool

	letters int       // handed over so far
	most    int       // before it is replaced
	born    time.Time // when it was opened
	idle    time.Time // since when it waits
	dirty   bool      // an envelope was refused: RSET goes before the next
	broken  error     // set: never use it again
	out     []byte
}

// dial opens a connection and says hello, with TLS and AUTH as configured. On an error
// nothing stays open.
func (p *Pool) dial(ctx context.Context) (*conn, error) {
	if p.bad != nil {
		return nil, p.bad
	}
	var raw net.Conn
	waited := func() bool { return true }
	client, err := p.client(func(c net.Conn) {
		raw, waited = c, context.AfterFunc(ctx, func() { c.Close() }) // go-mail's own context ends with the dial
	})
	if err != nil {
		return nil, fmt.Errorf("smtp client: %w", err)
	}
	sc, err := client.DialToSMTPClientWithContext(ctx)
	if !waited() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		if raw != nil {
			raw.Close() // go-mail leaves it open when the greeting, STARTTLS or AUTH fails
		}
		return nil, err
	}
	now := time.Now()
	c := &conn{sc: sc, raw: raw, timeout: p.cfg.Timeout, most: p.cfg.PerConnection, born: now, idle: now}
	c.pipelining, _ = sc.Extension("PIPELINING")
	c.utf8, _ = sc.Extension("SMTPUTF8")
	p.utf8.Store(int32(NotOffered))
	if c.utf8 {
		p.utf8.Store(int32(Offered))
	}
	c.eightBit, _ = sc.Extension("8BITMIME")
	c.size, _ = sc.Extension("SIZE")
	return c, nil
}

// client returns a go-mail client that shows the socket it opens to opened. It is made
// for each dial: a shared one would keep the sockets of failed dials to itself.
func (p *Pool) client(opened func(net.Conn)) (*mail.Client, error) {
	opts := []mail.Option{
		mail.WithPort(p.cfg.Port), mail.WithTimeout(p.cfg.Timeout), mail.WithHELO(helo(p.cfg.HELO)),
		mail.WithTLSConfig(p.tls), mail.WithTLSPolicy(p.policy()),
		mail.WithDialContextFunc(func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := p.dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			opened(c)
			if p.cfg.TLS == TLSImplicit {
				return secure(ctx, c, p.tls)
			}
			return c, nil
		}),
	}
	if p.cfg.Username != "" {
		opts = append(opts, mail.WithSMTPAuth(p.auth()), mail.WithUsername(p.cfg.Username), mail.WithPassword(p.cfg.Password))
	}
	return mail.NewClient(p.cfg.Host, opts...)
}

func secure(ctx context.Context, c net.Conn, cfg *tls.Config) (net.Conn, error) {
	t := tls.Client(c, cfg)
	return t, t.HandshakeContext(ctx)
}

// policy is opportunistic for implicit TLS too: go-mail then sees the TLS that is there,
// and allows the AUTH mechanisms that need it.
func (p *Pool) policy() mail.TLSPolicy {
	switch p.cfg.TLS {
	case TLSNone:
		return mail.NoTLS
	case TLSStart:
		return mail.TLSMandatory
	}
	return mail.TLSOpportunistic
}

// auth lets go-mail choose; it never sends a password in the clear, except to this machine.
func (p *Pool) auth() mail.SMTPAuthType {
	ip := net.ParseIP(p.cfg.Host)
	if p.cfg.TLS == TLSNone && (p.cfg.Host == "localhost" || ip != nil && ip.IsLoopback()) {
		return mail.SMTPAuthPlain
	}
	return mail.SMTPAuthAutoDiscover
}

// helo is the name we greet with: a short machine name tells strangers too much and
// mail servers too little.
func helo(name string) string {
	if name != "" {
		return name
	}
	if host, err := os.Hostname(); err == nil && strings.Contains(host, ".") {
		return host
	}
	return "localhost"
}

// quit says goodbye, without waiting long, and closes.
func (c *conn) quit() {
	defer c.raw.Close()
	if c.broken != nil {
		return
	}
	_ = c.raw.SetDeadline(time.Now().Add(min(c.timeout, 3*time.Second)))
	if c.write("QUIT\r\n") == nil {
		_, _ = c.read()
	}
}

// spent reports whether it has had its share of letters or of time.
func (c *conn) spent() bool { return c.letters >= c.most || time.Since(c.born) > maxAge }

// timedOut reports whether the line fell silent, rather than being closed.
func (c *conn) timedOut() bool { return errors.Is(c.broken, os.ErrDeadlineExceeded) }
