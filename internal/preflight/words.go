package preflight

import (
	"cmp"
	"strings"

	"golang.org/x/net/html"
)

// silent elements hold no words for readers.
var silent = map[string]bool{"head": true, "style": true, "script": true, "title": true, "template": true, "noscript": true}

// visit walks a document's elements and words, without what is not shown.
func visit(n *html.Node, see func(*html.Node)) {
	if n.Type == html.ElementNode && (silent[n.Data] || hiddenStyle(attr(n, "style"))) || n.Type == html.CommentNode {
		return
	}
	see(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		visit(c, see)
	}
}

func hiddenStyle(style string) bool {
	return strings.Contains(strings.ReplaceAll(strings.ToLower(style), " ", ""), "display:none")
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// parse reads HTML as a browser does: whatever comes, there is a document.
func parse(src string) *html.Node {
	doc, err := html.Parse(strings.NewReader(src))
	if err != nil { // deeper than any letter: nothing is said of it
		return &html.Node{Type: html.DocumentNode}
	}
	return doc
}

// wordsOf are the words that are shown.
func wordsOf(src string) string {
	var b strings.Builder
	visit(parse(src), func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
	})
	return b.String()
}

// Link is a link of the letter and where it stands.
type Link struct {
	Address string
	Block   string // or ""
	Line    int    // in hand-written HTML, or 0
}

// Links are the addresses of the letter's links, each once, in order. In blocks that are
// only drawn, such as an unfinished button, there may be more of them than readers get.
func Links(l Letter) []Link {
	blocks := map[string]string{}
	inBlocks(parse(l.Canvas), "", func(n *html.Node, block string) {
		if href := hrefOf(n); href != "" && blocks[href] == "" {
			blocks[href] = block
		}
	})
	var all []Link
	links := linksOf(l.HTML)
	for _, href := range links[:min(len(links), mostLinks)] {
		all = append(all, Link{Address: href, Block: blocks[href], Line: lineOf(l.Code, href)})
	}
	return all
}

// Assets are the pictures of the letter whose addresses begin so, each once, by the rest of
// the address, with their block.
func Assets(l Letter, prefix string) (all []Picture) {
	seen := map[string]bool{}
	inBlocks(parse(cmp.Or(l.Canvas, l.HTML)), "", func(n *html.Node, block string) {
		name, ok := strings.CutPrefix(attr(n, "src"), prefix)
		if n.Type == html.ElementNode && n.Data == "img" && ok && name != "" && !seen[name] {
			seen[name] = true
			all = append(all, Picture{Name: name, Block: block})
		}
	})
	return all
}

// inBlocks walks the document with the block that each node stands in.
func inBlocks(n *html.Node, block string, see func(n *html.Node, block string)) {
	if id := attr(n, "data-block"); id != "" {
		block = id
	}
	see(n, block)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		inBlocks(c, block, see)
	}
}

// lineOf is the line of the code in which the address stands, as it is or escaped.
func lineOf(code []Code, address string) int {
	for _, c := range code {
		for _, written := range []string{address, html.EscapeString(address)} {
			if i := strings.Index(c.Source, written); i >= 0 {
				return 1 + strings.Count(c.Source[:i], "\n")
			}
		}
	}
	return 0
}

func hrefOf(n *html.Node) string {
	if n.Type != html.ElementNode || n.Data != "a" {
		return ""
	}
	if href := strings.TrimSpace(attr(n, "href")); !strings.HasPrefix(href, "#") {
		return href
	}
	return ""
}

// linksOf are the addresses of the links that are shown, each once, in order.
func linksOf(src string) (links []string) {
	seen := map[string]bool{}
	visit(parse(src), func(n *html.Node) {
		if href := hrefOf(n); href != "" && !seen[href] {
			seen[href] = true
			links = append(links, href)
		}
	})
	return links
}
