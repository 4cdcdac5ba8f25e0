package render

import (
	"strings"

	"keepsake/campaigns/document"
)

// chip is the merge tag of a chip, with the filter that shows its value as wanted. Only the
// filters named here can come of a document.
func chip(a document.Attrs) string {
	tag := "{{ " + a.Path + format(a)
	if a.Fallback != "" {
		tag += " | default: " + quoted(a.Fallback)
	}
	return tag + " }}"
}

// format is the filter of a chip. An amount is in the currency that stands beside it.
func format(a document.Attrs) string {
	switch a.As {
	case "date":
		return ` | date: "%-d %B %Y"`
	case "datetime":
		return ` | date: "%-d %B %Y, %H:%M"`
	case "money":
		above := ""
		if dot := strings.LastIndexByte(a.Path, '.'); dot >= 0 {
			above = a.Path[:dot+1]
		}
		return " | money: " + above + "currency"
	case "upper":
		return " | upcase"
	case "capitalize":
		return " | capitalize"
	case "plural":
		forms := make([]string, len(a.Forms))
		for i, f := range a.Forms {
			forms[i] = quoted(f)
		}
		return " | plural: " + strings.Join(forms, ", ")
	}
	return ""
}

// quoted is a Liquid string. It knows no escapes, so a text goes into the quotes it does not hold.
func quoted(s string) string {
	s = strings.NewReplacer("{", "(", "}", ")", "\n", " ").Replace(s)
	if strings.Contains(s, `"`) {
		return "'" + strings.ReplaceAll(s, "'", "’") + "'"
	}
	return `"` + s + `"`
}
