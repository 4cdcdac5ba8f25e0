package liquid

import "testing"

func TestOutputIsEscapedByItsContext(t *testing.T) {
	for _, tc := range []struct{ src, want string }{
		{"<p>{{ subscriber.first_name }}</p>", "<p>O&#39;Brien &lt;b&gt;</p>"},
		{"<p>{{ subscriber.first_name | escape }}</p>", "<p>O&#39;Brien &lt;b&gt;</p>"},
		{"<p>{{ subscriber.first_name | escape | upcase }}</p>", "<p>O&#39;BRIEN &lt;B&gt;</p>"},
		{"<p>{{ subscriber.first_name | raw }}</p>", "<p>O'Brien <b></p>"},
		{"<p>{{ 'a<b\nc' | newline_to_br }}</p>", "<p>a&lt;b<br />\nc</p>"},
		{`<img alt="{{ subscriber.first_name }}">`, `<img alt="O&#39;Brien &lt;b&gt;">`},
		{`<img alt="{{ subscriber.first_name | escape }}">`, `<img alt="O&#39;Brien &lt;b&gt;">`},
		{`<a href="{{ shop.url }}">x</a>`, `<a href="https://shop.test/?a=1&amp;b=2">x</a>`},
		{`<a href="{{ shop.url | escape }}">x</a>`, `<a href="https://shop.test/?a=1&amp;b=2">x</a>`},
		{`<a href="{{ bad }}">x</a>`, `<a href="#">x</a>`},
		{`<a href="{{ bad | escape }}">x</a>`, `<a href="#">x</a>`},
		{`<a href='java{{ end }}'>x</a>`, `<a href='java#'>x</a>`},
		{`<a href={{ bad }}>x</a>`, `<a href=#>x</a>`},
		{`<a href="https://a.test/{{ bad }}">x</a>`, `<a href="https://a.test/JaVa%09script:alert(1)">x</a>`},
		{`<v:roundrect href="{{ bad }}"/>`, `<v:roundrect href="#"/>`},
		{`<!--[if mso]><v:rect href="{{ bad }}"><![endif]-->{{ css }}`, `<!--[if mso]><v:rect href="#"><![endif]-->red;} body{display:none`},
		{`<!--[if !mso]><!--><a href="{{ bad }}"><!--<![endif]-->{{ subscriber.first_name }}`, `<!--[if !mso]><!--><a href="#"><!--<![endif]-->O&#39;Brien &lt;b&gt;`},
		{`<!-- {{ '-->' }} -->{{ 1 }}`, `<!-- &#45;&#45;&gt; -->1`},
		{`<p style="color:{{ css }}">`, `<p style="color:red%3B%7D body%7Bdisplay:none">`},
		{`<style>p{color:{{ css }}}</style>{{ subscriber.first_name }}`, `<style>p{color:red%3B%7D body%7Bdisplay:none}</style>O&#39;Brien &lt;b&gt;`},
		{`<script>x("{{ subscriber.first_name }}")</script>`, `<script>x("O\u0027Brien \u003cb\u003e")</script>`},
		{`<a onclick="x('{{ subscriber.first_name }}')">`, `<a onclick="x('O\u0027Brien \u003cb\u003e')">`},
		{`<img alt={{ subscriber.first_name }}>`, `<img alt=O&#39;Brien&#32;&lt;b&gt;>`},
		{`<td {{ 'onclick' }}="x" {{ 'class' }}="y">`, `<td ="x" class="y">`},
		{`{% capture n %}<b>{{ subscriber.first_name }}</b>{% endcapture %}<p>{{ n }}</p><img alt="{{ n }}">`,
			`<p><b>O&#39;Brien &lt;b&gt;</b></p><img alt="&lt;b&gt;O&#39;Brien &lt;b&gt;&lt;/b&gt;">`},
		{`{% capture u %}{{ bad }}{% endcapture %}<a href="{{ u }}">`, `<a href="#">`},
		{`<a {% if true %}href="{{ bad }}"{% else %}name="x"{% endif %}>{{ '<' }}`, `<a href="#">&lt;`},
		{`<a href="{% if none %}x{% else %}{{ bad }}{% endif %}">`, `<a href="#">`},
		{`<a href="{% for i in (1..2) %}{{ bad }}{% endfor %}">`, `<a href="##">`},
		{`<td width={% if true %}1{% else %}2{% endif %} class="{{ '"' }}">`, `<td width=1 class="&quot;">`},
		{`{{ subscriber.first_name | append: '<i>' | prepend: '&' }}`, `&amp;O&#39;Brien &lt;b&gt;&lt;i&gt;`},
		{`{{ subscriber.first_name | escape | append: '<i>' }}`, `O&#39;Brien &lt;b&gt;&lt;i&gt;`},
		{`<h{{ 'r onclick=x 2' }} class="a">{{ '<' }}</h2>`, `<h2 class="a">&lt;</h2>`},
		{`<{{ 'SCRIPT' }}>{{ '<' }}`, `<>&lt;`},
		{`<a on{{ 'x' }}="{{ "'" }}" data-{{ 'x' }}="{{ "'" }}">`, `<a onx="\u0027" data-x="&#39;">`},
		{`<a href="{{ 'javascript' }}:{{ 'x' }}">`, `<a href="#:x">`},
		{"<a href=\"{{ 'javascrip' }}{{ '\u2000t:x' }}\">", `<a href="javascrip#">`}, // the space is left out
		{`<a href="{{ 'mailto:a@b.test' }}"><a href="{{ 'tel:+359' }}"><img src="{{ 'cid:1' }}">`, `<a href="mailto:a@b.test"><a href="tel:+359"><img src="cid:1">`},
		{`{% capture n %}{{ subscriber.first_name }}{% endcapture %}{% if n == subscriber.first_name %}same{% endif %}`, `same`},
		{`{% cycle '<', '>' %}{% echo '<' %}`, `&lt;&lt;`},
	} {
		if got := render(t, tc.src, HTML, Limits{}); got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", tc.src, got, tc.want)
		}
	}
}
