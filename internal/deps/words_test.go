package deps

import (
	"strings"
	"testing"
)

// What is known of a person is a свойство, in Bulgarian and in Russian (docs/words.md); атрибут is only what stands in a tag.
func TestAnAttributeOfAPersonHasOneName(t *testing.T) {
	for _, lang := range []string{"bg", "ru"} {
		for text, e := range catalogue(t, lang) {
			ofTag := strings.Contains(e.where, "code.") || strings.Contains(e.where, "letters.")
			for _, said := range append([]string{e.text}, valuesOf(e.forms)...) {
				if !ofTag && strings.Contains(strings.ToLower(said), "атрибут") {
					t.Errorf("%s: %q is “%s”", e.where, text, said)
				}
			}
		}
	}
}

func valuesOf(forms map[string]string) (all []string) {
	for _, said := range forms {
		all = append(all, said)
	}
	return all
}
