package hooks

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// The addresses of SNS: its host, and where a certificate lies on it.
var (
	snsHost = regexp.MustCompile(`^sns\.[a-z]{2,8}(-[a-z]{2,16}){1,3}-\d{1,2}\.amazonaws\.com(\.cn)?$`)
	snsCert = regexp.MustCompile(`^/SimpleNotificationService-[0-9a-f]+\.pem$`)
)

// issuers are where the authorities of Amazon's certificates publish their own: SNS serves
// its certificate without what stands between that and the root.
var issuers = regexp.MustCompile(`^http://([a-z0-9-]+\.)+(amazontrust|digicert)\.com/[A-Za-z0-9._-]+\.(cer|crt)$`)

// onSNS is the address, when it is https on a host of SNS's and nothing else stands before the path.
func onSNS(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Opaque != "" || !snsHost.MatchString(u.Host) || strings.Contains(address, "#") {
		return nil
	}
	return u
}

// certified reports whether a certificate of SNS may lie there. Other paths and queries of the
// same host answer with what a stranger wrote.
func certified(address string) bool {
	u := onSNS(address)
	return u != nil && !strings.Contains(address, "?") && snsCert.MatchString(u.EscapedPath())
}

// confirms reports whether an address confirms a topic's subscription, and does nothing else.
func confirms(address, topic, token string) bool {
	u := onSNS(address)
	if u == nil || u.EscapedPath() != "/" || token == "" {
		return false
	}
	q, err := url.ParseQuery(u.RawQuery)
	for name, want := range map[string]string{"Action": "ConfirmSubscription", "TopicArn": topic, "Token": token} {
		if err != nil || len(q[name]) != 1 || q[name][0] != want {
			return false
		}
	}
	return len(q) == 3
}

const (
	mostCerts = 32               // that are kept; Amazon has one a region at a time
	failedFor = time.Minute      // an address that failed is not fetched again
	fetchTime = 20 * time.Second // for a certificate and its issuers
)

// held is a certificate, or why there is none; both only once ready is closed.
type held struct {
	ready chan struct{}
	cert  *x509.Certificate
	err   error
	until time.Time
}

func (h *held) over(now time.Time) bool {
	select {
	case <-h.ready:
		return now.After(h.until)
	default:
		return false
	}
}

// cert is the certificate at an address of SNS's, fetched once for all who wait for it.
func (s *SES) cert(ctx context.Context, may func() bool, address string) (*x509.Certificate, error) {
	h, ours := s.hold(address, may)
	if h == nil {
		return nil, ErrBusy
	}
	if ours {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
		defer cancel()
		h.until = s.now().Add(failedFor)
		if h.cert, h.err = s.fetchCert(ctx, address); h.err == nil {
			h.until = h.cert.NotAfter
		}
		close(h.ready)
	}
	select {
	case <-h.ready:
		return h.cert, h.err
	case <-ctx.Done():
		return nil, errAway
	}
}

// hold is what is held of an address; ours says that the caller has to fetch it. It is nil
// when a fetch would be needed and may not be.
func (s *SES) hold(address string, may func() bool) (h *held, ours bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.certs[address]; h != nil && !h.over(s.now()) {
		return h, false
	}
	if may != nil && !may() {
		return nil, false
	}
	s.makeRoom()
	h = &held{ready: make(chan struct{})}
	s.certs[address] = h
	return h, true
}

// makeRoom forgets failures before it forgets certificates.
func (s *SES) makeRoom() {
	if len(s.certs) < mostCerts {
		return
	}
	for address, h := range s.certs {
		select {
		case <-h.ready:
			if h.err != nil {
				delete(s.certs, address)
			}
		default:
		}
	}
	if len(s.certs) >= mostCerts {
		clear(s.certs)
	}
}

// What is said of a certificate names no address: a stranger chose it.
var (
	errAway   = errors.New("the certificate of Amazon SNS could not be fetched")
	errIssuer = errors.New("the issuer of the certificate of Amazon SNS could not be fetched")
	errPEM    = fmt.Errorf("%w is none", ErrIssued)
	errName   = fmt.Errorf("%w is not of Amazon SNS", ErrIssued)
	errChain  = fmt.Errorf("%w leads to no root that is trusted here", ErrIssued)
)

func (s *SES) fetchCert(ctx context.Context, address string) (*x509.Certificate, error) {
	data, err := s.fetch(ctx, address)
	if err != nil {
		return nil, errAway
	}
	cert, err := onlyCert(data)
	if err != nil {
		return nil, err
	}
	host := onSNS(address).Host
	_, cn := strings.CutSuffix(host, ".cn")
	general := "sns.amazonaws.com"
	if cn {
		general += ".cn"
	}
	if cert.VerifyHostname(host) != nil && cert.VerifyHostname(general) != nil {
		return nil, errName
	}
	return cert, s.trusted(ctx, cert)
}

// onlyCert reads a body that is one certificate and nothing else.
func onlyCert(data []byte) (*x509.Certificate, error) {
	block, rest := pem.Decode(data)
	if !bytes.HasPrefix(data, []byte("-----BEGIN CERTIFICATE-----")) || bytes.Count(data, []byte("-----BEGIN")) != 1 || block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errPEM
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errPEM
	}
	return cert, nil
}

// mostIssuers is how many authorities may stand between a certificate and a root.
const mostIssuers = 3

// trusted reports whether a certificate leads to a root, over issuers that each certificate
// names itself (RFC 5280 §4.2.2.1).
func (s *SES) trusted(ctx context.Context, cert *x509.Certificate) error {
	between := x509.NewCertPool()
	last := cert
	for range mostIssuers + 1 {
		_, err := cert.Verify(x509.VerifyOptions{Roots: s.roots, Intermediates: between, CurrentTime: s.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err == nil {
			return nil
		}
		if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); !unknown || len(last.IssuingCertificateURL) == 0 || !issuers.MatchString(last.IssuingCertificateURL[0]) {
			return errChain
		}
		data, err := s.fetch(ctx, last.IssuingCertificateURL[0])
		if err != nil {
			return errIssuer
		}
		if last, err = x509.ParseCertificate(data); err != nil {
			return errChain
		}
		between.AddCert(last)
	}
	return errChain
}
