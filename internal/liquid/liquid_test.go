package liquid

import (
	"errors"
	"strings"
	"testing"
	"time"
)

type item struct {
	Title   string
	Price   int64 `liquid:"price_cents"`
	OrderID int
	secret  string
}

var person = map[string]any{
	"subscriber": map[string]any{"first_name": "O'Brien <b>", "email": "o@shop.test", "last_name": ""},
	"order":      map[string]any{"items": []item{{Title: "Tea", Price: 1250, OrderID: 7, secret: "x"}, {Title: "Cup", Price: 99}}},
	"shop":       struct{ Name, URL string }{"Shop & Co", "https://shop.test/?a=1&b=2"},
	"bad":        "JaVa\tscript:alert(1)",
	"end":        "script:alert(1)",
	"css":        "red;} body{display:none",
	"none":       nil,
	"list":       []string{},
	"at":         time.Date(2026, 3, 14, 21, 30, 0, 0, time.UTC),
}

func render(t *testing.T, src string, mode Mode, lim Limits) string {
	t.Helper()
	tpl, err := Parse(src, mode)
	if err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	out, err := tpl.RenderString(person, lim)
	if err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	return out
}

func TestOwnCases(t *testing.T) {
	for _, tc := range []struct{ src, want string }{
		{"Hello {{ subscriber.last_name | default: 'friend' }}!", "Hello friend!"},
		{"{% if subscriber.last_name != blank %}a{% else %}b{% endif %}", "b"},
		{"{% if list == empty %}none{% endif %}", "none"},
		{"{% for i in order.items %}{{ i.title }} {{ i.price_cents | money: 'EUR' }};{% endfor %}", "Tea 12.50 €;Cup 0.99 €;"},
		{"{{ order.items.first.order_id }}{{ order.items.first.secret }}", "7"},
		{"{{ shop.name }} {{ shop.url }}", "Shop & Co https://shop.test/?a=1&b=2"},
		{"a {%- if true -%} b {%- endif -%} c", "abc"},
		{"{% liquid\nassign x = 2\necho x | times: 3\n%}", "6"},
		{"{{ none.of.this }}{{ at | date: '%Y-%m-%d %H:%M' }}", "2026-03-14 21:30"},
		{"{{ at | date: '%-d %B %Y, %H:%M', 'Europe/Sofia' }}", "14 March 2026, 23:30"},
		{"{{ 2 | plural: '% point', '% points' }} {{ 1 | plural: 'point', 'points' }}", "2 points point"},
		{"{% case subscriber.email %}{% when 'o@shop.test' %}yes{% else %}no{% endcase %}", "yes"},
		{"{% raw %}{{ x }}{% endraw %}{% comment %}{{ {% endcomment %}", "{{ x }}"},
		{"{{ -1250 | money: 'usd' }} {{ 123456789 | money: 'EUR' }}", "-12.50 $ 1,234,567.89 €"},
	} {
		if got := render(t, tc.src, Text, Limits{}); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.src, got, tc.want)
		}
	}
}

func TestLanguages(t *testing.T) {
	const src = "{{ at | date: '%-d %B' }}, {{ at | date: '%A' }}, {{ 1250 | money: 'EUR' }}, {{ 3 | plural: 'балл', 'балла', 'баллов' }}"
	for lang, want := range map[string]string{
		"bg": "14 март, събота, 12,50 €, балла",
		"ru": "14 марта, суббота, 12,50 €, балла",
		"en": "14 March, Saturday, 12.50 €, балла",
	} {
		if got := render(t, src, Text, Limits{Lang: lang}); got != want {
			t.Errorf("%s: got %q, want %q", lang, got, want)
		}
	}
}

func TestParseErrorsNameTheirPlace(t *testing.T) {
	for _, tc := range []struct {
		src          string
		line, column int
		has          string
	}{
		{"a\nб{{ x", 2, 2, "has no }}"},
		{"a\n  {% if x %}", 2, 3, "“if” has no “endif”"},
		{"{{ x | shout }}", 1, 8, "no filter “shout”"},
		{"{{ x | append }}", 1, 8, "append"},
		{"x {% nope %}", 1, 3, "no tag “nope”"},
		{"x {% endif %}", 1, 3, "“endif” does not belong here"},
		{"{{ 'x }}", 1, 4, "closing quote"},
		{"{% liquid\necho x\nassign 1\n%}", 3, 8, "assign"},
		{strings.Repeat("{% if x %}", 200), 1, 1001, "nested"},
		{"{{ " + strings.Repeat("a[", 200), 1, 1, "has no }}"},
		{"{{ " + strings.Repeat("a[", 200) + "}}", 1, 204, "nested"},
	} {
		_, err := Parse(tc.src, Text)
		var e *Error
		if !errors.As(err, &e) || e.Line != tc.line || e.Column != tc.column || !strings.Contains(e.Message(), tc.has) {
			t.Errorf("%.40q: got %v, want %q at %d:%d", tc.src, err, tc.has, tc.line, tc.column)
		}
	}
	_, err := Parse("<p>{% if x %}<a href='{% endif %}{{ y }}", HTML)
	if err == nil {
		t.Error("branches that end in different places must be refused")
	}
}

func TestPathsAndMissing(t *testing.T) {
	const src = `{{ subscriber.first_name }} {{ subscriber.last_name }} {{ subscriber.city | default: "x" }}
{% if subscriber.phone != blank %}{{ subscriber.phone }}{% endif %}{% if subscriber.last_name == "" %}-{% else %}{{ subscriber.last_name }}{% endif %}{% if list.size > 0 %}{{ list | join }}{% endif %}{% assign p = points.total %}{{ p }}
{% for i in order.items %}{{ i.title }}{{ i.note }}{{ forloop.index }}{% endfor %}{{ list | join }}`
	tpl, err := Parse(src, Text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range tpl.Paths() {
		name := p.Name
		if p.HasFallback {
			name += "?"
		}
		got = append(got, name)
	}
	want := "subscriber.first_name subscriber.last_name subscriber.city? subscriber.phone? subscriber.phone? subscriber.last_name? subscriber.last_name? list.size? list? points.total order.items order.items[].title order.items[].note list"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("paths: got %s\nwant %s", s, want)
	}
	want = "subscriber.last_name points.total order.items[].note list"
	if s := strings.Join(tpl.Missing(person), " "); s != want {
		t.Errorf("missing: got %s\nwant %s", s, want)
	}
}

func TestAnEmptyTextInATest(t *testing.T) {
	const src = "{% if subscriber.last_name %}Dear {{ subscriber.last_name }}{% else %}Hello{% endif %}{% if subscriber.last_name or none %}!{% endif %}{% unless subscriber.last_name %}?{% endunless %}"
	if got := render(t, src, Text, Limits{}); got != "Dear !" {
		t.Errorf("as Liquid has it: got %q", got)
	}
	if got := render(t, src, Text, Limits{EmptyIsFalse: true}); got != "Hello?" {
		t.Errorf("as people expect: got %q", got)
	}
	tpl, _ := Parse(src, Text)
	if got := tpl.Missing(person); len(got) != 1 || got[0] != "subscriber.last_name" {
		t.Errorf("missing: got %v", got)
	}
	if got := tpl.MissingWithin(person, Limits{EmptyIsFalse: true}); len(got) != 0 {
		t.Errorf("missing, as people expect: got %v", got)
	}
}
