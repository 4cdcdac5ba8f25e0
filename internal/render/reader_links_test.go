package render

import (
	"fmt"
	"strings"
	"testing"

	"keepsake/campaigns"
)

// hopped is a letter whose readers' links are written as hop:place:target.
func hopped(t *testing.T, c campaigns.Content, v Values) (out string, numbered []string) {
	t.Helper()
	o := Options{BaseURL: "https://k.test", Brand: brand, LinkIDs: func(urls []string) ([]int64, error) {
		numbered = append(numbered, urls...)
		ids := make([]int64, len(urls))
		for i := range ids {
			ids[i] = int64(70 + i)
		}
		return ids, nil
	}}
	v.Links["click"] = "https://k.test/c/token"
	v.Hop = func(place int64, target string) string { return fmt.Sprintf("https://k.test/hop/%d?%s", place, target) }
	return rendered(t, c, o, v).HTML, numbered
}

func coded(code string) campaigns.Content {
	return campaigns.Content{Lang: "en", Mode: "html", Subject: "Hi", HTML: code}
}

func itemsAt(urls ...string) map[string]any {
	var items []any
	for _, u := range urls {
		items = append(items, map[string]any{"title": "T", "url": u})
	}
	return map[string]any{"items": items, "share_url": "https://k.test/s/ana", "page": "https://k.test/s/ana?a=1&b=2"}
}

func TestLinksOfEachArticleAreCounted(t *testing.T) {
	v := sampleValues()
	v.Data = itemsAt("https://blog.test/one?a=1&b=2", "https://blog.test/two", "javascript:alert(1)", "mailto:x@y.test")
	for name, c := range map[string]campaigns.Content{
		"blocks": blocks(`{"id":"a","type":"article","source":"items"}`),
		"html":   coded(`{% for post in data.items %}<a href="{{ post.url }}">x</a>{% endfor %}`),
		"single": coded(`{% for item in data.items %}<a href='{{ item.url | default: "https://blog.test/" }}'>x</a>{% endfor %}`),
	} {
		out, numbered := hopped(t, c, v)
		for _, want := range []string{`href="https://k.test/hop/0?https://blog.test/one?a=1&amp;b=2"`, `href="https://k.test/hop/0?https://blog.test/two"`, `href="#"`, `href="mailto:x@y.test"`} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %s in %s", name, want, out)
			}
		}
		for _, u := range numbered {
			if strings.Contains(u, "{{") {
				t.Errorf("%s: numbered %s", name, u)
			}
		}
	}
}

func TestALinkOfOnesOwnIsCountedByItsPlace(t *testing.T) {
	v := sampleValues()
	v.Data = itemsAt()
	out, numbered := hopped(t, blocks(`{"id":"a","type":"button","label":"Share","href":"{{ data.page }}"},
		{"id":"b","type":"button","label":"Look","href":"https://tea.test/look?who={{ subscriber.first_name }}&x=1"}`), v)
	if len(numbered) < 2 || !strings.Contains(strings.Join(numbered, " "), "{{ data.page }}") {
		t.Errorf("numbered %q", numbered)
	}
	for _, want := range []string{"?https://k.test/s/ana?a=1&amp;b=2", "?https://tea.test/look?who=Mira&amp;x=1"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
}

func TestNoReaderSaysWhereASignedLinkLeads(t *testing.T) {
	v := sampleValues()
	v.Subscriber.Attributes = map[string]string{"web": "https://evil.test/", "dot": "evil.test/", "path": "/evil.test/"}
	data := itemsAt("https://blog.test/one")
	data["answer"], data["scheme"] = "https://evil.test/", "https:"
	v.Data = data
	for _, href := range []string{"{{ subscriber.attributes.web }}", "https://tea.test{{ subscriber.attributes.dot }}", "https://{{ subscriber.attributes.dot }}/x",
		"{{ data.share_url | default: subscriber.attributes.web }}", "https://a@{{ subscriber.first_name }}/", "{% if true %}{{ subscriber.attributes.web }}{% endif %}", "{{ 'https:' }}//{{ subscriber.attributes.dot }}",
		"{{ data.none | default: '' }}{{ subscriber.attributes.web }}", "{{ data.none | default: 'https:' }}//{{ subscriber.attributes.dot }}", "{{ item.none | default: 'https:' }}//{{ subscriber.attributes.dot }}",
		"{{ data.none | default: '' }}https://{{ subscriber.attributes.dot }}", "{{ data.none | default: '' }}https:/{{ subscriber.attributes.path }}", "{{ data.scheme | append: '//' }}{{ subscriber.attributes.dot }}", `{{ data.scheme }}\\\\{{ subscriber.attributes.dot }}`,
		"{{ data.none | default: data.answer }}", "{{ data.answer }}", "{{ data['answer'] }}", "{{ item | default: '' }}", "{{ product.url | default: '' }}", "{{ links.public }}?x=1", "{{ data.share_url }}"} {
		out, _ := hopped(t, coded(`<a href="`+href+`">x</a>`), v)
		if strings.Contains(out, "/hop/") {
			t.Errorf("%s: counted: %s", href, out)
		}
	}
}

func TestALinkCountsForNothingWhereNothingIsCounted(t *testing.T) {
	v := sampleValues()
	v.Data = itemsAt("https://blog.test/one")
	out := rendered(t, blocks(`{"id":"a","type":"article","source":"items"}`), Options{Brand: brand}, v)
	if !strings.Contains(out.HTML, `href="https://blog.test/one"`) || strings.Contains(out.HTML, "k_to") {
		t.Error(out.HTML)
	}
}

func TestANameInALetterIsTrustedOnlyForWhatItStandsFor(t *testing.T) {
	v := sampleValues()
	v.Subscriber.Attributes = map[string]string{"web": "https://evil.test/"}
	data := itemsAt("https://blog.test/one")
	data["answer"] = "https://evil.test/"
	v.Data = data
	for _, code := range []string{
		`{% assign item = subscriber.attributes.web %}<a href="{{ item }}">x</a>`, `{% assign product = subscriber.attributes %}<a href="{{ product.web }}">x</a>`,
		`{% assign data = subscriber.attributes %}<a href="{{ data.web }}">x</a>`, `{% capture order %}{{ subscriber.attributes.web }}{% endcapture %}<a href="{{ order }}">x</a>`,
		"{% liquid\nassign item = subscriber.attributes.web\n%}<a href=\"{{ item }}\">x</a>", `{% assign a = data %}<a href="{{ a.answer }}">x</a>`, `{% assign a = data.answer %}<a href="{{ a }}">x</a>`,
		`{% assign item = subscriber.attributes.web %}{% for post in data.items %}{% endfor %}<a href="{{ item }}">x</a>`, `{% assign a = subscriber.attributes.web %}{% assign b = a %}<a href="{{ b }}">x</a>`,
		`{% assign w = subscriber.attributes.web | split: ',' %}{% for item in w %}<a href="{{ item }}">x</a>{% endfor %}`, `{% assign a = 'answer' %}<a href="{{ data[a] }}">x</a>`,
		`{% for item in data.items %}<a href="{{ item.url }}">x</a>{% endfor %}{% assign item = subscriber.attributes.web %}<a href="{{ item }}">y</a>`,
		"{%\vassign\titem = subscriber.attributes.web %}<a href=\"{{ item }}\">x</a>",
	} {
		if out, _ := hopped(t, coded(code), v); strings.Contains(out, "?https://evil") {
			t.Errorf("%s: counted: %s", code, out)
		}
	}
	code := `{% assign posts = data.items %}{% for post in posts limit: 3 %}<a href="{{ post.url }}?who={{ subscriber.first_name }}">x</a>{% endfor %}`
	if out, _ := hopped(t, coded(code), v); !strings.Contains(out, "?https://blog.test/one?who=Mira") {
		t.Errorf("%s: not counted: %s", code, out)
	}
	b := blocks(`{"id":"t","type":"html","code":"{% assign item = subscriber.attributes.web %}"},{"id":"b","type":"button","label":"x","href":"{{ item }}"}`)
	if out, _ := hopped(t, b, v); strings.Contains(out, "?https://evil") {
		t.Errorf("counted: %s", out)
	}
}
