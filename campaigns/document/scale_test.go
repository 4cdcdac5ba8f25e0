package document

import "testing"

func TestOnlyPagesAreLedOnTo(t *testing.T) {
	for address, want := range map[string]string{
		"https://shop.test/reviews?a=1": "https://shop.test/reviews?a=1", "http://shop.test": "http://shop.test", "shop.test/help": "https://shop.test/help",
		"": "", "javascript:alert(1)": "", "JAVASCRIPT:alert(1)": "", "data:text/html,x": "", "mailto:a@shop.test": "", "tel:+359": "", "//evil.test": "",
		"https://": "", "https:///x": "", "{{ data.url }}": "", "https://shop.test/{{ subscriber.email }}": "", "https://shop.test/{% if x %}": "",
	} {
		if got, ok := WebPage(address); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", address, got, ok, want)
		}
	}
}

func TestACodeTooLongToBeReadIsNotDrawn(t *testing.T) {
	long := make([]byte, MaxQR+1)
	for i := range long {
		long[i] = 'A'
	}
	for code, want := range map[string]bool{"SPRING10": true, string(long[1:]): true, string(long): false, "{{ data.code }}": false} {
		b := &Coupon{Base: Base{ID: "b1", Type: "coupon"}, Source: "shared", Code: code, QR: true}
		if got := lacks(b) == nil; got != want {
			t.Errorf("%.20s: %v", code, got)
		}
		b.QR = false
		if err := lacks(b); err != nil {
			t.Errorf("%.20s without a QR code: %v", code, err)
		}
	}
}
