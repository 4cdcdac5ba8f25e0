package link

import (
	"strings"

	"keepsake/campaigns/fault"
)

// maxLocal is the longest local part there may be (RFC 5321 §4.5.3.1.1).
const maxLocal = 64

// OneClick returns the List-Unsubscribe and List-Unsubscribe-Post headers of a delivery
// (RFC 2369, RFC 8058). mailto is the mailbox that takes unsubscriptions by mail, which
// UnsubscribeOf reads; empty leaves it out. The DKIM signature must cover both headers
// (RFC 8058 §4), so the relay that signs for us must list them in h=.
func (s *Signer) OneClick(subscriber, list, delivery int64, mailto string) []Header {
	c := Claims{Subscriber: subscriber, List: list, Delivery: delivery}
	value := "<" + s.UnsubscribeURL(c) + ">"
	c.Purpose = unsubscribeMail
	if addr := s.subaddress(mailto, c); addr != "" {
		value += ", <mailto:" + addr + ">"
	}
	return []Header{{"List-Unsubscribe", value}, {"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"}}
}

// UnsubscribeOf returns what the mailto of OneClick says: any letter to it unsubscribes,
// whatever is in it.
func (s *Signer) UnsubscribeOf(address string) (Claims, error) {
	local, _, _ := strings.Cut(address, "@")
	return s.ofLocal(unsubscribeMail, local)
}

// ReturnPath is the envelope sender of a delivery (VERP), bounce+TOKEN@domain: whatever
// comes back to it is about that delivery.
func (s *Signer) ReturnPath(delivery int64, domain string) string {
	return s.subaddress("bounce@"+domain, Claims{Purpose: returnPath, Delivery: delivery})
}

// DeliveryOf returns the delivery a bounce came back to. It also reads an address whose
// + became a - or = on the way, one in other case, and a catch-all's bare token.
func (s *Signer) DeliveryOf(address string) (int64, error) {
	local, _, _ := strings.Cut(strings.Trim(address, "<> "), "@")
	c, err := s.ofLocal(returnPath, local)
	return c.Delivery, err
}

// TestAddress is where the letter of a self-test goes: beside the return paths, so that it
// takes the same way in.
func (s *Signer) TestAddress(test int64, domain string) string {
	return s.subaddress("bounce@"+domain, Claims{Purpose: selfTest, Delivery: test})
}

// TestOf returns the self-test whose letter came to an address.
func (s *Signer) TestOf(address string) (int64, error) {
	local, _, _ := strings.Cut(strings.Trim(address, "<> "), "@")
	c, err := s.ofLocal(selfTest, local)
	return c.Delivery, err
}

// MessageID is the Message-ID of a delivery, without <>. It is always the same for one
// delivery, so that a letter sent again is known to be the same letter.
func (s *Signer) MessageID(delivery int64, domain string) string {
	return s.local(Claims{Purpose: messageID, Delivery: delivery}) + "@" + domain
}

// DeliveryOfMessage returns the delivery of a Message-ID of ours, with or without <>.
func (s *Signer) DeliveryOfMessage(id string) (int64, error) {
	local, _, _ := strings.Cut(strings.Trim(id, "<> "), "@")
	c, err := s.ofLocal(messageID, local)
	return c.Delivery, err
}

// subaddress puts the token behind a + (RFC 5233); empty when it does not fit.
func (s *Signer) subaddress(mailbox string, c Claims) string {
	local, domain, ok := strings.Cut(mailbox, "@")
	if !ok || local == "" || domain == "" {
		return ""
	}
	if local += "+" + s.local(c); len(local) > maxLocal {
		return ""
	}
	return local + "@" + domain
}

func (s *Signer) local(c Claims) string { return text32.EncodeToString(s.keys.seal(c, addressMAC)) }

// ofLocal opens the token that ends a local part.
func (s *Signer) ofLocal(p Purpose, local string) (Claims, error) {
	token := strings.ToLower(local[strings.LastIndexAny(local, "+-=")+1:])
	if b, err := text32.DecodeString(token); err == nil && text32.EncodeToString(b) == token {
		if c, ok := s.keys.open(p, b, addressMAC); ok {
			return c, nil
		}
	}
	return Claims{}, fault.New(fault.NotFound, "This address is not one of ours.")
}
