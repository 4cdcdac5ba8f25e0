package liquid

import (
	"errors"
	"html"
	"strings"
	"sync"
	"testing"
	"time"
)

// FuzzParseRender holds that no template makes the engine panic or run away, and that its errors
// are *Error with a place.
func FuzzParseRender(f *testing.F) {
	for _, s := range []string{
		"{{ subscriber.first_name | default: 'x' | upcase }}", "{% for i in order.items reversed limit: 2 offset: continue %}{{ i.title }}{% else %}-{% endfor %}",
		"<a href=\"{% if bad %}{{ bad }}{% endif %}\" style='{{ css }}'>{{ at | date: '%-d %^B %:z %10N' }}</a>",
		"{% case x %}{% when 1 or 2 %}a{% else %}b{% endcase %}{% cycle 'a': 1, 2 %}", "{% liquid\nassign x = (1..3)\necho x | join\n%}",
		"{% tablerow i in (1..9) cols: 2 %}{{ tablerowloop.col }}{% endtablerow %}", "{% capture x %}{{ 1.5 | round: -3 | money: 'EUR' }}{% endcapture %}{{ x[0].y['z'] }}",
		"<!--[if mso]>{{ x }}<![endif]--><script>{{ x }}</script>{%- raw -%}{{{%- endraw -%}", "{{ list | sort | uniq | map: 'a' | where: 'b', 1 | sum | divided_by: 3.5 | modulo: 2 }}",
		"{{ 'a b' | slice: -9, 3 | truncatewords: 1 | replace: '', 'x' | split: '' | concat: list }}", "{% render 'p' for list as q, z: 1 %}{% include 'p' with x %}",
		"{{ at | date:j'%-d %^ef=\"{% iB %:\xff\x00%!D10N' }}",
		"{{ -9223372036854775808 | divided_by: -1 }}{{ 1e9 | times: 9223372036854775807 | abs | ceil }}",
	} {
		f.Add(s)
	}
	partials := map[string]string{"p": "{{ p }}{% include 'p' %}"}
	f.Fuzz(func(t *testing.T, src string) {
		for _, mode := range []Mode{Text, HTML} {
			tpl, err := ParseWith(src, mode, partials)
			if err == nil {
				tpl.Paths()
				tpl.Missing(person)
				_, err = tpl.RenderString(person, Limits{Steps: 20_000, Output: 100_000, Deadline: time.Second})
			}
			var e *Error
			garbled := err != nil && strings.Contains(err.Error(), "%!") && !strings.Contains(src, "%!") // fmt's mark of a wrong argument
			if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Column < 1 || garbled) {
				t.Fatalf("%q: %v", src, err)
			}
		}
	})
}

// FuzzValueStaysInItsPlace holds that no value adds a tag, an attribute or a script to the letter.
func FuzzValueStaysInItsPlace(f *testing.F) {
	const src = `<a href="{{ v }}" title="{{ v }}" style="color:{{ v }}">{{ v }}</a><b title={{ v }}>{{ v | escape }}</b><i href={{ v }}></i><!-- {{ v }} --><style>{{ v }}</style><script>"{{ v }}"</script>`
	tpl, err := Parse(src, HTML)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{`"><script>`, "javascript:x", " \x01java\nscript:x", "--><b>", "</style>", `';x="`, "&#106;avascript:x", "data:text/html,x", "\x00<", "\u2000:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, v string) {
		out, err := tpl.RenderString(map[string]any{"v": v}, Limits{})
		if err != nil {
			t.Skip(err)
		}
		if n := strings.Count(out, "<"); n != strings.Count(src, "<") {
			t.Fatalf("%q adds a tag: %s", v, out)
		}
		if n := strings.Count(out, `"`); n != strings.Count(src, `"`) {
			t.Fatalf("%q leaves its quotes: %s", v, out)
		}
		href := out[len(`<a href="`):]
		href = html.UnescapeString(href[:strings.IndexByte(href, '"')])
		if badScheme(href) {
			t.Fatalf("%q runs code: %s", v, href)
		}
	})
}

// letter is the letter of the engine comparison: 10 KB, 8 variables, 2 conditions, a loop of 5.
func letter() string {
	row := `<tr><td style="padding:8px 24px;font:16px/24px Georgia,serif;color:#222">A good cup begins with the water: fresh, soft, and off the boil for a minute.</td></tr>` + "\n"
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><title>{{ shop.name }}</title></head><body><table role="presentation">`)
	b.WriteString(strings.Repeat(row, 27))
	b.WriteString(`<tr><td>Hello {{ subscriber.first_name | default: "friend" }} ({{ subscriber.email }}),</td></tr>
{% if subscriber.last_name != blank %}<tr><td>{{ subscriber.last_name }}</td></tr>{% endif %}
{% if order.items.size > 1 %}<tr><td>{{ order.items.size }} things at {{ at | date: "%-d %B %Y" }}</td></tr>{% endif %}
{% for item in order.items %}<tr><td><a href="https://shop.test/p/{{ item.order_id }}">{{ item.title }}</a> {{ item.price_cents | money: "EUR" }}</td></tr>{% endfor %}`)
	b.WriteString(strings.Repeat(row, 28))
	b.WriteString(`<tr><td><a href="{{ shop.url }}">{{ shop.name | upcase }}</a></td></tr></table></body></html>`)
	return b.String()
}

func letterVars() map[string]any {
	return map[string]any{
		"shop":       map[string]any{"name": "Tea & Co", "url": "https://shop.test/?a=1"},
		"subscriber": map[string]any{"first_name": "Мария", "email": "m@shop.test", "last_name": "O'Neil"},
		"order": map[string]any{"items": []item{{Title: "Tea", Price: 1250}, {Title: "Cup", Price: 99},
			{Title: "Pot", Price: 4500}, {Title: "Tin", Price: 700}, {Title: "Spoon", Price: 250}}},
		"at": time.Date(2026, 3, 14, 21, 30, 0, 0, time.UTC),
	}
}

func BenchmarkRender(b *testing.B) {
	for name, mode := range map[string]Mode{"text": Text, "html": HTML} {
		b.Run(name, func(b *testing.B) {
			tpl, err := Parse(letter(), mode)
			if err != nil {
				b.Fatal(err)
			}
			vars := letterVars()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tpl.RenderString(vars, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	src := letter()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(src, HTML); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMissing(b *testing.B) {
	tpl, _ := Parse(letter(), HTML)
	vars := letterVars()
	for b.Loop() {
		tpl.Missing(vars)
	}
}

// TestATemplateIsShared is for the race detector: one template, many goroutines, all modes of use.
func TestATemplateIsShared(t *testing.T) {
	tpl, err := Parse(letter(), HTML)
	if err != nil {
		t.Fatal(err)
	}
	want, err := tpl.RenderString(letterVars(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got, err := tpl.RenderString(letterVars(), Limits{}); err != nil || got != want {
					t.Errorf("another letter, or %v", err)
				}
				tpl.Missing(letterVars())
				tpl.Paths()
			}
		})
	}
	wg.Wait()
}
