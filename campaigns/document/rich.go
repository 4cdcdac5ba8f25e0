package document

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Node is rich text: a ProseMirror document of paragraphs, lists, text, line breaks and chips.
type Node struct {
	Type    string `json:"type"`
	Text    string `json:"text,omitempty"`
	Attrs   *Attrs `json:"attrs,omitempty"`
	Content []Node `json:"content,omitempty"`
	Marks   []Mark `json:"marks,omitempty"`
}

// Attrs are a node's or a mark's own values.
type Attrs struct {
	Path     string   `json:"path,omitempty"`     // of a chip: subscriber.first_name
	Fallback string   `json:"fallback,omitempty"` // of a chip
	As       string   `json:"as,omitempty"`       // of a chip: one of Formats, "" as it is
	Forms    []string `json:"forms,omitempty"`    // of a chip shown as plural: "% point", "% points"; % is the number
	Href     string   `json:"href,omitempty"`     // of a link
	Order    int      `json:"order,omitempty"`    // of an ordered list: its first number
}

// Formats are how a chip may show its value.
var Formats = []string{"date", "datetime", "money", "upper", "capitalize", "plural"}

// maxForm is how long a plural form is, in letters.
const maxForm = 60

// formed says whether the chip names a way to show its value that there is.
func (a Attrs) formed() bool {
	if a.As == "plural" && (len(a.Forms) < 2 || len(a.Forms) > 4) {
		return false
	}
	for _, f := range a.Forms {
		if utf8.RuneCountInString(f) > maxForm {
			return false
		}
	}
	return a.As == "" || slices.Contains(Formats, a.As)
}

// Mark is how a piece of text looks: strong, em, underline or link.
type Mark struct {
	Type  string `json:"type"`
	Attrs *Attrs `json:"attrs,omitempty"`
}

// Para makes a rich text of plain paragraphs.
func Para(paragraphs ...string) Node {
	doc := Node{Type: "doc"}
	for _, p := range paragraphs {
		n := Node{Type: "paragraph"}
		if p != "" {
			n.Content = []Node{{Type: "text", Text: p}}
		}
		doc.Content = append(doc.Content, n)
	}
	return doc
}

// Plain is the text without its marks; chips are their fallbacks.
func (n Node) Plain() string {
	switch n.Type {
	case "text":
		return n.Text
	case "chip":
		if n.Attrs != nil {
			return n.Attrs.Fallback
		}
	case "hard_break":
		return "\n"
	}
	var parts []string
	for _, c := range n.Content {
		parts = append(parts, c.Plain())
	}
	sep := ""
	switch n.Type {
	case "doc", "bullet_list", "ordered_list", "list_item":
		sep = "\n"
	}
	return strings.Join(parts, sep)
}

// Link is the address of the mark, or "".
func (n Node) Link() string {
	for _, m := range n.Marks {
		if m.Type == "link" && m.Attrs != nil {
			return m.Attrs.Href
		}
	}
	return ""
}
