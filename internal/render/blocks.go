package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/document"
)

// block draws one block for those who see it; each is one row of the table around it.
func (w *writer) block(b document.Block, at box) {
	before, after := w.shown(b.Common().Show)
	w.WriteString(before)
	w.draw(b, at)
	w.WriteString(after)
}

func (w *writer) draw(b document.Block, at box) {
	switch b := b.(type) {
	case *document.Heading:
		w.row(b, at, 10, func(box) { w.heading(b) })
	case *document.Text:
		w.row(b, at, 10, func(box) { w.text(b) })
	case *document.Image:
		w.image(b, at)
	case *document.Button:
		w.row(b, at, 14, func(at box) { w.button(b, at) })
	case *document.Divider:
		w.row(b, at, 18, func(box) { w.divider(b) })
	case *document.Spacer:
		w.spacer(b, at)
	case *document.Columns:
		w.row(b, at, 12, func(at box) { w.columns(b, at) })
	case *document.Article:
		w.row(b, at, 14, func(at box) { w.article(b, at) })
	case *document.Unknown:
		w.unknown(b, at)
	default:
		w.drawStory(b, at)
	}
}

func (w *writer) drawStory(b document.Block, at box) {
	switch b := b.(type) {
	case *document.Event:
		w.row(b, at, 14, func(at box) { w.event(b, at) })
	case *document.Quote:
		w.row(b, at, 14, func(at box) { w.quote(b) })
	case *document.Expert:
		w.row(b, at, 14, func(at box) { w.expert(b) })
	case *document.Video:
		w.row(b, at, 12, func(at box) { w.video(b, at) })
	case *document.Season:
		w.row(b, at, 14, func(at box) { w.season(b, at) })
	case *document.Social:
		w.social(b, at)
	case *document.Menu:
		w.menu(b, at)
	case *document.HTML:
		w.html(b, at)
	case *document.Saved:
		w.saved(b, at)
	default:
		w.drawOffer(b, at)
	}
}

func (w *writer) drawOffer(b document.Block, at box) {
	switch b := b.(type) {
	case *document.Rating:
		w.row(b, at, 14, func(at box) { w.rating(b, at) })
	case *document.Poll:
		w.row(b, at, 14, func(at box) { w.poll(b) })
	case *document.Coupon:
		w.row(b, at, 14, func(at box) { w.coupon(b, at) })
	case *document.Contest:
		w.row(b, at, 14, func(at box) { w.contest(b, at) })
	case *document.Referral:
		w.referral(b, at)
	case *document.Points:
		w.points(b, at)
	case *document.Products:
		w.products(b, at)
	}
}

// headingSizes are px by level.
var headingSizes = [...]int{1: 34, 2: 26, 3: 19}

func (w *writer) heading(b *document.Heading) {
	level := min(max(b.Level, 1), 3)
	weight := "normal"
	if level == 3 {
		weight = "bold"
	}
	class := "k-t"
	if b.Size == 0 {
		class += fmt.Sprintf(" k-h%d", level)
	}
	w.f(`<h%d class="%s"%s style="margin:0;font-family:%s;font-size:%dpx;line-height:1.25;font-weight:%s;color:%s">`,
		level, class, w.edit("rich"), w.t.heading, cmp.Or(b.Size, headingSizes[level]), weight, w.ink(w.t.light.text))
	for i, p := range b.Rich.Content {
		if i > 0 {
			w.WriteString("<br>")
		}
		w.inline(p.Content)
	}
	w.f("</h%d>", level)
}

func (w *writer) text(b *document.Text) {
	size := cmp.Or(b.Size, 16)
	w.f(`<div class="k-t"%s style="font-family:%s;font-size:%dpx;line-height:1.6;color:%s">`, w.edit("rich"), w.t.font, size, w.ink(w.t.light.text))
	w.paragraphs(b.Rich.Content, size)
	w.WriteString("</div>")
}

// image draws nothing in a letter without its picture, and a place for one in the canvas.
// With no padding it reaches from edge to edge.
func (w *writer) image(b *document.Image, at box) {
	if b.Asset == "" && !w.o.Canvas {
		return
	}
	if b.Style.Padding != nil && *b.Style.Padding == 0 && !at.nested {
		at.width, at.side = at.width+2*at.side, 0
	}
	w.row(b, at, 12, func(at box) {
		if b.Asset == "" {
			w.note(w.say("No picture yet"))
			return
		}
		alt := b.Alt
		if b.Decorative {
			alt = ""
		}
		width := min(cmp.Or(b.Width, at.width), at.width)
		if b.DarkAsset != "" {
			w.twoPictures(b, alt, width)
			return
		}
		w.picture(w.o.shown(b.Asset, width), alt, b.Href, width, b.Style)
	})
}

// twoPictures draws the light scheme's picture and, hidden until it is dark, the other.
func (w *writer) twoPictures(b *document.Image, alt string, width int) {
	w.swap()
	w.f(`<div class="k-ll" style="max-width:%dpx">`, width)
	w.picture(w.o.shown(b.Asset, width), alt, b.Href, width, b.Style)
	w.f(`</div><!--[if !mso]><!--><div class="k-ld" style="display:none;max-width:%dpx;max-height:0;overflow:hidden">`, width)
	w.picture(w.o.shown(b.DarkAsset, width), alt, b.Href, width, b.Style)
	w.WriteString(`</div><!--<![endif]-->`)
}

// swap lets Outlook's own dark mode swap pictures too.
func (w *writer) swap() {
	for _, r := range []rule{{".k-ll", "display", "none"}, {".k-ld", "display", "inline-block"}, {".k-ld", "max-height", "none"}} {
		if !slices.Contains(w.dark, r) {
			w.dark = append(w.dark, r)
		}
	}
}

func (w *writer) picture(src, alt, href string, width int, s document.Style) {
	img := fmt.Sprintf(`<img src="%s" alt="%s" width="%d" style="display:block;width:100%%;max-width:%dpx;height:auto;border:0;border-radius:%dpx;font-family:%s;font-size:14px;line-height:1.5;color:%s" class="k-m">`,
		esc(src), esc(alt), width, width, s.Radius, w.t.font, w.ink(w.t.light.muted))
	if href != "" {
		img = fmt.Sprintf(`<a href="%s" style="text-decoration:none">%s</a>`, w.href(href), img)
	}
	w.WriteString(img)
}

// note stands in the canvas where the letter has nothing to show yet.
func (w *writer) note(words string) {
	w.f(`<div class="k-m k-line" style="border:2px dashed %s;border-radius:%dpx;padding:32px 16px;text-align:center;font-family:%s;font-size:14px;line-height:1.5;color:%s">%s</div>`,
		w.t.light.line, w.t.radius, w.t.font, w.t.light.muted, esc(words))
}

func (w *writer) button(b *document.Button, at box) {
	w.cta(cta{label: b.Label, href: target(b), outline: b.Variant == "outline", full: b.Full, width: at.width, field: "label"})
}

func target(b *document.Button) string {
	if b.Action != "respond" {
		return b.Href
	}
	if b.Query == "" {
		return "{{ links.respond }}"
	}
	return "{{ links.respond }}?" + strings.TrimPrefix(b.Query, "?")
}

type cta struct {
	label, href   string
	outline, full bool
	width         int    // of the room around it, px
	field         string // what the composer edits
}

// cta draws a button: VML where Outlook on Windows draws with Word, a link elsewhere.
func (w *writer) cta(c cta) {
	l := w.t.light
	fill, edge, ink, class := l.accent.String(), l.accent, l.onAccent, "k-btn"
	if w.floor != nil && w.floor.contrast(l.accent) < 2 { // the accent on itself
		fill, edge, ink = l.onAccent.String(), l.onAccent, l.accent
	}
	if c.outline {
		ink = w.ink(l.accent)
		fill, edge, class = "transparent", ink, "k-a k-edge"
	}
	width := min(utf8.RuneCountInString(withoutTags(c.label))*9+60, c.width)
	shape := "inline-block"
	if c.full {
		width, shape = c.width, "block"
		class += " k-full"
	}
	href, label := w.href(c.href), esc(c.label)
	vmlFill := `fillcolor="` + fill + `"`
	if c.outline {
		vmlFill = `filled="f"`
	}
	w.f(`<!--[if mso]><v:roundrect href="%s" style="height:48px;v-text-anchor:middle;width:%dpx" arcsize="%d%%" strokecolor="%s" %s><w:anchorlock/><center style="color:%s;font-family:Arial,sans-serif;font-size:16px;font-weight:bold">%s</center></v:roundrect><![endif]-->`,
		href, width, w.t.radius*100/48, edge, vmlFill, ink, label)
	w.f(`<!--[if !mso]><!--><a class="%s" href="%s"%s style="display:%s;background-color:%s;border:2px solid %s;border-radius:%dpx;color:%s;font-family:%s;font-size:16px;font-weight:bold;line-height:20px;padding:12px 28px;text-align:center;text-decoration:none">%s</a><!--<![endif]-->`,
		class, href, w.edit(c.field), shape, fill, edge, w.t.radius, ink, w.t.font, label)
}

func (w *writer) divider(b *document.Divider) {
	line, class := b.Color, ""
	if line == "" {
		line, class = w.t.light.line.String(), "k-line"
	}
	w.f(table+` width="100%%"><tr><td class="%s" style="border-top:%dpx solid %s;font-size:0;line-height:0">&nbsp;</td></tr></table>`,
		class, max(b.Thickness, 1), line)
}

func (w *writer) spacer(b *document.Spacer, at box) {
	height := cmp.Or(b.Height, 24)
	class := ""
	if b.PhoneHeight > 0 && b.PhoneHeight != height {
		class = fmt.Sprintf("k-s%d", b.PhoneHeight)
		w.onPhone(fmt.Sprintf(".%s{height:%dpx!important;line-height:%dpx!important}", class, b.PhoneHeight, b.PhoneHeight))
	}
	w.row(b, at, 0, func(box) {
		w.f(`<div class="%s" style="height:%dpx;line-height:%dpx;font-size:1px">&nbsp;</div>`, class, height, height)
	})
}

// unknown blocks are shown to who edits the letter, and left out of what is sent.
func (w *writer) unknown(b *document.Unknown, at box) {
	if w.o.Canvas {
		w.row(b, at, 12, func(box) { w.note(w.say("Not supported: %s", b.Type)) })
	}
}
