package render

// Accent makes a shop's colour fit for a background: it is moved until it can be read there,
// and on is what can be read on it (WCAG 2.2: 4.5:1 each). What is no #rrggbb is ours.
func Accent(hex, background string) (accent, on string) {
	if !isColor(hex) {
		hex = "#0f6b5c"
	}
	back := color(background)
	c := color(hex)
	if back.luminance() < 0.2 {
		c = c.mix(white, 0.75) // as letters do in the dark
	}
	c = c.readable(back)
	return c.String(), c.on(white, color("#06201b")).String()
}

func isColor(s string) bool {
	if len(s) != 7 || s[0] != '#' {
		return false
	}
	for _, r := range s[1:] {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F') {
			return false
		}
	}
	return true
}
