package render

import (
	"cmp"
	"strings"

	"keepsake/campaigns/document"
)

// A referral's link is the kind's own for each recipient, else the block's for everybody.
// k_share is it in Liquid.
func (w *writer) share(b *document.Referral) (liquid string, always bool) {
	address, ok := document.Href(b.Href)
	if !ok {
		return `{% assign k_share = data.share_url %}`, false
	}
	own, before := literal("k_own", address)
	if hasTag(address) {
		own, before = "k_own", "{% capture k_own %}"+address+"{% endcapture %}"
	}
	return before + `{% assign k_share = ` + own + ` %}{% if data.share_url != blank %}{% assign k_share = data.share_url %}{% endif %}`, true
}

// referral gives the recipient a link to pass on, with what both get for it.
func (w *writer) referral(b *document.Referral, at box) {
	make, always := w.share(b)
	cond := "k_share != blank"
	if always {
		cond = ""
	}
	w.WriteString(make)
	w.rowIf(b, at, 14, cond, w.say("The recipient's own link will stand here. Give an address that stands in where the campaign makes none."), func(at box) {
		w.panel("", func() {
			w.title("text", cmp.Or(b.Text, w.say("Bring a friend")), 24)
			w.line("reward", b.Reward, "div", "k-t", w.t.light.text, 16, 8)
			w.f(`<div style="margin:16px 0 0;font-family:%s;font-size:16px;line-height:1.5;word-break:break-all"><a class="k-a" href="{{ k_share }}" dir="ltr" style="color:%s;text-decoration:underline">{{ k_share }}</a></div>`, w.t.font, w.t.light.accent)
			if b.CTA != "" || w.marked() {
				w.WriteString(`<div style="margin:18px 0 0">`)
				w.cta(cta{label: cmp.Or(b.CTA, w.say("Share your link")), href: "{{ k_share }}", width: at.width - 48, field: "cta"})
				w.WriteString("</div>")
			}
			w.targets(b)
			w.friends(b)
		})
	})
}

// shareAddresses open the app with the link in it.
var shareAddresses = map[string]string{
	"email":    `mailto:?subject={{ shop.name | url_encode | replace: "+", "%20" }}&amp;body={{ k_share | url_encode }}`,
	"whatsapp": "https://wa.me/?text={{ k_share | url_encode }}", "viber": "viber://forward?text={{ k_share | url_encode }}",
	"telegram": "https://t.me/share/url?url={{ k_share | url_encode }}", "facebook": "https://www.facebook.com/sharer/sharer.php?u={{ k_share | url_encode }}",
}

func (w *writer) targets(b *document.Referral) {
	var all []pill
	for _, t := range b.ShareTargets {
		all = append(all, pill{raw: shareAddresses[t], label: w.network(t)})
	}
	if len(all) > 0 {
		w.pills("center", all)
	}
}

// friends are those who came so far, where the kind counts them.
func (w *writer) friends(b *document.Referral) {
	if !b.ShowProgress {
		return
	}
	w.WriteString(`{% if data.referrals != blank %}`)
	w.muted("", w.say("Friends who came so far: %s", "{{ data.referrals }}"), 16)
	w.WriteString(`{% if data.referral_goal != blank %}` + shareOf("k_friends", "data.referrals", "data.referral_goal"))
	w.bar("k_friends")
	w.WriteString(`{% endif %}{% endif %}`)
}

func (p *plain) referral(b *document.Referral) {
	make, _ := p.w.share(b)
	p.WriteString(make + "{% if k_share != blank %}")
	p.title(cmp.Or(b.Text, p.w.say("Bring a friend")), false)
	if b.Reward != "" {
		p.line(b.Reward, "")
	}
	p.line(bracket(cmp.Or(b.CTA, p.w.say("Share your link")), "{{ k_share }}"), "")
	for _, t := range b.ShareTargets {
		p.line(p.w.network(t) + ": " + strings.ReplaceAll(shareAddresses[t], "&amp;", "&"))
	}
	p.line("")
	if b.ShowProgress {
		p.line("{% if data.referrals != blank %}"+p.w.say("Friends who came so far: %s", "{{ data.referrals }}"), "", "{% endif %}")
	}
	p.line("{% endif %}")
}
