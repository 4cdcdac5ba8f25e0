package liquid

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLimitsStopATemplate(t *testing.T) {
	for name, src := range map[string]string{
		"empty loop":   "{% for i in (1..30000000) %}{% endfor %}",
		"triple loop":  "{% for i in (1..3000) %}{% for j in (1..3000) %}{% for k in (1..3000) %}x{% endfor %}{% endfor %}{% endfor %}",
		"long list":    "{{ (1..900000000000) | join }}",
		"doubling":     "{% assign s = 'xxxxxxxx' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}",
		"blow-up":      "{% assign s = 'x' %}{% for i in (1..60) %}{% assign s = s | replace: 'x', 'xxxxxxxx' %}{% endfor %}",
		"doubled list": "{% assign s = 'x,y' | split: ',' %}{% for i in (1..60) %}{% assign s = s | concat: s %}{% endfor %}",
		"captures":     "{% for i in (1..90000) %}{% capture x %}" + strings.Repeat("y", 4000) + "{% endcapture %}{% endfor %}",
		"deep":         strings.Repeat("{% if true %}", 60) + strings.Repeat("{% endif %}", 60),
		"rows":         "{% tablerow i in (1..30000000) %}{% endtablerow %}",
		"reversed":     "{% for i in (1..900000000000) reversed %}{{ i }}{% endfor %}",
		"bounds":       "{% for i in (-9223372036854775808..9223372036854775807) %}{% endfor %}",
		"pattern":      "{% assign p = '%B' %}{% for i in (1..60) %}{% assign p = p | append: p %}{{ 0 | date: p }}{% endfor %}",
		"wide numbers": "{{ 0 | date: '%99d' }}{% for i in (1..1000000) %}{{ 0 | date: '%99d' }}{% endfor %}",
	} {
		tpl, err := Parse(src, Text)
		if err != nil {
			t.Fatal(name, err)
		}
		start := time.Now()
		_, err = tpl.RenderString(nil, Limits{})
		if !errors.As(err, new(*Error)) {
			t.Errorf("%s: got %v, want an *Error", name, err)
		}
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("%s: stopped after %v", name, d)
		}
	}
}

func TestDeadlineStopsATemplate(t *testing.T) {
	tpl, _ := Parse("{% for i in (1..900000) %}{% endfor %}", Text)
	now := time.Unix(0, 0)
	clock := func() time.Time { now = now.Add(10 * time.Millisecond); return now }
	_, err := tpl.RenderString(nil, Limits{Deadline: 100 * time.Millisecond, Now: clock})
	if err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("got %v", err)
	}
}

// TestHostileTemplatesParseInTime holds that parsing takes time in proportion to the template.
func TestHostileTemplatesParseInTime(t *testing.T) {
	for name, src := range map[string]string{
		"raw in comment":   "{% comment %}" + strings.Repeat("{% raw %}", 100_000) + "{% endcomment %}",
		"conditional":      strings.Repeat("<!--[if-->", 100_000),
		"paths":            strings.Repeat("{{ a.b }}\n", 100_000),
		"elsif":            "{% if a %}" + strings.Repeat("{% elsif a == 1 %}", 20_000) + "{% endif %}",
		"braces":           strings.Repeat("{", 1_000_000),
		"open tags":        strings.Repeat("<a b='", 200_000),
		"style":            "<style>" + strings.Repeat("</styl", 200_000),
		"filters":          "{{ a" + strings.Repeat("| upcase", 100_000) + " }}",
		"ors":              "{% if a" + strings.Repeat(" or a", 100_000) + " %}{% endif %}",
		"liquid in liquid": "{% " + strings.Repeat("liquid ", 100_000) + "%}",
		"one long name":    "<" + strings.Repeat("a{{ x }}", 50_000),
	} {
		start := time.Now()
		for _, mode := range []Mode{Text, HTML} {
			if _, err := Parse(src, mode); err != nil && !errors.As(err, new(*Error)) {
				t.Errorf("%s: %v", name, err)
			}
		}
		d := time.Since(start)
		t.Logf("%s: %d bytes parsed in %v", name, len(src), d)
		if d > 5*time.Second {
			t.Errorf("%s: %d bytes parsed in %v", name, len(src), d)
		}
	}
}

// TestHeavyListsAreStopped holds that long texts in long lists cost what they weigh.
func TestHeavyListsAreStopped(t *testing.T) {
	const big = "{% assign s = 'x' %}{% for i in (1..22) %}{% assign s = s | append: s %}{% endfor %}{% assign l = s | split: ',' %}"
	const many = "{% for i in (1..18) %}{% assign l = l | concat: l %}{% endfor %}"
	for _, end := range []string{"{{ l }}", "{{ l | uniq }}", "{{ l | sort_natural }}", "{% if l == l %}{% endif %}", "{% if l contains 'y' %}{% endif %}",
		"{% for i in (1..100000) %}{{ s | strip_html | size }}{% endfor %}", "{% for i in (1..100000) %}{% if s contains 'y' %}{% endif %}{% endfor %}"} {
		src := big + many + end
		if strings.Contains(end, "100000") {
			src = big + end
		}
		tpl, err := Parse(src, Text)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = tpl.RenderString(nil, Limits{})
		if err == nil || time.Since(start) > 6*time.Second {
			t.Errorf("%s: %v after %v", end, err, time.Since(start))
		}
	}
}
