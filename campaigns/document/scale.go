package document

import (
	"net/url"
	"strings"
)

// A Scale is what a rating goes from and to, and which answers are poor ones and which good.
type Scale struct {
	Name           string
	Low, High      int
	Unhappy, Happy int // at or below the one, at or above the other
}

var scales = []Scale{{"stars", 1, 5, 2, 4}, {"nps", 0, 10, 6, 9}, {"thumbs", 0, 1, 0, 1}, {"emoji", 1, 5, 2, 4}}

// ScaleOf is the scale of that name; stars for any other.
func ScaleOf(name string) Scale {
	for _, s := range scales {
		if s.Name == name {
			return s
		}
	}
	return scales[0]
}

// Same reports whether two scales count in the same numbers, as stars and faces do.
func (s Scale) Same(as Scale) bool { return s.Low == as.Low && s.High == as.High }

// Tagged reports whether a text holds Liquid: only a letter fills it, not the page behind its links.
func Tagged(s string) bool { return strings.Contains(s, "{{") || strings.Contains(s, "{%") }

// WebPage is the address of a page that readers may be led on to: http or https, without merge tags.
func WebPage(s string) (href string, ok bool) {
	href, ok = Href(s)
	if !ok || Tagged(href) {
		return "", false
	}
	u, err := url.Parse(href)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	return u.String(), true
}

// Rating finds a rating by its block.
func (d Document) Rating(block string) (found *Rating, ok bool) {
	d.Each(func(b Block) {
		if r, is := b.(*Rating); is && r.ID == block {
			found, ok = r, true
		}
	})
	return found, ok
}

// MaxQR is how long a code may be that is drawn as a QR code, in octets: the longer, the finer
// the squares, and a camera must see them on a phone's screen.
const MaxQR = 100

// Coupons are those with a QR code, in reading order.
func (d Document) Coupons() (all []*Coupon) {
	d.Each(func(b Block) {
		if c, is := b.(*Coupon); is && c.QR {
			all = append(all, c)
		}
	})
	return all
}

// Own reports whether each reader has a code of their own.
func (b *Coupon) Own() bool { return b.Source != "shared" }

// Drawable is a code for everybody as a QR code holds it; false when it cannot be drawn.
func (b *Coupon) Drawable() (code string, ok bool) {
	code = strings.TrimSpace(b.Code)
	return code, code != "" && len(code) <= MaxQR && !Tagged(code)
}
