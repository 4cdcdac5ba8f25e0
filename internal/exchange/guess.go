package exchange

import (
	"slices"
	"strings"

	"keepsake/campaigns/audience"
)

// guessed are the types that are tried, in order, on the values of a column that will be a new attribute.
var guessed = []string{audience.DateAttribute, audience.NumberAttribute, audience.MoneyAttribute, audience.YesNoAttribute}

// codes are words in the headers of columns whose digits are no numbers.
var codes = []string{"phone", "mobile", "tel", "zip", "postal", "postcode", "code", "number", "id", "телефон", "мобилен", "пощенски", "код", "индекс", "номер"}

// lists are headers of columns that hold several things at once.
var lists = words("tags|groups|interests|categories|labels|етикети|групи|интереси|теги|метки|группы|интересы")

// guessTypes says which types the values of new attributes have, where that is not text, and how lists are best merged. Of
// our own exports nothing is guessed: what they hold is written back as it was.
func guessTypes(header, mapping []string, rows [][]string, known []audience.Attribute) (types, rules map[string]string) {
	types, rules = map[string]string{}, map[string]string{}
	for i, field := range mapping {
		key, is := strings.CutPrefix(field, "attributes.")
		if !is {
			continue
		}
		kind := ""
		if n := slices.IndexFunc(known, func(a audience.Attribute) bool { return a.Key == key }); n >= 0 {
			kind = known[n].Type
		} else if header[i] != field {
			kind = guessType(header[i], column(rows, i))
			if kind != "" {
				types[key] = kind
			}
		}
		if kind == audience.ListAttribute {
			rules[field] = audience.AddItems
		}
	}
	return types, rules
}

func guessType(header string, cells []string) string {
	p := plain(header)
	switch {
	case lists[p]:
		return audience.ListAttribute
	case len(cells) < 2 || slices.ContainsFunc(strings.Fields(p), func(w string) bool { return slices.Contains(codes, w) }):
		return ""
	}
	for _, kind := range guessed {
		a := audience.Attribute{Key: "x", Type: kind}
		if all(cells, func(cell string) bool { return plainly(kind, cell) && readable(a, cell) }) {
			return kind
		}
	}
	return ""
}

func readable(a audience.Attribute, cell string) bool {
	_, err := a.Canonical(cell)
	return err == nil
}

// plainly is false of what can be read as a type and is more often something else: a code that begins with a zero, a
// phone, a number between slashes, a 1 that is no yes.
func plainly(kind, cell string) bool {
	cell = strings.TrimSpace(cell)
	switch kind {
	case audience.NumberAttribute:
		return cell[0] != '+' && (cell[0] != '0' || len(cell) == 1 || cell[1] == '.' || cell[1] == ',')
	case audience.YesNoAttribute:
		return cell != "0" && cell != "1" && len(cell) > 1
	}
	return true
}
