package render

import (
	"cmp"
	"strings"

	"keepsake/campaigns/document"
)

// quote stands behind a line in the shop's colour.
func (w *writer) quote(b *document.Quote) {
	accent := w.ink(w.t.light.accent)
	w.f(table+` width="100%%"><tr><td class="k-edge" style="border-%s:4px solid %s;padding:4px 0;padding-%s:20px">`, w.start(), accent, w.start())
	w.f(`<blockquote class="k-t"%s style="margin:0;font-family:%s;font-size:21px;line-height:1.5;color:%s">`, w.edit("rich"), w.t.heading, w.ink(w.t.light.text))
	w.paragraphs(b.Rich.Content, 14)
	w.WriteString("</blockquote>")
	w.person(personal{b.Author, b.Role, b.Image})
	w.WriteString("</td></tr></table>")
}

func (p *plain) quote(b *document.Quote) {
	inner := &plain{w: p.w}
	inner.rich(b.Rich.Content, "> ")
	p.WriteString(inner.String())
	if says := (personal{b.Author, b.Role, b.Image}).says(); says != "" {
		p.line(says, "")
	}
}

func (w *writer) expert(b *document.Expert) {
	w.box(w.align(""), "", func() {
		w.kicker("", w.say("An expert answers"), "k-a", w.t.light.accent)
		w.line("question", b.Question, "h2", "k-t", w.t.light.text, 24, 0)
		w.prose(b.Rich, 16, 12, "")
		w.person(personal{b.Author, b.Role, b.Image})
		w.muted("disclosure", b.Disclosure, 16)
	})
}

func (p *plain) expert(b *document.Expert) {
	p.line(p.w.say("An expert answers"), "")
	p.title(b.Question, false)
	p.rich(b.Rich.Content, "")
	for _, s := range []string{personal{b.Author, b.Role, b.Image}.says(), b.Disclosure} {
		if s != "" {
			p.line(s, "")
		}
	}
}

// film is the ground a video's picture lies on; white can be read on it.
const film = "#1f2328"

// video draws a play button over the picture: it is there without the picture, too. Outlook
// on Windows gets the same as VML.
func (w *writer) video(b *document.Video, at box) {
	height := at.width * 9 / 16
	href, label := w.href(b.Href), esc(joined(" ", w.say("Watch the video:"), b.Alt, b.Length))
	fill, attr, back := "", "", ""
	if b.Thumb != "" {
		src := w.o.shown(b.Thumb, at.width)
		fill = `<v:fill type="frame" src="` + esc(src) + `" color="` + film + `"/>`
		attr = ` background="` + esc(src) + `"`
		back = ";background-image:url('" + cssURL(src) + "');background-position:center;background-size:cover;background-repeat:no-repeat"
	}
	w.f(`<!--[if mso]><v:rect href="%s" alt="%s" style="width:%dpx;height:%dpx" stroked="f" fillcolor="%s">%s<v:textbox inset="0,0,0,0" style="v-text-anchor:middle"><center style="color:#ffffff;font-family:Arial,sans-serif;font-size:40px">&#9654;<br><span style="font-size:14px">%s</span></center></v:textbox></v:rect><![endif]-->`,
		href, label, at.width, height, film, fill, esc(b.Length))
	w.onPhone(".k-play{padding-top:48px!important;padding-bottom:48px!important}")
	w.f(`<!--[if !mso]><!-->`+table+` width="100%%" style="border-collapse:separate"><tr><td class="k-line" align="center"%s bgcolor="%s" style="background-color:%s%s;border:1px solid %s;border-radius:%dpx">`, attr, film, film, back, w.t.light.line, w.t.radius)
	w.f(`<a class="k-play" href="%s" aria-label="%s" title="%s" style="display:block;padding:%dpx 0;text-align:center;text-decoration:none">`, href, label, label, max((height-108)/2, 24))
	w.f(`<span style="display:inline-block;width:72px;height:72px;border-radius:36px;background-color:#ffffff;color:%s;font-family:Arial,sans-serif;font-size:30px;line-height:72px;text-align:center">&#9654;&#xFE0E;</span>`, film)
	if b.Length != "" {
		w.f(`<br><span style="display:inline-block;margin:8px 0 0;padding:2px 10px;border-radius:14px;background-color:%s;color:#ffffff;font-family:%s;font-size:14px;line-height:24px">%s</span>`, film, w.t.font, esc(b.Length))
	}
	w.WriteString(`</a></td></tr></table><!--<![endif]-->`)
	w.line("alt", b.Alt, "div", "k-m", w.ink(w.t.light.muted), 14, 8)
}

// season is a card for one time of the year.
func (w *writer) season(b *document.Season, at box) {
	w.box("center", "", func() {
		if b.Asset != "" {
			w.picture(w.o.shown(b.Asset, at.width-48), b.Alt, b.Href, at.width-48, document.Style{Radius: w.t.radius})
			w.WriteString(`<div style="font-size:0;line-height:0;height:20px">&nbsp;</div>`)
		}
		w.kicker("kicker", b.Kicker, "k-a", w.t.light.accent)
		w.title("title", b.Title, 28)
		w.prose(b.Rich, 16, 10, "")
		if b.Code != "" {
			w.code("code", b.Code, 26)
		}
		if ends := endWords(w.lang, b.EndsAt); ends != "" {
			w.muted("", w.say("Until %s", ends), 10)
		}
		if b.CTA != "" && b.Href != "" || w.marked() {
			w.WriteString(`<div style="margin:20px 0 0">`)
			w.cta(cta{label: cmp.Or(b.CTA, w.say("See more")), href: b.Href, width: at.width - 48, field: "cta"})
			w.WriteString("</div>")
		}
	})
}

func (p *plain) season(b *document.Season) {
	if b.Kicker != "" {
		p.line(b.Kicker, "")
	}
	p.title(b.Title, false)
	p.rich(b.Rich.Content, "")
	if b.Code != "" {
		p.line(b.Code, "")
	}
	if ends := endWords(p.w.lang, b.EndsAt); ends != "" {
		p.line(p.w.say("Until %s", ends), "")
	}
	if strings.TrimSpace(b.Href) != "" {
		p.line(bracket(cmp.Or(b.CTA, p.w.say("See more")), b.Href), "")
	}
}
