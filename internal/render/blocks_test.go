package render

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

// everyBlock is a letter with each type and each variant in it.
func everyBlock(t testing.TB) campaigns.Content {
	t.Helper()
	b, err := os.ReadFile("testdata/every.json")
	if err != nil {
		t.Fatal(err)
	}
	return campaigns.Content{Lang: "en", Mode: "blocks", Subject: "All of it, {{ subscriber.first_name }}", Preheader: "Every block there is, once in each of its shapes.", Document: string(b)}
}

func compiled(t testing.TB, c campaigns.Content, o Options) *Letter {
	t.Helper()
	l, err := Compile(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func rendered(t testing.TB, c campaigns.Content, o Options, v Values) Output {
	t.Helper()
	out, err := compiled(t, c, o).Render(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func blocks(s string) campaigns.Content {
	return campaigns.Content{Lang: "en", Mode: "blocks", Subject: "Hi", Document: `{"v":1,"blocks":[` + s + `]}`}
}

func para(id, text string) string {
	return `{"id":"` + id + `","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[` + text + `]}]}}`
}

func TestEveryBlock(t *testing.T) {
	o := Options{BaseURL: "https://k.test/", Brand: brand, Catalog: opened(t)}
	out := rendered(t, everyBlock(t), o, sampleValues())
	golden(t, "every.html", out.HTML)
	golden(t, "every.txt", out.Text)
	o.Canvas = true
	canvas := rendered(t, everyBlock(t), o, sampleValues())
	golden(t, "every.canvas.html", canvas.HTML)
	for _, want := range []string{`data-block="b1"`, `data-edit="rich"`, `data-edit="label"`, `data-column="cols/0"`, `data-chip="subscriber.first_name"`, "Not supported: hologram"} {
		if !strings.Contains(canvas.HTML, want) {
			t.Errorf("the canvas lacks %s", want)
		}
	}
	for _, never := range []string{"data-block", "data-edit", "data-chip", "hologram", "Not supported"} {
		if strings.Contains(out.HTML, never) {
			t.Errorf("the letter holds %s", never)
		}
	}
}

func TestAHostileNameComesOutEscaped(t *testing.T) {
	c := blocks(para("b1", `{"type":"text","text":"Hi "},{"type":"chip","attrs":{"path":"subscriber.first_name"}}`) +
		`,{"id":"i","type":"image","asset":"a.png","alt":"For {{ subscriber.first_name }}"},{"id":"u","type":"button","label":"{{ subscriber.first_name }}","href":"https://a.test/?n={{ subscriber.first_name }}"}`)
	c.Subject = "Hi {{ subscriber.first_name }}"
	v := sampleValues()
	v.Subscriber.FirstName = "<script>alert(1)</script>\" onload=x\r\nBcc: all@shop.test\u202e"
	out := rendered(t, c, Options{Brand: brand}, v)
	for _, never := range []string{"<script", `" onload`, "\"<"} {
		if strings.Contains(out.HTML, never) {
			t.Errorf("the HTML holds %q", never)
		}
	}
	if !strings.Contains(out.HTML, "&lt;script&gt;") {
		t.Error("the name is gone")
	}
	if strings.ContainsAny(out.Subject, "\r\n\u202e") || !strings.Contains(out.Subject, "Bcc") {
		t.Errorf("subject %q", out.Subject)
	}
}

func TestWordsAreEscapedOutsideMergeTagsOnly(t *testing.T) {
	out := rendered(t, blocks(para("b1", `{"type":"text","text":"a < b & \"c\" {{ subscriber.nick | default: 'it’s <you>' }} {% if 1 < 2 %}yes{% endif %}"}`)), Options{}, sampleValues())
	if want := "a &lt; b &amp; &#34;c&#34; it’s &lt;you&gt; yes"; !strings.Contains(out.HTML, want) {
		t.Errorf("no %s in %s", want, out.HTML)
	}
	if want := `a < b & "c" it’s <you> yes`; !strings.Contains(out.Text, want) {
		t.Errorf("no %s in %s", want, out.Text)
	}
}

func TestAMissingValueRefusesTheLetter(t *testing.T) {
	c := blocks(para("b1", `{"type":"chip","attrs":{"path":"subscriber.first_name"}},{"type":"chip","attrs":{"path":"subscriber.last_name","fallback":"friend"}}`) +
		`,{"id":"c","type":"coupon"}`)
	l := compiled(t, c, Options{})
	v := sampleValues()
	v.Subscriber = audience.Subscriber{Email: "a@b.test"}
	v.Data = struct{}{}
	_, err := l.Render(v)
	e, ok := errors.AsType[*MissingError](err)
	if !ok || strings.Join(e.Paths, " ") != "subscriber.first_name data.code" {
		t.Fatalf("got %v", err)
	}
	v.Preview = true
	out, err := l.Render(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"[subscriber.first_name]", "[data.code]", "friend"} {
		if !strings.Contains(out.HTML, want) || !strings.Contains(out.Text, want) {
			t.Errorf("the preview lacks %s", want)
		}
	}
}

func TestTypingErrorsAreFound(t *testing.T) {
	c := blocks(para("b1", `{"type":"chip","attrs":{"path":"subscriber.frist_name","fallback":"you"}},{"type":"text","text":"{% for i in order.items %}{{ i.nmae }}{% endfor %}{{ subscriber.attributes.size }}"}`) +
		`,{"id":"c","type":"columns","cols":[[` + para("d", `{"type":"text","text":"{{ data.cod }}"}`) + `],[]]}`)
	c.Subject = "{{ shp.name }}"
	l := compiled(t, c, Options{Data: struct{ Code string }{}})
	want := []Unknown{{Path: "shp.name", Where: "subject", Suggest: "shop.name"}, {Path: "subscriber.frist_name", Where: "b1", Suggest: "subscriber.first_name"},
		{Path: "order.items[].nmae", Where: "b1", Suggest: "order.items[].name"}, {Path: "data.cod", Where: "d", Suggest: "data.code"}}
	got := l.Unknown()
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v; want %+v", got[i], want[i])
		}
	}
}

func TestBrokenLiquidNamesItsPlace(t *testing.T) {
	for _, tc := range []struct {
		name, field string
		c           campaigns.Content
	}{
		{"block", "b2", blocks(para("b1", `{"type":"text","text":"fine"}`) + "," + para("b2", `{"type":"text","text":"{{ oops"}`))},
		{"in a column", "d", blocks(`{"id":"c","type":"columns","cols":[[` + para("d", `{"type":"text","text":"{% shout %}"}`) + `],[]]}`)},
		{"footer", "f", blocks(`{"id":"f","type":"footer","why":"{{ a | }}"}`)},
		{"subject", "subject", campaigns.Content{Subject: "{{ x", Mode: "blocks", Document: `{}`}},
		{"preheader", "preheader", campaigns.Content{Preheader: "{% if %}", Mode: "blocks", Document: `{}`}},
		{"document", "document", campaigns.Content{Mode: "blocks", Document: `{`}},
	} {
		_, err := Compile(tc.c, Options{})
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) == 0 || f.Fields[0].Field != tc.field {
			t.Errorf("%s: got %v %+v", tc.name, err, f)
		}
	}
}

func TestStaticLinksCountOnlyWhenAsked(t *testing.T) {
	c := blocks(`{"id":"a","type":"button","label":"Go","href":"https://a.test/?x=1&y=2"},{"id":"b","type":"button","label":"Again","href":"https://a.test/?x=1&y=2"},
		{"id":"c","type":"button","label":"Rate","action":"respond","query":"rating=5"},{"id":"d","type":"button","label":"Mail","href":"mailto:a@b.test"}`)
	var asked []string
	nowhere := brand
	nowhere.URL = ""
	l := compiled(t, c, Options{Brand: nowhere, LinkIDs: func(urls []string) ([]int64, error) { asked = urls; return []int64{77}, nil }})
	if len(asked) != 1 || asked[0] != "https://a.test/?x=1&y=2" {
		t.Fatalf("asked for %q", asked)
	}
	v := sampleValues()
	plain, err := l.Render(v)
	if err != nil {
		t.Fatal(err)
	}
	v.Links["click"], v.Links["open"] = "https://k.test/c/tok", "https://k.test/o/tok.gif"
	counted, err := l.Render(v)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.HTML, "/77") || strings.Contains(plain.HTML, `width="1"`) || !strings.Contains(plain.HTML, `href="https://a.test/?x=1&amp;y=2"`) {
		t.Error("the plain letter counts")
	}
	if n := strings.Count(counted.HTML, `href="https://k.test/c/tok/77"`); n != 4 { // twice, each for Outlook too
		t.Errorf("%d counted links", n)
	}
	for _, want := range []string{`href="https://k.test/r/t0ken?rating=5"`, `href="mailto:a@b.test"`, `<img src="https://k.test/o/tok.gif" width="1" height="1"`} {
		if !strings.Contains(counted.HTML, want) {
			t.Errorf("no %s", want)
		}
	}
	if counted.Text != plain.Text || !strings.Contains(counted.Text, "https://a.test/?x=1&y=2") {
		t.Error("the text part keeps the plain address")
	}
}

func TestALetterIsSharedByGoroutines(t *testing.T) {
	l := compiled(t, everyBlock(t), Options{Brand: brand})
	want, err := l.Render(sampleValues())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			v := sampleValues()
			v.Preview = i%2 == 1
			if got, err := l.Render(v); err != nil || got.HTML != want.HTML {
				t.Errorf("differs: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestColoursAreReadable(t *testing.T) {
	for _, accent := range []string{"#0f6b5c", "#ffdd00", "#111111", "#ff5500", "#abc"} {
		th := resolve(themeOf(t, `{}`), Options{Brand: Brand{Accent: accent}})
		for name, p := range map[string]palette{"light": th.light, "dark": th.dark} {
			for what, ratio := range map[string]float64{"text": p.text.contrast(p.card), "muted": p.muted.contrast(p.card), "muted on bg": p.muted.contrast(p.bg),
				"accent": p.accent.contrast(p.card), "button": p.onAccent.contrast(p.accent), "text on tint": p.text.contrast(p.tint)} {
				if ratio < 4.5 {
					t.Errorf("%s, %s: %s has %.2f", accent, name, what, ratio)
				}
			}
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	c := everyBlock(b)
	for b.Loop() {
		if _, err := Compile(c, Options{Brand: brand}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	l := compiled(b, everyBlock(b), Options{Brand: brand})
	v := sampleValues()
	for b.Loop() {
		if _, err := l.Render(v); err != nil {
			b.Fatal(err)
		}
	}
}

func themeOf(t *testing.T, s string) document.Theme {
	t.Helper()
	d, err := document.Parse(`{"theme":` + s + `}`)
	if err != nil {
		t.Fatal(err)
	}
	return d.Theme
}
