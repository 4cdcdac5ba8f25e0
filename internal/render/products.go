package render

import (
	"fmt"
	"strconv"
	"strings"

	"keepsake/campaigns/document"
)

// ware is one product: words, or merge tags of the one that is at hand in the loop.
type ware struct {
	name, image, price, href string
	review                   string // where it can be reviewed; "" is nowhere
	live                     bool   // of merge tags, so what may be missing is asked for
}

// onItsPage reports whether the review is written where the product is sold.
func (p ware) onItsPage() bool { return p.review == p.href }

// stock is the Liquid that puts the products and their currency into variables.
func stock(b *document.Products) string {
	take := func(list, currency string) string {
		return `{% assign k_products = ` + list + ` %}{% assign k_currency = ` + currency + ` | default: "" %}`
	}
	best := take("shop.bestsellers", "shop.bestsellers[0].currency")
	order := "order"
	switch b.Source {
	case "bestsellers":
		return best
	case "last_order":
		order = "subscriber.last_order"
	}
	bought := take(order+".items", order+".currency")
	if b.Fallback != "bestsellers" {
		return bought
	}
	return `{% if ` + order + `.items.size > 0 %}` + bought + `{% else %}` + best + `{% endif %}`
}

func (b *manual) wares(o Options) []ware {
	all := make([]ware, len(b.Items))
	for i, item := range b.Items {
		all[i] = ware{name: item.Title, image: item.Image, price: item.Price, href: item.Href}
	}
	return all[:min(len(all), limit((*document.Products)(b)))]
}

// manual is a products block with the marketer's own list.
type manual document.Products

func limit(b *document.Products) int {
	switch {
	case b.Limit > 0:
		return b.Limit
	case b.Source == "manual":
		return document.MaxProducts
	case b.Layout == "grid3":
		return 6
	}
	return 4
}

// loop is what stands around one product of a list that is not known yet.
func loop(b *document.Products) (before, after string) {
	return fmt.Sprintf("{%% for product in k_products limit: %d %%}", limit(b)), "{% endfor %}"
}

// current is the product at hand in the loop. What was bought with this order can be
// reviewed on the campaign's page, what was bought before on its own.
func current(b *document.Products) ware {
	p := ware{name: `{{ product.name | default: "–" }}`, image: "{{ product.image }}", href: "{{ product.url }}", live: true,
		price: `{{ product.price_cents | money: k_currency }}`}
	switch {
	case !b.ReviewLink || b.Source == "bestsellers" || b.Source == "manual":
	case b.Source == "last_order":
		p.review = "{{ product.url }}"
	default:
		p.review = `{{ links.respond }}?item={{ product.sku | default: "" | url_encode }}`
	}
	return p
}

func (w *writer) products(b *document.Products, at box) {
	note := w.say("The products will stand here. Without any this block is left out.")
	if b.Source == "manual" {
		w.rowOr(b, at, 14, len(b.Items) > 0, w.say("No products yet."), func(at box) { w.shelf(b, at) })
		return
	}
	w.WriteString(stock(b))
	w.rowIf(b, at, 14, "k_products.size > 0", note, func(at box) { w.shelf(b, at) })
}

// shelf lays the products out: under one another, or two or three side by side.
func (w *writer) shelf(b *document.Products, at box) {
	if across := map[string]int{"grid2": 2, "grid3": 3}[b.Layout]; across > 0 {
		w.grid(b, at, across)
		return
	}
	w.WriteString(table + ` width="100%">`)
	w.each(b, func(p ware, _ int, _ bool) { w.shelfRow(b, p) })
	w.WriteString("</table>")
}

// each draws every product: those of the list, or once in a loop. last is not known in a loop.
func (w *writer) each(b *document.Products, draw func(p ware, i int, last bool)) {
	if b.Source != "manual" {
		before, after := loop(b)
		w.WriteString(before)
		draw(current(b), -1, false)
		w.WriteString(after)
		return
	}
	all := (*manual)(b).wares(w.o)
	for i, p := range all {
		draw(p, i, i == len(all)-1)
	}
}

func (w *writer) shelfRow(b *document.Products, p ware) {
	w.WriteString("<tr>")
	w.there(p.live, "product.image", p.image != "", func() {
		w.f(`<td width="96" valign="top" style="width:96px;padding:10px 0;padding-%s:16px">`, w.end())
		w.wareLink(p, func() { w.warePicture(p, 96) })
		w.WriteString("</td>")
	}, func() { w.WriteString(`<td width="1"></td>`) })
	w.WriteString(`<td valign="top" style="padding:10px 0">`)
	w.wareWords(b, p, w.align(""))
	w.WriteString("</td></tr>")
}

// grid is inline blocks that wrap by themselves; on a phone two stand side by side.
func (w *writer) grid(b *document.Products, at box, across int) {
	g := gridOf(at.width, across)
	w.onPhone(".k-g{width:50%!important;max-width:50%!important}")
	w.onPhone(".k-g1{padding-" + w.end() + ":8px!important}")
	w.onPhone(".k-g0{padding-" + w.start() + ":8px!important;padding-" + w.end() + ":0!important}")
	w.f(`<!--[if mso]>`+table+` width="%d"><tr><![endif]--><div style="font-size:0">`, at.width)
	w.each(b, func(p ware, i int, last bool) {
		cell, gap, place := g.at(p, i)
		w.WriteString(g.choose(p))
		w.f(`<!--[if mso]><td width="%s" valign="top" style="padding-%s:%spx"><![endif]--><div class="k-g" style="display:inline-block;vertical-align:top;width:100%%;max-width:%spx"><div class="k-g%s" style="padding:8px 0;padding-%s:%spx">`,
			cell, w.end(), gap, cell, place, w.end(), gap)
		w.there(p.live, "product.image", p.image != "", func() { w.wareLink(p, func() { w.warePicture(p, g.width) }) }, func() {})
		w.wareWords(b, p, w.align(""))
		w.WriteString(`</div></div><!--[if mso]></td><![endif]-->`)
		w.wrap(p, i, last, across)
	})
	w.WriteString(`</div><!--[if mso]></tr></table><![endif]-->`)
}

// shelfGrid is how wide a product is and how far from the next: the last of a row ends where the words do.
type shelfGrid struct{ across, width, gap int }

func gridOf(room, across int) shelfGrid {
	g := shelfGrid{across: across, gap: 16}
	for (room-g.gap*(across-1))%across != 0 {
		g.gap++
	}
	g.width = (room - g.gap*(across-1)) / across
	return g
}

// choose puts the measures of the product at hand in the loop into variables.
func (g shelfGrid) choose(p ware) string {
	if !p.live {
		return ""
	}
	return fmt.Sprintf(`{%% assign k_place = forloop.index | modulo: 2 %%}{%% assign k_rest = forloop.index | modulo: %d %%}{%% if k_rest == 0 %%}{%% assign k_cell = %d %%}{%% assign k_gap = 0 %%}{%% else %%}{%% assign k_cell = %d %%}{%% assign k_gap = %d %%}{%% endif %%}`,
		g.across, g.width, g.width+g.gap, g.gap)
}

// at is how wide a product's cell is with the gap behind it, and whether it is the first of two on a phone.
func (g shelfGrid) at(p ware, i int) (cell, gap, place string) {
	switch {
	case p.live:
		return "{{ k_cell }}", "{{ k_gap }}", "{{ k_place }}"
	case (i+1)%g.across == 0:
		return strconv.Itoa(g.width), "0", strconv.Itoa((i + 1) % 2)
	}
	return strconv.Itoa(g.width + g.gap), strconv.Itoa(g.gap), strconv.Itoa((i + 1) % 2)
}

// wrap begins Outlook's next row when one is full; inline blocks wrap by themselves.
func (w *writer) wrap(p ware, i int, last bool, across int) {
	const row = `<!--[if mso]></tr><tr><![endif]-->`
	switch {
	case p.live:
		w.f(`{%% if k_rest == 0 and forloop.last == false %%}%s{%% endif %%}`, row)
	case (i+1)%across == 0 && !last:
		w.WriteString(row)
	}
}

// there draws yes where the value is there, which of merge tags only the recipient's letter knows.
func (w *writer) there(live bool, path string, has bool, yes, no func()) {
	switch {
	case live:
		w.WriteString("{% if " + path + " != blank %}")
		yes()
		w.WriteString("{% else %}")
		no()
		w.WriteString("{% endif %}")
	case has:
		yes()
	default:
		no()
	}
}

func (w *writer) wareLink(p ware, inner func()) {
	open := fmt.Sprintf(`<a href="%s" style="text-decoration:none">`, w.href(p.href))
	w.there(p.live, "product.url", p.href != "", func() {
		w.WriteString(open)
		inner()
		w.WriteString("</a>")
	}, inner)
}

// warePicture says nothing where the name beside it is enough; as a link it says where it leads.
func (w *writer) warePicture(p ware, width int) {
	alt := ""
	if p.href != "" {
		alt = p.name
	}
	w.f(`<img src="%s" alt="%s" width="%d" style="display:block;width:100%%;max-width:%dpx;height:auto;border:0;border-radius:%dpx">`, esc(w.o.shown(p.image, width)), esc(alt), width, width, w.t.radius)
}

func (w *writer) wareWords(b *document.Products, p ware, align string) {
	ink, muted := w.ink(w.t.light.text), w.ink(w.t.light.muted)
	w.f(`<div class="k-t" style="padding:8px 0 0;font-family:%s;font-size:16px;line-height:1.4;font-weight:bold;text-align:%s;color:%s">`, w.t.font, align, ink)
	name := esc(p.name)
	linked := fmt.Sprintf(`<a class="k-t" href="%s" style="color:%s;text-decoration:none">%s</a>`, w.href(p.href), ink, name)
	w.there(p.live, "product.url", p.href != "", func() { w.WriteString(linked) }, func() { w.WriteString(name) })
	w.WriteString("</div>")
	if b.ShowPrice {
		w.there(p.live, "product.price_cents", p.price != "", func() {
			w.f(`<div class="k-m" style="margin:2px 0 0;font-family:%s;font-size:16px;line-height:1.4;text-align:%s;color:%s">%s</div>`, w.t.font, align, muted, esc(p.price))
		}, func() {})
	}
	if p.review != "" {
		w.there(p.onItsPage(), "product.url", true, func() {
			w.f(`<div style="font-family:%s;font-size:14px;line-height:20px;text-align:%s"><a class="k-a" href="%s" style="display:inline-block;padding:12px 0;color:%s;text-decoration:underline">%s</a></div>`,
				w.t.font, align, w.href(p.review), w.ink(w.t.light.accent), esc(w.say("Write a review")))
		}, func() {})
	}
}

func (p *plain) products(b *document.Products) {
	if b.Source == "manual" {
		for _, item := range (*manual)(b).wares(p.w.o) {
			words := item.name
			if b.ShowPrice {
				words = joined(", ", item.name, item.price)
			}
			p.line("- " + bracket(words, item.href))
		}
		p.line("")
		return
	}
	before, after := loop(b)
	item := current(b)
	var line strings.Builder
	line.WriteString("- " + item.name)
	if b.ShowPrice {
		line.WriteString("{% if product.price_cents != blank %}, " + item.price + "{% endif %}")
	}
	line.WriteString(" {% if product.url != blank %}[" + item.href + "]{% endif %}")
	p.WriteString(stock(b) + "{% if k_products.size > 0 %}" + before)
	p.line(line.String())
	if item.review != "" && !item.onItsPage() { // its page is in the line above
		p.line("  " + p.w.say("Write a review") + ": " + item.review)
	}
	p.line(after+"{% endif %}", "")
}
