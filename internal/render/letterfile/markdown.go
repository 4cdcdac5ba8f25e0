package letterfile

import (
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	md "github.com/yuin/goldmark/text"

	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

// deepest is how many lists may stand in each other; deeper ones are their items' text.
const deepest = 3

// Markdown makes blocks of Markdown: headings, texts with lists and links, pictures by address,
// dividers and quotes. Code is text; HTML is left out, with a note.
func Markdown(src string) (Letter, error) {
	if len(src) > document.MaxBytes {
		return Letter{}, fault.Field("file", "The text is larger than 1 MB. Make it shorter first.")
	}
	src = strings.Map(printable, src)
	w := &mdWriter{src: []byte(src), count: map[string]int{}}
	tree := goldmark.DefaultParser().Parse(md.NewReader(w.src))
	for n := tree.FirstChild(); n != nil; n = n.NextSibling() {
		w.block(n)
	}
	w.flush()
	if len(w.blocks) == 0 {
		return Letter{}, fault.Field("file", "There are no words in it.")
	}
	if len(w.blocks) >= document.MaxBlocks {
		return Letter{}, fault.Field("file", "This would be %d blocks; a letter has at most %d.", len(w.blocks), document.MaxBlocks)
	}
	return Letter{Mode: "blocks", Blocks: w.blocks, Title: w.title, Notes: w.notes()}, nil
}

// printable drops what no text holds.
func printable(r rune) rune {
	if r == '\n' || r == '\t' || r == '\r' || !unicode.IsControl(r) && (r < '\ue000' || r > '\uf8ff') {
		return r
	}
	return -1
}

type mdWriter struct {
	src    []byte
	blocks document.Blocks
	rich   []document.Node // of the text block that is being written
	title  string
	count  map[string]int
}

func (w *mdWriter) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		w.heading(n)
	case *ast.ThematicBreak:
		w.put(&document.Divider{Base: document.Base{Type: "divider"}})
	case *ast.Blockquote:
		if rich := w.paragraphs(n, 1); len(rich) > 0 {
			w.put(&document.Quote{Base: document.Base{Type: "quote"}, Rich: document.Node{Type: "doc", Content: onlyParagraphs(rich)}})
		}
	case *ast.HTMLBlock:
		w.count["html"]++
	default:
		w.rich = append(w.rich, w.flow(n, 1)...)
		for _, i := range imagesIn(n) {
			w.image(i)
		}
	}
}

// put ends the text before a block of another type.
func (w *mdWriter) put(b document.Block) {
	w.flush()
	w.blocks = append(w.blocks, b)
}

func (w *mdWriter) flush() {
	if len(w.rich) > 0 {
		w.blocks = append(w.blocks, &document.Text{Base: document.Base{Type: "text"}, Rich: document.Node{Type: "doc", Content: w.rich}})
		w.rich = nil
	}
}

func (w *mdWriter) heading(n *ast.Heading) {
	words := w.inline(n, nil)
	if len(words) == 0 {
		return
	}
	p := document.Node{Type: "paragraph", Content: words}
	if w.title == "" {
		w.title = strings.TrimSpace(p.Plain())
	}
	w.put(&document.Heading{Base: document.Base{Type: "heading"}, Level: min(n.Level, 3), Rich: document.Node{Type: "doc", Content: []document.Node{p}}})
}

// flow is what a piece of Markdown is in a text: paragraphs and lists.
func (w *mdWriter) flow(n ast.Node, depth int) []document.Node {
	switch n := n.(type) {
	case *ast.List:
		return w.list(n, depth)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return []document.Node{{Type: "paragraph", Content: w.lines(n)}}
	case *ast.HTMLBlock:
		w.count["html"]++
		return nil
	case *ast.Paragraph, *ast.TextBlock, *ast.Heading:
		words := w.inline(n, nil)
		if len(words) == 0 {
			return nil
		}
		return []document.Node{{Type: "paragraph", Content: words}}
	}
	return w.paragraphs(n, depth)
}

func (w *mdWriter) paragraphs(n ast.Node, depth int) (all []document.Node) {
	if depth > 4*deepest {
		return nil
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		all = append(all, w.flow(c, depth+1)...)
	}
	return all
}

func (w *mdWriter) list(n *ast.List, depth int) []document.Node {
	var items []document.Node
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		inside := w.paragraphs(c, depth)
		if len(inside) == 0 || inside[0].Type != "paragraph" {
			inside = append([]document.Node{{Type: "paragraph"}}, inside...)
		}
		if depth >= deepest {
			inside = onlyParagraphs(inside)
		}
		items = append(items, document.Node{Type: "list_item", Content: inside})
	}
	list := document.Node{Type: "bullet_list", Content: items}
	if n.IsOrdered() {
		list.Type = "ordered_list"
		list.Attrs = &document.Attrs{Order: max(n.Start, 1)}
	}
	return []document.Node{list}
}

// onlyParagraphs makes paragraphs of lists.
func onlyParagraphs(nodes []document.Node) (all []document.Node) {
	for _, n := range nodes {
		if n.Type == "paragraph" {
			all = append(all, n)
		} else {
			all = append(all, onlyParagraphs(n.Content)...)
		}
	}
	return all
}

func (w *mdWriter) notes() []Note {
	all := []Note{}
	for _, n := range []Note{
		{Text: "%d pictures missing: they are not in the file.", Count: w.count["missing"]},
		{Text: "%d pictures stay on the web, where they are: nothing is fetched.", Count: w.count["web"]},
		{Text: "%d pieces of HTML left out: blocks hold none.", Count: w.count["html"]},
		{Text: "%d links lead nowhere a letter can go; their words stay.", Count: w.count["link"]},
	} {
		if n.Count > 0 {
			all = append(all, n)
		}
	}
	return all
}
