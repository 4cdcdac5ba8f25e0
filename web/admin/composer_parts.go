package admin

import (
	"encoding/hex"
	"hash/fnv"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// parts are a drawing taken apart, so that the composer need only replace the blocks that
// changed: what stands around the blocks, and each block of the first level in reading order.
type parts struct {
	Shell  string         `json:"shell"`  // a mark of all that is around the blocks, and of their order
	Marks  []string       `json:"marks"`  // one of each block
	Blocks map[string]any `json:"blocks"` // by place, those the composer has otherwise: ["tag", {attributes}, children …]
}

// had is what the composer shows already.
type had struct {
	Shell string   `json:"shell"`
	Marks []string `json:"marks"`
}

// apart takes a drawing apart. Blocks are only given when the rest is as it was; none of one that
// is nested too deep to be read, which is shown as a whole.
func apart(drawing string, before had) parts {
	p := parts{Marks: []string{}, Blocks: map[string]any{}}
	doc, err := html.Parse(strings.NewReader(drawing))
	if err != nil {
		p.Shell = mark(&html.Node{Type: html.TextNode, Data: drawing})
		return p
	}
	blocks := []*html.Node{}
	for _, n := range blocksIn(doc, nil) {
		n.Parent.InsertBefore(&html.Node{Type: html.CommentNode, Data: attribute(n, "data-block")}, n)
		n.Parent.RemoveChild(n)
		blocks = append(blocks, n)
		p.Marks = append(p.Marks, mark(n))
	}
	p.Shell = mark(doc)
	if p.Shell != before.Shell || len(p.Marks) != len(before.Marks) {
		return p
	}
	for i, n := range blocks {
		if p.Marks[i] != before.Marks[i] {
			p.Blocks[strconv.Itoa(i)] = tree(n)
		}
	}
	return p
}

// blocksIn finds the blocks of the first level.
func blocksIn(n *html.Node, found []*html.Node) []*html.Node {
	if n.Type == html.ElementNode && attribute(n, "data-block") != "" && n.Parent != nil {
		return append(found, n)
	}
	for c := range n.ChildNodes() {
		found = blocksIn(c, found)
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// mark is short and the same for the same nodes; it guards against nothing but mistakes.
func mark(n *html.Node) string {
	h := fnv.New128a()
	_ = html.Render(h, n) // a hash takes everything
	return hex.EncodeToString(h.Sum(nil))
}

// tree is a node as JSON: text is a string, an element a list. Comments are only for Outlook.
func tree(n *html.Node) any {
	if n.Type == html.TextNode {
		return n.Data
	}
	attributes := map[string]string{}
	for _, a := range n.Attr {
		attributes[a.Key] = a.Val
	}
	list := []any{n.Data, attributes}
	for c := range n.ChildNodes() {
		if c.Type == html.TextNode || c.Type == html.ElementNode {
			list = append(list, tree(c))
		}
	}
	return list
}
