package preflight

import (
	"strings"
	"testing"
	"time"
)

func TestNoLetterTakesLong(t *testing.T) {
	for _, piece := range []string{"<b>", "<a>", "{{", "{%", "a{", "a{}", "<p style=x>", "<table>", "<style>a{b:c}", "@media (prefers-color-scheme:dark){.a{color:#111}}", "!", "<div class=a>x", "/*", ";", "(", "<b><p>", "</p>", "<font>"} {
		src := strings.Repeat(piece, (100<<10)/len(piece))
		if !strings.HasPrefix(piece, "<") {
			src = "<style>" + src
		}
		if strings.HasPrefix(piece, "@") {
			src += "</style>" + strings.Repeat("<div class=a>x", 2000)
		}
		began := time.Now()
		Look(Letter{HTML: src, Text: src, Subject: "x", Code: []Code{{Source: src}}})
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%q: %s", piece, took)
		} else if took > 200*time.Millisecond {
			t.Logf("%q: %s", piece, took)
		}
	}
}
