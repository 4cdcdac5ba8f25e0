package audience

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Column is a column of a file and what it was taken for.
type Column struct {
	Name  string `json:"name" doc:"As the file calls it"`
	Field string `json:"field" doc:"What it is mapped to; empty where it is left out"`
	// Leaving warns: its words say that people left, and as an attribute they keep nobody from being written to.
	Leaving bool `json:"leaving,omitempty" doc:"Its words say that people left, bounced or complained, and it is mapped to an attribute: they keep nobody from being written to. Map it to state"`
}

// LabelsOf are the labels of an attribute that a column makes: its header in Bulgarian or Russian, of which the key is only
// how it sounds.
func (i Import) LabelsOf(column int) map[string]string {
	if column >= len(i.Header) || i.NoHeader {
		return nil
	}
	header := CleanName(i.Header[column])
	if !strings.ContainsFunc(header, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) || utf8.RuneCountInString(header) > maxLabel {
		return nil
	}
	return map[string]string{i.cyrillic(header): header}
}

// cyrillic is the language of words in Cyrillic: some letters are Russian alone, else whoever imports knows.
func (i Import) cyrillic(text string) string {
	switch {
	case strings.ContainsAny(strings.ToLower(text), "ыэё"):
		return "ru"
	case i.Lang == "ru" || i.Lang != "bg" && i.Reader == "ru":
		return "ru"
	}
	return "bg"
}

// Columns are what the columns of the import's file were taken for.
func (i Import) Columns() (out []Column) {
	for n, field := range i.Mapping {
		c := Column{Name: fmt.Sprintf("#%d", n+1), Field: field}
		if n < len(i.Header) {
			c.Name = i.Header[n]
		}
		c.Leaving = i.Of != OfOrders && strings.HasPrefix(field, "attributes.") && slices.Contains(i.Leaving, c.Name)
		out = append(out, c)
	}
	return out
}
