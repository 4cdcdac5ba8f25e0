package render

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/document"
)

// Marks of the text part that are drawn when the line before them is known.
const (
	doubleLine = "\x03"
	singleLine = "\x04"
)

// plain writes the text part: it says what the HTML says.
type plain struct {
	strings.Builder
	w *writer // for the words of the language
}

func textOf(d document.Document, w *writer) string {
	p := &plain{w: w}
	p.line("{{ shop.name }}{% if shop.url != blank %} [{{ shop.url }}]{% endif %}", "")
	for _, b := range d.Blocks {
		p.block(b)
	}
	return p.String()
}

func (p *plain) line(lines ...string) {
	for _, l := range lines {
		p.WriteString(l + "\n")
	}
}

// block says one block to those who see it.
func (p *plain) block(b document.Block) {
	if f, ok := b.(*document.Footer); ok {
		p.footer(f) // never left out
		return
	}
	before, after := p.w.shown(b.Common().Show)
	p.WriteString(before)
	p.say(b)
	p.WriteString(after)
}

func (p *plain) say(b document.Block) {
	switch b := b.(type) {
	case *document.Heading:
		p.title(flat(b.Rich.Content), b.Level <= 1)
	case *document.Text:
		p.rich(b.Rich.Content, "")
	case *document.Image:
		p.image(b)
	case *document.Button:
		p.line(bracket(b.Label, target(b)), "")
	case *document.Divider:
		p.line(strings.Repeat("-", 24), "")
	case *document.Columns:
		for _, col := range b.Cols {
			for _, inner := range col {
				p.block(inner)
			}
		}
	case *document.Article:
		p.article(b)
	case *document.Saved:
		for _, inner := range b.Blocks {
			p.block(inner)
		}
	default:
		p.sayStory(b)
	}
}

func (p *plain) sayStory(b document.Block) {
	switch b := b.(type) {
	case *document.Event:
		p.event(b)
	case *document.Quote:
		p.quote(b)
	case *document.Expert:
		p.expert(b)
	case *document.Video:
		p.line(bracket(joined(" ", "("+b.Alt+")", b.Length), b.Href), "")
	case *document.Season:
		p.season(b)
	case *document.Social:
		p.social(b)
	case *document.Menu:
		p.menu(b)
	case *document.HTML:
		p.html(b)
	default:
		p.sayOffer(b)
	}
}

func (p *plain) sayOffer(b document.Block) {
	switch b := b.(type) {
	case *document.Rating:
		p.rating(b)
	case *document.Poll:
		p.poll(b)
	case *document.Coupon:
		p.coupon(b)
	case *document.Contest:
		p.contest(b)
	case *document.Referral:
		p.referral(b)
	case *document.Points:
		p.points(b)
	case *document.Products:
		p.products(b)
	}
}

func (p *plain) title(s string, first bool) {
	if s == "" {
		return
	}
	under := singleLine
	if first {
		under = doubleLine
	}
	p.line(s, under, "")
}

// bracket writes a link: its words, and its address in brackets.
func bracket(label, href string) string {
	address, ok := document.Href(href)
	switch {
	case !ok:
		return label
	case label == "" || label == address || "https://"+label == address:
		return address
	}
	return label + " [" + address + "]"
}

func (p *plain) image(b *document.Image) {
	if b.Asset == "" || b.Decorative && b.Href == "" || b.Alt == "" && b.Href == "" {
		return
	}
	p.line(bracket("("+b.Alt+")", b.Href), "")
}

func (p *plain) rich(nodes []document.Node, indent string) {
	for _, n := range nodes {
		switch n.Type {
		case "bullet_list", "ordered_list":
			p.list(n, indent)
		default:
			if s := flat(n.Content); s != "" {
				p.line(indent+strings.ReplaceAll(s, "\n", "\n"+indent), "")
			}
		}
	}
}

func (p *plain) list(n document.Node, indent string) {
	number := 1
	if n.Attrs != nil && n.Attrs.Order > 1 {
		number = n.Attrs.Order
	}
	for i, item := range n.Content {
		bullet := "- "
		if n.Type == "ordered_list" {
			bullet = fmt.Sprintf("%d. ", number+i)
		}
		inner := &plain{w: p.w}
		inner.rich(item.Content, indent+strings.Repeat(" ", len(bullet)))
		words := strings.TrimRight(strings.ReplaceAll(inner.String(), "\n\n", "\n"), "\n")
		p.line(indent + bullet + strings.TrimLeft(words, " "))
	}
	p.line("")
}

// flat is one paragraph as text, its chips as merge tags and its links in brackets.
func flat(nodes []document.Node) string {
	var b strings.Builder
	for i, n := range nodes {
		switch n.Type {
		case "text":
			b.WriteString(n.Text)
		case "hard_break":
			b.WriteString("\n")
		case "chip":
			if n.Attrs != nil {
				b.WriteString(chip(*n.Attrs))
			}
		default:
			b.WriteString(flat(n.Content))
		}
		if href := n.Link(); href != "" && (i+1 == len(nodes) || nodes[i+1].Link() != href) {
			if address, ok := document.Href(href); ok && address != n.Text {
				b.WriteString(" [" + address + "]")
			}
		}
	}
	return strings.TrimSpace(b.String())
}

func (p *plain) article(b *document.Article) {
	if b.Source == "items" {
		p.line("{% for item in data.items %}", item.title, singleLine, "")
		p.line("{% if item.excerpt != blank %}{{ item.excerpt }}", "", "{% endif %}"+bracket(cmp.Or(b.CTA, p.w.say("Read on")), item.href), "")
		p.line("{% endfor %}")
		return
	}
	if b.Kicker != "" {
		p.line(b.Kicker, "")
	}
	p.title(b.Title, false)
	if b.Excerpt != "" {
		p.line(b.Excerpt, "")
	}
	if _, ok := document.Href(b.Href); ok {
		p.line(bracket(cmp.Or(b.CTA, p.w.say("Read on")), b.Href), "")
	}
}

func (p *plain) footer(f *document.Footer) {
	words := p.w.footerWords(f)
	p.line(strings.Repeat("-", 24), words.why, words.address, "")
	p.line(words.unsubscribe + ": {{ links.unsubscribe }}")
	p.line("{% if links.preferences != blank %}" + words.preferences + ": {{ links.preferences }}")
	p.line("{% endif %}{% if links.view != blank %}" + words.view + ": {{ links.view }}")
	p.line("{% endif %}")
}

// tidy draws the lines under titles and takes out needless blank lines.
func tidy(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 1)
	last, blank := "", false
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" {
			blank = true
			continue
		}
		switch line {
		case doubleLine:
			line = strings.Repeat("=", min(utf8.RuneCountInString(last), 72))
		case singleLine:
			line = strings.Repeat("-", min(utf8.RuneCountInString(last), 72))
		}
		if line == "" { // a rule under nothing
			blank = true
			continue
		}
		if blank && b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line)
		b.WriteByte('\n')
		last, blank = line, false
	}
	if b.Len() == 0 {
		return "\n"
	}
	return b.String()
}
