package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// State is how a link stands.
type State string

// The states of a link.
const (
	Waiting  State = ""         // nobody has asked yet
	Fine     State = "fine"     // a page answered
	Gone     State = "gone"     // 404 or 410: there is no such page
	Shy      State = "shy"      // 401, 403, 429 …: the server lets no program look
	Broken   State = "broken"   // the server failed: 5xx
	Nowhere  State = "nowhere"  // there is no such server
	Silent   State = "silent"   // no answer in time, or no connection
	Inside   State = "inside"   // it leads into a private network
	Circle   State = "circle"   // redirects without end
	Insecure State = "insecure" // its certificate does not hold
	Port     State = "port"     // on a port that is not asked
	Bad      State = "bad"      // it is no address of the web
)

// Answer is what came of asking for a link.
type Answer struct {
	State  State
	Status int    // the last server's, 0 when none answered
	To     string // where redirects ended, when it is another address
	At     time.Time
}

// Probe asks whether there is a page at an address: by HEAD, and by GET when HEAD is not
// answered with a page, for many servers do not know it. Nothing of the page is read.
func Probe(ctx context.Context, c *http.Client, address string) Answer {
	u, err := url.Parse(address)
	if err != nil || Check(u) != nil {
		return Answer{State: Bad}
	}
	a := ask(ctx, c, http.MethodHead, u)
	if a.Status >= 400 || a.State == Silent {
		a = ask(ctx, c, http.MethodGet, u)
	}
	return a
}

func ask(ctx context.Context, c *http.Client, method string, u *url.URL) Answer {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return Answer{State: Bad}
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (compatible; Keepsake link check)")
	req.Header.Set("Accept", "text/html,*/*;q=0.8")
	res, err := c.Do(req)
	if err != nil {
		return Answer{State: stateOf(err)}
	}
	res.Body.Close()
	a := Answer{State: stateOfStatus(res.StatusCode), Status: res.StatusCode}
	if end := res.Request.URL.String(); end != u.String() {
		a.To = end
	}
	return a
}

func stateOfStatus(status int) State {
	switch {
	case status < 400:
		return Fine
	case status == http.StatusNotFound, status == http.StatusGone:
		return Gone
	case status >= 500 && status != http.StatusNotImplemented && status != 999: // with which LinkedIn turns programs away
		return Broken
	}
	return Shy
}

func stateOf(err error) State {
	if errors.Is(err, ErrPrivate) {
		return Inside
	}
	if errors.Is(err, ErrPort) {
		return Port
	}
	if errors.Is(err, errRedirects) {
		return Circle
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return Nowhere
	}
	if untrusted(err) {
		return Insecure
	}
	return Silent
}

func untrusted(err error) bool {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, verify := errors.AsType[*tls.CertificateVerificationError](err)
	return unknown || host || invalid || verify
}
