package audience

import (
	"slices"
	"strings"

	"keepsake/campaigns/fault"
)

// Places are where somebody stands, by the labels of lists. A list that is not named says nothing.
type Places map[string]State

// Take keeps, of what is said twice of a list, what allows less.
func (p *Places) Take(label string, s State) {
	if s == "" || s == Nowhere {
		return
	}
	if *p == nil {
		*p = Places{}
	}
	(*p)[label] = Cautious((*p)[label], s)
}

// PlaceOf is the label of the list on which a column "lists.<label>" says where somebody stands; "" of other columns.
func PlaceOf(field string) string {
	label, is := strings.CutPrefix(field, "lists.")
	if !is {
		return ""
	}
	return label
}

// PlaceColumns are the labels of the lists that columns are of.
func (i Import) PlaceColumns() (labels []string) {
	for _, field := range i.Mapping {
		if label := PlaceOf(field); label != "" {
			labels = append(labels, label)
		}
	}
	return labels
}

func (i Import) validatePlaces() error {
	for _, label := range i.PlaceColumns() {
		if !slices.ContainsFunc(i.Lists, func(l List) bool { return l.Label == label }) {
			return fault.Field("mapping", "There is no list with the label “%s”.", CleanName(label))
		}
	}
	return nil
}
