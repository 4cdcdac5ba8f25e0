package admin

import (
	"encoding/json"
	"strings"
	"testing"
)

func drawn(title, first, second string) string {
	return `<!DOCTYPE html><html><head><title>` + title + `</title></head><body><table><tr><td data-block="a" style="color:red">` + first +
		`</td></tr><tr><td data-block="b"><!--[if mso]><v:x><![endif]--><div data-block="c">` + second + `</div></td></tr></table></body></html>`
}

func TestOnlyTheChangedBlocksOfADrawingAreGiven(t *testing.T) {
	first, err := apart(drawn("x", "one", "two"), had{})
	if err != nil || len(first.Marks) != 2 || len(first.Blocks) != 0 {
		t.Fatalf("got %+v, %v", first, err)
	}
	next, err := apart(drawn("x", "one", `2 &amp; <b>three</b>`), had{first.Shell, first.Marks})
	if err != nil || next.Shell != first.Shell || len(next.Blocks) != 1 {
		t.Fatalf("got %+v, %v", next, err)
	}
	got, _ := json.Marshal(next.Blocks["1"])
	if want := `["td",{"data-block":"b"},["div",{"data-block":"c"},"2 \u0026 ",["b",{},"three"]]]`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestADrawingWhoseFrameChangedIsLoadedWhole(t *testing.T) {
	first, _ := apart(drawn("x", "one", "two"), had{})
	for name, after := range map[string]string{
		"another title": drawn("y", "one", "three"), "another order": strings.NewReplacer(`"a"`, `"b"`, `"b"`, `"a"`).Replace(drawn("x", "one", "three")),
	} {
		if got, err := apart(after, had{first.Shell, first.Marks}); err != nil || len(got.Blocks) != 0 || got.Shell == first.Shell {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if got, err := apart(drawn("x", "one", "three"), had{first.Shell, first.Marks[:1]}); err != nil || len(got.Blocks) != 0 {
		t.Errorf("fewer blocks: got %+v, %v", got, err)
	}
}
