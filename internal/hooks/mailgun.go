package hooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"time"
)

// Mailgun tells of letters by calls whose body holds its own signature. That covers the
// time and a token alone, so a token that was taken opens nothing a second time.
type Mailgun struct {
	key string
	now func() time.Time

	mu    sync.Mutex
	spent map[string]struct{}
}

// NewMailgun takes the webhook signing key.
func NewMailgun(key string, now func() time.Time) *Mailgun {
	return &Mailgun{key: key, now: now, spent: map[string]struct{}{}}
}

type mailgunCall struct {
	Signature struct {
		Timestamp text `json:"timestamp"`
		Token     text `json:"token"`
		Signature text `json:"signature"`
	} `json:"signature"`
	Data mailgunEvent `json:"event-data"`
}

// Verify checks the signature, that it is of these hours, and that its token is not spent.
func (m *Mailgun) Verify(_ context.Context, c Call) error {
	var call mailgunCall
	if err := read(c.Body, &call); err != nil || call.Signature.Signature == "" || call.Signature.Token == "" {
		return ErrUnnamed
	}
	mac := hmac.New(sha256.New, []byte(m.key))
	mac.Write([]byte(call.Signature.Timestamp + call.Signature.Token))
	got, err := hex.DecodeString(string(call.Signature.Signature))
	if err != nil || !hmac.Equal(got, mac.Sum(nil)) || !fresh(unix(call.Signature.Timestamp), m.now()) {
		return ErrForged
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, spent := m.spent[string(call.Signature.Token)]; spent {
		return ErrSpent
	}
	return nil
}

// mostSpent is how many tokens are remembered.
const mostSpent = 100_000

// Settle remembers the token of a call that was taken.
func (m *Mailgun) Settle(_ context.Context, c Call) error {
	var call mailgunCall
	if err := read(c.Body, &call); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.spent) >= mostSpent {
		clear(m.spent)
	}
	m.spent[string(call.Signature.Token)] = struct{}{}
	return nil
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
