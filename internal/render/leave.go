package render

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"keepsake/internal/liquid"
)

// sampleLeave stands in for the address to unsubscribe at. Nobody is asked there.
const sampleLeave = "https://unsubscribe.invalid/"

// leaves reports whether a letter shows a link to unsubscribe even to those of whom nothing is known.
func leaves(t *liquid.Template, o Options) bool {
	if !slices.ContainsFunc(t.Paths(), func(p liquid.Path) bool { return p.Name == "links.unsubscribe" }) {
		return false
	}
	v := Values{Shop: o.Brand, Links: map[string]string{"unsubscribe": sampleLeave}}
	letter, err := t.RenderString(v.vars(o), v.limits("en"))
	return err == nil && ShowsLink(letter, sampleLeave)
}

// ShowsLink reports whether a finished letter holds a link to this address that its readers can see.
func ShowsLink(letter, address string) bool {
	if address == "" || !strings.Contains(letter, html.EscapeString(address)) && !strings.Contains(letter, address) {
		return false
	}
	doc, err := html.Parse(strings.NewReader(letter))
	return err == nil && linkIn(doc, address)
}

// linkIn looks for the link in what is seen of the node.
func linkIn(n *html.Node, address string) bool {
	if unseen(n) {
		return false
	}
	if n.Data == "a" && n.Type == html.ElementNode && strings.TrimSpace(valueOf(n, "href")) == address && said(n) {
		return true
	}
	for c := range n.ChildNodes() {
		if linkIn(c, address) {
			return true
		}
	}
	return false
}

// said reports whether something in the node can be read or seen.
func said(n *html.Node) bool {
	switch {
	case unseen(n):
		return false
	case n.Type == html.TextNode:
		return strings.TrimSpace(n.Data) != ""
	case n.Data == "img":
		return strings.TrimSpace(valueOf(n, "alt")) != "" || valueOf(n, "src") != ""
	}
	for c := range n.ChildNodes() {
		if said(c) {
			return true
		}
	}
	return false
}

var (
	noWords      = namesOf(`head style script title template noscript textarea select option svg math iframe object audio video canvas`)
	hidingStyles = []string{"display:none", "visibility:hidden", "mso-hide:all", "opacity:0;", "font-size:0;", "font-size:0px;", "max-height:0;", "max-height:0px;"}
)

func unseen(n *html.Node) bool {
	if n.Type == html.CommentNode {
		return true
	}
	if n.Type != html.ElementNode {
		return false
	}
	if noWords[n.Data] || slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "hidden" }) {
		return true
	}
	style := strings.ReplaceAll(bare(valueOf(n, "style")), "!important", "") + ";"
	return slices.ContainsFunc(hidingStyles, func(h string) bool { return strings.Contains(";"+style, ";"+h) })
}

func valueOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
