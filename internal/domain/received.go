package domain

import (
	"bytes"
	"net/mail"
	"slices"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/dkim"
)

// Arrived is what a letter says that came to its recipient.
type Arrived struct {
	From       string // its domain, A-labels
	ReturnPath string // its domain; "" where the server did not write it down
	Took       time.Duration
	Selectors  []string // of signatures that hold for the domain of From
	OneClick   string   // the address that unsubscribes; "" where there is none
	Findings   []Finding
}

// Received reads the source of a letter as it arrived. lookup answers with the TXT records of
// a name. It reads whatever it is given; what is no letter says so.
func Received(source []byte, lookup func(name string) ([]string, error)) Arrived {
	source = tidy(source)
	var a Arrived
	from := dkim.Fields(source, "From")
	if len(from) == 0 {
		a.Findings = []Finding{todo("Form", "This is not the source of a letter: it has no From. In the mailbox choose “Show original” or “View source”, and copy all of it.")}
		return a
	}
	a.From, a.ReturnPath = addressDomain(from[0]), addressDomain(one(top(dkim.Fields(source, "Return-Path"))))
	signatures, err := dkim.Verify(source, lookup)
	if err != nil {
		signatures = nil
	}
	a.signatures(signatures)
	a.verdicts(source)
	a.listHeaders(source, signatures)
	a.alignment(signatures)
	a.way(source)
	a.form(source)
	return a
}

// tidy takes away what saving and copying put before a letter.
func tidy(source []byte) []byte {
	source = bytes.TrimLeft(bytes.TrimPrefix(source, []byte("\xef\xbb\xbf")), " \t\r\n")
	if bytes.HasPrefix(source, []byte("From ")) { // of a mailbox file
		_, source, _ = bytes.Cut(source, []byte("\n"))
	}
	source = dkim.CRLF(source)
	if !bytes.Contains(source, []byte("\r\n\r\n")) {
		source = append(source, "\r\n\r\n"...)
	}
	return source
}

func top(all []string) []string { return all[:min(1, len(all))] }

func addressDomain(value string) string {
	if a, err := mail.ParseAddress(value); err == nil {
		return audience.Domain(a.Address)
	}
	value = strings.Trim(value, "<> ")
	return strings.ToLower(value[strings.LastIndexByte(value, '@')+1:])
}

func (a *Arrived) add(all ...Finding) { a.Findings = append(a.Findings, all...) }

// signatures says of each whether it holds.
func (a *Arrived) signatures(all []dkim.Signature) {
	if len(all) == 0 {
		a.add(todo("DKIM", "The letter is not signed. Large receivers refuse bulk mail without a signature."))
	}
	for _, s := range all {
		switch {
		case s.Err == nil:
			a.add(ok("DKIM", "The signature of %s holds (key %s, %s).", s.Domain, s.Selector, s.Algorithm))
			if aligned(s.Domain, a.From, false) && !slices.Contains(a.Selectors, s.Selector) && s.Domain == a.From {
				a.Selectors = append(a.Selectors, s.Selector)
			}
		case s.Away:
			a.add(unknown("DKIM", "The key of %s (%s) could not be looked up just now.", s.Domain, s.Selector))
		case s.NoKey:
			a.add(todo("DKIM", "The signature of %s does not hold: its key %s is not in DNS.", s.Domain, s.Selector))
		default:
			a.add(todo("DKIM", "The signature of %s (key %s) does not hold: %s.", s.Domain, s.Selector, strings.TrimPrefix(s.Err.Error(), "dkim: ")))
		}
	}
}

// verdicts are what the receiving server wrote down (RFC 8601): the topmost are its own.
func (a *Arrived) verdicts(source []byte) {
	all := dkim.Fields(source, "Authentication-Results")
	if len(all) == 0 {
		a.add(unknown("Receiver", "The receiving server wrote no verdict into the letter (Authentication-Results)."))
		return
	}
	server, results := parseResults(all[0])
	for _, method := range []string{"spf", "dkim", "dmarc"} {
		words := results[method]
		name := strings.ToUpper(method)
		switch {
		case len(words) == 0:
			a.add(unknown("Receiver", "%s says nothing of %s.", server, name))
		case slices.Contains(words, "pass"):
			a.add(ok("Receiver", "%s says that %s passes.", server, name))
		default:
			a.add(todo("Receiver", "%s says of %s: %s.", server, name, words[0]))
		}
	}
}

// parseResults reads "server; spf=pass (why) smtp.mailfrom=…; dkim=…".
func parseResults(value string) (server string, results map[string][]string) {
	parts := strings.Split(uncommented(value), ";")
	server, _, _ = strings.Cut(strings.TrimSpace(parts[0]), " ")
	results = map[string][]string{}
	for _, part := range parts[1:] {
		method, rest, _ := strings.Cut(strings.TrimSpace(part), "=")
		if words := strings.Fields(rest); len(words) > 0 {
			method = strings.ToLower(strings.TrimSpace(method))
			results[method] = append(results[method], strings.ToLower(words[0]))
		}
	}
	return server, results
}

// uncommented is a header's value without (comments), which may hold each other.
func uncommented(value string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for _, r := range value {
		switch {
		case r == '"' && depth == 0:
			quoted = !quoted
		case r == '(' && !quoted:
			depth++
		case r == ')' && !quoted && depth > 0:
			depth--
			continue
		}
		if depth == 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// listHeaders asks for both of RFC 8058, once each and covered by a signature that holds.
func (a *Arrived) listHeaders(source []byte, signatures []dkim.Signature) {
	both := []string{"List-Unsubscribe", "List-Unsubscribe-Post"}
	for _, name := range both {
		switch n := len(dkim.Fields(source, name)); {
		case n == 0:
			a.add(todo("One click", "The header %s is missing. Was it a campaign's letter, or the test of this page?", name))
			return
		case n > 1:
			a.add(todo("One click", "The header %s is there more than once: your mail server adds one. Turn that off.", name))
			return
		}
	}
	post := dkim.Fields(source, both[1])[0]
	for uri := range strings.SplitSeq(dkim.Fields(source, both[0])[0], ",") {
		if uri = strings.Trim(strings.TrimSpace(uri), "<>"); strings.HasPrefix(uri, "https://") || strings.HasPrefix(uri, "http://") && a.OneClick == "" {
			a.OneClick = uri
		}
	}
	if post != "List-Unsubscribe=One-Click" || !strings.HasPrefix(a.OneClick, "https://") {
		a.add(todo("One click", "One click does not work: the address must begin with https://, so base_url must."))
	} else {
		a.add(ok("One click", "Both headers of one-click unsubscription are there once."))
	}
	held := slices.DeleteFunc(slices.Clone(signatures), func(s dkim.Signature) bool { return s.Err != nil })
	for _, name := range both {
		if !slices.ContainsFunc(held, func(s dkim.Signature) bool { return s.Covers(name) }) {
			a.add(todo("One click", "No signature that holds covers %s, so receivers ignore one-click unsubscription. Let your mail server sign both headers, or sign here.", name))
			return
		}
	}
	a.add(ok("One click", "A signature covers both of them."))
}

// alignment says by which way DMARC recognises the letter.
func (a *Arrived) alignment(signatures []dkim.Signature) {
	signed := slices.ContainsFunc(signatures, func(s dkim.Signature) bool { return s.Err == nil && aligned(s.Domain, a.From, false) })
	path := a.ReturnPath != "" && aligned(a.ReturnPath, a.From, false)
	switch {
	case signed && path:
		a.add(ok("DMARC", "The signature and the return path are of the same owner as %s, the domain of From.", a.From))
	case signed:
		a.add(ok("DMARC", "The signature is of the same owner as %s, the domain of From. The return path is not, which does no harm.", a.From))
	case path:
		a.add(ok("DMARC", "The return path is of the same owner as %s, the domain of From; no signature is, so a forwarded letter fails.", a.From))
	case a.ReturnPath == "":
		a.add(todo("DMARC", "No signature is of the same owner as %s, the domain of From. The return path is not written down in this letter.", a.From))
	default:
		a.add(todo("DMARC", "Neither a signature nor the return path (%s) is of the same owner as %s, the domain of From: DMARC fails.", a.ReturnPath, a.From))
	}
}

// way says how the letter came: its last hop encrypted or not, and how long it took.
func (a *Arrived) way(source []byte) {
	hops := dkim.Fields(source, "Received")
	encrypted := slices.ContainsFunc(hops, func(hop string) bool {
		upper := strings.ToUpper(uncommented(hop))
		return strings.Contains(upper, "ESMTPS") || strings.Contains(upper, "SMTPS") || strings.Contains(strings.ToUpper(hop), "TLS")
	})
	switch {
	case len(hops) == 0:
		a.add(unknown("TLS", "The letter does not say which way it came."))
	case encrypted:
		a.add(ok("TLS", "The letter travelled encrypted."))
	default:
		a.add(unknown("TLS", "No server on the way wrote down that it took the letter encrypted."))
	}
	if len(hops) == 0 {
		return
	}
	sent, err := mail.ParseDate(one(top(dkim.Fields(source, "Date"))))
	came, bad := mail.ParseDate(strings.TrimSpace(hops[0][strings.LastIndexByte(hops[0], ';')+1:]))
	if err == nil && bad == nil && came.After(sent) {
		a.Took = came.Sub(sent)
	}
}

// form names headers that must be there once.
func (a *Arrived) form(source []byte) {
	for _, name := range []string{"From", "Date", "Subject", "Message-ID", "To"} {
		if n := len(dkim.Fields(source, name)); n != 1 {
			a.add(todo("Form", "The header %s is there %d times instead of once.", name, n))
		}
	}
}
