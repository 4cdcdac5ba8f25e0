package render

import (
	"testing"

	"keepsake/campaigns/document"
)

func TestAnEmptyBrandIsReadableThroughout(t *testing.T) {
	light, dark := Readings(Brand{})
	for _, r := range append(light, dark...) {
		if r.Poor() || r.Result < Readable {
			t.Errorf("%s on %s: %.2f, drawn at %.2f", r.Field, r.On, r.Ratio, r.Result)
		}
	}
}

func TestAWeakColourIsNamedWithTheOneThatLettersUse(t *testing.T) {
	b := Brand{Light: document.Colors{Text: "#bbbbbb", Accent: "#f5e663"}}
	light, _ := Readings(b)
	for i, field := range map[int]string{0: "text", 3: "accent"} {
		if r := light[i]; r.Field != field || !r.Poor() || r.Result < Readable || r.Used == "#bbbbbb" {
			t.Errorf("%+v", r)
		}
	}
	if got := resolve(document.Theme{}, Options{Brand: b}).light.text.String(); got != light[0].Used {
		t.Errorf("letters show %s, the page says %s", got, light[0].Used)
	}
}

func TestThePaletteIsTheBrandOverTheDefault(t *testing.T) {
	light, dark := Palette(Brand{Accent: "#7a1f3d", Dark: document.Colors{Bg: "#101010"}})
	if light.Accent != "#7a1f3d" || light.Card != "#ffffff" || dark.Bg != "#101010" || dark.Accent == "#4cc2aa" {
		t.Errorf("%+v, %+v", light, dark)
	}
}
