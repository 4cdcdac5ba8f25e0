package render

import (
	"cmp"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
)

// page draws a whole letter around its blocks.
func page(c campaigns.Content, d document.Document, o Options) *writer {
	w := &writer{o: o, t: resolve(d.Theme, o), lang: cmp.Or(c.Lang, d.Lang, audience.Languages[0]), rtl: d.Dir == "rtl"}
	body := &writer{o: o, t: w.t, lang: w.lang, rtl: w.rtl}
	body.body(d)
	w.links, w.errs = body.links, body.errs
	w.head(body, cmp.Or(d.Dir, "ltr"))
	w.preheader(c.Preheader)
	w.frame(d, body.String(), cmp.Or(d.Dir, "ltr"))
	return w
}

func (w *writer) body(d document.Document) {
	at := box{width: w.t.width - 2*side, side: side}
	blocks := d.Blocks[:len(d.Blocks)-1]
	if len(blocks) > 0 && !edgeToEdge(blocks[0]) {
		w.WriteString(`<tr><td style="font-size:0;line-height:0;height:26px">&nbsp;</td></tr>`)
	}
	for _, b := range blocks {
		w.block(b, at)
	}
	if len(blocks) > 0 && !edgeToEdge(blocks[len(blocks)-1]) {
		w.WriteString(`<tr><td style="font-size:0;line-height:0;height:30px">&nbsp;</td></tr>`)
	}
}

// edgeToEdge blocks touch the card's edge: a coloured one, or a picture without padding.
func edgeToEdge(b document.Block) bool {
	s := b.Common().Style
	_, image := b.(*document.Image)
	return s.Bg != "" || image && s.Padding != nil && *s.Padding == 0
}

func (w *writer) head(body *writer, dir string) {
	w.f(`<!DOCTYPE html>
<!--[if mso]><html lang="%[1]s" dir="%[2]s" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns:o="urn:schemas-microsoft-com:office:office"><![endif]-->
<!--[if !mso]><!--><html lang="%[1]s" dir="%[2]s"><!--<![endif]-->
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="x-apple-disable-message-reformatting" content="">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{ message.subject }}</title>
<!--[if mso]><xml><o:OfficeDocumentSettings><o:AllowPNG/><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><style>table,td{mso-table-lspace:0pt;mso-table-rspace:0pt}h1,h2,h3{mso-line-height-rule:exactly}.k-hide,.k-nd{mso-hide:all}.k-pill{mso-padding-alt:12px 18px}</style><![endif]-->
<style>
`, esc(w.lang), dir)
	w.WriteString(w.t.stylesheet(body.dark, body.phone.String()))
	w.f(`</style>
</head>
<body class="k-bg" style="margin:0;padding:0;background-color:%s;word-spacing:normal">
`, w.t.light.bg)
}

// filler keeps the mail's first words out of the line after the subject.
var filler = strings.Repeat("&#847;&zwnj;&nbsp;", 60)

func (w *writer) preheader(text string) {
	if text == "" {
		return
	}
	w.WriteString(`<div class="k-hide" style="display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden">`)
	w.WriteString(esc(text) + filler + "</div>\n")
}

func (w *writer) frame(d document.Document, body, dir string) {
	t := w.t
	w.f(`<div role="article" aria-roledescription="email" aria-label="{{ message.subject }}" lang="%s" dir="%s">
`+table+` width="100%%" class="k-bg" bgcolor="%s" style="background-color:%s"><tr><td class="k-frame" align="center" style="padding:28px 12px">
<!--[if mso]>`+table+` width="%d" align="center"><tr><td><![endif]-->
<div style="max-width:%dpx;margin:0 auto;text-align:%s">
`, esc(w.lang), dir, t.light.bg, t.light.bg, t.width, t.width, w.align(""))
	w.masthead()
	w.f(table+` width="100%%" class="k-card" bgcolor="%s" style="background-color:%s;border-radius:%dpx;border-collapse:separate;overflow:hidden">
%s</table>
`, t.light.card, t.light.card, max(t.radius, 0)+4, body)
	w.footer(d.Footer())
	w.WriteString("</div>\n<!--[if mso]></td></tr></table><![endif]-->\n</td></tr></table>\n</div>\n")
	if !w.o.Canvas {
		w.WriteString(pixel)
	}
	w.WriteString("</body>\n</html>\n")
}

const pixel = `{% if links.open != blank %}<img src="{{ links.open }}" width="1" height="1" alt="" style="display:block;border:0">{% endif %}` + "\n"

// masthead is the shop's logo, or its name.
func (w *writer) masthead() {
	inner := `{{ shop.name }}`
	if w.t.logo != "" {
		inner = `<img class="k-ll" src="` + esc(w.t.logo) + `" alt="{{ shop.name }}" height="44" style="display:inline-block;height:44px;width:auto;max-width:260px;border:0">`
		if w.t.logoDark != "" {
			inner += `<!--[if !mso]><!--><img class="k-ld" src="` + esc(w.t.logoDark) + `" alt="{{ shop.name }}" height="44" style="display:none;height:44px;width:auto;max-width:260px;max-height:0;border:0"><!--<![endif]-->`
		} else {
			inner = strings.Replace(inner, ` class="k-ll"`, "", 1)
		}
	}
	w.f(table+` width="100%%"><tr><td class="k-t k-p" align="center" style="padding:0 %dpx 20px;font-family:%s;font-size:20px;line-height:1.3;color:%s">`, side, w.t.heading, w.t.light.text)
	link := `<a class="k-t" href="` + w.href("{{ shop.url }}") + `" style="color:` + w.t.light.text.String() + `;text-decoration:none">`
	w.WriteString("{% if shop.url != blank %}" + link + inner + "</a>{% else %}" + inner + "{% endif %}</td></tr></table>\n")
}

// footerWords are the footer's lines with every gap filled.
type footerWords struct{ why, address, unsubscribe, preferences, view string }

func (w *writer) footerWords(f *document.Footer) footerWords {
	return footerWords{
		why:         cmp.Or(f.Why, w.say("You get this letter because you subscribed at %s.", "{{ shop.name }}")),
		address:     cmp.Or(f.Address, "{{ shop.address }}"),
		unsubscribe: cmp.Or(f.Unsubscribe, w.say("Unsubscribe")),
		preferences: cmp.Or(f.Preferences, w.say("Choose what you get")),
		view:        cmp.Or(f.View, w.say("View in browser")),
	}
}

func (w *writer) footer(f *document.Footer) {
	words := w.footerWords(f)
	mark := ""
	if w.o.Canvas {
		mark = ` data-block="` + f.ID + `"`
	}
	muted := w.t.light.muted
	w.f(table+` width="100%%"><tr><td class="k-m k-p" align="center"%s style="padding:24px %dpx 12px;font-family:%s;font-size:14px;line-height:1.6;color:%s">`, mark, side, w.t.font, muted)
	w.f(`<div%s>%s</div>`, w.edit("why"), esc(words.why))
	w.f(`<div%s style="white-space:pre-line">%s</div>`, w.edit("address"), esc(words.address))
	link := func(href, label string) string {
		return `<a class="k-m" href="` + href + `" style="color:` + muted.String() + `;text-decoration:underline;display:inline-block;padding:12px 8px">` + esc(label) + `</a>`
	}
	w.WriteString(`<div style="padding:4px 0 0">` + link("{{ links.unsubscribe }}", words.unsubscribe))
	w.WriteString("{% if links.preferences != blank %} " + link("{{ links.preferences }}", words.preferences) + "{% endif %}")
	w.WriteString("{% if links.view != blank %} " + link("{{ links.view }}", words.view) + "{% endif %}")
	w.WriteString("</div></td></tr></table>\n")
}
