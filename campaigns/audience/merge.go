package audience

import (
	"slices"
	"strings"

	"keepsake/campaigns/fault"
)

// Merge says how two people become one.
type Merge struct {
	Keep, Gone int64    // numbers
	Take       []string // fields that are the other's: MergeFields, or attributes.<key>. What the kept one lacks is the other's anyway
}

// MergeFields are those of which one of two people's is kept, beside their attributes.
var MergeFields = []string{"email", "first_name", "last_name", "lang", "zone"}

// Validate checks the names of the fields.
func (m Merge) Validate() error {
	for _, f := range m.Take {
		if !slices.Contains(MergeFields, f) && !strings.HasPrefix(f, "attributes.") {
			return fault.Field("take", "There is no field “%s”.", f)
		}
	}
	if m.Keep == m.Gone {
		return fault.Field("with", "This is the same person.")
	}
	return nil
}

// strict are places on a list, the strictest last.
var strict = []State{"", Confirmed, Pending, Unsubscribed}

// Stricter is what comes of two places on a list when two people become one.
func Stricter(a, b State) State {
	return strict[max(slices.Index(strict, a), slices.Index(strict, b), 0)]
}
