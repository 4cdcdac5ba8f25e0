package render

import (
	"cmp"
	"strings"

	"keepsake/campaigns/document"
)

// value makes a Liquid variable: of the path the marketer chose, else of the kind's own
// value, else of the subscriber's attribute of that name.
func value(name, path, own string) string {
	if path != "" {
		return `{% assign ` + name + ` = ` + path + ` %}`
	}
	return `{% if data.` + own + ` != blank %}{% assign ` + name + ` = data.` + own + ` %}{% else %}{% assign ` + name + ` = subscriber.attributes.` + own + ` %}{% endif %}`
}

// pointsValues makes the variables. Of another balance than the usual one the usual tier and
// reward say nothing.
func pointsValues(b *document.Points) string {
	all := value("k_points", b.Balance, "points")
	for _, v := range []struct{ name, path, own string }{{"k_tier", b.Tier, "tier"}, {"k_next", b.NextReward, "next_reward"}, {"k_next_at", b.NextAt, "next_reward_at"}} {
		if b.Balance != "" && v.path == "" {
			all += `{% assign ` + v.name + ` = "" %}`
			continue
		}
		all += value(v.name, v.path, v.own)
	}
	return all
}

// left makes the variable of what is missing until the next reward.
const left = `{% assign k_left = k_next_at | minus: k_points %}`

// points shows a balance; who has none does not see the block.
func (w *writer) points(b *document.Points, at box) {
	w.WriteString(pointsValues(b))
	w.rowIf(b, at, 14, "k_points != blank", w.say("The balance will stand here. Who has none does not see this block."), func(at box) {
		w.panel("", func() {
			w.kicker("title", cmp.Or(b.Title, w.say("Your points")), "k-m", w.t.light.muted)
			w.f(`<div class="k-a" style="font-family:%s;font-size:44px;line-height:1.2;color:%s">{{ k_points }}</div>`, w.t.heading, w.t.light.accent)
			w.WriteString(`{% if k_tier != blank %}`)
			w.line("", w.say("Your level: %s", "{{ k_tier }}"), "div", "k-t", w.t.light.text, 16, 4)
			w.WriteString(`{% endif %}`)
			w.next(b)
			if b.CTA != "" || w.marked() {
				w.WriteString(`<div style="margin:18px 0 0">`)
				w.cta(cta{label: cmp.Or(b.CTA, w.say("Use your points")), href: b.Href, width: at.width - 48, field: "cta"})
				w.WriteString("</div>")
			}
		})
	})
}

// next is what comes next and how far it is.
func (w *writer) next(b *document.Points) {
	if b.Bar {
		w.WriteString(`{% if k_next_at != blank %}` + shareOf("k_share", "k_points", "k_next_at"))
		w.bar("k_share")
		w.WriteString(`{% endif %}`)
	}
	w.WriteString(left + `{% if k_next != blank %}{% if k_left > 0 %}`)
	w.muted("", w.say("Only %s more until: %s", "{{ k_left }}", "{{ k_next }}"), 10)
	w.WriteString(`{% else %}`)
	w.muted("", w.say("Next: %s", "{{ k_next }}"), 10)
	w.WriteString(`{% endif %}{% endif %}`)
}

func (p *plain) points(b *document.Points) {
	p.WriteString(pointsValues(b) + "{% if k_points != blank %}" + left)
	p.line(cmp.Or(b.Title, p.w.say("Your points"))+": {{ k_points }}", "{% if k_tier != blank %}"+p.w.say("Your level: %s", "{{ k_tier }}"), "{% endif %}{% if k_next != blank %}{% if k_left > 0 %}"+
		p.w.say("Only %s more until: %s", "{{ k_left }}", "{{ k_next }}")+"{% else %}"+p.w.say("Next: %s", "{{ k_next }}")+"{% endif %}", "{% endif %}")
	if b.CTA != "" && strings.TrimSpace(b.Href) != "" {
		p.line(bracket(b.CTA, b.Href), "")
	}
	p.line("{% endif %}")
}
