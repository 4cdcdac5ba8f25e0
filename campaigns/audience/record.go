package audience

import (
	"crypto/sha256"
	"encoding/hex"
)

// Version names the wording that a person agreed to: the same words have the same, other words another. "" without words.
func (c Consent) Version() string {
	if c.Wording == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(c.Wording))
	return hex.EncodeToString(sum[:4])
}

// ConsentSections are the sections of a person's record that prove what they agreed to.
var ConsentSections = []string{"subscriber", "former_addresses", "lists", "consents", "confirmations", "suppressions"}

// RecordWriter takes all that is on record of one person, section by section. A cell is nil, a bool, a number, a string,
// a time.Time in UTC or a json.RawMessage; cells belong to the caller once Row returns.
type RecordWriter interface {
	Section(name string, columns []string) error
	Row(cells []any) error
}
