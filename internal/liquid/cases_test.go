package liquid

import (
	"encoding/json"
	"strings"
	"testing"
)

const caseData = `{"n": 7, "f": 2.5, "s": "Hello, World", "t": true, "e": "", "a": [3, 1, 2], "w": ["b", "A", null, "c"],
 "m": {"x": 1, "y": {"z": "deep"}}, "l": [{"k": "b", "v": 2}, {"k": "a", "v": 1}, {"k": "c"}], "nest": [1, [2, [3]]]}`

// ownCases are "template -> result", one a line; an error is written as !.
const ownCases = `
{{ a | sort | join: "-" }} -> 1-2-3
{{ w | sort_natural | join: "," }} -> A,b,c,
{{ w | compact | reverse | join }} -> c A b
{{ l | sort: "k" | map: "k" | join: "" }} -> abc
{{ l | sort: "v" | map: "k" | join: "" }} -> abc
{{ l | sort_natural: "k" | first | size }} -> 2
{{ l | where: "v" | size }}{{ l | where: "k", "a" | size }} -> 21
{{ l | reject: "v" | map: "k" }} -> c
{% assign x = l | find: "k", "a" %}{{ x.v }} -> 1
{{ l | find_index: "k", "c" }}{{ l | find_index: "k", "q" }} -> 2
{{ l | has: "k", "c" }} {{ l | has: "k", "q" }} -> true false
{{ l | sum: "v" }} {{ a | sum }} {{ nest | sum }} -> 3 6 6
{{ a | uniq | concat: a | size }} -> 6
{{ a | concat: 5 }} -> !
{{ l | compact: "v" | size }} {{ l | uniq: "k" | size }} -> 2 3
{{ a | first }}{{ a | last }}{{ a.first }}{{ a[-1] }}{{ a[9] }} -> 3232
{{ nest | join: "+" }} {{ nest }} -> 1+2+3 123
{{ m.y.z }}{{ m["y"]["z"] }}{{ m.size }}{{ m.none.of }} -> deepdeep2
{{ m }} -> {"x" => 1, "y" => {"z" => "deep"}}
{{ l | sort }} -> !
{{ n | plus: 1 }} {{ n | minus: 8 }} {{ n | times: 2 }} {{ n | divided_by: 2 }} {{ n | modulo: 4 }} -> 8 -1 14 3 3
{{ -7 | divided_by: 2 }} {{ -7 | modulo: 4 }} {{ -7.5 | modulo: 2 }} -> -4 1 0.5
{{ 0.1 | plus: 0.2 }} {{ 1.1 | times: 3 }} {{ 7 | divided_by: 2.0 }} -> 0.3 3.3 3.5
{{ n | divided_by: 0 }} -> !
{{ 9223372036854775807 | plus: 1 }} -> 9.223372036854776e+18
{{ 9223372036854775807 | times: 2 }} {{ -9223372036854775807 | minus: 9 }} -> 1.8446744073709552e+19 -9.223372036854776e+18
{{ f | ceil }} {{ f | floor }} {{ f | round }} {{ -2.5 | round }} {{ 2.345 | round: 2 }} {{ 1250 | round: -2 }} -> 3 2 3 -3 2.35 1300
{{ -3 | abs }} {{ "-2.5" | abs }} {{ n | at_least: 9 }} {{ n | at_most: 3 }} -> 3 2.5 9 3
{{ s | upcase }} {{ s | downcase }} {{ "éa B" | capitalize }} -> HELLO, WORLD hello, world Éa b
{{ " x " | strip }}|{{ " x " | lstrip }}|{{ " x " | rstrip }} -> x|x | x
{{ s | append: "!" | prepend: "¡" }} -> ¡Hello, World!
{{ s | replace: "l", "L" }} {{ s | replace_first: "l", "L" }} {{ s | replace_last: "l", "L" }} -> HeLLo, WorLd HeLlo, World Hello, WorLd
{{ s | remove: "l" }} {{ s | remove_first: "l" }} {{ s | remove_last: "l" }} -> Heo, Word Helo, World Hello, Word
{{ s | split: ", " | join: "|" }} {{ "a  b" | split: " " | size }} {{ "abc" | split: "" | join: "." }} -> Hello|World 2 a.b.c
{{ s | slice: 0 }} {{ s | slice: -5, 3 }} {{ a | slice: 1, 9 | join }} {{ s | slice: 99 }} -> H Wor 1 2 
{{ s | slice: "x" }} -> !
{{ s | truncate: 8 }} {{ s | truncate: 6, "…" }} {{ s | truncatewords: 1 }} {{ "Щастие" | truncate: 4, "" }} -> Hello... Hello… Hello,... Щаст
{{ "a b&c" | url_encode }} {{ "a+b%26" | url_decode }} -> a+b%26c a b&
{{ "%zz" | url_decode }} -> !
{{ "hi?" | base64_encode }} {{ "aGk/" | base64_decode }} {{ "aGk_" | base64_url_safe_decode }} -> aGk/ hi? hi?
{{ "<b>&amp;</b>" | escape }} {{ "<b>&amp;" | escape_once }} {{ "<b>x</b><!-- y --><style>z</style>" | strip_html }} -> &lt;b&gt;&amp;amp;&lt;/b&gt; &lt;b&gt;&amp; x
{{ e | default: "none" }} {{ false | default: "x", allow_false: true }} {{ a | default: "x" | size }} -> none false 3
{{ 0 | date: "%Y-%m-%d %H:%M:%S %z %Z %j %a %A %b %p %I %l %e %-d %u %w %V %s %%" }} -> 1970-01-01 00:00:00 +0000 UTC 001 Thu Thursday Jan AM 12 12  1 1 4 4 01 0 %
{{ "2026-03-14T21:30:00+02:00" | date: "%H:%M %:z" }} {{ "2026-03-14" | date: "%d.%m.%y" }} {{ "14 March 2026" | date: "%F" }} -> 21:30 +02:00 14.03.26 2026-03-14
{{ "2026-07-01 12:00" | date: "%H:%M", "America/New_York" }} {{ 0 | date: "%H", "Europe/Sofia" }} -> 12:00 02
{{ 0 | date: "%F", "Nowhere/Never" }} -> !
{{ "someday" | date: "%F" }} {{ nil | date: "%F" }}{{ 0 | date: "%^b %3N %Q %10Y %_m %" }} -> someday JAN 000000000 %Q 0000001970  1 %
{% if n > 5 and s contains "World" or false %}y{% endif %} -> y
{% if n == 7.0 and n != 8 and n <= 7 and n >= 7 and n < 8 %}y{% endif %} -> y
{% if e == blank and e == empty and a != empty and none == blank and none != empty %}y{% endif %} -> y
{% if s > 5 %}y{% endif %} -> !
{% if a == a and m == m and l == l and a != l %}y{% endif %}{% if a contains 2 %}c{% endif %}{% if m contains "x" %}k{% endif %} -> yck
{% if none < 1 or t < 1 %}y{% else %}n{% endif %} -> n
{% unless t %}a{% elsif n == 7 %}b{% else %}c{% endunless %} -> b
{% case n %}{% when 1, 2 %}a{% when 7 or 8 %}b{% else %}c{% endcase %}{% case s %}{% when "x" %}a{% else %}c{% endcase %} -> bc
{% for i in a reversed %}{{ i }}{% unless forloop.last %},{% endunless %}{% endfor %} -> 2,1,3
{% for i in (1..9) limit: 2 offset: 3 %}{{ i }}{% endfor %}{% for i in (1..9) offset: 7 %}{{ i }}{% endfor %} -> 4589
{% for i in e %}x{% else %}none{% endfor %}{% for i in none %}{% else %}!{% endfor %} -> none!
{% for i in (1..5) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %} -> 13
{% for i in a %}{{ forloop.index }}{{ forloop.rindex0 }}{{ forloop.first }} {% endfor %} -> 12true 21false 30false 
{% for p in m %}{{ p[0] }}:{% endfor %} -> x:y:
{% tablerow i in a cols: 2 %}{{ i }}{% endtablerow %} -> <tr class="row1">~<td class="col1">3</td><td class="col2">1</td></tr>~<tr class="row2"><td class="col1">2</td></tr>~
{% for i in (1..3) %}{% cycle "a", "b" %}{% endfor %}{% cycle "g": 1, 2 %}{% cycle "g": 1, 2 %} -> aba12
{% assign x = "1" %}{% capture y %}{{ x }}2{% endcapture %}{{ y }}{% increment c %}{% increment c %}{% decrement d %}{{ c }} -> 1201-12
{% for i in (1..3) %}{% ifchanged %}{{ i | at_most: 2 }}{% endifchanged %}{% endfor %} -> 12
{% liquid~assign x = 1~if x == 1~echo "one"~else~echo "more"~endif~comment~echo "no"~endcomment~# a note~%} -> one
{% # a note %}{% doc %}{{ what {% enddoc %}{% comment %}{% if %}{% endcomment %}{% raw %}{{ x }}{% endraw %} -> {{ x }}
a {{- " b " -}} c {%- assign x = 1 -%} d -> a b cd
{% if true %}  {% assign x = 1 %}  {% endif %}. -> .
{{ s -> !
{{ s | nope }} -> !
{{ “s” }} -> !
{{ s | append: }} -> !
{{ a b }} -> !
{% if %}{% endif %} -> !
{% for i of a %}{% endfor %} -> !
{% assign = 1 %} -> !
{% endfor %} -> !
{% else %} -> !
{% if x = 1 %}{% endif %} -> !
{% include "x" %} -> !
{% render x %} -> !
{{ 'имя' | upcase }}{{ имя }}{{ s | size }} -> ИМЯ12
`

func TestOwnTable(t *testing.T) {
	d := json.NewDecoder(strings.NewReader(caseData))
	d.UseNumber()
	v, err := decodeOrdered(d)
	if err != nil {
		t.Fatal(err)
	}
	vars, cases := v.(*ordered).values, 0
	for line := range strings.Lines(ownCases) {
		src, want, ok := strings.Cut(strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "~", "\n"), " -> ")
		if !ok {
			continue
		}
		cases++
		var got string
		tpl, err := Parse(src, Text)
		if err == nil {
			got, err = tpl.RenderString(vars, Limits{})
		}
		if want == "!" && err == nil {
			t.Errorf("%s: got %q, want an error", src, got)
		}
		if want != "!" && (err != nil || got != want) {
			t.Errorf("%s:\n got %q, %v\nwant %q", src, got, err, want)
		}
	}
	t.Logf("%d cases", cases)
}

func TestPartials(t *testing.T) {
	partials := map[string]string{
		"card": `[{{ card.title }}{{ size }}{% assign seen = "yes" %}{{ seen }}{{ outer }}]`,
		"self": `{% include "self" %}`, "loop": `{{ forloop.index }}{% break %}`,
	}
	vars := map[string]any{"outer": "o", "items": []map[string]string{{"title": "a"}, {"title": "b"}}}
	for src, want := range map[string]string{
		`{% include "card" with items[0] size: 2 %}{{ seen }}`:        "[a2yeso]yes",
		`{% render "card", card: items[1], size: 3 %}{{ seen }}`:      "[b3yes]",
		`{% render "card" for items %}`:                               "[ayes][byes]",
		`{% include "card" for items %}`:                              "[ayeso][byeso]",
		`{% for i in (1..3) %}{% render "loop" %}{{ i }}{% endfor %}`: "123",
		`{% for i in (1..3) %}{% include "loop" %}x{% endfor %}`:      "1",
	} {
		tpl, err := ParseWith(src, Text, partials)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tpl.RenderString(vars, Limits{}); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", src, got, err, want)
		}
	}
	tpl, err := ParseWith(`{% include "self" %}`, HTML, partials)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tpl.RenderString(vars, Limits{}); err == nil || !strings.HasPrefix(err.Error(), "self, line 1, column 1: ") {
		t.Errorf("a partial in itself: got %v", err)
	}
	for _, src := range []string{`<a href="{% include "card" %}">`, `<a {% render "card" %}>`} {
		if _, err := ParseWith(src, HTML, partials); err == nil {
			t.Errorf("%s: a partial inside a tag must be refused", src)
		}
	}
	if _, err := ParseWith("", HTML, map[string]string{"p": "<a href='"}); err == nil {
		t.Error("a partial that leaves a quote open must be refused")
	}
}
