package render

import (
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

const strange = `<b>"'&`

// A stranger's words are words in every part of a letter, whatever it is made of.
func TestValuesAreEscapedWhereTheyStand(t *testing.T) {
	v := sampleValues()
	v.Subscriber = audience.Subscriber{Email: strange, FirstName: strange, LastName: strange, Attributes: map[string]string{"x": strange}}
	v.Order = &audience.Order{Number: strange, Items: []audience.Item{{Name: strange, Quantity: 1}}}
	v.Data = map[string]any{"x": strange, "items": []any{map[string]any{"title": strange}}, "url": "javascript:alert(1)", "sly": " java\nscript:alert(1)"}
	const escaped = `&lt;b&gt;&#34;&#39;&amp;`
	for _, path := range []string{"subscriber.email", "subscriber.first_name", "subscriber.last_name", "subscriber.attributes.x", "order.number", "order.items[0].name", "data.x", "data.items[0].title"} {
		src := `<p title="{{ ` + path + ` }}">{{ ` + path + ` }}</p><a href="https://shop.test/?q={{ ` + path + ` }}">x</a><a href="{{ data.url }}">y</a><a href="{{ data.sly }}">z</a>`
		for mode, c := range map[string]string{"html": src, "mjml": "<mjml><mj-body><mj-raw>" + src + "</mj-raw></mj-body></mjml>"} {
			content := asHTML(c)
			content.Mode, content.Subject, content.Preheader = mode, "Hi", ""
			out := rendered(t, content, Options{Brand: brand}, v)
			for _, want := range []string{`title="` + escaped + `"`, ">" + escaped + "</p>"} {
				if !strings.Contains(strings.NewReplacer("&quot;", "&#34;", "&apos;", "&#39;").Replace(out.HTML), want) {
					t.Errorf("%s, %s: no %s in\n%s", path, mode, want, out.HTML)
				}
			}
			if strings.Contains(out.HTML, strange) || strings.Contains(strings.ToLower(out.HTML), "script:") {
				t.Errorf("%s, %s: stands as it came in\n%s", path, mode, out.HTML)
			}
			if !strings.Contains(out.Text, strange) {
				t.Errorf("%s, %s: text\n%s", path, mode, out.Text)
			}
		}
	}
}
