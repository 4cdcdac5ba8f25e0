package inbound

import (
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"keepsake/campaigns/ledger"
)

// Class is what a letter to the bounce address is.
type Class string

// The classes. Only the first two say anything of an address.
const (
	Bounced    Class = "bounce"     // RFC 3464 and what servers write instead of it
	Complained Class = "complaint"  // RFC 5965: abuse, fraud, opt-out
	Delayed    Class = "delay"      // not yet; the server goes on trying
	Delivered  Class = "delivered"  // or relayed, or expanded
	AutoReply  Class = "auto-reply" // RFC 3834: a holiday
	Challenge  Class = "challenge"  // "prove that you are human"
	Receipt    Class = "receipt"    // RFC 8098: shown, or deleted unread
	Notice     Class = "notice"     // feedback that is no complaint: not-spam, auth-failure, virus
	Unknown    Class = "unknown"    // most often a person's answer
)

// Finding is what a letter says of one address.
type Finding struct {
	Verdict   ledger.Verdict
	Status    string   // RFC 3463; empty when there is none
	Words     string   // the server's, in one line
	Addresses []string // as it is named there, the one we wrote to first; may be empty
}

// Reading is what a letter to the bounce address says.
type Reading struct {
	Class    Class
	Findings []Finding
	Partly   bool // it also names recipients who got the letter, or may get it yet

	Came        []string // the addresses it came to, by its header, the surest first
	ReturnPaths []string // envelope senders of the letter it is about
	MessageIDs  []string // of the letter it is about, without <>
	Unsubscribe []string // addresses in that letter's List-Unsubscribe
	Addressee   string   // whom that letter was addressed to; empty when it did not come back

	Key string    // the same whenever this letter is read, by whatever way it came
	At  time.Time // when it was written, by its own word; zero when it does not say
}

// MaxLetter is how many octets of a letter are read: reports put what matters first.
const MaxLetter = 1 << 20

// What is kept of a letter, whatever it holds.
const (
	maxFindings = 100
	maxNames    = 50
	maxWords    = 500
	maxNotice   = 64 << 10 // of the text written for people
)

// Read says what a letter to the bounce address is. It reads whatever it is given.
func Read(data []byte) Reading {
	data = data[:min(len(data), MaxLetter)]
	m, _ := Parse(data) // of a broken letter: what can be read
	l := letterOf(m, data)
	r := Reading{Came: l.came(), Key: key(m, data)}
	r.At, _ = mail.ParseDate(m.Header("Date"))
	l.returned(&r)
	r.Class, r.Findings, r.Partly = l.judge()
	if len(r.Findings) > maxFindings {
		r.Findings = r.Findings[:maxFindings]
	}
	return r
}

func key(m Mail, data []byte) string {
	id := strings.Trim(m.Header("Message-ID"), "<> ")
	if id == "" {
		id = string(data)
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// letter is a parsed letter with its report parts found.
type letter struct {
	Mail
	report   string // report-type of multipart/report, lower case
	status   []byte // message/delivery-status
	feedback []byte // message/feedback-report
	receipt  bool   // message/disposition-notification
	copies   [][]byte
	notice   string // the text for people, before the copy of the letter
	rest     string // the copy, in a letter that is all text
}

func letterOf(m Mail, data []byte) letter {
	l := letter{Mail: m}
	if _, params, err := mime.ParseMediaType(m.Header("Content-Type")); err == nil {
		l.report = strings.ToLower(params["report-type"])
	}
	for _, a := range m.Attachments {
		switch strings.ToLower(a.Type) {
		case "message/delivery-status", "message/global-delivery-status":
			l.status = append(append(l.status, a.Data...), "\r\n\r\n"...)
		case "message/feedback-report":
			l.feedback = a.Data
		case "message/disposition-notification", "message/global-disposition-notification":
			l.receipt = true
		case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "text/rfc822":
			l.copies = append(l.copies, a.Data)
		}
	}
	text := m.Text
	if strings.TrimSpace(text) == "" {
		text = plain(m.HTML)
	}
	if text == "" && len(m.Attachments) == 0 { // parts that cannot be told apart
		_, body, _ := strings.Cut(tidy(string(data)), "\n\n")
		text = body
	}
	l.notice, l.rest = cutCopy(text)
	return l
}

// judge asks in the order of certainty: what has a form of its own first.
func (l letter) judge() (Class, []Finding, bool) {
	switch {
	case l.feedback != nil || l.report == "feedback-report":
		return l.complaint()
	case l.receipt || l.report == "disposition-notification":
		return Receipt, nil, false
	case l.status != nil:
		if class, all, partly := l.statusReport(l.status); class != Unknown {
			return class, all, partly
		}
	}
	return l.plainReport()
}

// came are the addresses a letter came to.
func (l letter) came() []string {
	var all []string
	for _, name := range []string{"X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "X-Rcpt-To", "Apparently-To", "To", "Cc"} {
		for _, h := range l.Headers {
			if strings.EqualFold(h.Name, name) {
				all = addAddresses(all, h.Value)
			}
		}
	}
	return all
}

var anAddress = regexp.MustCompile(`[^\s<>()\[\],;:"'` + "`" + `]{1,64}@[^\s<>()\[\],;:"'` + "`" + `]{1,255}`)

func addAddresses(all []string, text string) []string {
	for _, a := range anAddress.FindAllString(text, maxNames) {
		all = addName(all, strings.TrimRight(a, "."))
	}
	return all
}

func addName(all []string, s string) []string {
	if s == "" || len(s) > 1000 || len(all) >= maxNames || slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// returned collects what the copy of our letter, and the report about it, say of it.
func (l letter) returned(r *Reading) {
	for _, name := range []string{"In-Reply-To", "References", "X-Original-Message-ID", "Original-Message-ID"} {
		r.MessageIDs = addIDs(r.MessageIDs, l.Header(name))
	}
	for _, f := range groups(l.feedback, 1) {
		r.ReturnPaths = addAddresses(r.ReturnPaths, f.get("Original-Mail-From"))
	}
	for _, f := range groups(l.status, 1) {
		r.MessageIDs = addIDs(r.MessageIDs, f.get("X-Original-Message-ID"))
	}
	for _, c := range append(l.copies, []byte(headLines(l.rest))) {
		for _, f := range groups(c, 1) {
			r.ReturnPaths = addAddresses(r.ReturnPaths, f.get("Return-Path"))
			r.ReturnPaths = addAddresses(r.ReturnPaths, f.get("X-Envelope-From"))
			r.MessageIDs = addIDs(r.MessageIDs, f.get("Message-ID"))
			for _, u := range inAngles.FindAllStringSubmatch(f.get("List-Unsubscribe"), 10) {
				r.Unsubscribe = addName(r.Unsubscribe, u[1])
			}
			if to := addAddresses(nil, f.get("To")); len(to) == 1 && r.Addressee == "" {
				r.Addressee = to[0]
			}
		}
	}
}

var inAngles = regexp.MustCompile(`<\s*([^<>\s]+)\s*>`)

func addIDs(all []string, text string) []string {
	for _, id := range inAngles.FindAllStringSubmatch(text, 20) {
		all = addName(all, id[1])
	}
	return all
}
