package render

import (
	"strings"
	"testing"
)

func TestACouponsQRCodeStandsUnderItsCode(t *testing.T) {
	c := blocks(`{"id":"own","type":"coupon","title":"For you","qr":true},{"id":"all","type":"coupon","source":"shared","code":"A&B","qr":true},{"id":"no","type":"coupon","source":"shared","code":"C"}`)
	v := sampleValues()
	v.Links["qr"] = "https://k.test/q/t0ken"
	for _, lang := range []string{"en", "bg"} {
		c.Lang = lang
		out := rendered(t, c, Options{BaseURL: "https://k.test", Brand: brand, Catalog: opened(t)}, v)
		golden(t, "qr."+lang+".html", out.HTML)
		if n := strings.Count(out.HTML, "https://k.test/q/t0ken?block="); n != 2 {
			t.Errorf("%s: %d pictures", lang, n)
		}
		if strings.Contains(out.Text, "/q/") {
			t.Errorf("%s: a picture's address in the text", lang)
		}
	}
	l := compiled(t, c, Options{Brand: brand})
	if !l.Holds("qr") || compiled(t, blocks(`{"id":"c","type":"coupon"}`), Options{}).Holds("qr") {
		t.Error("the link is made where none is needed, or not where one is")
	}
	delete(v.Links, "qr")
	if out := rendered(t, c, Options{Brand: brand}, v); strings.Contains(out.HTML, "?block=own\" alt") {
		t.Error("a picture of nothing")
	}
}
