package hooks

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

// SendGrid tells of letters by its Event Webhook, signed with ECDSA over P-256.
type SendGrid struct {
	key *ecdsa.PublicKey
	now func() time.Time
}

// NewSendGrid takes the verification key as SendGrid shows it: base64 of a DER public key.
func NewSendGrid(publicKey string, now func() time.Time) (*SendGrid, error) {
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(publicKey))
	if err != nil {
		return nil, errors.New("is not base64")
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("is not a public key")
	}
	ec, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("is not a key of an elliptic curve")
	}
	return &SendGrid{key: ec, now: now}, nil
}

// oldest is how old a signed call may be: SendGrid repeats for 24 hours what we did not take.
const oldest = 25 * time.Hour

// early is how far a provider's clock may be ahead of ours.
const early = 15 * time.Minute

func fresh(at, now time.Time) bool { return !at.Before(now.Add(-oldest)) && !at.After(now.Add(early)) }

// Verify checks the signature over the timestamp and the body.
func (s *SendGrid) Verify(_ context.Context, c Call) error {
	stamp := c.Header.Get("X-Twilio-Email-Event-Webhook-Timestamp")
	signature := c.Header.Get("X-Twilio-Email-Event-Webhook-Signature")
	if stamp == "" || signature == "" {
		return ErrUnnamed
	}
	sig, err := base64.StdEncoding.DecodeString(signature)
	h := sha256.New()
	h.Write([]byte(stamp))
	h.Write(c.Body)
	if err != nil || !ecdsa.VerifyASN1(s.key, h.Sum(nil), sig) || !fresh(unix(text(stamp)), s.now()) {
		return ErrForged
	}
	return nil
}

type sendgridEvent struct {
	Event          text `json:"event"`
	Type           text `json:"type"` // of a bounce: bounce, blocked
	Email          text `json:"email"`
	SMTPID         text `json:"smtp-id"`
	EventID        text `json:"sg_event_id"`
	Status         text `json:"status"`
	Reason         text `json:"reason"`
	Response       text `json:"response"`
	Timestamp      text `json:"timestamp"`
	Classification text `json:"bounce_classification"`
}

// Events reads a list of events. A deferred letter is still on its way: no bounce.
func (s *SendGrid) Events(body []byte) ([]Event, error) {
	all, err := several[sendgridEvent](body)
	if err != nil {
		return nil, err
	}
	var out []Event
	for _, g := range all {
		if e := g.event(); e.Verdict != "" || e.Leaves {
			out = append(out, e)
		}
	}
	return out, nil
}

func (g sendgridEvent) event() Event {
	e := Event{Letters: letters(g.SMTPID), Email: string(g.Email), Words: line(g.Reason, g.Response), Key: string(g.EventID), At: unix(g.Timestamp)}
	if e.Key == "" {
		e.Key = hash(g.SMTPID, g.Email, g.Event, g.Timestamp)
	}
	switch g.Event {
	case "bounce":
		return g.bounce(e)
	case "dropped":
		return g.dropped(e)
	case "spamreport":
		e.Words = line(g.Reason, "spamreport")
		return complaint(e)
	case "unsubscribe", "group_unsubscribe":
		return leaves(e)
	}
	return e
}

func (g sendgridEvent) bounce(e Event) Event {
	switch {
	case g.Classification == "Invalid Address":
		return permanent(e, g.Status)
	case g.Classification == "Reputation" || g.Classification == "Frequency or Volume Too High":
		return soft(e, g.Status, aboutPolicy)
	case g.Classification == "Content":
		return soft(e, g.Status, aboutContent)
	case g.Type == "blocked":
		return soft(e, g.Status, aboutPolicy)
	}
	return permanent(e, g.Status)
}

// dropped is a letter SendGrid did not even try: most often for what happened before.
func (g sendgridEvent) dropped(e Event) Event {
	switch reason := strings.ToLower(string(g.Reason)); {
	case strings.HasPrefix(reason, "bounced address"), strings.HasPrefix(reason, "invalid") && !strings.Contains(reason, "smtpapi"):
		return dead(e, g.Status)
	case strings.HasPrefix(reason, "spam reporting address"):
		return complaint(e)
	case strings.HasPrefix(reason, "unsubscribed address"):
		return leaves(e)
	case strings.Contains(reason, "spam content"):
		return soft(e, "", aboutContent)
	}
	return soft(e, "", aboutPolicy)
}
