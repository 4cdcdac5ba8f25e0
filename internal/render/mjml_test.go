package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

func asMJML(s string) campaigns.Content {
	c := asHTML(s)
	c.Mode = "mjml"
	return c
}

func eachMJML(t testing.TB, visit func(name, src string)) {
	t.Helper()
	files, err := filepath.Glob("testdata/mjml/*.mjml")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d letters in MJML, %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		visit(filepath.Base(file), string(b))
	}
}

func TestEveryStructureOfMJMLCompilesWithoutAComplaint(t *testing.T) {
	eachMJML(t, func(name, src string) {
		l, err := Compile(asMJML(src), Options{Brand: brand})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if w := Warnings(t.Context(), asMJML(src)); len(w) > 0 {
			t.Errorf("%s: %+v", name, w)
		}
		if u := l.Unknown(); len(u) > 0 {
			t.Errorf("%s: unknown %+v", name, u)
		}
		out, err := l.Render(sampleValues())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		for _, bad := range []string{markLeft, markRight, "NaN", "{%", "{{"} {
			if strings.Contains(out.HTML+out.Text, bad) {
				t.Errorf("%s: %q in the letter", name, bad)
			}
		}
		if again := rendered(t, asMJML(src), Options{Brand: brand}, sampleValues()); again.HTML != out.HTML {
			t.Errorf("%s: twice is not the same", name)
		}
	})
}

func TestMJMLKeepsLoopsInTheirPlace(t *testing.T) {
	b, err := os.ReadFile("testdata/mjml/03-columns-in-a-loop.mjml")
	if err != nil {
		t.Fatal(err)
	}
	out := rendered(t, asMJML(string(b)), Options{Brand: brand}, sampleValues())
	one, two := strings.Index(out.HTML, "How to season"), strings.Index(out.HTML, "Why &lt;linen")
	if strings.Count(out.HTML, `class="mj-column-per-50`) != 2 || one < 0 || two < one || strings.Count(out.Text, "How to season") != 2 {
		t.Errorf("%d %d %s", one, two, out.Text)
	}
}

// What the machine in Go makes is what npm's mjml makes in node, to the letter.
func TestMJMLIsThatOfTheReference(t *testing.T) {
	if _, err := os.Stat("../../node_modules/mjml"); err != nil {
		t.Skip("node_modules is not there: npm ci")
	}
	var given []string
	var got []string
	add := func(_, src string) {
		m := &mjmlReader{p: protect(src)}
		if err := m.read(); err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{m.out.String(), src} { // as we hand it over, and as it was written
			given = append(given, s)
			r, err := compiler.Compile(t.Context(), s, false)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r.HTML)
		}
	}
	eachMJML(t, add)
	for i, want := range reference(t, given) {
		if got[i] != want {
			t.Errorf("%s\n got %s\nwant %s", given[i], got[i], want)
		}
	}
}

func reference(t *testing.T, sources []string) (html []string) {
	t.Helper()
	in, err := json.Marshal(sources)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "../../web/mjml/reference.mjs")
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &html); err != nil {
		t.Fatal(err)
	}
	return html
}

func TestMJMLFaultsNameTheirPlace(t *testing.T) {
	const head, tail = "<mjml><mj-body>\n", "\n</mj-body></mjml>"
	for src, want := range map[string]string{
		head + `<mj-include path="./x.mjml" />` + tail:                                       "2:1 Keepsake reads no other files",
		head + `<mj-section {% if true %}padding="0"{% endif %}></mj-section>` + tail:        "2:1 In an MJML tag",
		head + "<mj-section>\n<mj-colum><mj-text>x</mj-text></mj-colum></mj-section>" + tail: "3:1 There is no MJML tag",
		head + "<mj-raw><script>x</script></mj-raw>" + tail:                                  "2:9 A letter cannot hold scripts",
		head + `<mj-section padding="{{ 1 }}px"></mj-section>` + tail:                        "2:1 MJML reckons",
		head + "<mj-raw>{% if %}</mj-raw>" + tail:                                            "2:15 ",
		head + "{{ oops" + tail: "2:1 ",
		head + "<mj-section><mj-column><mj-carousel>{% if true %}<mj-carousel-image src=\"x\" />{% endif %}</mj-carousel></mj-column></mj-section>" + tail: "2:37 Liquid cannot stand directly inside",
		"<mjml><mj-head>{% if true %}<mj-title>x</mj-title>{% endif %}</mj-head><mj-body></mj-body></mjml>":                                                "1:16 Liquid cannot stand",
	} {
		_, err := Compile(asMJML(src), Options{})
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) != 1 {
			t.Errorf("%q: got %v", src, err)
			continue
		}
		if got := strings.TrimPrefix(f.Fields[0].Field, "html:") + " " + f.Fields[0].Format; !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %s; want %s", src, got, want)
		}
	}
	for _, src := range []string{"", "hello", "<p>x</p>", "<mjml></mjml>", "<mjml><mj-head></mj-head></mjml>"} {
		if _, err := Compile(asMJML(src), Options{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: got %v", src, err)
		}
	}
}

func TestMJMLWarnsOfWhatItLeavesOut(t *testing.T) {
	src := "<mjml><mj-body><mj-section>\n<mj-column colr=\"red\">\n\n<mj-text color=\"reddish\">x</mj-text><mj-section></mj-section></mj-column></mj-section></mj-body></mjml>"
	got := map[int]string{}
	for _, w := range Warnings(t.Context(), asMJML(src)) {
		got[w.Line] += w.Text
	}
	if !strings.Contains(got[2], "There is no attribute") || !strings.Contains(got[4], "cannot be “%s”") || !strings.Contains(got[4], "cannot stand inside") {
		t.Errorf("got %v", got)
	}
}

func TestMJMLTypingErrorsHaveALine(t *testing.T) {
	l := compiled(t, asMJML("<mjml><mj-body>\n<mj-section><mj-column><mj-text>{{ subscriber.frist_name }}</mj-text></mj-column></mj-section></mj-body></mjml>"), Options{})
	if u := l.Unknown(); len(u) != 1 || u[0].Line != 2 || u[0].Suggest != "subscriber.first_name" {
		t.Errorf("got %+v", u)
	}
}

func FuzzMJML(f *testing.F) {
	eachMJML(f, func(_, src string) { f.Add(src) })
	f.Add(`<mjml><mj-body>{% if x %}<mj-section {{ y }}></mj-section>`)
	v := sampleValues()
	v.Preview = true
	f.Fuzz(func(t *testing.T, src string) {
		l, err := Compile(asMJML(src), Options{Brand: brand})
		if err != nil {
			return
		}
		out, err := l.Render(v)
		if err == nil && strings.Contains(out.HTML, markLeft) {
			t.Fatalf("marks in %q", out.HTML)
		}
	})
}
