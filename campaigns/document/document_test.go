package document

import (
	"errors"
	"strings"
	"testing"

	"keepsake/campaigns/fault"
)

func TestADocumentSurvivesItsJSON(t *testing.T) {
	const src = `{"v":1,"lang":"bg","theme":{"radius":0,"light":{"accent":"#123456"}},"blocks":[` +
		`{"id":"b1","type":"heading","style":{"padding":0,"align":"center"},"level":1,"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Hi ","marks":[{"type":"link","attrs":{"href":"https://a.test"}}]},{"type":"chip","attrs":{"path":"subscriber.first_name","fallback":"you"}}]}]}},` +
		`{"id":"b2","type":"columns","layout":"50-50","stack":false,"cols":[[{"id":"b3","type":"spacer","height":8}],[]]},` +
		`{"hologram":{"depth":3},"id":"b4","type":"hologram"},` +
		`{"id":"b5","type":"footer","why":"Because"}]}`
	d, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if got != src {
		t.Errorf("got  %s\nwant %s", got, src)
	}
}

func TestTheFooterIsLastAndThere(t *testing.T) {
	for _, src := range []string{
		`{"v":1,"blocks":[]}`,
		`{"v":1}`,
		`{"blocks":[{"id":"b1","type":"footer"},{"id":"b2","type":"divider"}]}`,
		`{"blocks":[{"type":"footer"},{"type":"footer"},{"type":"divider"}]}`,
	} {
		d, err := Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		d.Each(func(b Block) {
			if _, ok := b.(*Footer); ok {
				n++
			}
			if b.Common().ID == "" {
				t.Errorf("%s: a block without id", src)
			}
		})
		if _, ok := d.Blocks[len(d.Blocks)-1].(*Footer); !ok || n != 1 {
			t.Errorf("%s: %d footers, last %T", src, n, d.Blocks[len(d.Blocks)-1])
		}
	}
}

func TestWhatCannotBeDrawnIsRefusedByName(t *testing.T) {
	deep := strings.Repeat(`{"type":"bullet_list","content":[`, 20) + strings.Repeat(`]}`, 20)
	for src, field := range map[string]string{
		`{"blocks":[{"id":"b1","type":"text","style":{"bg":"red;}"}}]}`:                                  "b1.style.bg",
		`{"blocks":[{"id":"b1","type":"text"},{"id":"b1","type":"text"}]}`:                               "b1",
		`{"blocks":[{"id":"b\"1","type":"text"}]}`:                                                       "blocks",
		`{"blocks":[{"id":"b1","type":"heading","level":"x"}]}`:                                          "b1.level",
		`{"blocks":[{"id":"c","type":"columns","cols":[[{"id":"d","type":"columns"}]]}]}`:                "c",
		`{"blocks":[{"id":"c","type":"columns","layout":"9-9"}]}`:                                        "c.layout",
		`{"blocks":[{"id":"c","type":"columns","cols":[[{"id":"d","type":"spacer","height":"tall"}]]}]}`: "d.height",
		`{"blocks":[{"id":"b1","type":"image","asset":"../../etc/passwd"}]}`:                             "b1.asset",
		`{"blocks":[{"id":"b1","type":"text","rich":{"type":"chip","attrs":{"path":"a }} {% x %}"}}}]}`:  "b1.rich",
		`{"blocks":[{"id":"b1","type":"text","rich":` + deep + `}]}`:                                     "b1.rich",
		`{"theme":{"font":"x;background:url(//evil)"}}`:                                                  "theme.font",
		`{"v":2}`: "document",
		`[`:       "document",
		`{"blocks":[` + strings.Repeat(`{"type":"spacer"},`, MaxBlocks) + `{"type":"spacer"}]}`: "blocks",
	} {
		_, err := Parse(src)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) == 0 || f.Fields[0].Field != field {
			t.Errorf("%.80s: got %v %+v; want field %s", src, err, f, field)
		}
	}
	if _, err := Parse(strings.Repeat(" ", MaxBytes+1)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: got %v", err)
	}
}

func TestValidateSaysWhatALetterLacks(t *testing.T) {
	d, err := Parse(`{"blocks":[{"id":"a","type":"text"},{"id":"b","type":"image","asset":"x.png"},{"id":"c","type":"button","label":"Go","href":"javascript:alert(1)"},
		{"id":"d","type":"button","label":"Rate","action":"respond"},{"id":"e","type":"article","source":"items"},{"id":"f","type":"hologram"},
		{"id":"g","type":"text","rich":{"type":"doc","content":[{"type":"chip","attrs":{"path":"shop.name"}}]}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := errors.AsType[*fault.Error](d.Validate())
	if !ok {
		t.Fatal("nothing lacks")
	}
	var got []string
	for _, field := range f.Fields {
		got = append(got, field.Field)
	}
	if s := strings.Join(got, " "); s != "a.rich b.alt c.href f" {
		t.Errorf("got %s", s)
	}
}

func TestHref(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.test/x?y=1": "https://a.test/x?y=1", "shop.test/new": "https://shop.test/new", "mailto:a@b.test": "mailto:a@b.test",
		"{{ links.respond }}": "{{ links.respond }}", "javascript:alert(1)": "", "/relative": "", "": "", "data:text/html,x": "",
		"JavaScript:x.y/": "", " HTTPS://A.test ": "HTTPS://A.test", "https://": "https://",
	} {
		got, ok := Href(in)
		if ok && got != want || !ok && want != "" && in != "https://" {
			t.Errorf("%q: got %q, %v", in, got, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"v":1,"blocks":[{"id":"b1","type":"columns","cols":[[{"type":"text"}]]},{"type":"x","y":[1]}]}`)
	f.Add(`{"blocks":[` + strings.Join(eachType, ",") + `]}`)
	f.Fuzz(func(t *testing.T, src string) {
		d, err := Parse(src)
		if err != nil {
			return
		}
		once, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("%v: %s", err, once)
		}
		if twice, _ := again.JSON(); twice != once {
			t.Errorf("%s\n%s", once, twice)
		}
		_ = d.Validate()
	})
}

func TestTheFooterCannotBeKeptFromAnybody(t *testing.T) {
	d, err := Parse(`{"blocks":[{"id":"f","type":"footer","why":"Because","hideOn":"desktop","show":{"match":"all","rules":[{"path":"subscriber.lang","is":"is","value":"xx"}]}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if f := d.Footer(); f.Show != nil || f.HideOn != "" || f.Why != "Because" {
		t.Errorf("got %+v", f)
	}
}

func TestFontsAreQuotedInPairs(t *testing.T) {
	for font, ok := range map[string]bool{`Arial`: true, `'Open Sans', "PT Serif", sans-serif`: true, `Arial'`: false, `"Arial`: false, `'Arial"`: false, `a;b`: false, strings.Repeat("a", 601): false} {
		if err := (Theme{Font: font}).Check(); (err == nil) != ok {
			t.Errorf("%s: %v", font, err)
		}
	}
}
