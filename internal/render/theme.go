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

func resolve(t document.Theme, o Options) theme {
	r := theme{width: cmp.Or(t.Width, 600), radius: 8, logo: o.asset(cmp.Or(t.Logo, o.Brand.Logo)), logoDark: o.asset(t.LogoDark),
		font:    fonts(cmp.Or(t.Font, defaultFont)),
		heading: fonts(cmp.Or(t.HeadingFont, t.Font, defaultHeading))}
	if t.Radius != nil {
		r.radius = *t.Radius
	}
	accent := cmp.Or(t.Light.Accent, o.Brand.Accent, "#0f6b5c")
	light, dark := t.Light, t.Dark
	light.Accent = color(accent).readable(color(cmp.Or(light.Card, "#ffffff"))).String()
	if dark.Accent == "" && light.Accent != "#0f6b5c" {
		dark.Accent = color(accent).mix(white, 0.75).String()
	}
	r.light = fill(light, document.Colors{Bg: "#f4f1ea", Card: "#ffffff", Text: "#1f2328", Muted: "#57606a", Line: "#e3ded3"})
	r.dark = fill(dark, document.Colors{Bg: "#14171a", Card: "#1d2125", Text: "#eceff1", Muted: "#a6b0b8", Accent: "#4cc2aa", OnAccent: "#06201b", Line: "#343a40"})
	return r
}

func fill(c, d document.Colors) palette {
	p := palette{bg: color(cmp.Or(c.Bg, d.Bg)), card: color(cmp.Or(c.Card, d.Card)), line: color(cmp.Or(c.Line, d.Line))}
	p.text = color(cmp.Or(c.Text, d.Text)).readable(p.card)
	p.muted = color(cmp.Or(c.Muted, d.Muted)).readable(p.card)
	if m := p.muted.readable(p.bg); m.contrast(p.card) >= 4.5 {
		p.muted = m
	}
	p.accent = color(cmp.Or(c.Accent, d.Accent)).readable(p.card)
	p.onAccent = p.accent.on(color(cmp.Or(c.OnAccent, d.OnAccent, "#ffffff")), white, color("#06201b"))
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
