package hooks

import (
	"context"
	"regexp"

	"keepsake/campaigns/ledger"
)

// Postmark tells of letters by calls with a user name and a password of our own choosing.
type Postmark struct{ User, Password string }

// Verify compares user name and password (RFC 7617).
func (p Postmark) Verify(_ context.Context, c Call) error {
	user, password, ok := basic(c)
	if !ok {
		return ErrUnnamed
	}
	if u, w := same(user, p.User), same(password, p.Password); !u || !w {
		return ErrForged
	}
	return nil
}

type postmarkEvent struct {
	RecordType      text
	ID              text
	Type            text
	MessageID       text // Postmark's own, not ours
	Email           text
	Recipient       text
	Details         text
	Description     text
	Content         text // the letter or the bounce, where the webhook is set to hold it
	BouncedAt       text
	ChangedAt       text
	Origin          text
	Suppression     text `json:"SuppressionReason"`
	SuppressSending bool
	Metadata        map[string]text
}

// Events reads the one event of a call.
func (p Postmark) Events(body []byte) ([]Event, error) {
	var m postmarkEvent
	if err := read(body, &m); err != nil {
		return nil, err
	}
	var e Event
	switch m.RecordType {
	case "Bounce", "SpamComplaint":
		e = m.bounce()
	case "SubscriptionChange":
		e = m.change()
	}
	if e.Verdict == "" && !e.Leaves {
		return nil, nil
	}
	return []Event{e}, nil
}

var messageIDField = regexp.MustCompile(`(?im)^(?:message-id|x-original-message-id):[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,900}>)`)

// letters are the Message-IDs in what came back, and what the letter carried as metadata.
func (m postmarkEvent) letters() []string {
	all := []text{m.Metadata["message-id"], m.Metadata["return-path"]}
	for _, f := range messageIDField.FindAllStringSubmatch(string(m.Content), 10) {
		all = append(all, text(f[1]))
	}
	return letters(all...)
}

func (m postmarkEvent) bounce() Event {
	e := Event{Letters: m.letters(), Email: string(m.Email), Words: line(m.Details, m.Description), Key: string(m.ID), At: moment(m.BouncedAt)}
	if e.Key == "" {
		e.Key = hash(m.MessageID, m.Email, m.Type, m.BouncedAt)
	}
	if m.RecordType == "SpamComplaint" {
		return complaint(e)
	}
	switch m.Type {
	case "HardBounce":
		return permanent(e, "")
	case "BadEmailAddress":
		return dead(e, "")
	case "SpamComplaint":
		return complaint(e)
	case "Unsubscribe":
		return leaves(e)
	case "SoftBounce", "Transient", "DnsError", "Unknown":
		return soft(e, "", "")
	case "SpamNotification", "Blocked", "DMARCPolicy", "SMTPApiError", "Unconfirmed", "ManuallyDeactivated":
		return soft(e, "", aboutPolicy)
	case "VirusNotification", "TemplateRenderingFailed":
		return soft(e, "", aboutContent)
	}
	return Event{} // AutoResponder, ChallengeVerification, AddressChange, Subscribe, OpenRelayTest, InboundError
}

// change is a change of Postmark's own list of suppressed addresses.
func (m postmarkEvent) change() Event {
	e := Event{Email: string(m.Recipient), Words: line(m.Suppression), Key: hash(m.MessageID, m.Recipient, m.Suppression, m.ChangedAt), At: moment(m.ChangedAt)}
	switch {
	case !m.SuppressSending:
		return Event{}
	case m.Suppression == "HardBounce":
		e.Verdict = ledger.HardBounce
	case m.Suppression == "SpamComplaint":
		e = complaint(e)
	case m.Suppression == "ManualSuppression" && m.Origin == "Recipient":
		e = leaves(e)
	default: // by the shop's own people, at Postmark
		return Event{}
	}
	return e
}
