package render

import "testing"

func TestALetterTellsWhatMustBeLookedUp(t *testing.T) {
	for src, want := range map[string][2]bool{
		para("a", `{"type":"text","text":"{{ subscriber.last_name }} {{ shop.name }}"}`): {false, false},
		`{"id":"a","type":"products","source":"order"}`:                                  {false, false},
		`{"id":"a","type":"products","source":"order","fallback":"bestsellers"}`:         {false, true},
		`{"id":"a","type":"products","source":"last_order"}`:                             {true, false},
		`{"id":"a","type":"products","source":"bestsellers"}`:                            {false, true},
		para("a", `{"type":"text","text":"{{ subscriber.last_order.number }}"}`):         {true, false},
	} {
		l := compiled(t, blocks(src), Options{Brand: brand})
		if got := [2]bool{l.Reads(LastOrder), l.Reads(Bestsellers)}; got != want {
			t.Errorf("%s: got %v; want %v", src, got, want)
		}
	}
}
