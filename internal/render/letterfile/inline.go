package letterfile

import (
	"html"
	"reflect"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"

	"keepsake/campaigns/document"
)

// inline is the words of a node with their marks; pictures among them become blocks of their own.
func (w *mdWriter) inline(n ast.Node, marks []document.Mark) (all []document.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		all = append(all, w.one(c, marks)...)
	}
	return joined(all)
}

func (w *mdWriter) one(n ast.Node, marks []document.Mark) []document.Node {
	switch n := n.(type) {
	case *ast.Text:
		all := words(unescaped(n.Segment.Value(w.src)), marks)
		if n.HardLineBreak() {
			return append(all, document.Node{Type: "hard_break"})
		}
		if n.SoftLineBreak() {
			all = append(all, words(" ", marks)...)
		}
		return all
	case *ast.String:
		return words(string(n.Value), marks)
	case *ast.CodeSpan:
		return words(plainOf(n, w.src), marks)
	case *ast.Emphasis:
		kind := "em"
		if n.Level == 2 {
			kind = "strong"
		}
		return w.inline(n, marked(marks, document.Mark{Type: kind}))
	case *ast.Link:
		return w.inline(n, w.linked(marks, string(n.Destination)))
	case *ast.AutoLink:
		address := string(n.URL(w.src))
		if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(address, "mailto:") {
			address = "mailto:" + address
		}
		return words(string(n.Label(w.src)), w.linked(marks, address))
	case *ast.Image:
		return nil // imagesIn finds it
	case *ast.RawHTML:
		w.count["html"]++
		return nil
	}
	return w.inline(n, marks)
}

// unescaped is a text without backslashes and entities.
func unescaped(b []byte) string {
	return html.UnescapeString(string(util.UnescapePunctuations(b)))
}

// words is a text, without what cannot stand in a line.
func words(s string, marks []document.Mark) []document.Node {
	if s = strings.Map(printable, strings.ReplaceAll(s, "\n", " ")); s == "" {
		return nil
	}
	return []document.Node{{Type: "text", Text: s, Marks: marks}}
}

// lines are those of code, each on its own.
func (w *mdWriter) lines(n ast.Node) (all []document.Node) {
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		if i > 0 {
			all = append(all, document.Node{Type: "hard_break"})
		}
		all = append(all, words(strings.TrimRight(string(line.Value(w.src)), "\r\n"), nil)...)
	}
	return all
}

// marked adds a mark; one of a type is enough.
func marked(marks []document.Mark, m document.Mark) []document.Mark {
	if slices.ContainsFunc(marks, func(have document.Mark) bool { return have.Type == m.Type }) {
		return marks
	}
	return append(slices.Clone(marks), m)
}

func (w *mdWriter) linked(marks []document.Mark, address string) []document.Mark {
	href, ok := document.Href(html.UnescapeString(address))
	if !ok {
		w.count["link"]++
		return marks
	}
	return marked(marks, document.Mark{Type: "link", Attrs: &document.Attrs{Href: href}})
}

// joined puts texts together that look the same.
func joined(nodes []document.Node) (all []document.Node) {
	for _, n := range nodes {
		if k := len(all) - 1; k >= 0 && n.Type == "text" && all[k].Type == "text" && sameMarks(all[k].Marks, n.Marks) {
			all[k].Text += n.Text
			continue
		}
		all = append(all, n)
	}
	return all
}

func sameMarks(a, b []document.Mark) bool {
	return slices.EqualFunc(a, b, func(a, b document.Mark) bool {
		return a.Type == b.Type && reflect.DeepEqual(a.Attrs, b.Attrs)
	})
}

func plainOf(n ast.Node, src []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Segment.Value(src))
			if c.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		default:
			b.WriteString(plainOf(c, src))
		}
	}
	return b.String()
}

// imagesIn are the pictures of a piece of Markdown, in order.
func imagesIn(n ast.Node) (all []*ast.Image) {
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if i, ok := n.(*ast.Image); ok && entering {
			all = append(all, i)
		}
		return ast.WalkContinue, nil
	})
	return all
}

// image is a block for a picture on the web; one beside the text was not brought along.
func (w *mdWriter) image(n *ast.Image) {
	address := strings.TrimSpace(html.UnescapeString(string(n.Destination)))
	if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") {
		w.count["missing"]++
		return
	}
	w.count["web"]++
	b := &document.Image{Base: document.Base{Type: "image"}, Asset: address, Alt: strings.TrimSpace(html.UnescapeString(plainOf(n, w.src)))}
	if l, ok := n.Parent().(*ast.Link); ok {
		b.Href, _ = document.Href(string(l.Destination))
	}
	w.put(b)
}
