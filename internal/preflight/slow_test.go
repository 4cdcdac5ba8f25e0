package preflight

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func TestRulesByTagsAndLinksByTextTakeNoTimeOfTheirProduct(t *testing.T) {
	var manyRules, manyLinks strings.Builder
	manyRules.WriteString("<style>@media (prefers-color-scheme:dark){")
	for i := range 4000 {
		fmt.Fprintf(&manyRules, ".c%d{color:#111}", i)
		fmt.Fprintf(&manyLinks, "<a href=https://shop.test/%d>x</a>", i)
	}
	manyRules.WriteString("}</style>")
	for range 6000 {
		manyRules.WriteString("<p class=z>x</p>")
	}
	text := strings.Repeat("https://shop.test/ ", 20_000)
	deep := "<style>@media (prefers-color-scheme:dark){" + strings.Repeat(".b .a{color:#111}", 4000) + "}</style>" + strings.Repeat("<div>", 400) + strings.Repeat("<p class=a>x</p>", 4000)
	for name, l := range map[string]Letter{"rules": {HTML: manyRules.String()}, "deep": {HTML: deep}, "links": {HTML: manyLinks.String(), Text: text}} {
		began := time.Now()
		Look(l)
		Links(l)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s: %s", name, took)
		}
	}
}

func TestOnlyRulesThatMayFitAreCompared(t *testing.T) {
	doc := parse(`<style>@media (prefers-color-scheme:dark){.a{color:#111}p{color:#222}*{color:#333}.b .a{color:#444}.c{color:#555}td{color:#666}}</style><p class="a a x">x</p>`)
	var got []string
	visit(doc, func(n *html.Node) {
		if n.Data == "p" {
			for _, r := range indexed(nightRules(doc)).of(n) {
				got = append(got, r.value)
			}
		}
	})
	if want := "#333 #222 #111 #444"; strings.Join(got, " ") != want {
		t.Errorf("got %q; want %s, the weakest first", got, want)
	}
}

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
