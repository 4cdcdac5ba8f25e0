package web

import (
	"fmt"
	"html"
	"keepsake/internal/store"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
)

func TestTheValuePageSaysWhatOrdersComeTo(t *testing.T) {
	a, _ := staff(t)
	now := a.store.Now()
	p := audience.Subscriber{Email: "ana@shop.test", EmailNorm: "ana@shop.test", Lang: "en"}
	for i, months := range []int{5, 4, 3, 2, 1} {
		o := audience.Order{Number: string(rune('a' + i)), State: "paid", Currency: "EUR", TotalCents: 2000, Channel: "web", Country: "BG",
			PlacedAt: now.AddDate(0, -months, 0), UpdatedAt: now.AddDate(0, -months, 0), Items: []audience.Item{{SKU: "tea", Name: "Tea", Category: "teas", Quantity: 1, PriceCents: 2000}}}
		if err := a.store.RecordOrder(t.Context(), &p, &o); err != nil {
			t.Fatal(err)
		}
	}
	for path, says := range map[string][]string{"/value": {"€20.00", "€100.00", "too few"}, "/value?by=channel&currency=EUR": {"web"}, "/value?by=list": {"No group"}, "/value?by=country": {"BG"},
		"/value?by=product": {"Tea"}, "/value?view=rfm": {"5–9", "10 or more"}, "/value?view=cohorts": {"so far", "100%"}, "/value?view=rhythm": {"All customers"}, "/value?view=costs": {"250.00"},
		"/value?view=nonsense&by=nonsense&currency=QQQ": {"€100.00"}} {
		want(t, a.get(path), http.StatusOK, says...)
	}
	want(t, a.get("/subscribers/3"), http.StatusOK, "€100.00", "recency")
	// A margin and a cost count at once, and what is wrong stands beside its field.
	a.post("/value/margins", "kind", "default", "share", "25", "currency", "EUR")
	want(t, a.get("/value"), http.StatusOK, "25%", "€25.00")
	want(t, a.post("/value/margins", "kind", "default", "share", "250", "currency", "EUR"), http.StatusUnprocessableEntity, "between 0 and 100")
	a.post("/value/costs", "channel", "web", "month", now.AddDate(0, -5, 0).Format("2006-01"), "cost", "9,00", "currency", "EUR")
	want(t, a.get("/value?view=costs"), http.StatusOK, "€9.00", "1 month later")
	want(t, a.post("/value/costs", "channel", "web", "month", "2999-01", "cost", "9", "currency", "EUR"), http.StatusUnprocessableEntity, "Name a month")
	a.upload("/value/costs/file", "file", "costs.csv", []byte("Month,Channel,Currency,Spent\n"+now.AddDate(0, -4, 0).Format("2006-01-02")+",web,EUR,\"4,50\"\n"+now.AddDate(0, -4, 0).Format("2006-01")+",web,EUR,1.00\n"), "currency", "EUR")
	want(t, a.get("/value?view=costs"), http.StatusOK, "€14.50", "€5.50")
	want(t, a.uploadFor("text/html", "/value/costs/file", "file", "costs.csv", []byte("month,spent\n2026-01,5\nsoon,6\n2999-01,7\n"), "currency", "EUR"), http.StatusUnprocessableEntity, "Nothing was taken in", "Line 3", "no month", "Line 4", "not here yet")
	long := "month,spent,note\n" + strings.Repeat("2026-01,5,"+strings.Repeat("n", 15_000)+"\n", 100) + "soon,6,\n"
	want(t, a.upload("/value/costs/file", "file", "costs.csv", []byte(long), "currency", "EUR"), http.StatusUnprocessableEntity, "Line 102", "no month")
	// A segment's value is added up from those who are in it.
	rule := segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "value.frequency", Is: "is", Values: []string{"4"}}}}
	if err := a.store.SaveSegment(t.Context(), &segment.Segment{Name: "Five orders", Rule: rule}, "Ana"); err != nil {
		t.Fatal(err)
	}
	want(t, a.get("/value?by=segment"), http.StatusOK, "Five orders", "/segments/1", "€25.00")
	a.post("/value/margins/delete", "kind", "default", "currency", "EUR")
	want(t, a.get("/value"), http.StatusOK, "enter yours")
}

func TestTheGroupsOfTheValuePageComeToAllCustomers(t *testing.T) {
	a, _ := staff(t)
	now := a.store.Now()
	for i := range 30 { // one in each month, more than are shown
		p := audience.Subscriber{Email: fmt.Sprintf("m%d@shop.test", i), EmailNorm: fmt.Sprintf("m%d@shop.test", i), Lang: "en"}
		at := now.AddDate(0, -i, -now.Day()+1)
		o := audience.Order{Number: fmt.Sprint(i), State: "paid", Currency: "EUR", TotalCents: 2000, PlacedAt: at, UpdatedAt: at, Country: fmt.Sprintf("A%c", 'A'+i%26), Channel: fmt.Sprint(i)}
		if err := a.store.RecordOrder(t.Context(), &p, &o); err != nil {
			t.Fatal(err)
		}
	}
	want(t, a.get("/value"), http.StatusOK, "earlier months", `data-label="Customers">6</td>`)
	want(t, a.get("/value?by=channel"), http.StatusOK, "all others", `data-label="Customers">6</td>`)
	if w := a.get("/value?by=list"); strings.Contains(w.Body.String(), "all others") {
		t.Error("who is on no list is called another list")
	}
}

func TestAMarginOffersWhatWasSoldAndSaysWhatWasNot(t *testing.T) {
	a, _ := staff(t)
	p := audience.Subscriber{Email: "p1@shop.test", EmailNorm: "p1@shop.test", Lang: "en"}
	o := audience.Order{Number: "1", State: "paid", Currency: "EUR", TotalCents: 2000, Items: []audience.Item{{SKU: "T-1", Name: "Tea", Category: "teas", Quantity: 1, PriceCents: 2000}}}
	if err := o.Validate(a.store.Now()); err != nil {
		t.Fatal(err)
	}
	if err := a.store.RecordOrder(t.Context(), &p, &o); err != nil {
		t.Fatal(err)
	}
	want(t, a.get("/value?view=costs"), http.StatusOK, `<option value="teas">`, `<option value="T-1">`)
	for name, said := range map[string]bool{"teas": false, "NoSuchCategory": true} {
		a.post("/value/margins", "kind", "category", "name", name, "share", "40", "currency", "EUR")
		if got := strings.Contains(a.get("/value?view=costs").Body.String(), "No order has “"+name); got != said {
			t.Errorf("%s: said that nothing was sold: %v", name, got)
		}
	}
	for _, name := range []string{"T-1", "Tea", "No such tea"} {
		a.post("/value/margins", "kind", "product", "name", name, "share", "40", "currency", "EUR")
	}
	if page := a.get("/value?view=costs").Body.String(); strings.Count(page, "nobody has bought this yet") != 2 {
		t.Error("a margin of what was sold and one of what was not look alike")
	}
	a.post("/value/costs", "channel", "Radio", "month", "2026-01", "cost", "9", "currency", "EUR")
	want(t, a.get("/value?view=costs"), http.StatusOK, "nobody has come by this yet")
	want(t, a.post("/value/costs", "channel", "web", "month", "2026-01", "cost", "9", "currency", "XXQ"), http.StatusUnprocessableEntity, "There is no currency “XXQ”")
}

// whom finds the links to people on a page, with the number each shows.
var whom = regexp.MustCompile(`<a href="/segments/new\?([^"]*)">([0-9,]+)</a>`)

func TestEveryFigureLeadsToJustThoseItCounts(t *testing.T) {
	a := newApp(t)
	a.owner()
	if err := a.store.Fill(t.Context(), store.Fixture{People: 400, Orders: 1500, Seed: 7, Say: func(string, int64, int64) {}}); err != nil {
		t.Fatal(err)
	}
	currencies, err := a.store.ValueCurrencies(t.Context())
	if err != nil || len(currencies) == 0 {
		t.Fatal(currencies, err)
	}
	seen := 0
	for _, one := range currencies {
		for _, view := range []string{"rfm", "rhythm"} {
			page := a.get("/value?view=" + view + "&currency=" + one.Name)
			for _, m := range whom.FindAllStringSubmatch(page.Body.String(), -1) {
				a.leadsTo(html.UnescapeString(m[1]), strings.ReplaceAll(m[2], ",", ""))
				seen++
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d figures lead to people", seen)
	}
}

// leadsTo holds a segment's count against the number beside the link to it.
func (a *app) leadsTo(query, shown string) {
	a.t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		a.t.Fatal(err)
	}
	r, err := segment.Decode([]byte(q.Get("rule")))
	if err != nil {
		a.t.Fatal(err)
	}
	n, err := a.store.CountSegment(a.t.Context(), r)
	if err != nil || fmt.Sprint(n) != shown {
		a.t.Errorf("%s: %d people, the page says %s (%v)", q.Get("rule"), n, shown, err)
	}
	want(a.t, a.get("/segments/new?"+query), http.StatusOK, "value.")
}

func TestAnAverageOfTheGridIsRounded(t *testing.T) {
	a, _ := staff(t)
	for i, cents := range []int64{100, 101} {
		a.bought(fmt.Sprintf("p%d@shop.test", i), fmt.Sprint(i), 3, cents)
	}
	want(t, a.get("/value?view=rfm"), http.StatusOK, "€1.01")
}
