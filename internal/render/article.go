package render

import (
	"cmp"
	"fmt"

	"keepsake/campaigns/document"
)

type piece struct{ image, kicker, title, excerpt, href, cta string }

// item is what an article block repeats. A feed may lack any of it but the address.
var item = piece{image: "{{ item.image }}", title: "{{ item.title | default: item.url }}", excerpt: "{{ item.excerpt }}", href: "{{ item.url }}"}

// article draws one piece, or with items one for each thing the kind found.
func (w *writer) article(b *document.Article, at box) {
	if b.Source != "items" {
		w.piece(b, piece{image: b.Image, kicker: b.Kicker, title: b.Title, excerpt: b.Excerpt, href: b.Href, cta: b.CTA}, at)
		return
	}
	p := item
	p.cta = cmp.Or(b.CTA, w.say("Read on"))
	w.WriteString("{% for item in data.items %}")
	w.f(`{%% unless forloop.first %%}<div class="k-line" style="border-top:1px solid %s;margin:26px 0;font-size:0;line-height:0">&nbsp;</div>{%% endunless %%}`, w.t.light.line)
	w.WriteString("{% if item.image != blank %}")
	w.piece(b, p, at)
	w.WriteString("{% else %}")
	p.image = ""
	w.piece(b, p, at)
	w.WriteString("{% endif %}{% endfor %}")
	if w.o.Canvas {
		w.WriteString("{% unless data.items.size > 0 %}")
		w.note(w.say("New articles will stand here, one under the other."))
		w.WriteString("{% endunless %}")
	}
}

func (w *writer) piece(b *document.Article, p piece, at box) {
	radius, alt := document.Style{Radius: w.t.radius}, ""
	if p.href != "" {
		alt = p.title // a picture that is a link says where it leads
	}
	switch {
	case p.image == "":
		w.pieceWords(b, p)
	case b.Layout == "row":
		w.beside(at, func(width int) { w.picture(w.o.shown(p.image, width), alt, p.href, width, radius) }, func() { w.pieceWords(b, p) })
	default:
		w.picture(w.o.shown(p.image, at.width), alt, p.href, at.width, radius)
		w.WriteString(`<div style="font-size:0;line-height:0;height:18px">&nbsp;</div>`)
		w.pieceWords(b, p)
	}
}

// beside is a third for a picture and two for words; on a phone the picture takes the whole width.
func (w *writer) beside(at box, left func(width int), right func()) {
	const gap = 20
	narrow := (at.width - gap) * 32 / 100
	wide := at.width - gap - narrow
	w.onPhone(".k-row img{max-width:100%!important}")
	w.f(`<!--[if mso]>`+table+` width="%d"><tr><td width="%d" valign="top"><![endif]--><div style="font-size:0">`, at.width, narrow+gap)
	w.f(`<div class="k-col" style="display:inline-block;vertical-align:top;width:100%%;max-width:%dpx"><div class="k-gap k-row" style="padding-%s:%dpx">`, narrow+gap, w.end(), gap)
	left(narrow)
	w.f(`</div></div><!--[if mso]></td><td width="%d" valign="top"><![endif]--><div class="k-col" style="display:inline-block;vertical-align:top;width:100%%;max-width:%dpx">`, wide, wide)
	right()
	w.WriteString(`</div></div><!--[if mso]></td></tr></table><![endif]-->`)
}

func (w *writer) pieceWords(b *document.Article, p piece) {
	ink, accent := w.ink(w.t.light.text), w.ink(w.t.light.accent)
	title := esc(p.title)
	if p.href != "" {
		title = fmt.Sprintf(`<a class="k-t" href="%s" style="color:%s;text-decoration:none">%s</a>`, w.href(p.href), ink, title)
	}
	if b.Source == "items" {
		w.pieceTitle("", title, ink)
		w.WriteString("{% if item.excerpt != blank %}")
		w.excerpt("", p.excerpt, ink)
		w.WriteString("{% endif %}")
		w.readOn(p, accent)
		return
	}
	w.kicker("kicker", p.kicker, "k-a", accent)
	w.pieceTitle(w.edit("title"), title, ink)
	if p.excerpt != "" || w.o.Canvas {
		w.excerpt(w.edit("excerpt"), p.excerpt, ink)
	}
	if p.cta != "" && p.href != "" || w.o.Canvas {
		w.readOn(p, accent)
	}
}

func (w *writer) pieceTitle(mark, title string, ink rgb) {
	w.f(`<h2 class="k-t"%s style="margin:0;font-family:%s;font-size:24px;line-height:1.3;font-weight:normal;color:%s">%s</h2>`, mark, w.t.heading, ink, title)
}

func (w *writer) excerpt(mark, text string, ink rgb) {
	w.f(`<div class="k-t"%s style="margin:8px 0 0;font-family:%s;font-size:16px;line-height:1.6;color:%s">%s</div>`, mark, w.t.font, ink, esc(text))
}

func (w *writer) readOn(p piece, accent rgb) {
	w.f(`<div style="margin:12px 0 0;font-family:%s;font-size:16px;line-height:1.5;font-weight:bold"><a class="k-a" href="%s"%s style="color:%s;text-decoration:underline">%s</a></div>`,
		w.t.font, w.href(p.href), w.edit("cta"), accent, esc(p.cta))
}
