package audience

import (
	"fmt"
	"slices"
	"strings"
)

// Column is a column of a file and what it was taken for.
type Column struct {
	Name  string `json:"name" doc:"As the file calls it"`
	Field string `json:"field" doc:"What it is mapped to; empty where it is left out"`
	// Leaving warns: its words say that people left, and as an attribute they keep nobody from being written to.
	Leaving bool `json:"leaving,omitempty" doc:"Its words say that people left, bounced or complained, and it is mapped to an attribute: they keep nobody from being written to. Map it to state"`
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
