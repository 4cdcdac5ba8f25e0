package render

import (
	"cmp"

	"keepsake/campaigns/document"
)

// networkNames are said as they are in every language, but for those of the program.
var networkNames = map[string]string{"facebook": "Facebook", "instagram": "Instagram", "youtube": "YouTube", "tiktok": "TikTok", "x": "X",
	"linkedin": "LinkedIn", "telegram": "Telegram", "viber": "Viber", "whatsapp": "WhatsApp", "pinterest": "Pinterest"}

// NetworkName is how a network of document.Networks is called, in English; "" for none.
func NetworkName(network string) string {
	switch network {
	case "website":
		return "Website"
	case "email":
		return "Email"
	}
	return networkNames[network]
}

func (w *writer) network(name string) string {
	switch name {
	case "website":
		return w.say("Website")
	case "email":
		return w.say("Email")
	}
	return networkNames[name]
}

// socials are the block's links, or else the shop's own, that lead somewhere.
func (w *writer) socials(b *document.Social) []document.SocialLink {
	items := b.Items
	if len(items) == 0 {
		items = w.o.Brand.Social
	}
	var all []document.SocialLink
	for _, item := range items {
		if _, ok := document.Href(item.Address()); ok && w.network(item.Network) != "" || w.o.Canvas && len(b.Items) > 0 {
			all = append(all, item)
		}
	}
	return all
}

// social draws an icon of 32 px for each network, in a target of 44.
func (w *writer) social(b *document.Social, at box) {
	items := w.socials(b)
	align := cmp.Or(b.Style.Align, "center")
	w.rowOr(b, at, 12, len(items) > 0, w.say("No links yet: add some here, or in the brand."), func(box) {
		w.row44(w.align(align), len(items), func(i int) {
			name := esc(w.network(items[i].Network))
			w.f(`<a class="k-a" href="%s" title="%s" style="display:inline-block;padding:6px;font-family:%s;font-size:14px;line-height:32px;color:%s;text-decoration:none"><img src="%s" alt="%s" width="32" height="32" style="display:block;width:32px;height:32px;border:0"></a>`,
				w.href(items[i].Address()), name, w.t.font, w.ink(w.t.light.accent), esc(w.o.asset("art-social-"+items[i].Network+".png")), name)
		})
	})
}

// row44 lays targets of at least 44 px in a row that wraps; for Outlook in a table.
func (w *writer) row44(align string, n int, draw func(i int)) {
	w.f(`<!--[if mso]>`+table+` align="%s"><tr><![endif]--><div style="font-size:0;text-align:%s">`, align, align)
	for i := range n {
		w.WriteString(`<!--[if mso]><td style="padding:6px"><![endif]-->`)
		draw(i)
		w.WriteString(`<!--[if mso]></td><![endif]-->`)
	}
	w.WriteString(`</div><!--[if mso]></tr></table><![endif]-->`)
}

func (p *plain) social(b *document.Social) {
	for _, item := range p.w.socials(b) {
		p.line(bracket(p.w.network(item.Network), item.Address()))
	}
	p.line("")
}

// menu is a row of links.
func (w *writer) menu(b *document.Menu, at box) {
	align := cmp.Or(b.Style.Align, "center")
	w.rowOr(b, at, 8, len(b.Items) > 0, w.say("No links yet."), func(box) {
		w.row44(w.align(align), len(b.Items), func(i int) {
			w.f(`<a class="k-a" href="%s" style="display:inline-block;padding:12px 12px;font-family:%s;font-size:16px;line-height:20px;font-weight:bold;color:%s;text-decoration:none">%s</a>`,
				w.href(b.Items[i].Href), w.t.font, w.ink(w.t.light.accent), esc(b.Items[i].Label))
		})
	})
}

func (p *plain) menu(b *document.Menu) {
	for _, item := range b.Items {
		p.line(bracket(item.Label, item.Href))
	}
	p.line("")
}
