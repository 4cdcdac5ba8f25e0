package domain

import (
	"errors"

	"keepsake/internal/dkim"
)

// weakRSA is a length that receivers still take and advise against (RFC 8301 §3.2).
const weakRSA, leastRSA = 2048, 1024

// dkimFindings judges our keys, or the relay's that were seen. signed says that a signature
// for the domain can be verified.
func dkimFindings(s Subject, a Answers) (all []Finding, signed bool) {
	for _, k := range s.Keys {
		f := keyFinding(s.Domain, k, a)
		signed = signed || f.State == OK && k.Active
		all = append(all, f)
	}
	if len(s.Keys) > 0 {
		return all, signed
	}
	for _, selector := range s.Seen {
		f := seenFinding(s.Domain, selector, a)
		signed = signed || f.State == OK
		all = append(all, f)
	}
	if len(all) == 0 {
		all = append(all, unknown("DKIM", "Letters are not signed here. Whether your mail server signs them for %s can only be seen in a letter that arrived: send a test.", s.Domain))
	}
	return all, signed
}

func keyFinding(domain string, k Key, a Answers) Finding {
	name := dkim.Name(k.Selector, domain)
	want, err := dkim.ParsePublic(k.Record)
	if err != nil {
		return todo("DKIM", "The key %s is broken here. Make new keys.", k.Selector)
	}
	answer := a.TXT[name]
	if !answer.Known {
		return unknown("DKIM", "The records of %s could not be looked up just now.", name).with(name, "TXT", k.Record)
	}
	got, err := dkim.ParsePublic(one(answer.All))
	switch {
	case len(answer.All) == 0 && k.Active:
		return todo("DKIM", "Letters are signed with the key %s, but its record is not in DNS: receivers count the signature as broken. Add it.", k.Selector).with(name, "TXT", k.Record)
	case len(answer.All) == 0:
		return todo("DKIM", "The record of the key %s is not in DNS yet. Add it; letters are signed once it is there.", k.Selector).with(name, "TXT", k.Record)
	case len(answer.All) > 1:
		return todo("DKIM", "There are several records at %s; receivers may count none. Leave only this one.", name).with(name, "TXT", k.Record)
	case errors.Is(err, dkim.ErrRevoked) || err != nil || !got.Same(want):
		return todo("DKIM", "The record at %s is not that of our key. Put this one in its place.", name).with(name, "TXT", k.Record)
	case got.Testing:
		return todo("DKIM", "The record at %s says t=y, a test: receivers act as if letters were not signed. Put this one in its place.", name).with(name, "TXT", k.Record)
	case k.Active:
		return ok("DKIM", "Letters are signed with the key %s (%s), and its record is in DNS.", k.Selector, kindOf(got))
	}
	return ok("DKIM", "The record of the key %s (%s) is in DNS.", k.Selector, kindOf(got))
}

func seenFinding(domain, selector string, a Answers) Finding {
	name := dkim.Name(selector, domain)
	answer := a.TXT[name]
	if !answer.Known {
		return unknown("DKIM", "The records of %s could not be looked up just now.", name)
	}
	got, err := dkim.ParsePublic(one(answer.All))
	switch {
	case errors.Is(err, dkim.ErrRevoked):
		return todo("DKIM", "Your mail server signs with the key %s, which is revoked: its record has an empty p=.", selector)
	case err != nil:
		return todo("DKIM", "Your mail server signs with the key %s, but there is no such record at %s. Its maker says what to put there.", selector, name)
	case got.Algorithm == dkim.RSA && got.Bits < leastRSA:
		return todo("DKIM", "Your mail server signs with the key %s of %d bits. Receivers count nothing below 1024, and 2048 are usual.", selector, got.Bits)
	case got.Algorithm == dkim.RSA && got.Bits < weakRSA:
		return todo("DKIM", "Your mail server signs with the key %s of %d bits. It still counts; change to one of 2048.", selector, got.Bits)
	}
	return ok("DKIM", "Your mail server signs with the key %s (%s), and its record is in DNS.", selector, kindOf(got))
}

func kindOf(p dkim.Public) string {
	if p.Algorithm == dkim.Ed25519 {
		return "Ed25519"
	}
	return "RSA " + itoa(p.Bits)
}

// one is the only text, "" where there is none or more.
func one(all []string) string {
	if len(all) == 1 {
		return all[0]
	}
	return ""
}
