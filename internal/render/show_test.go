package render

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
)

// nasty are values that break out of what is quoted carelessly.
var nasty = []string{`"`, `'`, `"'`, `%}`, `}}`, `{{ 7 | times: 7 }}`, `{% endif %}`, `</td></table>`, `<script>`, `a%22b`, `100%`, `+`, `&amp;`, "line\nbreak", "\ue0000\ue001",
	"\x010\x02", `\`, `| upcase`, "ünïcödé \u202e x", strings.Repeat("x", document.MaxRuleValue)}

func shown(t *testing.T, match string, v Values, rules ...document.Rule) bool {
	t.Helper()
	show, err := json.Marshal(document.Show{Match: match, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	c := blocks(`{"id":"x","type":"text","show":` + string(show) + `,"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"HERE"}]}]}}`)
	out := rendered(t, c, Options{Brand: brand}, v)
	in := strings.Contains(out.HTML, "HERE")
	if in != strings.Contains(out.Text, "HERE") {
		t.Errorf("%+v: the HTML and the text differ", rules)
	}
	if strings.Contains(out.HTML, "k_show") || strings.Contains(out.HTML, "{%") {
		t.Errorf("%+v: the letter holds the condition", rules)
	}
	balanced(t, out.HTML)
	return in
}

func TestABlockIsShownToThoseItIsFor(t *testing.T) {
	v := sampleValues()
	v.Subscriber.Attributes = map[string]string{"n": "10", "word": "Tea", "dec": "2.50", "blank": " ", "day": "2026-05-01", "long": "9007199254740993"}
	v.Order.TotalCents, v.Order.Currency = 4990, "EUR"
	v.Data = map[string]any{"points": 320, "tags": []string{"Tea", "Cup"}, "yes": true, "none": nil}
	for _, tc := range []struct {
		path, is, value string
		want            bool
	}{
		{"subscriber.lang", "is", "en", true}, {"subscriber.lang", "is", "EN ", true}, {"subscriber.lang", "not", "en", false}, {"subscriber.lang", "not", "bg", true},
		{"subscriber.attributes.n", "above", "9", true}, {"subscriber.attributes.n", "above", "10", false}, {"subscriber.attributes.n", "below", "9.5", false}, {"subscriber.attributes.n", "below", "100", true},
		{"subscriber.attributes.n", "is", "10.0", true}, {"subscriber.attributes.n", "above", "abc", false}, {"subscriber.attributes.word", "above", "5", false}, {"subscriber.attributes.word", "below", "5", false},
		{"subscriber.attributes.dec", "is", "2.5", true}, {"subscriber.attributes.long", "is", "9007199254740992", false}, {"subscriber.attributes.day", "above", "2026-04-30", true},
		{"subscriber.attributes.word", "contains", "EA", true}, {"subscriber.attributes.word", "starts", "te", true}, {"subscriber.attributes.word", "starts", "ea", false},
		{"subscriber.attributes.blank", "empty", "", true}, {"subscriber.attributes.gone", "empty", "", true}, {"subscriber.attributes.gone", "filled", "", false}, {"subscriber.attributes.word", "filled", "", true},
		{"subscriber.attributes.gone", "is", "x", false}, {"subscriber.attributes.gone", "not", "x", true}, {"subscriber.attributes.gone", "above", "-1", false}, {"subscriber.attributes.gone", "below", "1", false},
		{"order.total", "above", "49", true}, {"order.total", "is", "49.90", true}, {"order.total", "below", "49.90", false}, {"order.items[0].name", "contains", "teapot", true},
		{"data.points", "above", "300", true}, {"data.points", "is", "320", true}, {"data.tags", "contains", "cup", true}, {"data.yes", "is", "true", true}, {"data.none", "empty", "", true}, {"data.a.b.c", "filled", "", false},
	} {
		if got := shown(t, "all", v, document.Rule{Path: tc.path, Is: tc.is, Value: tc.value}); got != tc.want {
			t.Errorf("%s %s %q: shown %v", tc.path, tc.is, tc.value, got)
		}
	}
}

func TestRulesAreJoined(t *testing.T) {
	v := sampleValues()
	yes, no := document.Rule{Path: "subscriber.lang", Is: "is", Value: "en"}, document.Rule{Path: "subscriber.lang", Is: "is", Value: `b"g`}
	for _, tc := range []struct {
		match string
		rules []document.Rule
		want  bool
	}{{"all", []document.Rule{yes, yes}, true}, {"all", []document.Rule{yes, no}, false}, {"", []document.Rule{no, yes}, false}, {"any", []document.Rule{no, no, yes}, true}, {"any", []document.Rule{no, no}, false}, {"any", nil, true}} {
		if got := shown(t, tc.match, v, tc.rules...); got != tc.want {
			t.Errorf("%s %+v: shown %v", tc.match, tc.rules, got)
		}
	}
}

func TestARulesValueIsOnlyEverAValue(t *testing.T) {
	for _, value := range nasty {
		for _, is := range document.Operators {
			v := sampleValues()
			v.Subscriber.FirstName = value
			got := shown(t, "all", v, document.Rule{Path: "subscriber.first_name", Is: is, Value: value})
			want := is == "is" || is == "contains" || is == "starts" || is == "filled"
			if got != want {
				t.Errorf("%q %s itself: shown %v", value, is, got)
			}
			v.Subscriber.FirstName = "Mira"
			if shown(t, "all", v, document.Rule{Path: "subscriber.first_name", Is: "is", Value: value}) {
				t.Errorf("%q is Mira", value)
			}
		}
	}
}

// void elements have no end.
var void = map[string]bool{"img": true, "br": true, "meta": true, "hr": true, "link": true, "col": true, "wbr": true, "v:fill": true, "w:anchorlock": true}

// balanced fails for HTML whose tags do not close as they were opened, Outlook's apart.
func balanced(t *testing.T, s string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(s))
	var open []string
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("left open: %v", open)
			}
			return
		case html.StartTagToken:
			name, more := z.TagName()
			tag := string(name)
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				if err := attributeAllowed(string(key), string(value)); err != nil {
					t.Errorf("<%s>: %v", tag, err)
				}
			}
			if !void[tag] {
				open = append(open, tag)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Errorf("</%s> while open: %v", name, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
}

// known are the attributes letters are drawn with: another one has escaped from a value.
var known = namesOf(`lang dir xmlns xmlns:v xmlns:w xmlns:o charset name content http-equiv class style role border cellpadding cellspacing width height align valign
	bgcolor background href src alt title aria-label aria-hidden aria-roledescription start data-block data-edit data-column data-chip colspan`)

func attributeAllowed(key, value string) error {
	if !known[key] {
		return fmt.Errorf("the attribute %q=%q", key, value)
	}
	if key == "href" || key == "src" {
		lower := strings.ToLower(strings.TrimSpace(value))
		if strings.HasPrefix(lower, "javascript:") || strings.HasPrefix(lower, "data:") || strings.HasPrefix(lower, "vbscript:") {
			return fmt.Errorf("%s=%q", key, value)
		}
	}
	return nil
}

// hostile puts a value into every text field of every block there is.
func hostile(t *testing.T, value string) string {
	t.Helper()
	d, err := document.Parse(moreBlocks(t).Document)
	if err != nil {
		t.Fatal(err)
	}
	src, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(src), &tree); err != nil {
		t.Fatal(err)
	}
	blocks := tree["blocks"].([]any)
	poison(blocks, value)
	out, err := json.Marshal(map[string]any{"v": 1, "blocks": blocks})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// fixed fields are checked when a document is read, and hold no free text.
var fixed = namesOf(`id type starts ends zone endsAt network asset darkAsset thumb image source layout fallback scale shareTargets hideOn match path is align bg
	balance tier nextReward nextAt bgcolor`)

func poison(v any, value string) {
	switch x := v.(type) {
	case []any:
		for i, e := range x {
			if _, isText := e.(string); isText {
				x[i] = value
			}
			poison(e, value)
		}
	case map[string]any:
		for k, e := range x {
			if _, isText := e.(string); isText && !fixed[k] {
				x[k] = value
			} else if !fixed[k] {
				poison(e, value)
			}
		}
	}
}

func TestNoWordBreaksOutOfItsPlace(t *testing.T) {
	quiet := []string{`"><img src=x onerror=alert(1)>`, `" onload="x`, `'>`, `</a></td></tr></table>`, `--><b onclick=x>`, `<![endif]-->`, `javascript:alert(1)`, `https://a.test/"><x y="`, "\x010\x02", "\x00"}
	for _, value := range append(quiet, nasty...) {
		if strings.HasPrefix(value, "{%") || strings.HasPrefix(value, "{{") || value == "xx" {
			continue // a merge tag is allowed in words
		}
		c := blocks("")
		c.Document = hostile(t, value)
		for _, canvas := range []bool{false, true} {
			o := moreOptions(t)
			o.Canvas = canvas
			l, err := Compile(c, o)
			if err != nil {
				t.Fatalf("%q: %v", value, err)
			}
			v := moreValues()
			v.Preview = canvas
			v.Subscriber = audience.Subscriber{Email: "a@b.test", FirstName: value, LastName: value, Lang: "en", Attributes: map[string]string{"points": value, "tier": value, "next_reward": value, "next_reward_at": value, "stars": value}}
			v.Order.Items = []audience.Item{{Name: value, SKU: value, URL: value, Image: value, PriceCents: 5}}
			v.LastOrder = v.Order
			out, err := l.Render(v)
			if err != nil {
				t.Fatalf("%q: %v", value, err)
			}
			t.Run(fmt.Sprintf("%.12q", value), func(t *testing.T) { balanced(t, out.HTML) })
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add(moreBlocks(f).Document)
	f.Add(everyBlock(f).Document)
	f.Fuzz(func(t *testing.T, src string) {
		if strings.Contains(src, "{") && (strings.Contains(src, "{%") || strings.Contains(src, "{{")) {
			return // a marketer's own Liquid may leave out what it likes
		}
		c := blocks("")
		c.Document = src
		l, err := Compile(c, Options{Brand: brand, Saved: library})
		if err != nil {
			return
		}
		v := moreValues()
		v.Preview = true
		if out, err := l.Render(v); err == nil {
			balanced(t, out.HTML)
		}
	})
}
