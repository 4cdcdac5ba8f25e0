package sending

import "time"

// SigningUse is the use under which a signing key is sealed.
const SigningUse = "dkim"

// SigningKey signs the letters of a sender domain (DKIM, RFC 6376). A new one waits until
// its record is in DNS, then it is active; retired it signs no more, but letters under way
// need its record for some days.
type SigningKey struct {
	ID         int64
	Domain     string // A-labels, lower case
	Selector   string
	Algorithm  string // as internal/dkim names it
	PrivateKey string // sealed; never shown
	Record     string // the text of its TXT record
	CreatedAt  time.Time
	Active     bool
	ActiveAt   *time.Time // when it first was
	RetiredAt  *time.Time
}

// Waits reports whether the key is new and its record not yet seen.
func (k SigningKey) Waits() bool { return !k.Active && k.RetiredAt == nil }

// RecordStays is how long a retired key's record must stay in DNS: letters under way, and
// those that receivers look at late, are still checked against it.
const RecordStays = 7 * 24 * time.Hour
