package render

import (
	"cmp"
	"strings"

	"keepsake/campaigns/document"
)

const (
	defaultFont    = `system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif`
	defaultHeading = `Georgia,'Times New Roman',serif`
)

// palette is one scheme's colours, all set.
type palette struct {
	bg, card, text, muted, accent, onAccent, line, tint rgb
}

// theme is a document's theme with every gap filled.
type theme struct {
	width, radius int
	font, heading string
	light, dark   palette
	logo          string // an address
	logoDark      string
}

// resolve fills the theme's gaps: the shop's own looks first, then ours.
func resolve(t document.Theme, o Options) theme {
	t = branded(t, o.Brand)
	r := theme{width: cmp.Or(t.Width, 600), radius: 8, logo: o.asset(t.Logo), logoDark: o.asset(t.LogoDark),
		font:    fonts(cmp.Or(t.Font, defaultFont)),
		heading: fonts(cmp.Or(t.HeadingFont, t.Font, defaultHeading))}
	if t.Radius != nil {
		r.radius = *t.Radius
	}
	light, dark := schemes(t)
	light.Accent = color(light.Accent).readable(color(light.Card)).String()
	r.light, r.dark = fill(light), fill(dark)
	return r
}

// schemes are a theme's colours with every gap filled, before they are made readable.
func schemes(t document.Theme) (light, dark document.Colors) {
	light = over(t.Light, document.Colors{Bg: "#f4f1ea", Card: "#ffffff", Text: "#1f2328", Muted: "#57606a", Accent: "#0f6b5c", Line: "#e3ded3"})
	dark = t.Dark
	accent := color(light.Accent)
	if dark.Accent == "" && accent.readable(color(light.Card)).String() != "#0f6b5c" {
		dark.Accent = accent.mix(white, 0.75).readable(color(cmp.Or(dark.Card, "#1d2125"))).String()
	}
	return light, over(dark, document.Colors{Bg: "#14171a", Card: "#1d2125", Text: "#eceff1", Muted: "#a6b0b8", Accent: "#4cc2aa", OnAccent: "#06201b", Line: "#343a40"})
}

// branded puts the shop's looks where the letter has none of its own. A logo of the
// letter's own does without the shop's for the dark scheme: it may be another mark.
func branded(t document.Theme, b Brand) document.Theme {
	if own := (document.Theme{Font: b.Font, HeadingFont: b.HeadingFont, Radius: b.Radius}); own.Check() != nil {
		b.Font, b.HeadingFont, b.Radius = "", "", nil
	}
	if t.Logo == "" {
		t.Logo, t.LogoDark = b.Logo, cmp.Or(t.LogoDark, b.LogoDark)
	}
	if t.Font == "" && t.HeadingFont == "" {
		t.HeadingFont = b.HeadingFont
	}
	t.Font = cmp.Or(t.Font, b.Font)
	if t.Radius == nil {
		t.Radius = b.Radius
	}
	if b.Light.Accent == "" {
		b.Light.Accent = b.Accent
	}
	if t.Light.Accent != "" {
		b.Dark.Accent, b.Dark.OnAccent = "", "" // belong to the shop's accent, not to this one
	}
	t.Light, t.Dark = over(t.Light, b.Light), over(t.Dark, b.Dark)
	return t
}

func over(c, below document.Colors) document.Colors {
	return document.Colors{Bg: cmp.Or(c.Bg, below.Bg), Card: cmp.Or(c.Card, below.Card), Text: cmp.Or(c.Text, below.Text), Muted: cmp.Or(c.Muted, below.Muted),
		Accent: cmp.Or(c.Accent, below.Accent), OnAccent: cmp.Or(c.OnAccent, below.OnAccent), Line: cmp.Or(c.Line, below.Line)}
}

func fill(c document.Colors) palette {
	p := palette{bg: color(c.Bg), card: color(c.Card), line: color(c.Line)}
	p.text = color(c.Text).readable(p.card)
	p.muted = color(c.Muted).readable(p.card)
	if m := p.muted.readable(p.bg); m.contrast(p.card) >= 4.5 {
		p.muted = m
	}
	p.accent = color(c.Accent).readable(p.card)
	p.onAccent = p.accent.on(color(cmp.Or(c.OnAccent, "#ffffff")), white, color("#06201b"))
	p.tint = p.accent.mix(p.card, 0.07)
	return p
}

// fonts quotes with ' because the list stands in a "-quoted attribute.
func fonts(s string) string { return strings.ReplaceAll(s, `"`, `'`) }

// asset is the address of a picture: in the media folder, or elsewhere as it is.
func (o Options) asset(name string) string {
	if name == "" || strings.Contains(name, "://") || strings.HasPrefix(name, "{{") {
		return name
	}
	return strings.TrimRight(o.BaseURL, "/") + "/media/" + name
}

// How wide a file a picture is drawn from: twice what it takes up, for sharp screens. One that
// stands in a column may take the phone's whole width.
const (
	iconWidth, iconFile     = 96, 320
	columnWidth, columnFile = 300, 600
)

// shown is the address of a picture that is drawn that many pixels wide, of its file that is large enough.
func (o Options) shown(name string, width int) string {
	if o.Sized == nil || width > columnWidth || strings.Contains(name, "://") || strings.HasPrefix(name, "{{") || name == "" {
		return o.asset(name)
	}
	least := columnFile
	if width <= iconWidth {
		least = iconFile
	}
	return o.asset(o.Sized(name, least))
}
