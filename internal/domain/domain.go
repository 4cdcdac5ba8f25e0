// Package domain judges how a sender's domain stands with receivers: what its DNS says of SPF, DKIM, DMARC, mail
// exchangers and reverse names, and what a letter says that arrived.
package domain

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// State is how one point stands.
type State string

// The states.
const (
	OK      State = "ok"
	ToDo    State = "todo"
	Unknown State = "unknown" // it cannot be known from here, or not now
)

// Finding is one point in words.
type Finding struct {
	About  string // SPF, DKIM, DMARC, MX, PTR, TLS ...
	State  State
	Text   string // a catalogue id, with its Args
	Args   []any
	Record *Record // to be put into DNS; nil where there is nothing to paste
}

// Record is a line of DNS, as a provider's form asks for it.
type Record struct{ Name, Type, Value string }

func ok(about, text string, args ...any) Finding {
	return Finding{About: about, State: OK, Text: text, Args: args}
}

func todo(about, text string, args ...any) Finding {
	return Finding{About: about, State: ToDo, Text: text, Args: args}
}

func unknown(about, text string, args ...any) Finding {
	return Finding{About: about, State: Unknown, Text: text, Args: args}
}

func (f Finding) with(name, kind, value string) Finding {
	f.Record = &Record{name, kind, value}
	return f
}

// Subject is a sender's domain and how its letters leave. Names are A-labels in lower case.
type Subject struct {
	Domain  string // behind the @ of From
	Bounce  string // behind the @ of the return path
	Keys    []Key
	Seen    []string // selectors seen in letters that arrived
	Servers []Server
	Name    string // what this installation calls itself: of its web address or greeting
	Intake  bool   // mail of Bounce is taken by this installation's own receiver
	Reports string // whom DMARC's reports should go to
}

// Key is a signing key of ours.
type Key struct {
	Selector, Record string
	Active           bool // it signs; else it waits for its record
}

// Server is a mail server that takes our letters.
type Server struct {
	Host string
	TLS  string // none, starttls or tls
}

// Answer is what DNS says to one question. The zero one is no answer: nobody knows.
type Answer[T any] struct {
	All   []T
	Known bool // also where there is nothing
}

// Answers are what DNS said, by the name that was asked for.
type Answers struct {
	TXT map[string]Answer[string]
	MX  map[string]Answer[string] // hosts, the best first
	IP  map[string]Answer[netip.Addr]
	PTR map[string]Answer[string] // by address
}

// Findings judges a subject by what DNS said.
func Findings(s Subject, a Answers) []Finding {
	spf := spfFindings(s, a)
	keys, signed := dkimFindings(s, a)
	return slices.Concat(spf, keys, dmarcFindings(s, a, signed), mxFindings(s, a), ptrFindings(s, a), tlsFindings(s))
}

// Organisation is the domain that DMARC takes for the owner's: one label below a public
// suffix (RFC 7489 §3.2).
func Organisation(domain string) string {
	org, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return domain
	}
	return org
}

// aligned reports whether two domains are one owner's, or strictly the same.
func aligned(a, b string, strict bool) bool {
	return a == b || !strict && Organisation(a) == Organisation(b)
}

// local reports whether a server's name is of this machine or its own network.
func (s Server) local(a Answers) bool {
	if s.Host == "localhost" {
		return true
	}
	for _, ip := range s.addresses(a) {
		if ip.IsLoopback() || ip.IsPrivate() {
			return true
		}
	}
	return false
}

func (s Server) addresses(a Answers) []netip.Addr {
	if ip, err := netip.ParseAddr(s.Host); err == nil {
		return []netip.Addr{ip}
	}
	return a.IP[s.Host].All
}

// providers are the services whose hosts take letters, and what SPF includes for them.
var providers = []struct{ host, include string }{
	{"amazonaws.com", "amazonses.com"}, {"sendgrid.net", "sendgrid.net"}, {"mailgun.org", "mailgun.org"},
	{"postmarkapp.com", "spf.mtasv.net"}, {"brevo.com", "spf.brevo.com"}, {"sendinblue.com", "spf.brevo.com"},
	{"gmail.com", "_spf.google.com"}, {"google.com", "_spf.google.com"}, {"office365.com", "spf.protection.outlook.com"},
	{"outlook.com", "spf.protection.outlook.com"}, {"mandrillapp.com", "spf.mandrillapp.com"}, {"mailjet.com", "spf.mailjet.com"},
	{"yandex.ru", "_spf.yandex.net"}, {"yandex.net", "_spf.yandex.net"}, {"mail.ru", "_spf.mail.ru"},
}

// include is what SPF names for a service's host; "" for a host that is none's.
func include(host string) string {
	for _, p := range providers {
		if host == p.host || strings.HasSuffix(host, "."+p.host) {
			return p.include
		}
	}
	return ""
}

// ours are the public addresses our letters leave from, where a server of ours sends them:
// those of the servers' names, or of our own name behind a relay on this machine. Nobody
// else's are known.
func (s Subject) ours(a Answers) (ips []netip.Addr) {
	for _, server := range s.Servers {
		if server.local(a) {
			ips = append(ips, a.IP[s.Name].All...)
		} else if include(server.Host) == "" && Organisation(server.Host) == Organisation(s.Domain) {
			ips = append(ips, server.addresses(a)...)
		}
	}
	ips = slices.DeleteFunc(ips, func(ip netip.Addr) bool { return !ip.IsGlobalUnicast() || ip.IsPrivate() })
	slices.SortFunc(ips, netip.Addr.Compare)
	return slices.Compact(ips)
}

// strangers are the servers whose way out is not known from here.
func (s Subject) strangers(a Answers) (hosts []string) {
	for _, server := range s.Servers {
		if !server.local(a) && include(server.Host) == "" && Organisation(server.Host) != Organisation(s.Domain) {
			hosts = append(hosts, server.Host)
		}
	}
	return hosts
}
