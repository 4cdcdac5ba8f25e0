package render

import (
	"strings"
	"testing"
)

func TestALetterTellsWhatMustBeLookedUp(t *testing.T) {
	for src, want := range map[string][2]bool{
		para("a", `{"type":"text","text":"{{ subscriber.last_name }} {{ shop.name }}"}`): {false, false},
		`{"id":"a","type":"products","source":"order"}`:                                  {false, false},
		`{"id":"a","type":"products","source":"order","fallback":"bestsellers"}`:         {false, true},
		`{"id":"a","type":"products","source":"last_order"}`:                             {true, false},
		`{"id":"a","type":"products","source":"bestsellers"}`:                            {false, true},
		para("a", `{"type":"text","text":"{{ subscriber.last_order.number }}"}`):         {true, false},
		para("a", `{"type":"text","text":"{{ subscriber.value.ltv_cents }}"}`):           {false, false},
	} {
		l := compiled(t, blocks(src), Options{Brand: brand})
		if got := [2]bool{l.Reads(LastOrder), l.Reads(Bestsellers)}; got != want {
			t.Errorf("%s: got %v; want %v", src, got, want)
		}
		if l.Reads(OfWorth) != strings.Contains(src, "subscriber.value") {
			t.Errorf("%s: reads the customer's value: %v", src, l.Reads(OfWorth))
		}
	}
}

func TestACustomersValueStandsInALetterAndNothingWhereThereIsNone(t *testing.T) {
	src := para("a", `{"type":"text","text":"{{ subscriber.value.ltv | default: 'nothing' }} {{ subscriber.value.spent_cents | money: subscriber.value.currency | default: 'nothing' }} {{ subscriber.value.rhythm | default: 'none' }}"}`)
	v := sampleValues()
	if out := rendered(t, blocks(src), Options{Brand: brand, Catalog: opened(t)}, v); !strings.Contains(out.Text, "nothing") || !strings.Contains(out.Text, "none") {
		t.Errorf("of nobody: %s", out.Text)
	}
	v.Worth = &Worth{Currency: "EUR", LTVCents: 1250, SpentCents: 5000, Rhythm: "at_risk"}
	v.Worth.Amounts()
	if out := rendered(t, blocks(src), Options{Brand: brand, Catalog: opened(t)}, v); !strings.Contains(out.Text, "12.5 50.00 € at_risk") {
		t.Errorf("of a customer: %s", out.Text)
	}
}
