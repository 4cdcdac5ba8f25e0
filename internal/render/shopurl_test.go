package render

import (
	"strings"
	"testing"
)

func TestLinksToTheShopAreCounted(t *testing.T) {
	shop := brand
	shop.URL = "https://shop.test/"
	var numbered []string
	o := Options{BaseURL: "https://k.test", Brand: shop, LinkIDs: func(urls []string) ([]int64, error) {
		numbered = urls
		ids := make([]int64, len(urls))
		for i := range ids {
			ids[i] = int64(70 + i)
		}
		return ids, nil
	}}
	v := sampleValues()
	v.Links["click"] = "https://k.test/c/token"
	out := rendered(t, blocks(`{"id":"b1","type":"button","label":"Shop","href":"{{ shop.url }}"},{"id":"b2","type":"button","label":"New","href":"{{shop.url}}/new?x=1"}`), o, v)
	if got := strings.Join(numbered, " "); got != "https://shop.test/new?x=1 https://shop.test/" && got != "https://shop.test/ https://shop.test/new?x=1" {
		t.Errorf("numbered %s", got)
	}
	for _, want := range []string{"https://k.test/c/token/70", "https://k.test/c/token/71"} {
		if !strings.Contains(out.HTML, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(out.HTML, `href="https://shop.test`) {
		t.Error("a link to the shop goes past the count")
	}
}
