package document

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"keepsake/campaigns/fault"
)

const someRich = `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Yes."}]}]}`

// eachType is one whole block of each type there is.
var eachType = []string{
	`{"id":"heading","type":"heading","rich":` + someRich + `}`,
	`{"id":"text","type":"text","show":{"match":"any","rules":[{"path":"subscriber.lang","is":"is","value":"bg"},{"path":"order.total","is":"above","value":"50"}]},"rich":` + someRich + `}`,
	`{"id":"image","type":"image","hideOn":"phone","asset":"a.png","alt":"A","darkAsset":"b.png"}`,
	`{"id":"button","type":"button","label":"Go","href":"https://a.test"}`,
	`{"id":"divider","type":"divider"}`, `{"id":"spacer","type":"spacer"}`,
	`{"id":"columns","type":"columns","layout":"50-50","reverse":true,"cols":[[],[]]}`,
	`{"id":"article","type":"article","title":"A","href":"https://a.test"}`,
	`{"id":"event","type":"event","title":"Tea","starts":"2026-12-01T18:00","ends":"2026-12-01T20:00","zone":"Europe/Sofia","place":"Here","link":"https://a.test","host":"Ann","cta":"Come","rsvp":true}`,
	`{"id":"quote","type":"quote","rich":` + someRich + `,"author":"Ann","role":"Baker","image":"a.png"}`,
	`{"id":"expert","type":"expert","question":"Why?","rich":` + someRich + `,"author":"Ann","role":"Baker","image":"a.png","disclosure":"Paid."}`,
	`{"id":"video","type":"video","thumb":"a.png","alt":"A","href":"https://a.test","length":"3:24"}`,
	`{"id":"rating","type":"rating","question":"Well?","scale":"emoji","low":"L","high":"H","followUp":"Why?","routeHigh":"https://a.test","routeLow":"https://b.test"}`,
	`{"id":"poll","type":"poll","question":"Which?","options":["A","B"],"showResults":true}`,
	`{"id":"coupon","type":"coupon","source":"shared","code":"TEA10","title":"T","terms":"T","cta":"Use","href":"https://a.test","qr":true}`,
	`{"id":"contest","type":"contest","title":"T","prize":"P","cta":"Enter","rulesLabel":"R","endsAt":"2026-12-31T18:00","rulesHref":"https://a.test","showEntries":true,"referral":true}`,
	`{"id":"referral","type":"referral","text":"T","reward":"R","href":"https://a.test","cta":"C","shareTargets":["email","viber"],"showProgress":true}`,
	`{"id":"points","type":"points","title":"T","balance":"subscriber.attributes.stars","tier":"data.tier","nextReward":"data.next","nextAt":"data.at","cta":"C","href":"https://a.test","bar":true}`,
	`{"id":"products","type":"products","source":"manual","items":[{"title":"T","image":"a.png","price":"5 €","href":"https://a.test"}],"limit":3,"layout":"grid2","showPrice":true,"reviewLink":true,"fallback":"bestsellers"}`,
	`{"id":"season","type":"season","kicker":"K","title":"T","rich":` + someRich + `,"asset":"a.png","alt":"A","endsAt":"2026-12-31","cta":"C","href":"https://a.test","code":"X"}`,
	`{"id":"social","type":"social","items":[{"network":"email","href":"a@b.test"},{"network":"x","href":"https://x.test/a"}]}`,
	`{"id":"menu","type":"menu","items":[{"label":"Tea","href":"https://a.test"}]}`,
	`{"id":"html","type":"html","code":"\u003cb\u003eHi\u003c/b\u003e"}`,
	`{"id":"saved","type":"saved","ref":7}`,
	`{"id":"footer","type":"footer","why":"Because"}`,
}

func TestEachTypeSurvivesItsJSONAndLacksNothing(t *testing.T) {
	src := `{"v":1,"blocks":[` + strings.Join(eachType, ",") + `]}`
	d, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := d.JSON(); got != src {
		t.Errorf("got  %s\nwant %s", got, src)
	}
	if err := d.Validate(); err != nil {
		t.Errorf("lacks: %v", err)
	}
	if len(eachType) != len(types) {
		t.Errorf("%d types tried of %d", len(eachType), len(types))
	}
}

func TestListsAreNeverNull(t *testing.T) {
	d, err := Parse(`{"blocks":[{"type":"poll"},{"type":"social"},{"type":"menu","items":null}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := d.JSON(); strings.Contains(got, "null") {
		t.Error(got)
	}
}

func TestWhatABlockCannotHoldIsRefusedByName(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	rules := strings.Repeat(`{"path":"data.x","is":"filled"},`, MaxRules)
	for src, field := range map[string]string{
		`"text","style":{"align":"left\" onclick=x"}`:                                  "b1.style.align",
		`"text","show":{"rules":[{"path":"secret.x","is":"is"}]}`:                      "b1.show",
		`"text","show":{"rules":[{"path":"subscriber","is":"is"}]}`:                    "b1.show",
		`"text","show":{"rules":[{"path":"data.x }}","is":"is"}]}`:                     "b1.show",
		`"text","show":{"rules":[{"path":"data.x","is":"like"}]}`:                      "b1.show",
		`"text","show":{"match":"none","rules":[]}`:                                    "b1.show",
		`"text","show":{"rules":[` + rules + `{"path":"data.x","is":"filled"}]}`:       "b1.show",
		`"text","show":{"rules":[{"path":"data.x","is":"is","value":"` + long + `"}]}`: "b1.show",
		`"image","darkAsset":"../x"`:                                                   "b1.darkAsset",
		`"event","starts":"tomorrow"`:                                                  "b1.starts",
		`"event","ends":"2026-13-01T10:00"`:                                            "b1.ends",
		`"event","zone":"../../etc/passwd"`:                                            "b1.zone",
		`"event","zone":"Local"`:                                                       "b1.zone",
		`"quote","image":"javascript:x"`:                                               "b1.image",
		`"expert","rich":{"type":"chip"}`:                                              "b1.rich",
		`"video","thumb":"a b"`:                                                        "b1.thumb",
		`"poll","options":["` + long + `"]`:                                            "b1.options",
		`"poll","options":[` + strings.Repeat(`"a",`, MaxOptions) + `"b"]`:             "b1.options",
		`"coupon","source":"stolen"`:                                                   "b1.source",
		`"contest","endsAt":"soon"`:                                                    "b1.endsAt",
		`"referral","shareTargets":["fax"]`:                                            "b1.shareTargets",
		`"points","balance":"x | raw"`:                                                 "b1.balance",
		`"products","source":"theirs"`:                                                 "b1.source",
		`"products","limit":-1`:                                                        "b1.limit",
		`"products","items":[{"image":"data:x"}]`:                                      "b1.items",
		`"products","items":[` + strings.Repeat(`{},`, MaxProducts) + `{}]`:            "b1.items",
		`"season","endsAt":"2026-02-30"`:                                               "b1.endsAt",
		`"social","items":[{"network":"<b>"}]`:                                         "b1.items",
		`"menu","items":[` + strings.Repeat(`{},`, MaxLinks) + `{}]`:                   "b1.items",
		`"html","code":"` + strings.Repeat("x", MaxCode+1) + `"`:                       "b1.code",
		`"saved","ref":-1`:                                                             "b1.ref",
		`"columns","cols":[[{"id":"c","type":"event","starts":"now"}]]`:                "c.starts",
	} {
		_, err := Parse(`{"blocks":[{"id":"b1","type":` + src + `}]}`)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) == 0 || f.Fields[0].Field != field {
			t.Errorf("%.80s: got %v %+v; want field %s", src, err, f, field)
		}
	}
}

func TestValidateSaysWhatEachBlockLacks(t *testing.T) {
	for src, want := range map[string]string{
		`"event"`: "title starts place",
		`"event","title":"T","starts":"2026-01-02T10:00","ends":"2026-01-02T09:00","place":"P","cta":"C"`: "ends link",
		`"event","title":"T","starts":"2026-01-02T10:00","cta":"C"`:                                       "place link",
		`"event","title":"T","starts":"2026-01-02T10:00","link":"https://a.test","cta":"C"`:               "",
		`"quote"`:                               "rich",
		`"expert"`:                              "question rich author",
		`"video"`:                               "alt href",
		`"poll","options":["A","A",""]`:         "question options options",
		`"poll","question":"Q","options":["A"]`: "options",
		`"coupon"`:                              "",
		`"coupon","source":"shared","href":"javascript:x"`:      "code href",
		`"rating","routeHigh":"x y"`:                            "routeHigh",
		`"contest","rulesHref":"x y"`:                           "rulesHref",
		`"referral","href":"x y"`:                               "href",
		`"points"`:                                              "",
		`"points","cta":"C"`:                                    "href",
		`"products"`:                                            "",
		`"products","source":"manual"`:                          "items",
		`"products","source":"manual","items":[{"href":"x y"}]`: "items items",
		`"season","asset":"a.png","cta":"C"`:                    "rich alt href",
		`"social"`:                                              "",
		`"social","items":[{"network":"x"}]`:                    "items",
		`"menu"`:                                                "items",
		`"html"`:                                                "code",
		`"saved"`:                                               "ref",
		`"divider","show":{"rules":[{"path":"data.x","is":"is"}]}`: "show",
	} {
		d, err := Parse(`{"blocks":[{"id":"b1","type":` + src + `}]}`)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if f, ok := errors.AsType[*fault.Error](d.Validate()); ok {
			for _, field := range f.Fields {
				got = append(got, strings.TrimPrefix(field.Field, "b1."))
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: got %q; want %q", src, got, want)
		}
	}
}

func TestSavedBlocksBecomeTheLettersOwn(t *testing.T) {
	d, err := Parse(`{"blocks":[{"id":"s","type":"saved","ref":1},{"id":"c","type":"columns","cols":[[{"id":"t","type":"saved","ref":1}],[]]},
		{"id":"u","type":"saved","ref":2},{"id":"v","type":"saved"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	library, err := Parse(`{"blocks":[{"id":"a","type":"divider"},{"id":"b","type":"columns","cols":[[{"id":"d","type":"spacer"}],[]]},{"id":"e","type":"saved","ref":1}]}`)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Resolve(func(ref int64) (Blocks, error) {
		if ref == 1 {
			return library.Blocks, nil
		}
		return nil, fault.New(fault.NotFound, "gone")
	})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	d.Each(func(b Block) { ids = append(ids, b.Common().ID) })
	if got, want := strings.Join(ids, " "), "s s-a s-b s-d c t t-a u v "+d.Footer().ID; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	if got := library.Blocks[0].Common().ID; got != "a" {
		t.Errorf("the library's own block is now %s", got)
	}
	if f, ok := errors.AsType[*fault.Error](d.Validate()); !ok || len(f.Fields) != 2 || f.Fields[0].Field != "u.ref" {
		t.Errorf("got %v", f)
	}
	if err := d.Resolve(func(int64) (Blocks, error) { return nil, fmt.Errorf("disk") }); err == nil {
		t.Error("the library's failure is kept secret")
	}
}

func TestSavedBlocksDoNotSwellALetter(t *testing.T) {
	d, err := Parse(`{"blocks":[` + strings.Repeat(`{"type":"saved","ref":1},`, 99) + `{"type":"saved","ref":1}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var ten Blocks
	for i := range 10 {
		ten = append(ten, &Divider{Base: Base{ID: fmt.Sprintf("d%d", i), Type: "divider"}})
	}
	if err := d.Resolve(func(int64) (Blocks, error) { return ten, nil }); err != nil {
		t.Fatal(err)
	}
	n := 0
	d.Each(func(Block) { n++ })
	if n > 101+MaxBlocks {
		t.Errorf("%d blocks", n)
	}
}
