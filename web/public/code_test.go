package public_test

import (
	"bytes"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/internal/dispatch"
	"keepsake/internal/link"
)

// drawing is a letter with the reader's own code and one for everybody, both as QR codes.
func drawing(c *campaigns.Campaign) {
	doc := `{"v":1,"blocks":[{"id":"own","type":"coupon","qr":true},{"id":"all","type":"coupon","source":"shared","code":"SPRING10","qr":true},
		{"id":"plain","type":"coupon","source":"shared","code":"PLAIN","qr":false}]}`
	c.Messages[0].Contents = []campaigns.Content{{Lang: "en", Mode: "blocks", Subject: "Codes", Document: doc}}
}

// wantPicture checks that it is a square PNG, large enough for a camera and small enough for a letter.
func (a answered) wantPicture() answered {
	a.t.Helper()
	a.want(http.StatusOK)
	shown, err := png.Decode(strings.NewReader(a.body))
	if err != nil || a.header.Get("Content-Type") != "image/png" {
		a.t.Fatalf("%s: no picture: %v, %s", a.url, err, a.header.Get("Content-Type"))
	}
	size := shown.Bounds().Size()
	if size.X != size.Y || size.X < 200 || len(a.body) > 8<<10 {
		a.t.Errorf("%s: %v, %d octets", a.url, size, len(a.body))
	}
	if r, g, b, _ := shown.At(0, 0).RGBA(); r+g+b != 3*0xffff {
		a.t.Error("no quiet zone round it")
	}
	if cached := a.header.Get("Cache-Control"); !strings.HasPrefix(cached, "private") {
		a.t.Errorf("%s: cached %q", a.url, cached)
	}
	return a
}

func TestACouponsCodeIsDrawnAndNothingIsTaken(t *testing.T) {
	f := newFace(t)
	ana, ivan := f.person("ana@shop.test", "Ana", "en"), f.person("ivan@shop.test", "Ivan", "en")
	c := f.campaign("gift", drawing)
	f.send()
	_, hers := f.delivery(c.ID, ana)
	_, his := f.delivery(c.ID, ivan)
	before := f.state()
	own := f.get(hers["qr"] + "?block=own").wantPicture()
	other := f.get(his["qr"] + "?block=own").wantPicture()
	shared := f.get(hers["qr"] + "?block=all").wantPicture()
	if own.body == other.body || own.body == shared.body || f.get(his["qr"]+"?block=all").body != shared.body {
		t.Error("the pictures are not of the codes they should be")
	}
	if f.get(hers["qr"]).body != own.body {
		t.Error("without a block it is not the reader's own")
	}
	if head := f.head(hers["qr"] + "?block=own"); head.status != http.StatusOK || head.body != "" {
		t.Errorf("HEAD: %d, %d octets", head.status, len(head.body))
	}
	if after := f.state(); after != before {
		t.Errorf("looking changed something:\n%s", difference(before, after))
	}
	letter := f.get(hers["view"]).want(http.StatusOK, hers["qr"]+"?block=own", "QR code of SPRING10")
	if strings.Contains(letter.body, "?block=plain") {
		t.Error("a coupon without a QR code got one")
	}
}

func TestACodeThatNobodyWasGivenIsNotDrawn(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	gift, news := f.campaign("gift", drawing), f.campaign("newsletter", nil)
	must(t, f.site.Dispatch.Tick(t.Context())) // planned, nothing sent
	_, links := f.delivery(gift.ID, p)
	before := f.state()
	f.get(links["qr"] + "?block=own").want(http.StatusNotFound)
	if after := f.state(); after != before {
		t.Errorf("a look took a code:\n%s", difference(before, after))
	}
	f.send()
	_, others := f.delivery(news.ID, p)
	for _, path := range []string{others["qr"], others["qr"] + "?block=own", strings.Replace(links["view"], "/v/", "/q/", 1), "/q/nothing",
		f.site.Links.CodeURL(link.Claims{}), f.site.Links.CodeURL(link.Claims{Delivery: 1 << 40}), f.site.Links.CodeURL(link.Claims{Extra: "%zz;;"})} {
		f.get(path).want(http.StatusNotFound)
	}
	f.get(links["qr"] + "?block=own").wantPicture()
}

func TestTheRatingOfALetterIsAskedAsItsBlockAsks(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("feedback", rating)
	f.send()
	_, links := f.delivery(c.ID, p)
	to := links["respond"]
	f.get(to+"?rating=4&block=r1").want(http.StatusOK, "How is the pot?", "What should we do better?", `aria-label="5 of 5"`, `value="4" required aria-label="4 of 5" checked`, "cold", "hot")
	f.post(to+"?rating=4&block=r1", "rating", "5").want(http.StatusOK, `href="https://reviews.example/pot?a=1&amp;b=2"`, "?block=r1")
	f.post(to+"?block=r1", "rating", "2").want(http.StatusOK, `href="https://help.example/"`, "Get help")
	f.post(to+"?block=r1", "rating", "9").want(http.StatusUnprocessableEntity, "Choose a rating between 1 and 5.", "What should we do better?")
	middle := f.post(to+"?block=r1", "rating", "3").want(http.StatusOK)
	if strings.Contains(middle.body, "reviews.") || strings.Contains(middle.body, "help.example") {
		t.Error("neither high nor low, and led on all the same")
	}
	f.get(to+"?rating=4&block=gone").want(http.StatusOK, "How do you like the tea?", "What made it so?")
}

// rating is a letter that asks by faces, and on another scale than the campaign's.
func rating(c *campaigns.Campaign) {
	doc := `{"v":1,"blocks":[{"id":"r1","type":"rating","scale":"emoji","question":"How is the pot?","low":"cold","high":"hot","followUp":"What should we do better?","routeHigh":"https://reviews.example/pot?a=1&b=2","routeLow":"help.example/"},
		{"id":"r2","type":"rating","scale":"nps","question":"{{ subscriber.first_name | default: 'Friend' }}?"}]}`
	c.Messages[0].Contents = []campaigns.Content{{Lang: "en", Mode: "blocks", Subject: "Rate", Document: doc}}
	c.Messages = c.Messages[:1]
}

func TestRatingsOnAnotherScaleAreCountedApart(t *testing.T) {
	f := newFace(t)
	p := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("feedback", rating)
	f.send()
	_, links := f.delivery(c.ID, p)
	f.get(links["respond"]+"?rating=9&block=r2").want(http.StatusOK, "How do you like the tea?", `value="9" required checked`)
	f.post(links["respond"]+"?block=r2", "rating", "1").want(http.StatusOK)
	if n := f.tally(c.ID, "rating"); n["nps:1"] != 1 || len(n) != 1 {
		t.Fatalf("counted %v", n)
	}
	f.get(links["respond"]+"?block=r2").want(http.StatusOK, `value="1" required checked`)
	if again := f.get(links["respond"]); strings.Contains(again.body, " checked") {
		t.Error("one of ten became one star")
	}
	k, err := c.Open()
	must(t, err)
	figures, err := k.(campaigns.Reporter).Figures(t.Context(), f.site.Dispatch.Desk(c))
	must(t, err)
	if len(figures) < 2 || figures[0].Value != 0 || figures[1].Label != "Ratings from 0 to 10" || figures[1].Value != 1 {
		t.Errorf("figures %+v", figures)
	}
}

func TestAPageLeadsOnlyToPages(t *testing.T) {
	f := newFace(t)
	c, err := campaigns.New("feedback", "Ratings", "en")
	must(t, err)
	rating(&c)
	bad := &c.Messages[0].Contents[0].Document
	*bad = strings.Replace(*bad, `"scale":"nps"`, `"scale":"nps","routeHigh":"javascript:alert(1)","routeLow":"{{ subscriber.email }}"`, 1)
	lines, err := f.site.Dispatch.Preflight(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: c.Messages[0].Contents[0]})
	must(t, err)
	wrong := map[string]bool{}
	for _, l := range lines {
		if l.Level == "fail" {
			wrong[l.Block+"."+l.Field] = true
		}
	}
	if !wrong["r2.routeHigh"] || !wrong["r2.routeLow"] || wrong["r1.routeHigh"] || wrong["r1.routeLow"] {
		t.Errorf("wrong are %v", wrong)
	}
}

func TestAContestsLetterSaysHowManyEntered(t *testing.T) {
	f := newFace(t)
	ana := f.person("ana@shop.test", "Ana", "en")
	c := f.campaign("contest", func(c *campaigns.Campaign) {
		c.Messages[0].Contents = []campaigns.Content{{Lang: "en", Mode: "blocks", Subject: "Win", Document: `{"v":1,"blocks":[{"id":"c1","type":"contest","showEntries":true}]}`}}
	})
	f.send()
	_, links := f.delivery(c.ID, ana)
	if seen := f.get(links["view"]).want(http.StatusOK, "A cast-iron teapot"); strings.Contains(seen.body, "Entries so far") {
		t.Error("nobody entered, and it is counted")
	}
	f.post(links["respond"], "enter", "1").want(http.StatusOK)
	f.get(links["view"]).want(http.StatusOK, "Entries so far: 1")
}

func TestADraftsCodesAreDrawnWithoutADelivery(t *testing.T) {
	f := newFace(t)
	c, err := campaigns.New("gift", "Codes", "en")
	must(t, err)
	must(t, c.Keep(settings()["gift"]))
	drawing(&c)
	p, err := f.site.Dispatch.Preview(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: c.Messages[0].Contents[0]})
	must(t, err)
	var shown [][]byte
	for _, block := range []string{"own", "all"} {
		before, _, ok := strings.Cut(p.HTML, "?block="+block+`"`)
		at := strings.LastIndex(before, `src="`)
		if !ok || at < 0 {
			t.Fatalf("no QR code of %s in the preview", block)
		}
		shown = append(shown, []byte(f.get(before[at+len(`src="`):]+"?block="+block).wantPicture().body))
	}
	if bytes.Equal(shown[0], shown[1]) {
		t.Error("both are the same")
	}
}
