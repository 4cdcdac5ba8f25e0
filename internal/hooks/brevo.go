package hooks

import (
	"context"
	"strings"
	"time"
)

// Brevo tells of letters by calls that hold a secret of our own choosing: in the address
// (?secret=), as a bearer token, or as the password of a user with any name.
type Brevo struct{ Secret string }

// Verify compares the secret.
func (b Brevo) Verify(_ context.Context, c Call) error {
	given := c.Query.Get("secret")
	if token, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer "); ok {
		given = token
	} else if _, password, ok := basic(c); ok {
		given = password
	}
	if given == "" {
		return ErrUnnamed
	}
	if !same(given, b.Secret) {
		return ErrForged
	}
	return nil
}

type brevoEvent struct {
	Event     text `json:"event"`
	Email     text `json:"email"`
	MessageID text `json:"message-id"`
	Reason    text `json:"reason"`
	Epoch     text `json:"ts_epoch"` // milliseconds
	Timestamp text `json:"ts_event"` // seconds
	Sent      text `json:"ts"`
}

// Events reads one event or a list. Its id is the webhook's, so the key is made of the rest.
func (b Brevo) Events(body []byte) ([]Event, error) {
	all, err := several[brevoEvent](body)
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

func (g brevoEvent) at() time.Time {
	for _, t := range []text{g.Timestamp, g.Sent} {
		if at := unix(t); !at.IsZero() {
			return at
		}
	}
	if len(g.Epoch) > 3 {
		return unix(g.Epoch[:len(g.Epoch)-3])
	}
	return time.Time{}
}

func (g brevoEvent) event() Event {
	e := Event{Letters: letters(g.MessageID), Email: string(g.Email), Words: line(g.Reason), At: g.at(),
		Key: hash(g.MessageID, text(strings.ToLower(string(g.Email))), g.Event, g.Timestamp, g.Epoch)}
	switch g.Event {
	case "hard_bounce":
		return permanent(e, "")
	case "invalid_email":
		return dead(e, "")
	case "soft_bounce":
		return soft(e, "", "")
	case "blocked":
		return soft(e, "", aboutPolicy)
	case "spam", "complaint":
		return complaint(e)
	case "unsubscribed", "unsubscribe":
		return leaves(e)
	}
	return e
}
