package render

import (
	"fmt"
	"strings"

	"keepsake/campaigns/document"
)

// paragraphs draws rich text with room between its paragraphs.
func (w *writer) paragraphs(nodes []document.Node, size int) {
	for i, n := range nodes {
		margin := size
		if i == len(nodes)-1 {
			margin = 0
		}
		switch n.Type {
		case "bullet_list":
			w.list("ul", n, margin)
		case "ordered_list":
			w.list("ol", n, margin)
		default:
			w.f(`<p style="margin:0 0 %dpx">`, margin)
			w.inline(n.Content)
			if len(n.Content) == 0 {
				w.WriteString("<br>")
			}
			w.WriteString("</p>")
		}
	}
}

func (w *writer) list(tag string, n document.Node, margin int) {
	edge := "0 0 0 24px"
	if w.rtl {
		edge = "0 24px 0 0"
	}
	start := ""
	if n.Attrs != nil && n.Attrs.Order > 1 {
		start = fmt.Sprintf(` start="%d"`, n.Attrs.Order)
	}
	w.f(`<%s%s style="margin:0 0 %dpx;padding:%s">`, tag, start, margin, edge)
	for i, item := range n.Content {
		gap := 8
		if i == len(n.Content)-1 {
			gap = 0
		}
		w.f(`<li style="margin:0 0 %dpx">`, gap)
		w.paragraphs(item.Content, 8)
		w.WriteString("</li>")
	}
	w.f("</%s>", tag)
}

func (w *writer) inline(nodes []document.Node) {
	for _, n := range nodes {
		before, after := w.marks(n)
		w.WriteString(before)
		switch n.Type {
		case "text":
			w.WriteString(esc(n.Text))
		case "hard_break":
			w.WriteString("<br>")
		case "chip":
			w.chip(n)
		default:
			w.inline(n.Content)
		}
		w.WriteString(after)
	}
}

func (w *writer) chip(n document.Node) {
	if n.Attrs == nil {
		return
	}
	tag := chip(*n.Attrs)
	if w.marked() {
		tag = fmt.Sprintf(`<span data-chip="%s">%s</span>`, n.Attrs.Path, tag)
	}
	w.WriteString(tag)
}

func (w *writer) marks(n document.Node) (before, after string) {
	var b, a strings.Builder
	open := func(start, end string) {
		b.WriteString(start)
		rest := a.String()
		a.Reset()
		a.WriteString(end + rest)
	}
	if href := n.Link(); href != "" {
		open(fmt.Sprintf(`<a class="k-a" href="%s" style="color:%s;text-decoration:underline">`, w.href(href), w.ink(w.t.light.accent)), "</a>")
	}
	for _, m := range n.Marks {
		switch m.Type {
		case "strong":
			open("<strong>", "</strong>")
		case "em":
			open("<em>", "</em>")
		case "underline":
			open(`<span style="text-decoration:underline">`, "</span>")
		}
	}
	return b.String(), a.String()
}
