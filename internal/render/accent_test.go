package render

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestAnAccentCanBeReadOnItsCardAndUnderItsWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hex := fmt.Sprintf("#%06x", rapid.IntRange(0, 0xffffff).Draw(t, "colour"))
		for _, card := range []string{"#ffffff", "#1d2125"} {
			accent, on := Accent(hex, card)
			if c := color(accent).contrast(color(card)); c < 4.5 {
				t.Fatalf("%s becomes %s: %.2f:1 on %s", hex, accent, c, card)
			}
			if c := color(on).contrast(color(accent)); c < 4.5 {
				t.Fatalf("%s is %.2f:1 on %s", on, c, accent)
			}
		}
	})
}

func TestWhatIsNoColourIsOurs(t *testing.T) {
	ours, _ := Accent("#0f6b5c", "#ffffff")
	for _, bad := range []string{"", "red", "#12", "#12345g", "#1234567", "0f6b5c0"} {
		if got, _ := Accent(bad, "#ffffff"); got != ours {
			t.Errorf("%q becomes %s", bad, got)
		}
	}
}
