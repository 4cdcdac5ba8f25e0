package render

import (
	"errors"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

func asHTML(s string) campaigns.Content {
	return campaigns.Content{Lang: "en", Mode: "html", Subject: "Hi {{ subscriber.first_name }}", Preheader: "For {{ subscriber.first_name }}", HTML: s}
}

func TestLiquidStaysWhereItWasPut(t *testing.T) {
	const table = `<table>{% for item in data.items %}<tr><td {% if forloop.first %}class="first"{% endif %}>{{ item.title }}</td></tr>{% endfor %}</table>`
	out := rendered(t, asHTML(`<html><body><p title="{{ subscriber.first_name | default: "a>b" }}">{% if 1 < 2 %}x{% endif %}</p>`+table+`</body></html>`), Options{Brand: brand}, sampleValues())
	for _, want := range []string{`<p title="Mira">x</p>`,
		`<table><tr><td class="first">How to season a pan that lasts</td></tr><tr><td >Why &lt;linen&gt; gets better</td></tr></table>`} {
		if !strings.Contains(out.HTML, want) {
			t.Errorf("no %s in\n%s", want, out.HTML)
		}
	}
	if !strings.Contains(out.Text, "How to season a pan that lasts\nWhy <linen> gets better") {
		t.Errorf("text:\n%s", out.Text)
	}
}

func TestHTMLGetsWhatItLacks(t *testing.T) {
	v := sampleValues()
	v.Links["open"] = "https://k.test/o"
	for name, src := range map[string]string{"piece": "<p>Hello</p>", "document": "<!DOCTYPE html><html lang=en><head><title>x</title></head><body bgcolor=red><p>Hello</p></body></html>",
		"no body": "<html><head><meta charset=utf-8></head><p>Hello</p></html>", "upper": "<HTML><BODY><P>Hello</P></BODY></HTML>", "empty": "", "odd": "</body><p>Hello"} {
		out := rendered(t, asHTML(src), Options{Brand: brand}, v)
		at := func(s string) int { return strings.Index(out.HTML, s) }
		pre, hello, leave, pixel, end := at("For Mira"), at("Hello"), at("https://k.test/u/t0ken"), at(`width="1"`), strings.LastIndex(strings.ToLower(out.HTML), "</html>")
		if pre < 0 || leave < pre || pixel < leave || end < pixel || name != "empty" && (hello < pre || hello > leave) {
			t.Errorf("%s: preheader %d, words %d, unsubscribe %d, pixel %d, end %d in\n%s", name, pre, hello, leave, pixel, end, out.HTML)
		}
		if !strings.Contains(out.Text, "https://k.test/u/t0ken") || !strings.Contains(out.Text, brand.Address) {
			t.Errorf("%s: text:\n%s", name, out.Text)
		}
	}
	out := rendered(t, asHTML(`<body>Hi <a href="{{ links.unsubscribe }}">leave</a></body>`), Options{Brand: brand}, v)
	if strings.Count(out.HTML, "t0ken") != 1 || strings.Count(out.Text, "t0ken") != 1 {
		t.Errorf("a second footer:\n%s\n%s", out.HTML, out.Text)
	}
}

func TestHTMLLinksCount(t *testing.T) {
	src := `<a title="x href='no'" class=b href=https://a.test/1?a=1&amp;b=2>one</a> <a href='https://b.test/'>two</a> <a href="{{ shop.url }}/x">three</a> <a href="mailto:a@b.test">four</a>`
	var asked []string
	l := compiled(t, asHTML(src), Options{LinkIDs: func(urls []string) ([]int64, error) { asked = urls; return []int64{5, 6}, nil }})
	if strings.Join(asked, " ") != "https://a.test/1?a=1&b=2 https://b.test/" {
		t.Fatalf("asked for %q", asked)
	}
	v := sampleValues()
	v.Links["click"] = "https://k.test/c/t"
	out, err := l.Render(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<a title="x href='no'" class=b href="https://k.test/c/t/5">one</a>`, `<a href="https://k.test/c/t/6">`, `<a href="https://shop.test/x">`, `mailto:a@b.test`} {
		if !strings.Contains(out.HTML, want) {
			t.Errorf("no %s in\n%s", want, out.HTML)
		}
	}
	if !strings.Contains(out.Text, "one [https://a.test/1?a=1&b=2] two [https://b.test/]") {
		t.Errorf("text:\n%s", out.Text)
	}
}

func TestHTMLFaultsNameTheirPlace(t *testing.T) {
	for src, place := range map[string][2]int{
		"<p>\n{{ oops":        {2, 1},
		"<p>ж{% shout %}</p>": {1, 5},
		"<p>{{ shop.name |\n default: 'x' }}<script>x": {2, 17},
	} {
		_, err := Compile(asHTML(src), Options{})
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) != 1 {
			t.Errorf("%q: got %v", src, err)
			continue
		}
		if line, column, ok := Place(f.Fields[0].Field); !ok || line != place[0] || column != place[1] {
			t.Errorf("%q: got %s; want %v", src, f.Fields[0].Field, place)
		}
	}
}

func TestHTMLTypingErrorsHaveALine(t *testing.T) {
	l := compiled(t, asHTML("<p>\n  {{ subscriber.frist_name | default: 'x' }}"), Options{})
	if u := l.Unknown(); len(u) != 1 || u[0].Line != 2 || u[0].Where != "html" || u[0].Suggest != "subscriber.first_name" {
		t.Errorf("got %+v", u)
	}
}

func TestStylesMoveIntoTagsWhereTheyChangeNothing(t *testing.T) {
	src := `<style>/* c */ @import url(x.css);
p, td.wide { color: red; margin: 0 } .big{font-size:20px;font-family:"A B"} #one { color: blue } p.loud{text-align:center!important}
td{padding:0} .card td{padding:20px} a:hover{text-decoration:none} a{text-decoration:underline;color:green}
@media (max-width:480px){ .big{font-size:14px} td{line-height:1} }</style>
<p id="one" class="big x">1</p><p style="color:&quot;x&quot;;margin:2px" class=loud>2</p><table><tr><td class='wide' >3</td></tr></table><a href="#">4</a><br/>`
	out := rendered(t, asHTML(src), Options{Brand: brand}, sampleValues())
	for _, want := range []string{
		`<p style="color:red;margin:0;color:blue" id="one" class="big x">1</p>`, // font is set for phones: it stays
		`<p style="color:red;margin:0;color:&quot;x&quot;;margin:2px" class=loud>2</p>`,
		`<td style="color:red;margin:0" class='wide' >3</td>`, // the card's padding stays
		`<a style="color:green" href="#">4</a><br/>`,
		"@media (max-width:480px)",
	} {
		if !strings.Contains(out.HTML, want) {
			t.Errorf("no %s in\n%s", want, out.HTML)
		}
	}
}

func TestWordsOfHTML(t *testing.T) {
	got := tidy(htmlText(protect(`<html><head><title>no</title><style>no</style></head><body><div style="display: none"><div>no</div>no</div>
	<h1>Big &amp; bold</h1><p>Some   <b>words</b>,<br>next line</p><ul><li>one</li><li><a href="https://a.test">two</a></li></ul>
	<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table><hr><img src=x alt="A cat"><a href="https://b.test">https://b.test</a><p>&#123;&#123; x }}</p></body></html>`)))
	want := "Big & bold\n==========\n\nSome words,\nnext line\n\n- one\n- two [https://a.test]\n\na b\nc\n\n------------------------\n\nA cathttps://b.test\n\n{ { x }}\n"
	if strings.ReplaceAll(got, "\n\n", "\n") != strings.ReplaceAll(want, "\n\n", "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(`<p {% if x %}a{% endif %} href = 'https://a.test'>{{ subscriber.first_name }}</p>`)
	f.Add(`<style>a{b:c} @media x{y{z:1}}</style><A HREF=http://x>`)
	f.Add(`<table>{% for i in data.items %}<tr>{{ i.url | raw }}`)
	v := sampleValues()
	v.Preview = true
	f.Fuzz(func(t *testing.T, src string) {
		began := time.Now()
		p := protect(src)
		if got := p.restore(p.src); got != strings.NewReplacer(markLeft, "", markRight, "", markStart, "", markEnd, "").Replace(src) {
			t.Fatalf("%q became %q", src, got)
		}
		l, err := Compile(asHTML(src), Options{Brand: brand})
		if err != nil {
			return
		}
		_, _ = l.Render(v)
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("%s", took)
		}
	})
}

func TestHTMLThatActsIsRefusedWithItsPlace(t *testing.T) {
	for _, src := range []string{`<{{ '' }}script>alert(1)</script>`, `<{% if false %}{% endif %}script>`, `<scr{{ '' }}ipt>x`, `{% raw %}<script>x</script>{% endraw %}`, `{{ '<script>x</script>' | raw }}`, `<svg><style><script>x</script></style></svg>`,
		`<noscript><script>x</script></noscript>`, `<base href=x>`, `<IFRAME src=x>`, `<object data=x>`, `<embed src=x>`, `<meta http-equiv=refresh content=0>`, `<meta http-equiv="{{ 'refresh' }}" content=0>`, `<form action=x>`, `<button formaction=x>`} {
		_, err := Compile(asHTML("<p>a</p>\n"+src), Options{})
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) != 1 || !strings.HasPrefix(f.Fields[0].Field, "html:2:") {
			t.Errorf("%s: got %v", src, err)
		}
	}
	for _, src := range []string{`<h{{ 2 }}>x</h{{ 2 }}>`, `<!-- <script> -->`, `a < b {{ x | raw }}`, `<p title="<script>">x</p>`, `{% raw %}{{ x }}{% endraw %}`, `<meta http-equiv="Content-Type" content="text/html">`} {
		if _, err := Compile(asHTML(src), Options{}); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
}
