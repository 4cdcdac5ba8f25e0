package liquid

import (
	"testing"
	"time"
)

type euro int64

func (e euro) String() string { return "€" }

type base struct{ City string }

type customer struct {
	*base
	Name   string
	Price  euro
	Tags   []string
	Friend *customer
	Extra  map[string]int
	Hidden string `liquid:"-"`
	When   *time.Time
	Age    uint8
	Score  float32
	On     bool
}

func TestGoValues(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := &customer{base: &base{"Sofia"}, Name: "Ann", Price: 5, Tags: []string{"a", "b"}, Extra: map[string]int{"y": 2, "x": 1}, When: &at, Age: 30, Score: 1.5, On: true}
	c.Friend = c
	vars := map[string]any{"c": c, "v": *c, "list": []*customer{c, nil}, "f": func() {}, "o": Object(&ordered{keys: []string{"k"}, values: map[string]any{"k": 1}})}
	for src, want := range map[string]string{
		"{{ c.city }} {{ v.city }}":                                                "Sofia Sofia",
		"{{ c.name }} {{ c.price }} {{ c.tags | join: '-' }}":                      "Ann € a-b",
		"{{ c.friend.friend.name }}{{ c.hidden }}":                                 "Ann",
		"{% for p in c.extra %}{{ p[0] }}={{ p[1] }};{% endfor %}":                 "x=1;y=2;",
		"{{ c.when | date: '%F' }} {{ c.age | plus: 1 }} {{ c.score }} {{ c.on }}": "2026-01-02 31 1.5 true",
		"{{ list[0].name }}{{ list[1].name }}{{ f }}{{ c }}{{ o.k }}":              "Ann1",
		"{% if c == c.friend %}same{% endif %}{{ list | compact | uniq | size }}":  "same1",
		"{{ c.tags.first }}{{ c.tags.last }}{{ c.tags.size }}{{ c.tags[-1] }}":     "ab2b",
		"{% if c.tags contains 'b' %}y{% endif %}{{ list | map: 'name' | first }}": "yAnn",
	} {
		tpl, err := Parse(src, Text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tpl.RenderString(vars, Limits{}); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", src, got, err, want)
		}
	}
}
