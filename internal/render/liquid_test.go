package render

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"keepsake/internal/liquid"
)

// liquidCases are the hard ones of testdata/liquid/cases.txt: Liquid where parsers lose it.
func liquidCases(t testing.TB) map[string]string {
	t.Helper()
	b, err := os.ReadFile("testdata/liquid/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for part := range strings.SplitSeq("\n"+string(b), "\n== ") {
		if name, src, ok := strings.Cut(part, "\n"); ok {
			all[name] = strings.TrimSpace(src)
		}
	}
	return all
}

// expected is what Liquid alone makes of the source: no path may change it.
func expected(t *testing.T, src string) string {
	t.Helper()
	tpl, err := liquid.Parse(strings.NewReplacer(markLeft, "", markRight, "").Replace(src), liquid.HTML)
	if err != nil {
		t.Fatal(err)
	}
	v := sampleValues()
	w, err := tpl.Write(v.vars(Options{}), v.limits("en"))
	if err != nil {
		t.Fatal(err)
	}
	return w.String()
}

// gist is HTML without what a serialiser may change: the quotes of values, the case of names, spaces.
func gist(src string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(src))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return b.String()
		}
		t := z.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			b.WriteString("<" + t.Data)
			slices.SortFunc(t.Attr, func(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) })
			for _, a := range t.Attr {
				value := strings.ReplaceAll(strings.TrimSuffix(a.Val, ";"), "; ", ";")
				fmt.Fprintf(&b, " %s=%q", a.Key, strings.ReplaceAll(value, ": ", ":"))
			}
			b.WriteString(">")
		case html.EndTagToken:
			b.WriteString("</" + t.Data + ">")
		case html.CommentToken:
			b.WriteString("<!--" + strings.Join(strings.Fields(t.Data), "") + "-->")
		default:
			b.WriteString(strings.Join(strings.FieldsFunc(t.Data, func(r rune) bool { return r == ' ' || r == '\n' }), ""))
		}
	}
}

func TestLiquidInHTMLSurvives(t *testing.T) {
	paths := map[string]struct {
		mode string
		wrap func(string) string
	}{
		"a piece": {"html", func(s string) string { return s }},
		"a document": {"html", func(s string) string {
			return "<!DOCTYPE html><html><head><title>x</title></head><body>" + s + "</body></html>"
		}},
		"inlined": {"html", func(s string) string {
			return "<html><head><style>u{color:red} .none{margin:0}</style></head><body><u>x</u>" + s + "</body></html>"
		}},
		"mjml raw": {"mjml", func(s string) string { return "<mjml><mj-body><mj-raw>" + s + "</mj-raw></mj-body></mjml>" }},
		"mjml text": {"mjml", func(s string) string {
			return "<mjml><mj-body><mj-section><mj-column><mj-text>" + s + "</mj-text></mj-column></mj-section></mj-body></mjml>"
		}},
		"mjml inlining": {"mjml", func(s string) string {
			return `<mjml><mj-head><mj-style inline="inline">u{color:red}</mj-style></mj-head><mj-body><mj-raw><u>x</u>` + s + "</mj-raw></mj-body></mjml>"
		}},
	}
	for name, src := range liquidCases(t) {
		want := expected(t, src)
		words := tidy(htmlText(&protected{src: want}))
		for path, p := range paths {
			c := asHTML(p.wrap(src))
			c.Mode = p.mode
			l, err := Compile(c, Options{Brand: brand})
			if err != nil {
				t.Errorf("%s, %s: %v", name, path, err)
				continue
			}
			out, err := l.Render(sampleValues())
			if err != nil {
				t.Errorf("%s, %s: %v", name, path, err)
				continue
			}
			if !strings.Contains(gist(out.HTML), gist(want)) {
				t.Errorf("%s, %s:\nwant %s\n got %s", name, path, gist(want), part(gist(out.HTML), gist(want)))
			}
			if squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }; !strings.Contains(squeeze(out.Text), squeeze(words)) {
				t.Errorf("%s, %s: text\nwant %q\n got %q", name, path, words, out.Text)
			}
		}
	}
}

// part is the neighbourhood in which the wanted words were looked for.
func part(got, want string) string {
	for n := len(want); n > 4; n-- {
		if i := strings.Index(got, want[:n]); i >= 0 {
			return got[i:min(len(got), i+len(want)+60)]
		}
	}
	return got[:min(len(got), 300)]
}
