package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"strings"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// minSecret is the least length of a secret an operator sets, in characters.
const minSecret = 32

// Validate returns all that is wrong, a line each with the key it concerns.
func (c Config) Validate() error {
	return errors.Join(
		key("addr", checkAddr(c.Addr)),
		key("base_url", checkURL(c.BaseURL)),
		key("data", notEmpty(c.Data)),
		key("database", checkDatabase(c.Database)),
		key("secret", checkSecret(c.Secret)),
		key("security_contact", checkContact(c.Security)),
		key("roles", checkRoles(c.Roles)),
		key("unsure", oneOf(c.Unsure, ledger.Hold, ledger.Resend, ledger.CountSent)),
		key("bounce_domain", checkDomain(c.BounceDomain)),
		key("sender.email", checkEmail(c.Sender.Email)),
		key("sender.reply_to", checkEmail(c.Sender.ReplyTo)),
		key("log.level", new(slog.Level).UnmarshalText([]byte(c.Log.Level))),
		key("log.format", oneOf(c.Log.Format, "text", "json")),
		key("retry_hours", between(c.RetryHours, 1, 240)),
		c.checkLimits(),
		c.SMTP.validate(),
		c.Bounces.validate(c.BounceDomain),
		c.Hooks.validate(),
		c.Guard.validate(),
		c.Media.validate(),
	)
}

func (b Bounces) validate(domain string) error {
	return errors.Join(
		key("bounces.soft_count", between(b.SoftCount, 1, 1000)),
		key("bounces.soft_days", between(b.SoftDays, 1, 3650)),
		key("bounces.listen", checkListen(b.Listen, domain)),
		b.Mailbox.validate(),
	)
}

func (m Mailbox) validate() error {
	if m.Protocol == "" {
		return nil
	}
	return errors.Join(
		key("bounces.mailbox.protocol", oneOf(m.Protocol, "imap", "pop3")),
		key("bounces.mailbox.host", notEmpty(m.Host)),
		key("bounces.mailbox.port", between(m.Port, 0, 65535)),
		key("bounces.mailbox.tls", oneOf(m.TLS, StartTLS, ImplicitTLS, NoTLS)),
		key("bounces.mailbox.folder", notEmpty(m.Folder)),
		key("bounces.mailbox.poll_seconds", between(m.PollSeconds, 5, 86_400)),
		key("bounces.mailbox.done", m.checkDone()),
	)
}

func (m Mailbox) checkDone() error {
	folder, move := strings.CutPrefix(m.Done, "move:")
	switch {
	case !move:
		return oneOf(m.Done, "delete", "keep", "move:FOLDER")
	case m.Protocol == "pop3":
		return errors.New("POP3 has no folders to move to")
	case folder == "" || folder == m.Folder:
		return errors.New("must name another folder behind “move:”")
	}
	return nil
}

// checkListen wants a bounce domain: only addresses of ours are taken.
func checkListen(addr, domain string) error {
	switch {
	case addr == "":
		return nil
	case domain == "":
		return errors.New("needs bounce_domain: without it no letter comes back to an address of ours")
	case strings.HasPrefix(addr, "unix:"):
		return notEmpty(strings.TrimPrefix(addr, "unix:"))
	}
	return checkAddr(addr)
}

func (s SMTP) validate() error {
	return errors.Join(
		key("smtp.port", between(s.Port, 1, 65535)),
		key("smtp.tls", oneOf(s.TLS, StartTLS, ImplicitTLS, NoTLS)),
		key("smtp.connections", between(s.Connections, 1, 1000)),
		key("smtp.per_connection", between(s.PerConnection, 1, 1_000_000)),
		key("smtp.timeout_seconds", between(s.TimeoutSeconds, 1, 300)),
		key("smtp.rate_per_second", s.checkRate()),
		key("smtp.weight", between(s.Weight, 1, 1000)),
		key("smtp.priority", between(s.Priority, 1, 100)),
	)
}

func (s SMTP) checkRate() error {
	if s.RatePerSecond < 0 {
		return errors.New("must not be below 0")
	}
	return nil
}

func key(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

func notEmpty(s string) error {
	if s == "" {
		return errors.New("must not be empty")
	}
	return nil
}

func checkRoles(roles []string) error {
	if len(roles) == 0 {
		return errors.New("must name at least one of web, send, cron")
	}
	for _, r := range roles {
		if err := oneOf(r, Web, Send, Cron); err != nil {
			return err
		}
	}
	return nil
}

func oneOf(s string, all ...string) error {
	for _, a := range all {
		if s == a {
			return nil
		}
	}
	return fmt.Errorf("%q is none of %s", s, strings.Join(all, ", "))
}

func between(n, low, high int) error {
	if n < low || n > high {
		return fmt.Errorf("%d is not between %d and %d", n, low, high)
	}
	return nil
}

func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	_, err = net.LookupPort("tcp", port)
	return err
}

func checkURL(raw string) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%q does not begin with http:// or https:// and a host", raw)
	}
	// Links are made by adding to it, and cookies carry __Host-, which has no path but "/".
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q must end after the host", raw)
	}
	return nil
}

// checkContact takes what RFC 9116 §2.5.3 takes: an address of the web, of mail or a telephone.
func checkContact(s string) error {
	for _, scheme := range []string{"mailto:", "https://", "tel:"} {
		if s == "" || strings.HasPrefix(s, scheme) && !strings.ContainsAny(s, " \r\n") {
			return nil
		}
	}
	return fmt.Errorf("%q must begin with mailto:, https:// or tel: for security.txt", s)
}

// checkDomain takes a domain that mail can come back to.
func checkDomain(s string) error {
	if s == "" {
		return nil
	}
	if _, err := audience.CleanEmail("bounce@" + s); err != nil || strings.Contains(s, "@") {
		return fmt.Errorf("%q is not a domain; for example bounce.shop.example", s)
	}
	return nil
}

func checkDatabase(dsn string) error {
	if dsn == "" || strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return nil
	}
	return errors.New("must be empty or begin with postgres://") // never print it: it holds a password
}

func checkSecret(s string) error {
	if s != "" && len(s) < minSecret {
		return fmt.Errorf("must have at least %d characters", minSecret)
	}
	return nil
}

func checkEmail(s string) error {
	if s == "" {
		return nil
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return err
	}
	if a.Address != s {
		return fmt.Errorf("%q must be an address alone, without a name", s)
	}
	return nil
}
