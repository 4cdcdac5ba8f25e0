package mailer

import (
	"errors"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// errAddress is the only thing said of an address that cannot be put on the wire:
// whether one makes sense was asked when it was entered.
var errAddress = errors.New("not an address that can be written to")

// encode returns an address as it goes on the wire: the domain in A-labels (RFC 5891),
// the local part as it is, in NFC. What could break out of a command is refused.
func encode(addr string) (string, error) {
	at := strings.LastIndexByte(addr, '@')
	if at < 1 || len(addr) > 254 {
		return "", errAddress
	}
	local, domain := addr[:at], addr[at+1:]
	if strings.ContainsFunc(local, badInLocal) || len(local) > 64 {
		return "", errAddress
	}
	domain, err := encodeDomain(domain)
	if err != nil {
		return "", err
	}
	return norm.NFC.String(local) + "@" + domain, nil
}

func badInLocal(r rune) bool {
	return r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.IsSpace(r) ||
		unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>()[]\,;:@"`, r)
}

// encodeDomain returns the domain in A-labels, lower case.
func encodeDomain(domain string) (string, error) {
	a := strings.ToLower(domain)
	if !plainDomain(a) {
		var err error
		if a, err = idna.Lookup.ToASCII(domain); err != nil {
			return "", errAddress
		}
	}
	if len(a) == 0 || len(a) > 253 {
		return "", errAddress
	}
	for label := range strings.SplitSeq(a, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", errAddress
		}
	}
	return a, nil
}

// plainDomain reports whether s has letters, digits, hyphens and dots only.
func plainDomain(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// ascii reports whether s needs no SMTPUTF8.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
