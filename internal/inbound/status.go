package inbound

import (
	"regexp"
	"strconv"
	"strings"

	"keepsake/campaigns/ledger"
)

// group is one block of fields, as RFC 3464 §2.1 puts them: the letter's first, then one for
// each recipient.
type group []Header

// get is a field's value; empty when it is not there.
func (g group) get(name string) string { return Mail{Headers: g}.Header(name) }

// groups reads up to n blocks of fields, blank lines between them. What is no field is left out.
func groups(data []byte, n int) []group {
	var all []group
	var g group
	for line := range strings.SplitSeq(tidy(string(data)), "\n") {
		switch name, value, ok := strings.Cut(line, ":"); {
		case strings.TrimSpace(line) == "":
			if len(g) > 0 {
				if all = append(all, g); len(all) == n {
					return all
				}
			}
			g = nil
		case line[0] == ' ' || line[0] == '\t':
			if len(g) > 0 && len(g[len(g)-1].Value) < 4*maxWords {
				g[len(g)-1].Value += " " + strings.TrimSpace(line)
			}
		case ok && fieldName([]byte(strings.TrimSpace(name))) && len(g) < 200:
			g = append(g, Header{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	if len(g) > 0 {
		all = append(all, g)
	}
	return all
}

// maxRecipients is how many recipients of one report are read.
const maxRecipients = maxFindings

// statusReport reads a delivery status notification (RFC 3464, RFC 6533). It is Unknown when
// it names no recipient.
func (l letter) statusReport(status []byte) (Class, []Finding, bool) {
	class, partly := Unknown, false
	var all []Finding
	for _, g := range groups(status, 1+maxRecipients) {
		action := l.action(g)
		switch action {
		case Unknown:
			continue
		case Bounced:
			if f := l.failed(g); f.Verdict != "" {
				all = append(all, f)
				class = Bounced
				continue
			}
			action = Delivered
		}
		partly = true
		if class == Unknown || action == Delayed && class == Delivered {
			class = action
		}
	}
	return class, all, partly && class == Bounced
}

// action is what happened to a recipient (RFC 3464 §2.3.3); Unknown for a block that is about none.
func (l letter) action(g group) Class {
	action, _, _ := strings.Cut(strings.ToLower(g.get("Action")), " ")
	status := g.get("Status")
	switch {
	case action == "" && g.get("Final-Recipient") == "" && g.get("Original-Recipient") == "":
		return Unknown
	case strings.HasPrefix(action, "fail"), action == "" && strings.HasPrefix(status, "5"):
		return Bounced
	case action == "delayed", action == "" && strings.HasPrefix(status, "4"):
		return Delayed
	case action == "delivered", action == "relayed", action == "expanded", action == "" && strings.HasPrefix(status, "2"):
		return Delivered
	}
	return Unknown
}

func (l letter) failed(g group) Finding {
	var f Finding
	for _, name := range []string{"Original-Recipient", "Final-Recipient", "X-Actual-Recipient"} {
		if kind, addr, ok := strings.Cut(g.get(name), ";"); ok && !strings.EqualFold(strings.TrimSpace(kind), "x400") {
			f.Addresses = addAddresses(f.Addresses, unescape(addr))
		} else if !ok {
			f.Addresses = addAddresses(f.Addresses, kind)
		}
	}
	_, words, ok := strings.Cut(g.get("Diagnostic-Code"), ";")
	if !ok {
		words = g.get("Diagnostic-Code")
	}
	if strings.TrimSpace(words) == "" {
		words = l.said(f.Addresses)
	}
	status, _, _ := strings.Cut(g.get("Status"), " ") // a comment may follow
	f.Words = brief(words)
	f.Verdict, f.Status = ledger.Judge(status, words)
	return f
}

// said is what the text for people says of an address, where the fields say nothing.
func (l letter) said(addresses []string) string {
	all := blocks(l.notice)
	for _, b := range all {
		for _, a := range addresses {
			if strings.EqualFold(a, b.address) {
				return b.words
			}
		}
	}
	if len(all) == 1 {
		return all[0].words
	}
	return ""
}

var escaped = regexp.MustCompile(`\\x\{([0-9A-Fa-f]{2,6})\}`)

// unescape reads a utf-8-addr-xtext (RFC 6533 §3).
func unescape(s string) string {
	return escaped.ReplaceAllStringFunc(s, func(e string) string {
		n, err := strconv.ParseUint(e[3:len(e)-1], 16, 32)
		if err != nil || n > 0x10ffff || n < 0x20 {
			return ""
		}
		return string(rune(n))
	})
}

// brief is words in one line, no longer than they are shown.
func brief(words string) string {
	words = strings.Join(strings.Fields(tidy(words)), " ")
	if len(words) > maxWords {
		words = strings.ToValidUTF8(words[:maxWords], "")
	}
	return words
}

// complaint reads a feedback report (RFC 5965).
func (l letter) complaint() (Class, []Finding, bool) {
	all := groups(l.feedback, 1)
	if len(all) == 0 {
		return Notice, nil, false
	}
	g := all[0]
	kind := strings.ToLower(g.get("Feedback-Type"))
	if kind != "abuse" && kind != "fraud" && !strings.HasPrefix(kind, "opt-out") {
		return Notice, nil, false
	}
	f := Finding{Verdict: ledger.Complaint, Words: brief(kind + ", " + g.get("User-Agent"))}
	for _, name := range []string{"Original-Rcpt-To", "Removal-Recipient"} {
		for _, h := range g {
			if strings.EqualFold(h.Name, name) {
				f.Addresses = addAddresses(f.Addresses, h.Value)
			}
		}
	}
	return Complained, []Finding{f}, false
}
