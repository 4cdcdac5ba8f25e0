package preflight

import (
	"math"
	"strconv"
	"strings"
)

// rgb is a colour, 0 to 255 each.
type rgb struct{ r, g, b float64 }

var named = map[string]rgb{"black": {0, 0, 0}, "white": {255, 255, 255}, "red": {255, 0, 0}, "green": {0, 128, 0}, "blue": {0, 0, 255}, "gray": {128, 128, 128},
	"grey": {128, 128, 128}, "silver": {192, 192, 192}, "navy": {0, 0, 128}, "orange": {255, 165, 0}, "yellow": {255, 255, 0}, "maroon": {128, 0, 0}, "purple": {128, 0, 128}, "teal": {0, 128, 128}}

// colour reads what CSS calls a colour; ok is false for what is none or can be seen through.
func colour(s string) (c rgb, ok bool) {
	s = strings.ToLower(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "!important")))
	s = strings.TrimSpace(s)
	if c, ok := named[s]; ok {
		return c, true
	}
	if hex, is := strings.CutPrefix(s, "#"); is {
		return hexColour(hex)
	}
	if inside, is := strings.CutPrefix(s, "rgb("); is {
		return rgbColour(strings.TrimSuffix(inside, ")"))
	}
	return rgb{}, false
}

func hexColour(hex string) (rgb, bool) {
	if len(hex) == 3 {
		hex = hex[:1] + hex[:1] + hex[1:2] + hex[1:2] + hex[2:] + hex[2:]
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if len(hex) != 6 || err != nil {
		return rgb{}, false
	}
	return rgb{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)}, true
}

func rgbColour(inside string) (rgb, bool) {
	parts := strings.FieldsFunc(inside, func(r rune) bool { return r == ',' || r == ' ' })
	if len(parts) != 3 {
		return rgb{}, false
	}
	var v [3]float64
	for i, p := range parts {
		n, err := strconv.ParseFloat(p, 64)
		if err != nil || !(n >= 0 && n <= 255) {
			return rgb{}, false
		}
		v[i] = n
	}
	return rgb{v[0], v[1], v[2]}, true
}

// luminance is WCAG 2.2's relative luminance.
func (c rgb) luminance() float64 {
	l := func(v float64) float64 {
		if v /= 255; v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*l(c.r) + 0.7152*l(c.g) + 0.0722*l(c.b)
}

// contrast is WCAG 2.2's ratio, 1 to 21.
func (c rgb) contrast(o rgb) float64 {
	a, b := c.luminance(), o.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}
