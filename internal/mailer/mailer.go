// Package mailer composes letters and hands finished bytes to one SMTP server over kept-open connections.
package mailer

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"keepsake/campaigns/fault"
)

// How a Config asks for TLS.
const (
	TLSNone          = "none"          // never, also when offered
	TLSStart         = "starttls"      // STARTTLS or nothing (RFC 3207)
	TLSImplicit      = "tls"           // from the first byte, usually port 465 (RFC 8314)
	TLSOpportunistic = "opportunistic" // STARTTLS when offered
)

// Config is one SMTP server and how to use it.
type Config struct {
	Host          string
	Port          int
	TLS           string // one of the TLS constants; empty means opportunistic
	Username      string // empty: no AUTH
	Password      string
	HELO          string        // the name we greet with; empty: the machine's, when it is a full one
	Connections   int           // open at once, at most; 0 means 4
	PerConnection int           // letters before a connection is replaced; 0 means 500
	Timeout       time.Duration // for one letter's way up to its last byte; 0 means 30 s
}

// Addr is host:port.
func (c Config) Addr() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// filled returns c with its defaults, or what is wrong with it.
func (c Config) filled() (Config, error) {
	if c.TLS == "" {
		c.TLS = TLSOpportunistic
	}
	if c.Connections <= 0 {
		c.Connections = 4
	}
	if c.PerConnection <= 0 {
		c.PerConnection = 500
	}
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Host == "" || c.Port < 1 || c.Port > 65535 {
		return c, fault.New(fault.Away, "No mail server is set up. Give its host and port in the SMTP settings.")
	}
	switch c.TLS {
	case TLSNone, TLSStart, TLSImplicit, TLSOpportunistic:
		return c, nil
	}
	return c, fmt.Errorf("smtp tls %q: want none, starttls, tls or opportunistic", c.TLS)
}

// Envelope is one letter ready to leave: bare addresses and finished bytes (as Compose
// makes them). One recipient only, so that every recipient has an answer of its own.
type Envelope struct {
	From string // the return path; empty for none ("<>")
	To   string
	Data []byte // the room behind it may be written to
	// Composed says that Append made Data, so no line begins with a dot and it need not be
	// looked through.
	Composed bool
}

// State is what became of one hand-over.
type State int

// The states.
const (
	Sent      State = iota + 1 // the server took the letter (2yz after the final dot)
	Refused                    // 5yz: final for this recipient
	Later                      // 4yz: try this recipient again later
	Transport                  // the server's or the line's trouble, also 421: nothing was delivered, safe to retry
	Unsure                     // the whole letter left and no answer came: it may have been delivered
)

// String is the state's name as logs show it.
func (s State) String() string {
	names := [...]string{"", "sent", "refused", "later", "transport", "unsure"}
	if s < 0 || int(s) >= len(names) {
		return strconv.Itoa(int(s))
	}
	return names[s]
}

// The stages of a hand-over, in order.
const (
	StageConnect = "connect" // dial, greeting, TLS, AUTH
	StageMail    = "mail"
	StageRcpt    = "rcpt"
	StageData    = "data"
	StageBody    = "body" // the letter was being written; its final dot had not left
	StageDone    = "done" // the final dot had left
)

// Outcome is what the server said to one letter, and how far it came.
type Outcome struct {
	State    State
	Code     int    // the SMTP reply code; 0 when the server did not speak
	Enhanced string // RFC 3463, "5.1.1"; empty when there is none
	Reply    string // the server's words, or what went wrong, in one line
	Stage    string
}

// String is for logs: it leaves out the server's words, which often name the address.
func (o Outcome) String() string {
	return fmt.Sprintf("%s at %s, %d %s", o.State, o.Stage, o.Code, o.Enhanced)
}
