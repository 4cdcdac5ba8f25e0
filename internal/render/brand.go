package render

import "keepsake/campaigns/document"

// Readable is the least contrast at which small text can be read (WCAG 2.2, level AA).
const Readable = 4.5

// Reading is how well one of a brand's colours can be read on another.
type Reading struct {
	Field  string  // of document.Colors: "text", "muted", "accent" or "onAccent"
	On     string  // the ground: "card", "bg" or "accent"
	Ratio  float64 // 1 to 21, of the colours as they were chosen
	Used   string  // #rrggbb: what letters write in its place, the same where it is readable
	Result float64 // the contrast of Used
}

// Poor reports whether the colour as it was chosen is too weak to be read.
func (r Reading) Poor() bool { return r.Ratio < Readable }

// Palette are a brand's colours with every gap filled: what letters without a theme show.
func Palette(b Brand) (light, dark document.Colors) {
	return schemes(branded(document.Theme{}, b))
}

// Readings measures the colours of a brand in the light and in the dark scheme.
func Readings(b Brand) (light, dark []Reading) {
	l, d := Palette(b)
	return readings(l), readings(d)
}

func readings(c document.Colors) []Reading {
	p := fill(c)
	read := func(field, on, chosen string, used, ground rgb) Reading {
		r := Reading{Field: field, On: on, Ratio: color(chosen).contrast(ground), Used: used.String(), Result: color(used.String()).contrast(ground)}
		if chosen == "" {
			r.Ratio = r.Result
		}
		return r
	}
	return []Reading{
		read("text", "card", c.Text, p.text, p.card),
		read("muted", "card", c.Muted, p.muted, p.card),
		read("muted", "bg", c.Muted, p.muted, p.bg),
		read("accent", "card", c.Accent, p.accent, p.card),
		read("onAccent", "accent", "", p.onAccent, p.accent),
	}
}
