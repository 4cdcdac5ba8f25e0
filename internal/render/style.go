package render

import (
	"fmt"
	"strings"
)

// phone is the one breakpoint.
const phone = 480

// rule is one declaration of the dark scheme. Outlook's own dark mode marks what it
// recoloured with data-ogsc (colours) and data-ogsb (backgrounds), on an ancestor.
type rule struct{ selector, property, value string }

func (t theme) darkRules() []rule {
	d := t.dark
	return []rule{
		{".k-bg", "background-color", d.bg.String()}, {".k-card", "background-color", d.card.String()},
		{".k-tint", "background-color", d.tint.String()},
		{".k-t", "color", d.text.String()}, {".k-m", "color", d.muted.String()}, {".k-a", "color", d.accent.String()},
		{".k-line", "border-color", d.line.String()}, {".k-edge", "border-color", d.accent.String()},
		{".k-btn", "background-color", d.accent.String()}, {".k-btn", "border-color", d.accent.String()}, {".k-btn", "color", d.onAccent.String()},
		{".k-star", "color", "#e9b949"},
	}
}

const phoneCSS = `.k-col{display:block!important;width:100%!important;max-width:100%!important}
.k-gap{padding-right:0!important;padding-left:0!important;padding-bottom:20px!important}
.k-p{padding-left:24px!important;padding-right:24px!important}
.k-np{display:none!important}
.k-nd{display:table-row!important;max-height:none!important;overflow:visible!important}
.k-full{display:block!important;width:auto!important}
.k-in{padding-left:14px!important;padding-right:14px!important}
.k-code{font-size:22px!important;letter-spacing:1px!important}
.k-h1{font-size:28px!important}
.k-h2{font-size:23px!important}
.k-frame{padding:12px 8px!important}`

// stylesheet is what cannot stand in attributes: the reset, the phone and the dark scheme.
func (t theme) stylesheet(extra []rule, phoneExtra string) string {
	var b strings.Builder
	b.WriteString(`:root{color-scheme:light dark}
body,table,td,a{-webkit-text-size-adjust:100%;-ms-text-size-adjust:100%}
table,td{border-collapse:collapse}
img{-ms-interpolation-mode:bicubic;border:0}
a[x-apple-data-detectors]{color:inherit!important;text-decoration:none!important}
`)
	fmt.Fprintf(&b, "@media only screen and (max-width:%dpx){\n%s%s\n}\n", phone, phoneCSS, phoneExtra)
	rules := append(t.darkRules(), extra...)
	b.WriteString("@media (prefers-color-scheme:dark){\n")
	writeRules(&b, "", rules)
	b.WriteString(".k-ll{display:none!important}\n.k-ld{display:inline-block!important;max-height:none!important}\n}\n")
	for _, r := range rules {
		mark := "[data-ogsc] "
		if r.property == "background-color" {
			mark = "[data-ogsb] "
		}
		writeRules(&b, mark, []rule{r})
	}
	return b.String()
}

func writeRules(b *strings.Builder, prefix string, rules []rule) {
	for _, r := range rules {
		fmt.Fprintf(b, "%s%s{%s:%s!important}\n", prefix, r.selector, r.property, r.value)
	}
}
