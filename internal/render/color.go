package render

import (
	"fmt"
	"math"
	"strconv"
)

// rgb is a colour, 0 to 255 each.
type rgb struct{ r, g, b float64 }

var white, black = rgb{255, 255, 255}, rgb{0, 0, 0}

// color reads #rgb or #rrggbb; what is neither is black.
func color(s string) rgb {
	v, ok := Hex(s)
	if !ok {
		return black
	}
	return rgb{v[0], v[1], v[2]}
}

// Hex reads #rgb or #rrggbb as red, green and blue, 0 to 255 each.
func Hex(s string) (v [3]float64, ok bool) {
	if len(s) == 4 {
		s = "#" + s[1:2] + s[1:2] + s[2:3] + s[2:3] + s[3:4] + s[3:4]
	}
	if len(s) != 7 || s[0] != '#' {
		return v, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	return [3]float64{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)}, err == nil
}

// Contrast is WCAG 2.2's ratio of two colours, 1 to 21.
func Contrast(a, b [3]float64) float64 {
	return rgb{a[0], a[1], a[2]}.contrast(rgb{b[0], b[1], b[2]})
}

func (c rgb) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c.r)), int(math.Round(c.g)), int(math.Round(c.b)))
}

// mix is share of c in o.
func (c rgb) mix(o rgb, share float64) rgb {
	m := func(a, b float64) float64 { return a*share + b*(1-share) }
	return rgb{m(c.r, o.r), m(c.g, o.g), m(c.b, o.b)}
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

func (c rgb) contrast(o rgb) float64 {
	a, b := c.luminance(), o.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// on is the first of the colours that can be read on c (4.5:1), else black or white.
func (c rgb) on(choices ...rgb) rgb {
	for _, o := range choices {
		if o.contrast(c) >= 4.5 {
			return o
		}
	}
	if white.contrast(c) > black.contrast(c) {
		return white
	}
	return black
}

// readable moves c away from the background until it can be read there.
func (c rgb) readable(on rgb) rgb {
	away := black
	if white.contrast(on) > black.contrast(on) {
		away = white
	}
	for range 20 {
		if color(c.String()).contrast(on) >= 4.5 { // as it will be written, in whole numbers
			break
		}
		c = c.mix(away, 0.9)
	}
	return c
}
