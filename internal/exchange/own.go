package exchange

import (
	"slices"
	"strings"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// own says what the columns of our own export of subscribers mean to an import. When somebody came to our books, by what
// and under which number is no proof of consent and nothing that a file can change.
var own = map[string]string{"email": "email", "first_name": "first_name", "last_name": "last_name", "lang": "lang", "zone": "zone", "state": "state", "attributes": "attributes",
	"source": "", "created_at": "", "id": "", "suppressed": "blocked",
	"consent_at": "consent_at", "consent_ip": "consent_ip", "consent_source": "consent_source", "consent_wording": "consent_source"}

// ours are columns that anybody's file of people may have.
var ours = []string{"email", "first_name", "last_name", "lang", "zone", "state", "id"}

// isOwn reports whether a header is of our own export of subscribers: a column that only we write, or none but ours.
func isOwn(header []string) bool {
	all, some := true, false
	for _, h := range header {
		_, is := own[h]
		switch {
		case isAdded(h):
		case strings.HasPrefix(h, "lists."), strings.HasPrefix(h, "attributes."), h == "consent_wording":
			return true
		case is:
			some = some || !slices.Contains(ours, h)
		default:
			all = false
		}
	}
	return all && some && slices.Contains(header, "email")
}

// placed gives columns like "lists.newsletter" their list. One that is not here is left out: it is no attribute.
func placed(header, mapping []string, of string, lists []audience.List) []string {
	for i, h := range header {
		label := audience.PlaceOf(h)
		if label == "" || of != audience.OfPeople {
			continue
		}
		mapping[i] = ""
		if slices.ContainsFunc(lists, func(l audience.List) bool { return l.Label == label }) {
			mapping[i] = h
		}
	}
	return mapping
}

// setPlace reads where somebody stands on the list that a column is of.
func setPlace(row *audience.ImportRow, field, cell string) *fault.Error {
	label := audience.PlaceOf(field)
	if label == "" {
		return nil
	}
	s, err := standing(cell)
	if row.Places.Take(label, s.state); s.never != "" {
		stand{never: s.never}.take(row)
	}
	return asFault(err)
}

// block takes somebody whom the file says must not be written to off every list it has a column of.
func (c columns) block(row *audience.ImportRow, s stand) {
	s.take(row)
	for _, field := range c.fields {
		if label := audience.PlaceOf(field); label != "" {
			row.Places.Take(label, s.state)
		}
	}
}
