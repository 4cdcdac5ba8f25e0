// Package dkim makes keys, signs finished letters and checks signatures (RFC 6376, RFC 8463).
package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// The algorithms of keys, as a record's k= names them. Every receiver knows RSA; Ed25519 is
// ten times faster and stands beside it, never alone (RFC 8463 §3).
const (
	RSA     = "rsa"
	Ed25519 = "ed25519"
)

// rsaBits is the size whose record still fits everywhere (RFC 8301 §3.2).
const rsaBits = 2048

// Key signs for a domain under a selector.
type Key struct {
	Domain, Selector string // A-labels, lower case
	private          crypto.Signer
}

// NewKey makes a key.
func NewKey(domain, selector, algorithm string) (k Key, err error) {
	k = Key{Domain: domain, Selector: selector}
	switch algorithm {
	case RSA:
		k.private, err = rsa.GenerateKey(rand.Reader, rsaBits)
	case Ed25519:
		_, k.private, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("dkim: no algorithm %q", algorithm)
	}
	return k, err
}

// Private is the key as OpenKey reads it: PKCS #8 in base64. Keep it sealed.
func (k Key) Private() (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	return base64.StdEncoding.EncodeToString(der), err
}

// OpenKey is the key that Private gave away.
func OpenKey(domain, selector, private string) (Key, error) {
	der, err := base64.StdEncoding.DecodeString(private)
	if err != nil {
		return Key{}, fmt.Errorf("dkim key %s of %s: %w", selector, domain, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return Key{}, fmt.Errorf("dkim key %s of %s: %w", selector, domain, err)
	}
	switch p := parsed.(type) {
	case *rsa.PrivateKey:
		return Key{domain, selector, p}, nil
	case ed25519.PrivateKey:
		return Key{domain, selector, p}, nil
	}
	return Key{}, fmt.Errorf("dkim key %s of %s is neither RSA nor Ed25519", selector, domain)
}

// Algorithm is RSA or Ed25519.
func (k Key) Algorithm() string {
	if _, ok := k.private.(ed25519.PrivateKey); ok {
		return Ed25519
	}
	return RSA
}

// Name is where the key's record stands in DNS (RFC 6376 §3.6.2.1).
func Name(selector, domain string) string { return selector + "._domainkey." + domain }

// Record is the text of the key's TXT record (RFC 6376 §3.6.1).
func (k Key) Record() (string, error) {
	switch pub := k.private.Public().(type) {
	case ed25519.PublicKey: // the bare key (RFC 8463 §4.2)
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(pub), nil
	default:
		der, err := x509.MarshalPKIXPublicKey(pub)
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), err
	}
}

// maxString is the longest character string of a TXT record, in octets (RFC 1035 §3.3).
const maxString = 255

// ZoneText is a TXT record's text as a zone file takes it: quoted, cut into strings of 255
// octets, which readers put together again (RFC 6376 §3.6.2.2).
func ZoneText(text string) string {
	var parts []string
	for len(text) > maxString {
		parts = append(parts, text[:maxString])
		text = text[maxString:]
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	for i, p := range append(parts, text) {
		parts = append(parts[:i], `"`+quoted.Replace(p)+`"`)
	}
	return strings.Join(parts, " ")
}

// What is wrong with a record that was found.
var (
	ErrRevoked = errors.New("the key is revoked: p= is empty")
	ErrRecord  = errors.New("this is no DKIM record")
)

// Public is what a key's record says.
type Public struct {
	Algorithm string
	Bits      int  // of the key; 256 for Ed25519
	Testing   bool // t=y: receivers are asked to act as if there were no signature
	key       string
}

// Same reports whether the record is that of this one.
func (p Public) Same(other Public) bool { return p.Algorithm == other.Algorithm && p.key == other.key }

// ParsePublic reads a key's record (RFC 6376 §3.6.1).
func ParsePublic(text string) (Public, error) {
	tags, err := Tags(text)
	if v, ok := tags["v"]; err != nil || ok && v != "DKIM1" {
		return Public{}, ErrRecord
	}
	data, ok := tags["p"]
	if !ok {
		return Public{}, ErrRecord
	}
	if data == "" {
		return Public{}, ErrRevoked
	}
	p := Public{Algorithm: tags["k"], Testing: strings.Contains(":"+tags["t"]+":", ":y:")}
	if p.Algorithm == "" {
		p.Algorithm = RSA
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
	if err != nil {
		return Public{}, ErrRecord
	}
	p.key = string(der)
	p.Bits, err = bits(p.Algorithm, der)
	return p, err
}

func bits(algorithm string, der []byte) (int, error) {
	switch algorithm {
	case Ed25519:
		if len(der) != ed25519.PublicKeySize {
			return 0, ErrRecord
		}
		return 8 * len(der), nil
	case RSA:
		parsed, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			parsed, err = x509.ParsePKCS1PublicKey(der) // also to be found (erratum 3017)
		}
		if pub, ok := parsed.(*rsa.PublicKey); ok && err == nil {
			return pub.N.BitLen(), nil
		}
	}
	return 0, ErrRecord
}

// Tags reads a list of tag=value pairs (RFC 6376 §3.2), as DKIM and DMARC records are. A tag
// that stands twice makes it none.
func Tags(text string) (map[string]string, error) {
	tags := map[string]string{}
	for pair := range strings.SplitSeq(text, ";") {
		name, value, ok := strings.Cut(pair, "=")
		if name = strings.TrimSpace(name); !ok {
			if name == "" {
				continue
			}
			return tags, ErrRecord
		}
		if _, twice := tags[name]; twice || name == "" {
			return tags, ErrRecord
		}
		tags[name] = strings.TrimSpace(value)
	}
	return tags, nil
}
