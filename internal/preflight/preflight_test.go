package preflight

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"keepsake/internal/render"
	"keepsake/templates"
)

// levels are the findings as "warn subject" each, in order.
func levels(all []Finding) string {
	var said []string
	for _, f := range all {
		said = append(said, f.Level+" "+f.About)
	}
	return strings.Join(said, ", ")
}

func TestCharactersAreCountedAsTheyAreSeen(t *testing.T) {
	for s, want := range map[string]int{"": 0, "Tea": 3, "Чай": 3, "e\u0301te\u0301": 3, "👨‍👩‍👧": 1, "🇧🇬🇷🇺": 2, "👍🏽!": 2, "❤️": 1, "a\u200bb": 2} {
		if got := Shown(s); got != want {
			t.Errorf("%q: %d; want %d", s, got, want)
		}
	}
}

func TestSubjectAndPreheaderAreAsLongAsInboxesShow(t *testing.T) {
	for n, want := range map[int]string{0: "fail subject", 1: "pass subject", 40: "pass subject", 41: "pass subject", 60: "pass subject", 61: "warn subject"} {
		if got := levels(Subject(strings.Repeat("я", n))); got != want {
			t.Errorf("subject of %d: %s; want %s", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "warn preheader", 39: "warn preheader", 40: "pass preheader", 90: "pass preheader", 91: "warn preheader"} {
		if got := levels(Preheader(strings.Repeat("я", n))); got != want {
			t.Errorf("preheader of %d: %s; want %s", n, got, want)
		}
	}
}

func TestLoudLettersAreNoticedAndCalmOnesAreNot(t *testing.T) {
	for _, c := range []struct{ lang, subject, text, want string }{
		{"en", "A winner is drawn on Friday", "Guaranteed freshness. Free delivery and a sale.", "pass words"},
		{"en", "Act now", "It is 100% free!", "warn words"},
		{"en", "Make money", "", "warn words"},
		{"en", "NEW TEA HAS ARRIVED", "", "warn words"},
		{"en", "TEA and UNESCO", "", "pass words"},
		{"en", "Tea! Now!", "", "warn words"},
		{"en", "Tea!", "So good!!", "warn words"},
		{"en", "Tea", "https://shop.test/casino/casino", "pass words"},
		{"bg", "Нов чай", "Поздравления, Мария", "pass words"},
		{"bg", "Вие спечелихте", "", "warn words"},
		{"bg", "КУПЕТЕ СЕГА ЧАЙ", "", "warn words"},
		{"ru", "Срочно: лёгкие деньги", "", "warn words"},
		{"ru", "Чай из Пуэра", "", "pass words"},
	} {
		if got := levels(Spam(Letter{Lang: c.lang, Subject: c.subject, Text: c.text})); got != c.want {
			t.Errorf("%s %q %q: %s; want %s", c.lang, c.subject, c.text, got, c.want)
		}
	}
}

func TestSizeAndPictures(t *testing.T) {
	for n, want := range map[int]string{1: "pass size", 80 << 10: "pass size", 80<<10 + 1: "warn size", 102<<10 + 1: "warn size"} {
		if got := levels(Size(n)); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := Pictures(nil); got != nil {
		t.Errorf("no pictures: %v", got)
	}
	got := Pictures([]Picture{{"small.png", "b1", 1000}, {"large.png", "b2", 600 << 10}})
	if levels(got) != "warn pictures" || got[0].Block != "b2" || fmt.Sprint(got[0].Args) != "[601 large.png 600]" {
		t.Errorf("%+v", got)
	}
}

func TestTheTextPartIsMeasuredAgainstTheHTML(t *testing.T) {
	words := strings.Repeat("Green leaves from the hills of Assam. ", 5)
	html := "<style>.x{color:red}</style><p>" + words + `</p><div style="display:none">preheader filler</div><a href="https://shop.test/?a=1&amp;b=2">Shop</a>`
	got := TextPart(Letter{HTML: html, Text: words + "Shop: https://shop.test/?a=1&b=2"})
	if levels(got) != "pass text" || fmt.Sprint(got[0].Args) != "[100 1 1]" {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{words + "Shop", "https://shop.test/?a=1&b=2", ""} {
		if got := levels(TextPart(Letter{HTML: html, Text: text})); got != "warn text" {
			t.Errorf("%q: %s", text, got)
		}
	}
	if got := levels(TextPart(Letter{HTML: `<img src="x.png" alt="">`})); got != "warn text" {
		t.Errorf("only a picture: %s", got)
	}
}

func TestTheWayOutAndTheAddressAreLookedFor(t *testing.T) {
	l := Letter{HTML: `<p>Tea House, 1 Leaf  Street,<br>Sofia</p><a href="https://m.test/u/abc?x=1&amp;y=2">Unsubscribe</a>`}
	if got := levels(Leave(true)) + ", " + levels(Address(l, "1 Leaf Street\nSofia")); got != "pass unsubscribe, pass address" {
		t.Error(got)
	}
	if got := levels(Leave(false)) + ", " + levels(Address(l, "2 Leaf Street, Sofia")); got != "fail unsubscribe, warn address" {
		t.Error(got)
	}
}

func TestPicturesInCodeNeedWords(t *testing.T) {
	got := Alts([]Code{{Block: "b1", Source: "<p>\n<img src=x alt=''>\n<img\n src=\"{{ \"a.png\" }}\">"}})
	if levels(got) != "warn alt" || got[0].Line != 3 || got[0].Block != "b1" {
		t.Errorf("%+v", got)
	}
	if got := levels(Alts([]Code{{Source: `<img alt="Tea">`}})); got != "pass alt" {
		t.Error(got)
	}
}

func TestWordsThatCannotBeReadAreFoundInLightAndDark(t *testing.T) {
	dark := `<style>@media (prefers-color-scheme:dark){.card{background-color:#111!important}.card .t{color:#222!important}}</style>`
	for _, c := range []struct{ name, html, want string }{
		{"black on white", `<p>Tea</p>`, "pass contrast"},
		{"grey on white", `<p style="color:#999">Tea</p>`, "warn contrast"},
		{"large grey on white", `<p style="color:#8a8a8a;font-size:30px">Tea</p>`, "pass contrast"},
		{"on a cell", `<table><tr><td bgcolor="#222"><p style="color:#fff">Tea</p></td></tr></table>`, "pass contrast"},
		{"black on a dark cell", `<table><tr><td bgcolor="#222222">Tea</td></tr></table>`, "warn contrast"},
		{"rgb", `<p style="color:rgb(250, 250, 250)">Tea</p>`, "warn contrast"},
		{"on a picture nobody can tell", `<p style="background:url(x.png);color:#eee">Tea</p>`, "pass contrast"},
		{"hidden", `<p style="display:none;color:#eee">Tea</p>`, "pass contrast"},
		{"in the dark only", dark + `<div class="card"><p class="t" style="color:#000">Tea</p></div>`, "warn contrast"},
		{"a sign is no text", `<p style="color:#eee">★</p>`, "pass contrast"},
	} {
		if got := levels(Contrast(Letter{HTML: c.html})); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	got := Contrast(Letter{HTML: "<p>Tea</p>", Canvas: `<table><tr><td data-block="b7" bgcolor="#ffffff"><span style="color:#dddddd">Pale words</span></td></tr></table>`})
	if len(got) != 1 || got[0].Block != "b7" || got[0].Args[0] != "Pale words" || got[0].Args[1] != "1.4" {
		t.Errorf("%+v", got)
	}
}

func TestOnlyWhatReadersWouldNoticeIsSaidOfMailPrograms(t *testing.T) {
	for source, want := range map[string]string{
		`<p style="border-radius:9px;box-shadow:0 0 3px red">Tea</p>`:                            "",
		`<style>@media (max-width:480px){.x{display:flex}} a:hover{color:red}</style><p>Tea</p>`: "",
		`<div style="background:linear-gradient(red,blue);background-color:#fff">Tea</div>`:      "",
		`<!--[if mso]><table><tr><td><![endif]--><div style="max-width:600px">Tea</div>`:         "",
		`<div style="display:flex">Tea</div>`:                                                    "display: flex",
		"<style>\n.x { color: red }\n.y { display: grid }</style><p>Tea</p>":                     "display: grid",
		`<video src="x.mp4"></video>`:                                                            "<video>",
		`<img src="https://shop.test/x.webp?v=1" alt="">`:                                        ".webp",
		`<p style="{% if x %}color:{{ "red" }}{% endif %};position:absolute">Tea</p>`:            "position: absolute",
		`<div style="background-image:url('a;b.png')">Tea</div>`:                                 "background-image",
		`<style>@import url(x.css);</style>`:                                                     "@import",
		`<p style="width:calc(100% - 20px)">Tea</p><div style="display:flex"></div><svg></svg>`:  "calc(), display: flex, <svg>",
	} {
		var got []string
		for _, f := range Clients([]Code{{Source: source}}) {
			if f.Level == Warn {
				got = append(got, f.Args[0].(string))
			}
		}
		if said := strings.Join(got, ", "); said != want && !sameSet(said, want) {
			t.Errorf("%s: %q; want %q", source, said, want)
		}
	}
	got := Clients([]Code{{Block: "b1", Source: "<style>\n.x { color: red }\n.y { display: grid }</style>"}})
	if len(got) != 1 || got[0].Line != 3 || got[0].Block != "b1" || !strings.Contains(got[0].Args[1].(string), "Outlook (Windows)") {
		t.Errorf("%+v", got)
	}
	if got := Clients(nil); got != nil {
		t.Errorf("without code: %+v", got)
	}
}

func sameSet(a, b string) bool {
	for part := range strings.SplitSeq(b, ", ") {
		if !strings.Contains(a, part) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestTheTableOfMailProgramsIsSmallAndDated(t *testing.T) {
	s, err := readSupport()
	if err != nil || ClientsDate() < "2026-05-13" || len(s.Features) < 200 {
		t.Fatalf("%s, %d features, %v", s.Date, len(s.Features), err)
	}
	var small bytes.Buffer
	w := gzip.NewWriter(&small)
	w.Write(clientsJSON)
	w.Close()
	if small.Len() > 7000 {
		t.Errorf("%d bytes gzipped", small.Len())
	}
	for slug, row := range s.Features {
		if len(row) != len(s.Programs) {
			t.Errorf("%s has %d answers for %d programs", slug, len(row), len(s.Programs))
		}
	}
}

func TestTheLeastReadableComesWithTheMostReadersFirst(t *testing.T) {
	got := Clients([]Code{{Source: `<p style="mix-blend-mode:multiply">a</p><video></video><img src="a.webp" alt="">`}})
	last := 1000.0
	s, _ := readSupport()
	for _, f := range got {
		share := 0.0
		for slug := range effects {
			if names, part := s.lacking(slug); strings.Join(names, ", ") == f.Args[1] {
				share = part
			}
		}
		if share > last {
			t.Errorf("%+v", got)
		}
		last = share
	}
}

func FuzzCode(f *testing.F) {
	f.Add(`<style>@media x{.a{b:c}}</style><p style="a:url('x;y');display:flex">{{ "x" }}</p>`)
	f.Add("<style>{{{}}}@import;@;}{</style><img src=data:x {% if %}>")
	f.Add(`<div style="color:#12;background:rgb(1,2)">x<a href=" ">`)
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 1<<16 {
			return
		}
		lines := strings.Count(src, "\n") + 1
		l := Letter{Lang: "en", Subject: src, Preheader: src, HTML: src, Canvas: src, Text: src, Code: []Code{{Source: src}}}
		for _, finding := range Look(l) {
			if finding.Line < 0 || finding.Line > lines {
				t.Errorf("line %d of %d: %+v", finding.Line, lines, finding)
			}
			if finding.Level != Pass && finding.Level != Warn && finding.Level != Fail {
				t.Errorf("%+v", finding)
			}
			for _, a := range finding.Args {
				if s, ok := a.(string); ok && utf8.ValidString(src) && !utf8.ValidString(s) {
					t.Errorf("%+v", finding)
				}
			}
		}
	})
}

func TestEveryEffectIsTranslatedAndInTheTable(t *testing.T) {
	catalog, err := render.LoadCatalog(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := readSupport()
	for slug, effect := range effects {
		for _, lang := range []string{"bg", "ru"} {
			if !catalog.Has(lang, effect) {
				t.Errorf("%s lacks %q", lang, effect)
			}
		}
		if s.Features[slug] == "" {
			t.Errorf("the table does not know %s", slug)
		}
	}
}

func TestALetterTooDeepToReadIsWarnedOfOnce(t *testing.T) {
	got := levels(Look(Letter{Subject: "Spring tea is here", HTML: strings.Repeat("<font>", 600) + "Hello", Text: "Hello"}))
	if strings.Count(got, "letter") != 1 || !strings.Contains(got, "warn letter") || strings.Contains(got, "contrast") || strings.Contains(got, "text") {
		t.Error(got)
	}
}

func TestAPictureThatIsNowhereIsNamedWithItsLine(t *testing.T) {
	for src, want := range map[string]string{
		`<p>Hi</p>` + "\n" + `<img alt="Tea" src="images/tea.png">`: "fail: The picture “images/tea.png” in line 2 is missing: it was not in what you brought along.",
		`<img alt="Tea">`:                   "fail: The picture in line 1 has no address.",
		`<img alt="" src=" ">`:              "fail: The picture in line 1 has no address.",
		`<img alt="" src="cid:part1@mail">`: "fail: The picture “cid:part1@mail” in line 1 is missing: it was not in what you brought along.",
		`<img alt="" src="C:\tea.png">`:     `fail: The picture “C:\tea.png” in line 1 is missing: it was not in what you brought along.`,
		`<td background="bg.png"></td>`:     "fail: The picture “bg.png” in line 1 is missing: it was not in what you brought along.",
		`<mj-section background-url="bg.png"><mj-image src="/media/a.png" />`:                                                                                            "fail: The picture “bg.png” in line 1 is missing: it was not in what you brought along.",
		`<img alt="" src="/media/a.png"><img src="HTTPS://shop.test/a.png"><img src="//shop.test/a.png"><img src="{{ shop.logo }}"><img src="data:image/png;base64,AA">`: "",
		`<img alt="" src="{% if data.x %}a{% endif %}"><td background="">`:                                                                                               "",
	} {
		var said []string
		for _, f := range Sources([]Code{{Source: src}}) {
			said = append(said, f.Level+": "+fmt.Sprintf(f.Format, f.Args...))
		}
		if got := strings.Join(said, " "); got != want {
			t.Errorf("%s: %q; want %q", src, got, want)
		}
	}
}
