package public_test

import (
	"bytes"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/store"
)

// A gateway that follows every link of every letter within seconds changes nothing; a person
// who presses the buttons behind them changes what they say.
func TestAScannerChangesNothing(t *testing.T) {
	f := newFace(t)
	people := []audience.Subscriber{f.person("ana@shop.test", "Ana", "en"), f.person("boris@shop.test", "Борис", "bg"), f.person("vera@shop.test", "Вера", "ru")}
	must(t, f.st.SaveItems(t.Context(), store.OwnArticles, []campaigns.Item{{Title: "How to brew", URL: "https://tea.test/brew", Excerpt: "Slowly.", Published: tuesday}}, []string{"1"}))
	f.clock.Add(time.Minute)
	all := map[string]campaigns.Campaign{}
	for kind := range settings() {
		all[kind] = f.campaign(kind, nil)
	}
	f.campaign("newsletter", threeLinks)
	f.send()
	letters := f.smtp.Letters()
	if len(letters) != 6*len(people) {
		t.Fatalf("%d letters; want one of each kind and one more for each person", len(letters))
	}
	var links []string
	for _, l := range letters {
		links = append(links, linksOf(t, l.Data)...)
	}
	slices.Sort(links)
	links = slices.Compact(links)
	scan(t, f, links)
	press(t, f, all, people)
}

// threeLinks makes a letter of its own, with links that count.
func threeLinks(c *campaigns.Campaign) {
	c.Messages[0].Contents = []campaigns.Content{{Lang: "en", Mode: "blocks", Subject: "Three links", Document: `{"v":1,"lang":"en","blocks":[
		{"id":"b1","type":"button","label":"A","action":"url","href":"https://tea.test/a?b=1&c=2"},
		{"id":"b2","type":"button","label":"B","action":"url","href":"https://tea.test/b"},
		{"id":"b3","type":"button","label":"C","action":"url","href":"https://tea.test/c"}]}`}}
}

func scan(t *testing.T, f *face, links []string) {
	t.Helper()
	before := f.state()
	ours := map[string]int{}
	for _, l := range links {
		if !strings.HasPrefix(l, f.base) {
			continue
		}
		path := strings.TrimPrefix(l, f.base)
		ours[strings.SplitN(path, "/", 3)[1]]++
		for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodGet} {
			if got := f.do(f.request(method, l, nil)); got.status != http.StatusOK && got.status != http.StatusFound {
				t.Errorf("%s %s: %d", method, path, got.status)
			}
		}
	}
	for _, want := range []string{"u", "p", "v", "o", "c", "r", "public"} {
		if ours[want] == 0 {
			t.Errorf("no letter has a link to /%s/: the scanner had nothing to follow", want)
		}
	}
	if after := f.state(); after != before {
		t.Errorf("the scanner changed something:\n%s", difference(before, after))
	}
}

// press is what the person does, so that the test above knows where to look.
func press(t *testing.T, f *face, all map[string]campaigns.Campaign, people []audience.Subscriber) {
	t.Helper()
	for _, p := range people {
		for _, tc := range []struct{ kind, link, form string }{
			{"feedback", "respond", "rating=1"}, {"gift", "respond", ""}, {"contest", "respond", "enter=1"}, {"newsletter", "unsubscribe", ""},
		} {
			before := f.state()
			_, links := f.delivery(all[tc.kind].ID, p)
			name, value, _ := strings.Cut(tc.form, "=")
			f.post(links[tc.link], name, value).want(http.StatusOK, `lang="`+p.Lang+`"`)
			if f.state() == before {
				t.Errorf("%s by a person of %s changed nothing", tc.kind, p.Lang)
			}
		}
	}
	stock, err := f.st.Stock(t.Context(), all["gift"].ID)
	must(t, err)
	alerts, err := f.st.Alerts(t.Context(), 10)
	must(t, err)
	if stock.Redeemed != len(people) || len(alerts) != len(people) {
		t.Errorf("%d redeemed, %d alerts; want %d of each", stock.Redeemed, len(alerts), len(people))
	}
}

// difference is the lines that one text has and the other has not.
func difference(before, after string) string {
	var out strings.Builder
	old := strings.Split(before, "\n")
	for line := range strings.SplitSeq(after, "\n") {
		if !slices.Contains(old, line) {
			out.WriteString("+ " + line + "\n")
		}
	}
	return out.String()
}

var (
	href    = regexp.MustCompile(`(?:href|src)="(https?://[^"]+)"`)
	address = regexp.MustCompile(`https?://[^\s<>"\[\]]+`)
)

// linksOf are all the addresses of a letter: of its HTML, its text and its headers.
func linksOf(t *testing.T, raw []byte) []string {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	must(t, err)
	links := address.FindAllString(m.Header.Get("List-Unsubscribe"), -1)
	for typ, body := range partsOf(t, m) {
		if typ == "text/html" {
			for _, l := range href.FindAllStringSubmatch(body, -1) {
				links = append(links, html.UnescapeString(l[1]))
			}
		} else {
			links = append(links, address.FindAllString(body, -1)...)
		}
	}
	return links
}

// partsOf are the texts of a letter by media type.
func partsOf(t *testing.T, m *mail.Message) map[string]string {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	must(t, err)
	parts := multipart.NewReader(m.Body, params["boundary"])
	out := map[string]string{}
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return out
		}
		must(t, err)
		typ, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		must(t, err)
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		must(t, err)
		out[typ] = string(body)
	}
}
