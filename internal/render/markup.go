package render

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
