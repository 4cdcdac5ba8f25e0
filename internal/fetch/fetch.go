// Package fetch asks web addresses that strangers may have chosen, and none inside our own network.
package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Limits of one request (STANDARDS 9).
const (
	Timeout   = 10 * time.Second
	redirects = 5
)

// ErrPrivate is an address of a loopback, private or link-local network.
var ErrPrivate = errors.New("the address is not a public one")

// ErrPort is an address with a port on which there are no pages: whoever may write links
// could knock at any door of others with our hand.
var ErrPort = errors.New("only the ports 80 and 443 are asked")

// errRedirects is a chain of redirects that does not end.
var errRedirects = errors.New("too many redirects")

// Client returns a client that never connects to loopback, private or link-local addresses,
// but for those in allow, each a host or host:port. It follows five redirects and gives up
// after ten seconds.
func Client(allow []string) *http.Client {
	return client(allow, nil, refusePrivate)
}

// client connects to these ports only; nil are all.
func client(allow, ports []string, refuse func(network, address string, c syscall.RawConn) error) *http.Client {
	guard := &net.Dialer{Timeout: Timeout, Control: refuse}
	free := &net.Dialer{Timeout: Timeout}
	transport := &http.Transport{Proxy: nil, MaxIdleConns: 4, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: Timeout,
		MaxResponseHeaderBytes: 64 << 10,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if allowed(allow, addr) {
				return free.DialContext(ctx, network, addr)
			}
			if _, port, err := net.SplitHostPort(addr); err == nil && ports != nil && !slices.Contains(ports, port) {
				return nil, ErrPort
			}
			return guard.DialContext(ctx, network, addr)
		}}
	return &http.Client{Transport: transport, Timeout: Timeout, CheckRedirect: checkRedirect}
}

// Dial connects to an address, host:port, unless it is loopback, private or link-local (ErrPrivate) and not in allow.
func Dial(ctx context.Context, allow []string, address string) (net.Conn, error) {
	d := &net.Dialer{Timeout: Timeout, Control: refusePrivate}
	if allowed(allow, address) {
		d.Control = nil
	}
	return d.DialContext(ctx, "tcp", address)
}

// allowed reports whether the list has the address's host, on any port, or both.
func allowed(list []string, address string) bool {
	host, port, err := net.SplitHostPort(address)
	return err == nil && slices.ContainsFunc(list, func(one string) bool {
		return strings.EqualFold(strings.Trim(one, "[]"), host) || strings.EqualFold(one, net.JoinHostPort(host, port))
	})
}

// refusePrivate is asked with the resolved address of every connection, redirects too, so
// that a name cannot be made to point inside.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !public(ap.Addr()) {
		return ErrPrivate
	}
	return nil
}

var special = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), // shared address space, RFC 6598
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"), // site-local and IPv4-compatible, both deprecated
}

func public(a netip.Addr) bool {
	a = a.Unmap()
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast()
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= redirects {
		return errRedirects
	}
	return Check(req.URL)
}

// Check refuses what is no address of the web, and what carries a password.
func Check(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Host == "" {
		return errors.New("only http and https addresses without a password")
	}
	return nil
}

// Reason is the last, telling part of a network error.
func Reason(err error) string {
	if errors.Is(err, ErrPrivate) {
		return ErrPrivate.Error()
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err.Error()
	}
	return err.Error()
}
