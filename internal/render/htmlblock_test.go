package render

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

func codeBlock(code string) campaigns.Content {
	quoted, _ := json.Marshal(code)
	return blocks(`{"id":"b1","type":"html","code":` + string(quoted) + `}`)
}

// hostileCode are html blocks that once came out alive.
var hostileCode = []string{
	`<<foo>img src=x onerror=alert(1)>`, `<<!-- -->img src=x onerror=alert(1)>`, `<</b>img src=x onerror=alert(1)>`, `<<script></script>img src=x onerror=alert(1)>`,
	`<{{ '' }}img src=x onerror=alert(1)>`, `<{% if false %}{% endif %}img src=x onerror=alert(1)>`, `<{% comment %}x{% endcomment %}img src=x onerror=alert(1)>`,
	`{% raw %}<img src=x onerror=alert(1)>{% endraw %}`, `{{ '<img src=x onerror=alert(1)>' | raw }}`, `{% liquid echo '<img src=x onerror=alert(1)>' | raw %}`,
	"{%\x00raw %}<img src=x onerror=alert(1)>{% endraw %}", `<b title='{% raw %}" onmouseover="alert(1){% endraw %}'>x</b>`, `{% raw %}<!--{% endraw %}`, `{{ '<!--' | raw }}`,
	`{<foo>{ '%3Cimg src=x onerror=alert(1)%3E' | url_decode | raw }}`, `{<foo>% raw %}`,
	`<b title="{% capture x %}<img src=x onerror=alert(1)>{% endcapture %}">{{ x }}</b>`, `{% capture x %}img src=x onerror=alert(1){% endcapture %}<{{ x }}>`,
	`<a href="java{{''}}script:alert(1)">x</a>`, `<a href="{% if true %}javascript{% endif %}:alert(1)">x</a>`, `<a href="{% if false %}https{% else %}javascript{% endif %}:alert(1)">x</a>`,
	`<a href="{{ 'java' }}script:alert(1)">x</a>`, `<a href="{{ 'java' }}{{ 'script' }}:alert(1)">x</a>`, `<a href="j{% if false %}:{% endif %}avascript:alert(1)">x</a>`,
	`<a href="&#{% if false %}x{% endif %}106;avascript:alert(1)">x</a>`, `<a href="{{ 'javascript:alert(1)' }}">x</a>`, `<a href="{% echo 'java' %}script:alert(1)">x</a>`,
	`<a href="https://a.test/&#123;&#123; subscriber.first_name | raw }}">x</a>`,
	`<b style="pos{{''}}ition:fixed">x</b>`, `<b style="pos{% if false %};{% endif %}ition:fixed">x</b>`, `<b style="{{ 'position' }}:fixed">x</b>`, `<b style="{{ 'position:fixed' }}">x</b>`,
	`<b style="{% if false %}x:{% endif %}{{ 'position:fixed' }}">x</b>`, `<b style="&#{{''}}112;osition:fixed">x</b>`, `<b style="color:red;po{% if true %}si{% endif %}tion:fixed">x</b>`,
	`</td></tr></table>`, `{% if false %}<table>{% endif %}</table>`, `{% for i in (1..2) %}<table>{% break %}</table>{% endfor %}`, `{% ifchanged %}<table>{% endifchanged %}`,
	`{% comment x %}<table>{% endcomment %}</table>`, `{% comment %}{% comment %}{% endcomment %}<table>{% endcomment %}</table>`, `{% tablerow i in (1..2) %}x{% endtablerow %}`,
}

func TestNoCodeOfABlockComesOutAlive(t *testing.T) {
	v := sampleValues()
	v.Subscriber.FirstName = `"><img src=x onerror=alert(1)>`
	v.Preview = true
	for _, code := range hostileCode {
		l, err := Compile(codeBlock(code), Options{Brand: brand})
		if err != nil {
			if f, ok := errors.AsType[*fault.Error](err); !ok || len(f.Fields) == 0 || !strings.HasPrefix(f.Fields[0].Field, "b1") {
				t.Errorf("%s: refused without its place: %v", code, err)
			}
			continue
		}
		out, err := l.Render(v)
		if err != nil {
			t.Errorf("%s: %v", code, err)
			continue
		}
		for _, bad := range alive(t, out.HTML) {
			t.Errorf("%s: %s", code, bad)
		}
	}
}

// alive lists what a browser would run in a letter of one block, or what of the letter went missing.
func alive(t *testing.T, letter string) (bad []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(letter))
	if err != nil {
		t.Fatal(err)
	}
	leaves, depth := 0, 0
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			value := strings.ToLower(strings.ReplaceAll(a.Val, " ", ""))
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(value, "javascript:") || strings.Contains(value, "position:fixed") {
				bad = append(bad, n.Data+" "+a.Key+"="+a.Val)
			}
			if a.Key == "href" && a.Val == "https://k.test/u/t0ken" {
				leaves++
				for p := range n.Ancestors() {
					if p.Data == "table" {
						depth++
					}
				}
			}
		}
	}
	if leaves != 1 || depth != 2 {
		bad = append(bad, "the footer is not where it was")
	}
	return bad
}

func TestHonestCodeOfABlockStays(t *testing.T) {
	v := sampleValues()
	for code, want := range map[string]string{
		`<b>a < b & c</b>`: `<b>a &lt; b & c</b>`, `<a href="{{ shop.url }}/x">x</a>`: `<a href="https://shop.test/x">x</a>`,
		`<a href="https://a.test/{% if subscriber.lang == 'xx' %}b{% else %}c{% endif %}?q={{ subscriber.first_name }}">x</a>`: `<a href="https://a.test/c?q=Mira">x</a>`,
		`<a href="{% if shop.url != blank %}{{ shop.url }}{% else %}https://b.test{% endif %}">x</a>`:                          `<a href="https://shop.test">x</a>`,
		`<p style="color:{% if 1 < 2 %}red{% else %}blue{% endif %};width:{{ 3 }}px">x</p>`:                                    `<p style="color:red;width:3px">x</p>`,
		`{% comment %}{% if x %}{% endcomment %}<ul><li>a<li>b</ul>`:                                                           `<ul><li>a<li>b</ul>`,
		`<table>{% for i in (1..2) %}<tr><td>{{ i }}</td></tr>{% endfor %}</table>`:                                            `<table><tr><td>1</td></tr><tr><td>2</td></tr></table>`,
	} {
		if out := rendered(t, codeBlock(code), Options{Brand: brand}, v); !strings.Contains(out.HTML, want) {
			t.Errorf("%s: no %s in\n%s", code, want, out.HTML[strings.Index(out.HTML, "k-card"):])
		}
	}
}

func TestCodeThatIsTooDeepIsRefusedSoon(t *testing.T) {
	for name, code := range map[string]string{
		"structure and forks": strings.Repeat("<ol>", 9000) + strings.Repeat("{%if x%}", 3000) + strings.Repeat("{%endif%}", 3000),
		"branches":            strings.Repeat("<ol>", 9000) + strings.Repeat("{%if x%}{%endif%}", 3500),
		"forks":               strings.Repeat("{% if x %}", 60) + strings.Repeat("{% endif %}", 60),
		"others":              strings.Repeat("<font>", 520),
		"ends":                strings.Repeat("<b>", 15000) + strings.Repeat("</i></b>", 6000),
	} {
		began := time.Now()
		_, err := Compile(codeBlock(code), Options{Brand: brand})
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) == 0 || f.Fields[0].Field != "b1.code" || !strings.Contains(f.Fields[0].Format, "nested deeper than") {
			t.Errorf("%s: got %v", name, err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: %s", name, took)
		}
	}
	rendered(t, codeBlock(strings.Repeat("<p>a<li>b<b>c</b>", 6000)), Options{Brand: brand}, sampleValues())
}

func TestABlocksNameIsNoClassOfTheLetters(t *testing.T) {
	out := rendered(t, blocks(`{"id":"nd","type":"button","label":"Go","href":"https://a.test","style":{"bg":"#ffeedd"}}`), Options{Brand: brand}, sampleValues())
	if !strings.Contains(out.HTML, `class="k-p k-b-nd"`) {
		t.Errorf("no class of its own in\n%s", out.HTML)
	}
}
