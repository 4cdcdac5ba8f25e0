package hooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Mailgun tells of letters by calls whose body holds its own signature. That covers the
// time and a token alone, so each token must be spent but once.
type Mailgun struct {
	key string
	now func() time.Time
}

// NewMailgun takes the webhook signing key.
func NewMailgun(key string, now func() time.Time) *Mailgun { return &Mailgun{key: key, now: now} }

// mailgunOldest is how old a call may be. Mailgun repeats for 8 hours what we did not take (its
// manual, "Webhooks"), and does not say that it signs a repetition anew; a shorter window could
// refuse a bounce that waited for us. Within it the token stands against replay.
const mailgunOldest = 9 * time.Hour

type mailgunCall struct {
	Signature struct {
		Timestamp text `json:"timestamp"`
		Token     text `json:"token"`
		Signature text `json:"signature"`
	} `json:"signature"`
	Data mailgunEvent `json:"event-data"`
}

// Verify checks the signature, and that it is of these hours.
func (m *Mailgun) Verify(_ context.Context, c Call) error {
	var call mailgunCall
	if err := read(c.Body, &call); err != nil || call.Signature.Signature == "" || call.Signature.Token == "" {
		return ErrUnnamed
	}
	mac := hmac.New(sha256.New, []byte(m.key))
	mac.Write([]byte(call.Signature.Timestamp + call.Signature.Token))
	got, err := hex.DecodeString(string(call.Signature.Signature))
	at, now := unix(call.Signature.Timestamp), m.now()
	if err != nil || !hmac.Equal(got, mac.Sum(nil)) || at.Before(now.Add(-mailgunOldest)) || at.After(now.Add(early)) {
		return ErrForged
	}
	return nil
}

// Token is the call's own. What is signed is kept, not the token alone: time and token stand
// beside each other without a mark between them, so digits could wander from one to the other.
func (m *Mailgun) Token(c Call) (string, time.Time) {
	var call mailgunCall
	if read(c.Body, &call) != nil {
		return "", time.Time{}
	}
	sum := sha256.Sum256([]byte(call.Signature.Timestamp + call.Signature.Token))
	return hex.EncodeToString(sum[:]), m.now().Add(mailgunOldest + early)
}

type mailgunEvent struct {
	ID        text `json:"id"` // unique within a day
	Event     text `json:"event"`
	Severity  text `json:"severity"`
	Reason    text `json:"reason"`
	Recipient text `json:"recipient"`
	Timestamp text `json:"timestamp"`
	Envelope  struct {
		Sender text `json:"sender"`
	} `json:"envelope"`
	Message struct {
		Headers struct {
			MessageID text `json:"message-id"`
		} `json:"headers"`
	} `json:"message"`
	Status struct {
		Code        text `json:"code"`
		Enhanced    text `json:"enhanced-code"`
		Message     text `json:"message"`
		Description text `json:"description"`
	} `json:"delivery-status"`
}

// Events reads the one event of a call. A temporary failure is tried again by Mailgun: no bounce.
func (m *Mailgun) Events(body []byte) ([]Event, error) {
	var call mailgunCall
	if err := read(body, &call); err != nil {
		return nil, err
	}
	if e := call.Data.event(); e.Verdict != "" || e.Leaves {
		return []Event{e}, nil
	}
	return nil, nil
}

func (g mailgunEvent) event() Event {
	e := Event{Letters: letters(g.Message.Headers.MessageID, g.Envelope.Sender), Email: string(g.Recipient), At: unix(g.Timestamp),
		Words: line(g.Status.Message, g.Status.Description, g.Reason), Key: hash(g.ID, g.Timestamp)}
	if g.ID == "" {
		e.Key = hash(g.Message.Headers.MessageID, g.Recipient, g.Event, g.Timestamp)
	}
	switch g.Event {
	case "failed":
		if g.Severity == "permanent" {
			return g.failed(e)
		}
	case "complained":
		return complaint(e)
	case "unsubscribed":
		return leaves(e)
	}
	return e
}

func (g mailgunEvent) failed(e Event) Event {
	status := g.Status.Enhanced
	if status == "" && strings.HasPrefix(string(g.Status.Code), "4") {
		status = "4.0.0"
	}
	switch g.Reason {
	case "suppress-bounce":
		return dead(e, status)
	case "suppress-complaint":
		return complaint(e)
	case "suppress-unsubscribe":
		return leaves(e)
	case "old": // given up after hours of trying
		return soft(e, status, "4.4.7")
	case "espblock":
		return soft(e, status, aboutPolicy)
	}
	if strings.HasPrefix(string(status), "4.") {
		return soft(e, status, "")
	}
	return permanent(e, status)
}
