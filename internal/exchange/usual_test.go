package exchange

import (
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

func TestWhatShopsUsuallyKnowIsFoundUnderItsBulgarianAndRussianNames(t *testing.T) {
	for header, want := range map[string]string{"Град": "city", "Город": "city", "Телефон": "phone", "Рождена дата": "birthday", "Дата на раждане": "birthday", "День рождения": "birthday"} {
		if _, mapping := stoodBy(t, columnFile(header, "x|y")); mapping != "email,attributes."+want {
			t.Errorf("%s: %s", header, mapping)
		}
	}
	p, err := Sniff(strings.NewReader("Email,City,Град\na@shop.test,Sofia,София\n"), Source{})
	if err != nil || strings.Join(p.Mapping, ",") != "email,attributes.city,attributes.grad" {
		t.Errorf("%q, %v", p.Mapping, err)
	}
	if _, mapping := stoodBy(t, columnFile("Град", "x|y"), audience.Attribute{Key: "grad"}); mapping != "email,attributes.grad" {
		t.Errorf("made by an earlier file: %s", mapping)
	}
}
