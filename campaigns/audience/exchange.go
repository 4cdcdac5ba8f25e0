package audience

import (
	"slices"
	"strings"
)

// IsField reports whether name is one of the fields or an attribute.
func IsField(name string, fields []string) bool {
	key, attribute := strings.CutPrefix(name, "attributes.")
	return slices.Contains(fields, name) || attribute && key != ""
}
