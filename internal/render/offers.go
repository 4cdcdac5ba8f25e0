package render

import (
	"cmp"
	"fmt"
	"strings"

	"keepsake/campaigns/document"
)

func (p *plain) rating(b *document.Rating) {
	p.title(cmp.Or(b.Question, p.w.question()), false)
	name, low, high := scaleOf(b)
	for n := high; n >= low; n-- {
		label := fmt.Sprint(n)
		switch {
		case name == "thumbs" && n == 0:
			label = cmp.Or(b.Low, p.w.say("Not good"))
		case name == "thumbs":
			label = cmp.Or(b.High, p.w.say("Good"))
		case n == high && b.High != "":
			label += " (" + b.High + ")"
		case n == low && b.Low != "":
			label += " (" + b.Low + ")"
		}
		p.line(fmt.Sprintf("%s: {{ links.respond }}?rating=%d%s", label, n, asks(b)))
	}
	p.line("")
}

// poll draws each option as a line of its own, wide enough for a thumb.
func (w *writer) poll(b *document.Poll) {
	l := w.t.light
	w.panel("", func() {
		w.title("question", b.Question, 22)
		w.WriteString(table + ` width="100%" style="margin:12px 0 0">`)
		keys := b.Keys()
		for i, option := range b.Options {
			w.f(`<tr><td style="padding:4px 0">`+table+` width="100%%" style="border-collapse:separate"><tr><td class="k-card k-line k-pill" align="center" bgcolor="%s" style="background-color:%s;border:1px solid %s;border-radius:%dpx">`,
				l.card, l.card, l.line, w.t.radius)
			w.f(`<a class="k-a" href="%s"%s style="display:block;padding:12px 16px;font-family:%s;font-size:16px;line-height:24px;font-weight:bold;color:%s;text-decoration:none">%s</a></td></tr></table></td></tr>`,
				answer(b.ID, keys[i]), w.edit(fmt.Sprintf("options/%d", i)), w.t.font, l.accent, esc(option))
		}
		w.WriteString("</table>")
	})
}

func (p *plain) poll(b *document.Poll) {
	p.title(b.Question, false)
	keys := b.Keys()
	for i, option := range b.Options {
		p.line(fmt.Sprintf("%d. %s: %s", i+1, option, answer(b.ID, keys[i])))
	}
	p.line("")
}

// coupon shows the code so that it can be read aloud, copied and printed.
func (w *writer) coupon(b *document.Coupon, at box) {
	w.panel(fmt.Sprintf("border:2px dashed %s;", w.t.light.accent), func() {
		w.title("title", b.Title, 22)
		if b.Source == "shared" {
			w.code("code", b.Code, 30)
		} else {
			w.f(`<div class="k-a k-code" style="margin:14px 0 0;font-family:Consolas,Menlo,'Courier New',monospace;font-size:30px;font-weight:bold;letter-spacing:3px;line-height:1.3;color:%s;word-break:break-all">{{ data.code }}</div>`, w.t.light.accent)
			w.f(`{%% if data.expires_at != blank %%}<div class="k-m" style="margin:8px 0 0;font-family:%s;font-size:14px;line-height:1.5;color:%s">%s</div>{%% endif %%}`,
				w.t.font, w.t.light.muted, esc(w.say("Valid until %s", day("data.expires_at", w.lang))))
		}
		w.qr(b)
		if href := redeem(b); href != "" || w.marked() {
			w.f(`<div style="margin:18px 0 0">`)
			w.cta(cta{label: cmp.Or(b.CTA, w.say("Use the code")), href: href, width: at.width - 48, field: "cta"})
			w.WriteString("</div>")
		}
		w.muted("terms", b.Terms, 16)
	})
}

// qr draws the code for the camera of a till: black on white, also in the dark. It leaves no gap
// where the letter has nobody's link.
func (w *writer) qr(b *document.Coupon) {
	code, ok := "{{ data.code }}", true
	if !b.Own() {
		code, ok = b.Drawable()
	}
	if !b.QR || !ok {
		return
	}
	w.f(`{%% if links.qr != blank %%}<div style="margin:16px 0 0"><img src="{{ links.qr }}?block=%s" alt="%s" width="%d" height="%d" style="display:inline-block;width:%dpx;height:%dpx;border:0;border-radius:6px;background-color:#ffffff;color:#1f2328;font-family:%s;font-size:14px;line-height:1.5"></div>{%% endif %%}`,
		query(b.ID), esc(w.say("QR code of %s", code)), qrSide, qrSide, qrSide, qrSide, w.t.font)
}

// qrSide is a QR code's side with its quiet zone, px.
const qrSide = 152

// redeem is where the code is used: the kind's own page, or for a code of everybody the
// marketer's address.
func redeem(b *document.Coupon) string {
	if !b.Own() {
		return b.Href
	}
	return "{{ links.respond }}"
}

func (p *plain) coupon(b *document.Coupon) {
	p.title(b.Title, false)
	button := bracket(cmp.Or(b.CTA, p.w.say("Use the code")), redeem(b))
	if b.Source == "shared" {
		p.line(b.Code, "")
		if b.Href != "" {
			p.line(button, "")
		}
	} else {
		p.line("{{ data.code }}", "")
		p.line("{% if data.expires_at != blank %}"+p.w.say("Valid until %s", day("data.expires_at", p.w.lang)), "", "{% endif %}"+button, "")
	}
	if b.Terms != "" {
		p.line(b.Terms, "")
	}
}

// contest shows the prize, when entries close, the way in and the rules.
func (w *writer) contest(b *document.Contest, at box) {
	w.panel("", func() {
		w.kicker("title", b.Title, "k-m", w.t.light.muted)
		w.f(`<h2 class="k-t"%s style="margin:0;font-family:%s;font-size:28px;line-height:1.25;font-weight:normal;color:%s">%s</h2>`,
			w.edit("prize"), w.t.heading, w.t.light.text, esc(cmp.Or(b.Prize, "{{ data.prize }}")))
		w.closing(b)
		w.f(`<div style="margin:20px 0 0">`)
		w.cta(cta{label: cmp.Or(b.CTA, w.say("Enter the contest")), href: "{{ links.respond }}?enter=1", width: at.width - 48, field: "cta"})
		rules := "{{ links.public }}"
		if b.RulesHref != "" {
			rules = w.href(b.RulesHref)
		}
		w.f(`</div><div style="margin:14px 0 0;font-family:%s;font-size:14px;line-height:1.5"><a class="k-a" href="%s"%s style="color:%s;text-decoration:underline">%s</a></div>`,
			w.t.font, rules, w.edit("rulesLabel"), w.t.light.accent, esc(cmp.Or(b.RulesLabel, w.say("Rules of the contest"))))
		w.invite(b)
	})
}

// closing says when entries close and how many there are.
func (w *writer) closing(b *document.Contest) {
	small := func(words string) string {
		return fmt.Sprintf(`<div class="k-m" style="margin:10px 0 0;font-family:%s;font-size:14px;line-height:1.5;color:%s">%s</div>`, w.t.font, w.t.light.muted, esc(words))
	}
	if ends := endWords(w.lang, b.EndsAt); ends != "" {
		w.WriteString(small(w.say("Entries close on %s", ends)))
	} else {
		w.WriteString(`{% if data.ends != blank %}` + small(w.say("Entries close on %s", moment("data.ends", w.lang))) + `{% endif %}`)
	}
	if b.ShowEntries {
		w.WriteString(`{% if data.entries > 0 %}` + small(w.say("Entries so far: %s", "{{ data.entries }}")) + `{% endif %}`)
	}
}

// invite gives those who entered a link of their own, where the kind has one.
func (w *writer) invite(b *document.Contest) {
	if !b.Referral {
		return
	}
	w.WriteString(`{% if data.share_url != blank %}`)
	w.muted("", w.say("Tell a friend: this link is yours."), 16)
	w.f(`<div style="margin:4px 0 0;font-family:%s;font-size:16px;line-height:1.5;word-break:break-all">%s</div>{%% endif %%}`, w.t.font, w.anchor("{{ data.share_url }}", "{{ data.share_url }}"))
}

func (p *plain) contest(b *document.Contest) {
	if b.Title != "" {
		p.line(b.Title, "")
	}
	p.title(cmp.Or(b.Prize, "{{ data.prize }}"), false)
	enter := bracket(cmp.Or(b.CTA, p.w.say("Enter the contest")), "{{ links.respond }}?enter=1")
	if ends := endWords(p.w.lang, b.EndsAt); ends != "" {
		p.line(p.w.say("Entries close on %s", ends), "", enter)
	} else {
		p.line("{% if data.ends != blank %}"+p.w.say("Entries close on %s", moment("data.ends", p.w.lang)), "", "{% endif %}"+enter)
	}
	if b.ShowEntries {
		p.line("{% if data.entries > 0 %}" + p.w.say("Entries so far: %s", "{{ data.entries }}") + "{% endif %}")
	}
	p.line(bracket(cmp.Or(b.RulesLabel, p.w.say("Rules of the contest")), cmp.Or(strings.TrimSpace(b.RulesHref), "{{ links.public }}")), "")
	if b.Referral {
		p.line("{% if data.share_url != blank %}"+p.w.say("Tell a friend: this link is yours."), "{{ data.share_url }}", "", "{% endif %}")
	}
}
