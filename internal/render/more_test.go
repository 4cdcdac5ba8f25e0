package render

import (
	"os"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

// moreBlocks is a letter with the blocks that say, sell and ask.
func moreBlocks(t testing.TB) campaigns.Content {
	t.Helper()
	b, err := os.ReadFile("testdata/more.json")
	if err != nil {
		t.Fatal(err)
	}
	return campaigns.Content{Lang: "en", Mode: "blocks", Subject: "More", Preheader: "The blocks that say, sell and ask.", Document: string(b)}
}

func moreOptions(t testing.TB) Options {
	b := brand
	b.Social = []document.SocialLink{{Network: "facebook", Href: "https://fb.test/lindenhof"}, {Network: "telegram", Href: "https://t.test/l"}}
	return Options{BaseURL: "https://k.test/", Brand: b, Catalog: opened(t), Saved: library}
}

// library holds one saved block.
func library(ref int64) (document.Blocks, error) {
	if ref != 1 {
		return nil, fault.New(fault.NotFound, "There is no saved block with that number.")
	}
	d, err := document.Parse(`{"blocks":[{"id":"a","type":"heading","level":3,"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"From the library"}]}]}},{"id":"p","type":"poll","question":"Saved?","options":["Yes","No"]}]}`)
	return d.Blocks, err
}

func moreValues() Values {
	v := sampleValues()
	v.Subscriber.Attributes = map[string]string{"points": "320", "tier": "Gold <1>", "next_reward": "Free tea", "next_reward_at": "500", "stars": "7"}
	v.Order.Currency, v.Order.TotalCents = "EUR", 2190
	v.Order.Items = []audience.Item{{SKU: "pot 1", Name: "Stoneware <teapot>", Quantity: 1, PriceCents: 1290, URL: "https://shop.test/pot?a=1&b=2", Image: "https://shop.test/pot.jpg"}, {Name: "", PriceCents: 900}}
	last := *v.Order
	v.LastOrder = &last
	v.Bestsellers = []Bestseller{{audience.Item{Name: "Mint", PriceCents: 450, URL: "javascript:alert(1)"}, "EUR"}, {audience.Item{Name: "Linden", PriceCents: 500}, "EUR"},
		{audience.Item{Name: "Sage", PriceCents: 550}, "EUR"}, {audience.Item{Name: "Fourth"}, "EUR"}}
	v.Links["answer"], v.Links["calendar"] = "https://k.test/a/t0ken", "https://k.test/cal/t0ken.ics"
	return v
}

func TestTheBlocksThatSaySellAndAsk(t *testing.T) {
	out := rendered(t, moreBlocks(t), moreOptions(t), moreValues())
	golden(t, "more.html", out.HTML)
	golden(t, "more.txt", out.Text)
	for _, never := range []string{"<script", "onclick", "<form", "<input", "alert(1)", "javascript:", "data-block", "data-edit", "Only for Bulgarians", "Fourth", "no longer there"} {
		if strings.Contains(out.HTML, never) {
			t.Errorf("the letter holds %s", never)
		}
	}
	for _, want := range []string{"For Mira with an order above 20.", "https://k.test/a/t0ken?block=n9&amp;value=1", "block=n26-p&amp;value=0-4daa7349", "Tuesday, 1\u00a0December 2026, 18:00–20:30 (Europe/Sofia, UTC+2)",
		"art-social-facebook.png", "12.90 €", "&amp;block=n8", `width="64%"`} {
		if !strings.Contains(out.HTML, want) && !strings.Contains(out.HTML, strings.ReplaceAll(want, "&amp;", "&")) {
			t.Errorf("no %s", want)
		}
	}
}

func TestMoreBlocksFromRightToLeft(t *testing.T) {
	c := moreBlocks(t)
	c.Document = strings.Replace(c.Document, `"lang":"en"`, `"lang":"en","dir":"rtl"`, 1)
	out := rendered(t, c, moreOptions(t), moreValues())
	golden(t, "more.rtl.html", out.HTML)
	for _, want := range []string{`border-right:4px solid`, `<div dir="ltr" style="font-size:0">`, `dir="rtl" style="display:inline-block`} {
		if !strings.Contains(out.HTML, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestTheCanvasShowsEveryBlock(t *testing.T) {
	o := moreOptions(t)
	o.Canvas = true
	v := moreValues()
	v.Subscriber.Attributes, v.Order, v.LastOrder, v.Bestsellers, v.Preview = nil, nil, nil, nil, true
	delete(v.Links, "answer")
	out := rendered(t, moreBlocks(t), o, v)
	golden(t, "more.canvas.html", out.HTML)
	d, err := document.Parse(moreBlocks(t).Document)
	if err != nil {
		t.Fatal(err)
	}
	d.Each(func(b document.Block) {
		if !strings.Contains(out.HTML, `data-block="`+b.Common().ID+`"`) {
			t.Errorf("the canvas lacks %s %s", b.Common().Type, b.Common().ID)
		}
	})
	for _, want := range []string{"Only for Bulgarians", "The balance will stand here", "The products will stand here", "This saved block is no longer there.", `href="#?block=n9`} {
		if !strings.Contains(out.HTML, want) {
			t.Errorf("the canvas lacks %q", want)
		}
	}
	if strings.Contains(out.HTML, `data-block="n26-a"`) {
		t.Error("the inside of a saved block can be changed")
	}
}

func TestWhatHasNoValueLeavesNoGap(t *testing.T) {
	v := sampleValues()
	v.Order = nil
	v.Data = struct{}{}
	c := blocks(`{"id":"p","type":"points","bar":true},{"id":"q","type":"products"},{"id":"l","type":"products","source":"last_order","fallback":"bestsellers"},
		{"id":"r","type":"referral","showProgress":true},{"id":"s","type":"social","items":[]},{"id":"m","type":"menu","items":[]},{"id":"h","type":"html"},{"id":"k","type":"saved","ref":9}`)
	o := moreOptions(t)
	o.Brand.Social = nil
	with, without := rendered(t, c, o, v), rendered(t, blocks(``), o, v)
	rows := func(s string) int { return strings.Count(s, "<tr") }
	if got, want := rows(with.HTML), rows(without.HTML)+2; got != want { // the room above and below
		t.Errorf("%d rows; want %d\n%s", got, want, with.HTML)
	}
	if with.Text != without.Text {
		t.Errorf("got %q; want %q", with.Text, without.Text)
	}
}

func TestBlocksAskForNoUnknownValue(t *testing.T) {
	o := moreOptions(t)
	o.Data = struct{ Code string }{}
	c := moreBlocks(t)
	if got := compiled(t, c, o).Unknown(); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	v := moreValues()
	if got := compiled(t, c, o).Missing(v); len(got) != 0 {
		t.Errorf("missing %v", got)
	}
	c = blocks(`{"id":"x","type":"text","show":{"rules":[{"path":"subscriber.frist_name","is":"filled"}]}}`)
	if got := compiled(t, c, o).Unknown(); len(got) != 1 || got[0].Suggest != "subscriber.first_name" {
		t.Errorf("got %+v", got)
	}
}
