package letterfile

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/render"
)

var pixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

// shelf takes every PNG over under a number.
type shelf struct{ kept []string }

func (s *shelf) keep(name string, data []byte) (string, error) {
	if !bytes.HasPrefix(data, []byte("\x89PNG")) {
		return "", fault.Field("file", "This is not a PNG, JPEG or GIF picture.")
	}
	s.kept = append(s.kept, name)
	return fmt.Sprintf("/media/p%d.png", len(s.kept)), nil
}

func zipped(t testing.TB, of ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(of); i += 2 {
		w, err := z.Create(of[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(of[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func said(l Letter) string {
	var b strings.Builder
	for _, n := range l.Notes {
		fmt.Fprintf(&b, "%d %s\n", n.Count, n.Text)
	}
	return b.String()
}

func TestAZipBringsItsPicturesAlong(t *testing.T) {
	s := &shelf{}
	data := zipped(t, "__MACOSX/._index.html", "x", "letter/index.html", `<HTML><head><title>Spring &amp; tea</title><link rel="stylesheet" href="css/a.css"><link rel=stylesheet href="https://cdn.test/b.css">
<style>td{background:url('images/bg.png')}</style><script src=x>alert(1)</script></head><body onload="x()" background="images/BG.png">
{% for i in data.items %}<img src="images/one.png" alt="{{ i.title }}"><img src='images/one.png'>{% endfor %}<img src="../letter/images/one.png"><img src="gone.png"><img src="cid:two@x"><img src="cid:two">
<img src="https://web.test/a.png"><img src="data:image/png;base64,`+base64.StdEncoding.EncodeToString(pixel)+`"><img src="notes.txt"><a href=" java&#10;script:alert(1)">x</a><iframe src=x><p>in</p></iframe>
<td style="background:url(&quot;images/bg.png&quot;)"><p>{% if 1 < 2 %}*|FNAME|*{% endif %} *|IF:X|*</p></body></HTML>`,
		"letter/images/one.png", string(pixel), "letter/images/bg.png", string(pixel), "letter/two.png", string(pixel), "letter/notes.txt", "no picture",
		"letter/css/a.css", "p{color:red}</style><script>")
	l, err := Read("a.zip", data, s.keep)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<style>\np{color:red}<\\/style><script>\n</style>", `{% for i in data.items %}<img src="/media/p`, `alt="{{ i.title }}"`, `<img src="gone.png">`, "https://web.test/a.png", `<a href="#">x</a>`,
		"{% if 1 < 2 %}{{ subscriber.first_name }}{% endif %} *|IF:X|*", "url('/media/"} {
		if !strings.Contains(l.Code, want) {
			t.Errorf("no %s in\n%s", want, l.Code)
		}
	}
	for _, no := range []string{"alert(1)", "onload", "iframe", "cdn.test", "images/", "data:image"} {
		if strings.Contains(l.Code, no) {
			t.Errorf("%s in\n%s", no, l.Code)
		}
	}
	if l.Mode != "html" || l.Title != "Spring & tea" || len(s.kept) != 4 {
		t.Errorf("%s, %q, kept %v", l.Mode, l.Title, s.kept)
	}
	for _, want := range []string{"4 %d pictures taken", "2 %d pictures missing", "1 %d pictures could not", "1 %d pictures stay", "3 %d scripts", "1 %d style sheets elsewhere", "1 %d style sheets put", "1 %d frames"} {
		if !strings.Contains(said(l), want) {
			t.Errorf("no %q in\n%s", want, said(l))
		}
	}
}

func TestMJMLStaysMJML(t *testing.T) {
	s := &shelf{}
	l, err := Read("a.zip", zipped(t, "x.mjml", `<mjml><mj-body><mj-hero background-url="a.png"></mj-hero><mj-image src="a.png" /></mj-body></mjml>`, "a.png", string(pixel)), s.keep)
	if err != nil || l.Mode != "mjml" || strings.Count(l.Code, "/media/p1.png") != 2 {
		t.Errorf("%v %+v", err, l)
	}
}

func TestOldFilesAreReadInTheirOwnLetters(t *testing.T) {
	l, err := Read("a.html", []byte("<meta charset=windows-1251><p>\xc7\xe4\xf0\xe0\xe2\xe5\xe9"), nil)
	if err != nil || !strings.Contains(l.Code, `<meta charset="utf-8"><p>Здравей`) {
		t.Errorf("%v %s", err, l.Code)
	}
}

func TestWhatIsNoLetterIsRefused(t *testing.T) {
	big := strings.Repeat("\x00", 200<<20)
	for name, data := range map[string][]byte{
		"empty.html": nil, "blank.html": []byte(" \n"), "picture.html": append([]byte{0}, pixel...), "letter.exe": []byte("MZ"), "broken.zip": []byte("PK\x03\x04 no"),
		"without.zip": zipped(t, "a.txt", "x"), "large.html": []byte(strings.Repeat("x", document.MaxBytes+1)), "huge.md": make([]byte, MaxUpload+1),
		"bomb.zip": zipped(t, "index.html", big), "bomb beside.zip": zipped(t, "index.html", `<img src="a.png">`, "a.png", big),
		"many.zip": zipped(t, strings.Split(strings.Repeat("a,b,", maxFiles+1), ",")[:2*maxFiles+2]...), "up.zip": zipped(t, "../../etc/index.html", "<p>x"),
	} {
		if _, err := Read(name, data, (&shelf{}).keep); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingOutsideTheZipIsNamed(t *testing.T) {
	for in, want := range map[string]string{"a/b.png": "a/b.png", `a\b.png`: "a/b.png", "../x": "", "/etc/passwd": "", "c:/x": "", "a/../../x": "", ".": "", "a/./b": "a/b", "\xff": ""} {
		if got := clean(in); got != want {
			t.Errorf("%q: got %q", in, got)
		}
	}
}

func TestAnErrorOfOursEndsTheImport(t *testing.T) {
	broken := errors.New("disk full")
	_, err := Read("a.zip", zipped(t, "a.html", `<img src="a.png">`, "a.png", "x"), func(string, []byte) (string, error) { return "", broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestMarkdownBecomesBlocks(t *testing.T) {
	l, err := Markdown("# Spring *tea*\n\nHello **{{ subscriber.first_name }}**, see [our shop](https://shop.test/a?b=1&c=2)\nand `code` &amp; \\*stars\\*.  \nNext line <b>x</b> [bad](javascript:x).\n\n" +
		"1. one\n2. two\n   - inner\n\n---\n\n> A *wise* word\n>\n> - and a list\n\n[![A pot](https://shop.test/pot.jpg)](https://shop.test/pot)\n\n![gone](pot.png)\n\n```\na\n  b\n```\n\n<div>x</div>\n\n#### Small\n\n<me@shop.test>")
	if err != nil {
		t.Fatal(err)
	}
	doc := document.Document{V: 1, Blocks: l.Blocks}
	src, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"type":"heading","level":1`, `{"type":"text","text":"tea","marks":[{"type":"em"}]}`, `"text":"{{ subscriber.first_name }}","marks":[{"type":"strong"}]`,
		`"href":"https://shop.test/a?b=1\u0026c=2"`, `and code \u0026 *stars*.`, `{"type":"hard_break"}`, `"type":"ordered_list","attrs":{"order":1}`, `"type":"bullet_list"`, `"type":"divider"`, `"type":"quote"`,
		`"asset":"https://shop.test/pot.jpg","alt":"A pot","href":"https://shop.test/pot"`, `"text":"  b"`, `"level":3`, `mailto:me@shop.test`} {
		if !strings.Contains(src, want) {
			t.Errorf("no %s in\n%s", want, src)
		}
	}
	if l.Title != "Spring tea" || strings.Contains(src, "javascript") || !strings.Contains(said(l), "1 %d links lead") || !strings.Contains(said(l), "1 %d pictures missing") || !strings.Contains(said(l), "3 %d pieces of HTML") {
		t.Errorf("%q\n%s\n%s", l.Title, said(l), src)
	}
	if _, err := document.Parse(src); err != nil {
		t.Error(err)
	}
	if _, err := Markdown(" \n"); !fault.Is(err, fault.Invalid) {
		t.Errorf("nothing: %v", err)
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add("# a\n\n- b\n  - c\n    1. d\n\n> e\n\n![f](https://g)\n\n[h](i)\n***")
	f.Add(strings.Repeat("- ", 200) + "x")
	f.Add(strings.Repeat(">", 200) + "x")
	f.Fuzz(func(t *testing.T, src string) {
		l, err := Markdown(src)
		if err != nil {
			return
		}
		doc, err := document.Document{V: 1, Blocks: l.Blocks}.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := document.Parse(doc); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
	})
}

func FuzzLetterFile(f *testing.F) {
	f.Add([]byte(`<p style="background:url(a)" onclick=x {% if a %}src=b{% endif %}><script>`))
	f.Add(zipped(f, "a/index.html", `<img src="b.png"><link rel=stylesheet href=c.css>`, "a/b.png", string(pixel), "a/c.css", "p{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Read("", data, (&shelf{}).keep)
		if err != nil {
			return
		}
		if l.Mode == "blocks" || strings.TrimSpace(l.Code) == "" {
			return // a tag that never ended
		}
		z := html.NewTokenizer(strings.NewReader(l.Code))
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			if tag := z.Token(); kind == html.StartTagToken && (tag.Data == "script" || tag.Data == "iframe") {
				t.Fatalf("%q became %q", data, l.Code)
			}
		}
	})
}

var hostileFiles = []string{
	`<<script></script>script>alert(1)</script>`, `<<iframe></iframe>script>alert(1)</script>`, `<{{ '' }}script>alert(1)</script>`, `<scr{{ '' }}ipt>alert(1)</script>`,
	`<scr{% if false %}x{% endif %}ipt>alert(1)</script>`, `{% raw %}<script>alert(1)</script>{% endraw %}`, `{{ '<script>alert(1)</script>' | raw }}`, `<b title='{% raw %}" onmouseover="alert(1){% endraw %}'>`,
	`<svg><style><script>alert(1)</script></style></svg>`, `<noscript><script>alert(1)</script></noscript>`, `<noscript><img src=x onerror=alert(1)></noscript>`, `<noembed><img src=x onerror=alert(1)></noembed>`,
	`<meta http-equiv="{{ 'refresh' }}" content="0;url=x">`, `<meta http-equiv=" refresh " content="0;url=x">`, `<form action="https://x.test"><button formaction=x>y</button></form>`,
	`<a href="java{{''}}script:alert(1)">x</a>`, `<a href="{% if true %}javascript{% endif %}:alert(1)">x</a>`, `<xmp><script></xmp>`, `<math><style><script>alert(1)</script></style></math>`,
}

func TestNoFileComesOutAlive(t *testing.T) {
	for _, src := range hostileFiles {
		code, err := Clean(src + "<p>kept</p>")
		if err != nil {
			t.Fatal(err)
		}
		l, err := render.Compile(campaigns.Content{Lang: "en", Mode: "html", Subject: "x", HTML: code}, render.Options{})
		if err != nil {
			t.Errorf("%s: %s is refused: %v", src, code, err)
			continue
		}
		out, err := l.Render(render.Values{Preview: true})
		if err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(strings.NewReader(out.HTML))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			bad := n.Type == html.ElementNode && n.Data == "script"
			for _, a := range n.Attr {
				bad = bad || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") || a.Key == "http-equiv" || strings.HasSuffix(a.Key, "action")
			}
			if bad {
				t.Errorf("%s: %s is alive in %s", src, n.Data, code)
			}
		}
		if again, err := Clean(code); err != nil || again != code {
			t.Errorf("%s: %s is cleaned to %s, %v", src, code, again, err)
		}
	}
	if code, err := Clean(`<noscript><p>a < b</p></noscript><h{{ 1 }}>{{ x }}</h{{ 1 }}>`); err != nil || code != `<p>a &lt; b</p><h{{ 1 }}>{{ x }}</h{{ 1 }}>` {
		t.Errorf("got %s, %v", code, err)
	}
}
