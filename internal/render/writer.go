package render

import (
	"cmp"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"keepsake/campaigns/document"
)

const side = 40 // px left and right of a block's words

// writer draws blocks as HTML with Liquid inside. Static links are kept as markers, to be
// filled with either their own address or the counting one.
type writer struct {
	strings.Builder
	o      Options
	t      theme
	lang   string
	rtl    bool
	links  links
	dark   []rule // of single blocks
	phone  strings.Builder
	floor  *rgb    // the light ground of the block that is drawn; nil is the card
	within bool    // a saved block: its inside is not the composer's to change
	asks   string  // what the answers of the rating that is drawn carry besides their value
	errs   []error // faults of blocks, found while drawing
}

func (w *writer) f(format string, args ...any) { fmt.Fprintf(w, format, args...) }

// say is one of the program's own words in the letter's language.
func (w *writer) say(id string, args ...any) string { return w.o.say(w.lang, id, args...) }

func (o Options) say(lang, id string, args ...any) string {
	if o.Catalog != nil {
		return o.Catalog.T(lang, id, args...)
	}
	return fmt.Sprintf(id, args...)
}

// edit marks words the composer can change in place; empty ones stay visible there.
func (w *writer) edit(field string) string {
	if !w.marked() || field == "" {
		return ""
	}
	return ` data-edit="` + field + `"`
}

// marked reports whether the composer's marks are drawn here.
func (w *writer) marked() bool { return w.o.Canvas && !w.within }

// onPhone adds a rule for narrow screens, once.
func (w *writer) onPhone(rule string) {
	if !strings.Contains(w.phone.String(), "\n"+rule) {
		w.phone.WriteString("\n" + rule)
	}
}

// href is an address fit for an attribute; static web addresses become markers.
func (w *writer) href(address string) string {
	address, ok := document.Href(address)
	if !ok {
		return "#"
	}
	address = w.o.ofShop(address)
	if marker, ok := w.links.countable(address); ok {
		return marker
	}
	return esc(address)
}

var shopURL = regexp.MustCompile(`^\{\{\s*shop\.url\s*\}\}`)

// ofShop puts the shop's address in the place of its merge tag: it is the same for every reader, so its clicks can be counted.
func (o Options) ofShop(address string) string {
	shop, ok := document.Href(o.Brand.URL)
	if !ok || hasTag(shop) {
		return address
	}
	at := shopURL.FindStringIndex(address)
	if at == nil {
		return address
	}
	rest := address[at[1]:]
	if strings.HasPrefix(rest, "/") {
		shop = strings.TrimRight(shop, "/")
	}
	return shop + rest
}

// links are the addresses of a letter whose clicks can be counted, in the order they are met.
type links struct {
	urls    []string
	readers []readersLink // addresses with merge tags
	off     bool          // addresses stay as they are: in the text part none is counted
}

const markStart, markEnd = "\x01", "\x02"

func (l *links) mark(address string) string {
	i := slices.Index(l.urls, address)
	if i < 0 {
		i = len(l.urls)
		l.urls = append(l.urls, address)
	}
	return markStart + strconv.Itoa(i) + markEnd
}

// fill puts the addresses in: their own, or with ids the counting ones.
func (l *links) fill(src string, ids []int64) string {
	pairs := make([]string, 0, 2*(len(l.urls)+len(l.readers)))
	for i, u := range l.urls {
		to := html.EscapeString(u)
		if ids != nil {
			to = "{{ links.click }}/" + strconv.FormatInt(ids[i], 10)
		}
		pairs = append(pairs, markStart+strconv.Itoa(i)+markEnd, to)
	}
	pairs = l.fillReaders(pairs, ids[min(len(l.urls), len(ids)):], ids != nil)
	return strings.NewReplacer(pairs...).Replace(src)
}

// box is where a block is drawn: the width of its words and the room beside them.
type box struct {
	width, side int
	nested      bool
}

// row draws a block's frame around what inner draws; pad is its usual room above and below.
func (w *writer) row(b document.Block, at box, pad int, inner func(at box)) {
	base := b.Common()
	if base.Style.Padding != nil {
		pad = *base.Style.Padding
	}
	if at.nested && (base.Style.Bg != "" || base.Style.Border) {
		at.side, at.width = 16, at.width-32
	}
	class, style := "", ""
	if at.side == side {
		class = "k-p"
	}
	bg, floor := "", w.floor
	if base.Style.Bg != "" {
		ground := w.ground(b)
		class += " " + w.tone(base)
		style += "background-color:" + ground.String() + ";"
		bg, floor = ` bgcolor="`+ground.String()+`"`, &ground
	}
	if base.Style.Border {
		class += " k-line"
		style += "border:1px solid " + w.t.light.line.String() + ";"
	}
	if base.Style.Radius > 0 {
		style += fmt.Sprintf("border-radius:%dpx;", base.Style.Radius)
	}
	mark := ""
	if w.marked() {
		mark = fmt.Sprintf(` data-block="%s"`, base.ID)
	}
	w.f(`<tr%s><td class="%s" align="%s"%s%s style="padding:%dpx %dpx;%s">`, hidden(base.HideOn), strings.TrimSpace(class), w.align(base.Style.Align), bg, mark, pad, at.side, style)
	w.on(floor, func() { inner(at) })
	w.WriteString("</td></tr>\n")
}

func hidden(on string) string {
	switch on {
	case "phone":
		return ` class="k-np"`
	case "desktop":
		return ` class="k-nd" style="display:none;max-height:0;overflow:hidden"`
	}
	return ""
}

func (w *writer) align(a string) string {
	if w.rtl {
		switch a {
		case "", "left":
			return "right"
		case "right":
			return "left"
		}
	}
	return cmp.Or(a, "left")
}

// ground is the light scheme's colour behind the block's words. Besides a colour of its own
// a block may name one of the theme's.
func (w *writer) ground(b document.Block) rgb {
	switch bg := b.Common().Style.Bg; bg {
	case "":
		return w.t.light.card
	case "accent":
		return w.t.light.accent
	case "tint":
		return w.t.light.tint
	default:
		return color(bg)
	}
}

// night is the dark scheme's: a light colour becomes a breath of itself on the dark card.
func (w *writer) night(base *document.Base) rgb {
	switch base.Style.Bg {
	case "accent":
		return w.t.light.accent.mix(w.t.dark.card, 0.55)
	case "tint":
		return w.t.dark.tint
	}
	bg := color(base.Style.Bg)
	if bg.luminance() < 0.18 {
		return bg
	}
	return bg.mix(w.t.dark.card, 0.14)
}

// tone keeps the dark scheme's words readable on a block's own background. The class it gives is
// none of the letter's own, whatever the block is called.
func (w *writer) tone(base *document.Base) string {
	night, class := w.night(base), "k-b-"+strings.ToLower(base.ID)
	w.dark = append(w.dark, rule{"." + class, "background-color", night.String()})
	for _, c := range []struct {
		class string
		want  rgb
	}{{".k-t", w.t.dark.text}, {".k-m", w.t.dark.muted}, {".k-a", w.t.dark.accent}} {
		w.dark = append(w.dark, rule{"." + class + " " + c.class, "color", night.on(c.want, w.t.dark.text).String()})
	}
	return class
}

// ink is the light scheme's colour on the ground of the block: the wanted one where it can be read.
func (w *writer) ink(want rgb) rgb {
	if w.floor == nil {
		return want
	}
	return w.floor.on(want, w.t.light.text, w.t.light.onAccent)
}

// on draws on another ground; nil is the card or a tint of it.
func (w *writer) on(floor *rgb, inner func()) {
	before := w.floor
	w.floor = floor
	inner()
	w.floor = before
}

// table opens a layout table.
const table = `<table role="presentation" border="0" cellpadding="0" cellspacing="0"`
