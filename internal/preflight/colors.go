package preflight

import (
	"strconv"
	"strings"

	"keepsake/internal/render"
)

// rgb is a colour: red, green and blue, 0 to 255 each.
type rgb [3]float64

var named = map[string]rgb{"black": {0, 0, 0}, "white": {255, 255, 255}, "red": {255, 0, 0}, "green": {0, 128, 0}, "blue": {0, 0, 255}, "gray": {128, 128, 128},
	"grey": {128, 128, 128}, "silver": {192, 192, 192}, "navy": {0, 0, 128}, "orange": {255, 165, 0}, "yellow": {255, 255, 0}, "maroon": {128, 0, 0}, "purple": {128, 0, 128}, "teal": {0, 128, 128}}

// colour reads what CSS calls a colour; ok is false for what is none or can be seen through.
func colour(s string) (c rgb, ok bool) {
	s = strings.ToLower(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "!important")))
	s = strings.TrimSpace(s)
	if c, ok := named[s]; ok {
		return c, true
	}
	if v, is := render.Hex(s); is {
		return v, true
	}
	if inside, is := strings.CutPrefix(s, "rgb("); is {
		return rgbColour(strings.TrimSuffix(inside, ")"))
	}
	return rgb{}, false
}

func rgbColour(inside string) (rgb, bool) {
	parts := strings.FieldsFunc(inside, func(r rune) bool { return r == ',' || r == ' ' })
	if len(parts) != 3 {
		return rgb{}, false
	}
	var v rgb
	for i, p := range parts {
		n, err := strconv.ParseFloat(p, 64)
		if err != nil || !(n >= 0 && n <= 255) {
			return rgb{}, false
		}
		v[i] = n
	}
	return v, true
}
