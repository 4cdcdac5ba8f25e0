package mailer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/textproto"
	"os"
	"strings"

	mail "github.com/wneessen/go-mail"

	"keepsake/campaigns/fault"
)

// Check connects, greets and says goodbye. What stands in the way is a fault.Away that
// names host:port and what to do.
func (p *Pool) Check(ctx context.Context) error {
	c, err := p.dial(ctx)
	if err != nil {
		return p.explain(err)
	}
	c.quit()
	return nil
}

// explain says in a person's words why no connection came about.
func (p *Pool) explain(err error) error {
	if p.bad != nil {
		return err
	}
	at := p.cfg.Addr()
	var dns *net.DNSError
	var op *net.OpError
	code, text, spoke := said(err)
	switch {
	case errors.As(err, &dns):
		return fault.New(fault.Away, "There is no mail server named %s. Correct the host name in the SMTP settings.", p.cfg.Host)
	case silent(err):
		return fault.New(fault.Away, "The mail server at %s does not answer in time. Check host, port, TLS mode and firewall.", at)
	case certificate(err):
		return fault.New(fault.Away, "The certificate of the mail server at %s is not trusted. Give the server a valid one, or use the name that is in it.", at)
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		return fault.New(fault.Away, "The mail server at %s does not offer STARTTLS. Choose another TLS mode in the SMTP settings.", at)
	case code == 535 || code == 534:
		return fault.New(fault.Away, "The mail server at %s refuses the user name or the password. Correct them in the SMTP settings.", at)
	case errors.Is(err, mail.ErrNoSupportedAuthDiscovered), strings.Contains(err.Error(), "does not support SMTP AUTH"):
		return fault.New(fault.Away, "The mail server at %s offers no sign-in that can be used here. Turn on TLS, or leave the user name empty.", at)
	case spoke:
		return fault.New(fault.Away, "The mail server at %s does not let us in. It says: %s", at, oneLine(text))
	case errors.As(err, &op) && op.Op == "dial":
		return fault.New(fault.Away, "No mail server answers at %s. Start it, or correct host and port in the SMTP settings.", at)
	}
	return fault.New(fault.Away, "The connection to the mail server at %s breaks off. Check port and TLS mode in the SMTP settings.", at)
}

func silent(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &n) && n.Timeout()
}

func certificate(err error) bool {
	var bad *tls.CertificateVerificationError
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &bad) || errors.As(err, &host) || errors.As(err, &unknown)
}

// said finds the server's own words in an error of the dial.
func said(err error) (code int, text string, ok bool) {
	var e *textproto.Error
	if errors.As(err, &e) {
		return e.Code, e.Msg, true
	}
	return 0, "", false
}
