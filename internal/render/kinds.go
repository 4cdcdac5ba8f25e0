package render

import (
	"cmp"

	"keepsake/campaigns/document"
)

func scaleOf(b *document.Rating) (string, int, int) {
	s := document.ScaleOf(b.Scale)
	return s.Name, s.Low, s.High
}

// kicker is a small line in capitals above a title; nothing when it is empty, but in the canvas.
func (w *writer) kicker(field, text, class string, ink rgb) {
	if text == "" && !w.o.Canvas {
		return
	}
	w.f(`<div class="%s"%s style="margin:0 0 8px;font-family:%s;font-size:14px;line-height:1.4;font-weight:bold;letter-spacing:1px;text-transform:uppercase;color:%s">%s</div>`,
		class, w.edit(field), w.t.font, ink, esc(text))
}

func (w *writer) title(field, text string, size int) {
	if text == "" && !w.o.Canvas {
		return
	}
	w.f(`<h2 class="k-t"%s style="margin:0;font-family:%s;font-size:%dpx;line-height:1.3;font-weight:normal;color:%s">%s</h2>`,
		w.edit(field), w.t.heading, size, w.t.light.text, esc(text))
}

func (w *writer) muted(field, text string, top int) {
	if text == "" && !w.o.Canvas {
		return
	}
	w.f(`<div class="k-m"%s style="margin:%dpx 0 0;font-family:%s;font-size:14px;line-height:1.5;color:%s">%s</div>`,
		w.edit(field), top, w.t.font, w.t.light.muted, esc(text))
}

// panel is the box that is laid out around its middle.
func (w *writer) panel(border string, inner func()) { w.box("center", border, inner) }

// rating draws each answer as a link. Following one counts nothing yet: the page behind it asks once more.
func (w *writer) rating(b *document.Rating, at box) {
	w.asks = esc(asks(b))
	w.panel("", func() {
		w.title("question", cmp.Or(b.Question, w.question()), 22)
		w.WriteString(`<div style="font-size:0;line-height:0;height:16px">&nbsp;</div>`)
		switch name, low, high := scaleOf(b); name {
		case "nps":
			w.nps(at)
		case "thumbs":
			w.thumbs(b, at)
		case "emoji":
			w.faces(high)
		default:
			w.stars(low, high)
		}
		if b.Scale != "thumbs" {
			w.ends(b)
		}
	})
}

// asks adds the block to the address of an answer, so that the page behind it asks the same.
func asks(b *document.Rating) string { return "&block=" + query(b.ID) }

// question is the kind's own, else ours.
func (w *writer) question() string {
	return `{{ data.question | default: "` + w.say("How do you like it?") + `" }}`
}

func (w *writer) stars(low, high int) {
	w.WriteString(table + ` align="center" style="margin:0 auto"><tr>`)
	for n := low; n <= high; n++ {
		label := w.say("%d of %d stars", n, high)
		w.f(`<td align="center" style="padding:0 2px"><a href="{{ links.respond }}?rating=%d%s" aria-label="%s" title="%s" class="k-star" style="display:block;min-width:44px;color:#b7791f;font-family:'Segoe UI Symbol','Apple Symbols','DejaVu Sans',Arial,sans-serif;font-size:38px;line-height:44px;text-decoration:none">&#9733;<span class="k-m" style="display:block;font-family:%s;font-size:14px;line-height:20px;color:%s">%d</span></a></td>`,
			n, w.asks, esc(label), esc(label), w.t.font, w.t.light.muted, n)
	}
	w.WriteString("</tr></table>")
}

// faces are five, from sad to happy.
func (w *writer) faces(high int) {
	w.WriteString(table + ` align="center" style="margin:0 auto"><tr>`)
	for i, face := range []string{"&#128542;", "&#128577;", "&#128528;", "&#128578;", "&#128512;"} {
		label := esc(w.say("%d of %d", i+1, high))
		w.f(`<td align="center" style="padding:0 2px"><a href="{{ links.respond }}?rating=%d%s" aria-label="%s" title="%s" style="display:block;min-width:44px;font-family:'Apple Color Emoji','Segoe UI Emoji','Noto Color Emoji',Arial,sans-serif;font-size:34px;line-height:44px;text-decoration:none">%s<span class="k-m" style="display:block;font-family:%s;font-size:14px;line-height:20px;color:%s">%d</span></a></td>`,
			i+1, w.asks, label, label, face, w.t.font, w.t.light.muted, i+1)
	}
	w.WriteString("</tr></table>")
}

// nps is eleven answers: one row of two halves, which stand under one another on a phone.
func (w *writer) nps(at box) {
	half := (at.width - 48) / 2
	w.f(`<!--[if mso]>`+table+` width="%d" align="center"><tr><![endif]--><div style="font-size:0">`, half*2)
	for _, part := range [][2]int{{0, 5}, {6, 10}} {
		count := part[1] - part[0] + 1
		width := half * 2 * count / 11
		w.f(`<!--[if mso]><td width="%d"><![endif]--><div class="k-col" style="display:inline-block;vertical-align:top;width:100%%;max-width:%dpx">`+table+` width="100%%"><tr>`, width, width)
		for n := part[0]; n <= part[1]; n++ {
			label := w.say("%d of %d", n, 10)
			w.f(`<td width="%d%%" align="center" style="padding:3px 2px"><a href="{{ links.respond }}?rating=%d%s" aria-label="%s" class="k-a k-card k-line" style="display:block;background-color:%s;border:1px solid %s;border-radius:6px;color:%s;font-family:%s;font-size:16px;font-weight:bold;line-height:42px;text-decoration:none">%d</a></td>`,
				100/count, n, w.asks, esc(label), w.t.light.card, w.t.light.line, w.t.light.accent, w.t.font, n)
		}
		w.WriteString(`</tr></table></div><!--[if mso]></td><![endif]-->`)
	}
	w.WriteString(`</div><!--[if mso]></tr></table><![endif]-->`)
}

func (w *writer) thumbs(b *document.Rating, at box) {
	w.WriteString(table + ` align="center" style="margin:0 auto"><tr>`)
	for _, c := range []struct {
		n           int
		sign, field string
		label       string
	}{{0, "&#128078;", "low", cmp.Or(b.Low, w.say("Not good"))}, {1, "&#128077;", "high", cmp.Or(b.High, w.say("Good"))}} {
		w.f(`<td align="center" width="%d" style="padding:0 6px"><a href="{{ links.respond }}?rating=%d%s" class="k-card k-line k-t" style="display:block;background-color:%s;border:1px solid %s;border-radius:%dpx;color:%s;font-family:%s;font-size:16px;line-height:24px;padding:14px 12px;text-decoration:none"><span style="font-size:28px;line-height:36px">%s</span><br><span%s>%s</span></a></td>`,
			min(180, at.width/2-40), c.n, w.asks, w.t.light.card, w.t.light.line, w.t.radius, w.t.light.text, w.t.font, c.sign, w.edit(c.field), esc(c.label))
	}
	w.WriteString("</tr></table>")
}

func (w *writer) ends(b *document.Rating) {
	if b.Low+b.High == "" && !w.o.Canvas {
		return
	}
	cell := func(align, field, label string) {
		w.f(`<td class="k-m"%s align="%s" style="font-family:%s;font-size:14px;line-height:1.4;color:%s;padding:10px 4px 0">%s</td>`,
			w.edit(field), align, w.t.font, w.t.light.muted, esc(label))
	}
	width := ` width="100%"`
	if b.Scale != "nps" {
		width = ` width="250" align="center" style="margin:0 auto"`
	}
	w.WriteString(table + width + "><tr>")
	cell(w.align("left"), "low", b.Low)
	cell(w.align("right"), "high", b.High)
	w.WriteString("</tr></table>")
}
