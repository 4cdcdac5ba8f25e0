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
	first := apart(drawn("x", "one", "two"), had{})
	if len(first.Marks) != 2 || len(first.Blocks) != 0 {
		t.Fatalf("got %+v", first)
	}
	next := apart(drawn("x", "one", `2 &amp; <b>three</b>`), had{first.Shell, first.Marks})
	if next.Shell != first.Shell || len(next.Blocks) != 1 {
		t.Fatalf("got %+v", next)
	}
	got, _ := json.Marshal(next.Blocks["1"])
	if want := `["td",{"data-block":"b"},["div",{"data-block":"c"},"2 \u0026 ",["b",{},"three"]]]`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestADrawingWhoseFrameChangedIsLoadedWhole(t *testing.T) {
	first := apart(drawn("x", "one", "two"), had{})
	for name, after := range map[string]string{
		"another title": drawn("y", "one", "three"), "another order": strings.NewReplacer(`"a"`, `"b"`, `"b"`, `"a"`).Replace(drawn("x", "one", "three")),
	} {
		if got := apart(after, had{first.Shell, first.Marks}); len(got.Blocks) != 0 || got.Shell == first.Shell {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if got := apart(drawn("x", "one", "three"), had{first.Shell, first.Marks[:1]}); len(got.Blocks) != 0 {
		t.Errorf("fewer blocks: got %+v", got)
	}
}

func TestADrawingTooDeepToReadIsShownWhole(t *testing.T) {
	deep := strings.Repeat("<font>", 600)
	first, next := apart(drawn("x", deep, "two"), had{}), apart(drawn("x", deep, "three"), had{})
	if len(first.Marks) != 0 || len(first.Blocks) != 0 || first.Shell == "" || first.Shell == next.Shell {
		t.Errorf("got %+v and %+v", first, next)
	}
}

func TestADesignOfAStrangerIsCleaned(t *testing.T) {
	_, d, err := readDesign([]byte(`{"keepsake":"design","v":1,"name":"x","kind":"newsletter","lang":"en","mode":"html","subject":"x","html":"<p>Hi</p><<script></script>script>alert(1)</script><img src=\"/media/a.png\" onerror=alert(1)>"}`))
	if err != nil || strings.Contains(d.Content.HTML, "<script") || strings.Contains(d.Content.HTML, "onerror") || !strings.Contains(d.Content.HTML, `/media/a.png`) {
		t.Errorf("got %s, %v", d.Content.HTML, err)
	}
}
