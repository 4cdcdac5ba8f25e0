// Package link makes the links in our letters: signed tokens, each good for one purpose only.
package link

import (
	"crypto/cipher"
	"strings"
	"time"

	"keepsake/campaigns/fault"
)

// Purpose is what a token is good for. It is part of the signature, so a token for one
// purpose opens nothing else.
type Purpose byte

// The purposes. Their numbers are in letters already sent: only ever add.
const (
	Unsubscribe Purpose = iota + 1
	Respond
	View
	Open
	Click
	Confirm
	Preferences
	returnPath // the envelope sender of a delivery
	messageID
	unsubscribeMail // the mailto beside the one-click link
	Undo            // a marketer's last change; in no letter
	selfTest        // the address a test letter goes to
	Answer          // to a question of the letter itself: a poll, an invitation
	Code            // the picture of a coupon's code
	Hop             // a click whose target the token says
	Share           // a page that a recipient passes on to others
	Download        // the file of a job, until a moment; in no letter
)

// Claims is what a token says. It names rows, never an address.
type Claims struct {
	Purpose                                     Purpose
	Delivery, Subscriber, List, Enrolment, Link int64
	Message                                     int64
	Extra                                       string // what one tap means, "rating=4"
}

// Header is one header field.
type Header struct{ Name, Value string }

// Signer makes and opens tokens. It is safe for use by many at once.
type Signer struct {
	base  string
	keys  keys
	vault cipher.AEAD
}

// New returns a Signer whose URLs begin with baseURL. Whoever knows the secret can
// unsubscribe anybody, and changing it makes every link sent so far and every sealed secret invalid. It
// panics without a secret.
func New(secret []byte, baseURL string) *Signer {
	if len(secret) == 0 {
		panic("link: no secret")
	}
	return &Signer{base: strings.TrimRight(baseURL, "/"), keys: newKeys(secret), vault: newVault(secret)}
}

// Token returns the claims, signed: base64url, at most a few dozen characters.
func (s *Signer) Token(c Claims) string {
	return text64.EncodeToString(s.keys.seal(c, tokenMAC))
}

// Open returns what a token says. Whatever is wrong with it, the answer is the same
// fault.NotFound.
func (s *Signer) Open(purpose Purpose, token string) (Claims, error) {
	if len(token) <= maxToken {
		if b, err := text64.DecodeString(token); err == nil && text64.EncodeToString(b) == token {
			if c, ok := s.keys.open(purpose, b, tokenMAC); ok {
				return c, nil
			}
		}
	}
	return Claims{}, fault.New(fault.NotFound, "This link is not valid.")
}

// UnsubscribeURL is where GET asks and POST unsubscribes at once (RFC 8058).
func (s *Signer) UnsubscribeURL(c Claims) string { return s.url("/u/", Unsubscribe, c) }

// RespondURL is the landing page of a campaign.
func (s *Signer) RespondURL(c Claims) string { return s.url("/r/", Respond, c) }

// AnswerURL is where one answers a question of the letter itself; ?block= says which.
func (s *Signer) AnswerURL(c Claims) string { return s.url("/a/", Answer, c) }

// CalendarURL is the letter's event as a file for calendars; ?block= says which.
func (s *Signer) CalendarURL(c Claims) string { return s.url("/e/", Answer, c) }

// CodeURL is a coupon's code as a QR code; ?block= says which.
func (s *Signer) CodeURL(c Claims) string { return s.url("/q/", Code, c) }

// ViewURL shows the letter in the browser.
func (s *Signer) ViewURL(c Claims) string { return s.url("/v/", View, c) }

// OpenURL is the pixel that counts an open.
func (s *Signer) OpenURL(c Claims) string { return s.url("/o/", Open, c) + ".gif" }

// ClickURL counts a click and leads on to the link the claims name.
func (s *Signer) ClickURL(c Claims) string { return s.url("/c/", Click, c) }

// HopURL counts a click and leads on to the address in Extra. It is "" for an address that is
// too long to be carried.
func (s *Signer) HopURL(c Claims) string {
	if len(c.Extra) > maxTarget {
		return ""
	}
	return s.url("/c/", Hop, c)
}

// ShareURL is a campaign's page that the recipient of the claims passes on. It says nothing of
// who that is but the enrolment.
func (s *Signer) ShareURL(c Claims) string { return s.url("/s/", Share, c) }

// DownloadURL is where a job's file is handed out, without signing in, until the moment. Links of a round are taken back
// together.
func (s *Signer) DownloadURL(job int64, until time.Time, round int64) string {
	return s.url("/d/", Download, Claims{Link: job, Message: until.Unix(), Enrolment: round})
}

// ConfirmURL is the page of a double opt-in.
func (s *Signer) ConfirmURL(c Claims) string { return s.url("/confirm/", Confirm, c) }

// PreferencesURL is the page where one chooses lists.
func (s *Signer) PreferencesURL(c Claims) string { return s.url("/p/", Preferences, c) }

func (s *Signer) url(path string, p Purpose, c Claims) string {
	c.Purpose = p
	var room [128]byte
	return s.base + path + string(text64.AppendEncode(room[:0], s.keys.seal(c, tokenMAC)))
}
