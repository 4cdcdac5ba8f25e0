package render

import (
	"regexp"
	"strings"
)

// Markup is code with Liquid in it, to be read by those who know only HTML: its merge tags
// are marks in Source, and come back with Restore.
type Markup struct{ p *protected }

// NewMarkup puts the merge tags of code aside.
func NewMarkup(code string) Markup { return Markup{protect(code)} }

// Source is the code with marks in place of merge tags.
func (m Markup) Source() string { return m.p.src }

// Restore puts the merge tags back where their marks are.
func (m Markup) Restore(s string) string { return m.p.restore(s) }

// Attribute is one of a start tag. From and To are the place of its value in the tag, quotes
// included; Start is where its name begins.
type Attribute struct {
	Name, Value     string
	Start, From, To int
}

// Attributes reads a start tag's attributes with their places.
func Attributes(tag string) []Attribute {
	found := attributes(tag)
	all := make([]Attribute, len(found))
	for i, a := range found {
		all[i] = Attribute{Name: a.name, Value: a.value, Start: a.start, From: a.from, To: a.to}
	}
	return all
}

var rawTag = regexp.MustCompile(`(?s)^(\{%-?\s*raw\s*-?%\})(.*)(\{%-?\s*endraw\s*-?%\})$`)

// Tame takes from the merge tags what would print HTML as it is: what stands in raw is text, and
// no filter keeps a value from being escaped.
func (m Markup) Tame() Markup {
	for i, tag := range m.p.tags {
		if parts := rawTag.FindStringSubmatch(tag); parts != nil {
			m.p.tags[i] = parts[1] + asText.Replace(parts[2]) + parts[3]
			continue
		}
		m.p.tags[i] = rawFilter.ReplaceAllString(tag, "")
	}
	return m
}

var asText = strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// Parted reports whether merge tags stand in the name of a tag other than as a number at its end.
func Parted(name string) bool { return strings.Contains(name, markLeft) && !numbered.MatchString(name) }

// Marked reports whether merge tags stand in a text of the Source.
func Marked(s string) bool { return strings.Contains(s, markLeft) }

// Address reports whether an address with merge tags in it leads to the web, to mail or to a telephone whatever they print.
func (m Markup) Address(value string) bool { return safeAddress(m.p, value) }
