package api

import (
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// maxAttribute is how long one attribute may be, in characters, as in an import.
const maxAttribute = 2000

// cleanAttributes refuses names and values that no export could bring back.
func cleanAttributes(all map[string]string) error {
	for key, value := range all {
		if key == "" || key != audience.CleanName(key) {
			return fault.Field("attributes", "“%s” is no name for an attribute.", audience.CleanName(key))
		}
		if strings.IndexByte(value, 0) >= 0 || !utf8.ValidString(value) || utf8.RuneCountInString(value) > maxAttribute {
			return fault.Field("attributes."+key, "The value of “%s” is longer than %d characters.", key, maxAttribute)
		}
	}
	return nil
}
