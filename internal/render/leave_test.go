package render

import (
	"strings"
	"testing"
)

func TestALetterInHTMLHasAWayOutThatIsSeen(t *testing.T) {
	const link = `<a href="{{ links.unsubscribe }}">leave</a>`
	for name, src := range map[string]string{
		"comment": `<p>Hi</p><!-- ` + link + ` -->`, "only a comment": `<p>Hi</p><!-- {{ links.unsubscribe }} -->`, "hidden": `<div style="DISPLAY : none !important">` + link + `</div>`, "hidden by its link": `<a style="display:none" href="{{ links.unsubscribe }}">x</a>`,
		"never": `{% if false %}` + link + `{% endif %}`, "some": `{% if subscriber.first_name == "Mira" %}` + link + `{% endif %}`, "template": `<template>` + link + `</template>`,
		"no words": `<a href="{{ links.unsubscribe }}"> </a>`, "words alone": `<p>{{ links.unsubscribe }}</p>`, "attribute": `<p hidden>` + link + `</p>`,
	} {
		out := rendered(t, asHTML(`<body>`+src+`</body>`), Options{Brand: brand}, sampleValues())
		if !ShowsLink(out.HTML, "https://k.test/u/t0ken") || !strings.Contains(out.HTML, brand.Address) || !strings.Contains(out.Text, "https://k.test/u/t0ken") {
			t.Errorf("%s: no way out in\n%s\n%s", name, out.HTML, out.Text)
		}
	}
	for name, src := range map[string]string{"plain": link, "picture": `<a href="{{ links.unsubscribe }}"><img src="x.png" alt="Leave"></a>`,
		"asked": `{% if links.unsubscribe != blank %}` + link + `{% endif %}`, "else": `{% if subscriber.lang == "bg" %}` + link + `{% else %}` + link + `{% endif %}`} {
		out := rendered(t, asHTML(`<body>`+src+`</body>`), Options{Brand: brand}, sampleValues())
		if strings.Count(out.HTML, "t0ken") != 1 {
			t.Errorf("%s: a second footer in\n%s", name, out.HTML)
		}
	}
}

func TestTheFooterIsEverybodys(t *testing.T) {
	out := rendered(t, blocks(para("b1", `{"type":"text","text":"Hi"}`)+`,{"id":"f","type":"footer","hideOn":"phone","show":{"match":"all","rules":[{"path":"subscriber.lang","is":"is","value":"xx"}]}}`), Options{Brand: brand}, sampleValues())
	if !strings.Contains(out.Text, "https://k.test/u/t0ken") || !ShowsLink(out.HTML, "https://k.test/u/t0ken") {
		t.Errorf("no way out in\n%s\n%s", out.Text, out.HTML)
	}
}
