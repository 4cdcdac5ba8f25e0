package render

import (
	"fmt"
	"net/url"
	"strings"

	"keepsake/campaigns/document"
)

// line is one line or paragraph of plain words; nothing when it is empty, but in the canvas
// where the field can be written into.
func (w *writer) line(field, text, tag, class string, ink rgb, size, top int) {
	if text == "" && (!w.marked() || field == "") {
		return
	}
	font, weight := w.t.font, ""
	if tag != "div" {
		font, weight = w.t.heading, "font-weight:normal;"
	}
	w.f(`<%s class="%s"%s style="margin:%dpx 0 0;font-family:%s;font-size:%dpx;line-height:1.5;%scolor:%s">%s</%s>`,
		tag, class, w.edit(field), top, font, size, weight, ink, esc(text), tag)
}

// prose is rich text of a block that has other words too.
func (w *writer) prose(n document.Node, size, top int, style string) {
	if len(n.Content) == 0 && !w.marked() {
		return
	}
	w.f(`<div class="k-t"%s style="margin:%dpx 0 0;font-family:%s;font-size:%dpx;line-height:1.6;%scolor:%s">`, w.edit("rich"), top, w.t.font, size, style, w.ink(w.t.light.text))
	w.paragraphs(n.Content, size)
	w.WriteString("</div>")
}

// anchor is a link within words; inner is HTML.
func (w *writer) anchor(href, inner string) string {
	return fmt.Sprintf(`<a class="k-a" href="%s" style="color:%s;text-decoration:underline">%s</a>`, w.href(href), w.ink(w.t.light.accent), inner)
}

// pill is a small button, one of several side by side.
type pill struct{ href, label, raw string }

// pills stand in a row that wraps, each 44 px high; for Outlook they are a table's cells.
func (w *writer) pills(align string, all []pill) {
	l := w.t.light
	w.f(`<!--[if mso]>`+table+` align="%s"><tr><![endif]--><div style="margin:8px 0 0;font-size:0;text-align:%s">`, align, align)
	for _, p := range all {
		href := p.raw
		if href == "" {
			href = w.href(p.href)
		}
		w.f(`<!--[if mso]><td style="padding:4px"><![endif]--><div style="display:inline-block;vertical-align:top;padding:4px 4px 4px 0">`+table+` style="border-collapse:separate"><tr><td class="k-card k-line k-pill" align="center" bgcolor="%s" style="background-color:%s;border:1px solid %s;border-radius:%dpx">`,
			l.card, l.card, l.line, w.t.radius)
		w.f(`<a class="k-a" href="%s" style="display:block;padding:12px 18px;font-family:%s;font-size:16px;line-height:20px;font-weight:bold;color:%s;text-decoration:none">%s</a></td></tr></table></div><!--[if mso]></td><![endif]-->`,
			href, w.t.font, l.accent, esc(p.label))
	}
	w.WriteString(`</div><!--[if mso]></tr></table><![endif]-->`)
}

// code is a code that can be read aloud, copied and printed; code is text with merge tags.
func (w *writer) code(field, code string, size int) {
	w.f(`<div class="k-a k-code"%s dir="ltr" style="margin:14px 0 0;font-family:Consolas,Menlo,'Courier New',monospace;font-size:%dpx;font-weight:bold;letter-spacing:3px;line-height:1.3;color:%s;word-break:break-all">%s</div>`,
		w.edit(field), size, w.t.light.accent, esc(code))
}

// box is the tinted ground some blocks stand on.
func (w *writer) box(align, border string, inner func()) {
	w.f(table+` width="100%%" style="border-collapse:separate"><tr><td class="k-tint k-edge k-in" align="%s" bgcolor="%s" style="background-color:%s;%sborder-radius:%dpx;padding:28px 24px">`,
		align, w.t.light.tint, w.t.light.tint, border, w.t.radius)
	w.on(nil, inner)
	w.WriteString("</td></tr></table>")
}

// bar is a line of progress; share is a Liquid variable from 1 to 100. What it shows stands
// in words beside it.
func (w *writer) bar(share string) {
	l := w.t.light
	fill := fmt.Sprintf(`<td class="k-btn" width="{{ %s }}%%" bgcolor="%s" style="background-color:%s;font-size:0;line-height:10px;height:10px">&nbsp;</td>`, share, l.accent, l.accent)
	w.f(table+` width="100%%" class="k-line" aria-hidden="true" style="margin:14px 0 0;border:1px solid %s"><tr>%s{%% if %s < 100 %%}<td class="k-card" bgcolor="%s" style="background-color:%s;font-size:0;line-height:10px;height:10px">&nbsp;</td>{%% endif %%}</tr></table>`,
		l.line, fill, share, l.card, l.card)
}

// shareOf makes the variable for bar from two others.
func shareOf(share, part, whole string) string {
	return fmt.Sprintf(`{%% assign %s = 1 %%}{%% assign k_whole = %s | plus: 0 %%}{%% if k_whole > 0 %%}{%% assign %s = %s | times: 100 | divided_by: k_whole | floor | at_least: 1 | at_most: 100 %%}{%% endif %%}`,
		share, whole, share, part)
}

// person is who speaks: a round picture, the name and what they do.
func (w *writer) person(b personal) {
	if b.author == "" && b.role == "" && b.image == "" && !w.marked() {
		return
	}
	w.WriteString(table + ` style="margin:16px 0 0"><tr>`)
	if b.image != "" {
		w.f(`<td width="56" valign="middle" style="padding-%s:14px"><img src="%s" alt="" width="56" height="56" style="display:block;width:56px;height:56px;border:0;border-radius:28px;object-fit:cover"></td>`,
			w.end(), esc(w.o.shown(b.image, 56)))
	}
	w.WriteString(`<td valign="middle">`)
	w.f(`<div class="k-t"%s style="font-family:%s;font-size:16px;line-height:1.4;font-weight:bold;color:%s">%s</div>`, w.edit("author"), w.t.font, w.ink(w.t.light.text), esc(b.author))
	w.line("role", b.role, "div", "k-m", w.ink(w.t.light.muted), 14, 0)
	w.WriteString("</td></tr></table>")
}

type personal struct{ author, role, image string }

// says is the person in the text part.
func (b personal) says() string {
	if name := joined(", ", b.author, b.role); name != "" {
		return "— " + name
	}
	return ""
}

// joined are those of the words that are there.
func joined(by string, words ...string) string {
	var all []string
	for _, s := range words {
		if strings.TrimSpace(s) != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, by)
}

// cssURL is an address fit for url('…') in a style attribute.
func cssURL(address string) string {
	return outside(address, func(s string) string {
		return strings.NewReplacer("'", "%27", `"`, "%22", "(", "%28", ")", "%29", `\`, "%5C", " ", "%20", "<", "%3C", ">", "%3E", "&", "&amp;", "\n", "", "\r", "", markStart, "", markEnd, "").Replace(s)
	})
}

// query encodes a text for the query of an address outside of merge tags.
func query(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
