package web

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keepsake/campaigns/segment"
	"keepsake/internal/store/storetest"
)

// counted is what the builder is told of a rule.
type counted struct {
	Problems []struct{ Path, Part, Text string }
	Said     struct {
		Text  string
		Rules []struct{ Text string }
	}
	People, Of int64
	Sample     []struct {
		ID    int64
		Email string
	}
	Names map[string]string
}

func (a *app) counted(rule string) (out counted, status int) {
	a.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/segments/count", strings.NewReader(rule))
	r.Header.Set("Accept", "application/json")
	w := a.do(r, nil)
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			a.t.Fatal(err)
		}
	}
	return out, w.Code
}

func TestTheBuilderIsToldWhatARuleMeansAndWhatIsWrongWithIt(t *testing.T) {
	a := newApp(t)
	if _, status := a.counted(`{}`); status != http.StatusUnauthorized && status != http.StatusForbidden && status != http.StatusSeeOther {
		t.Errorf("counted for a stranger: %d", status)
	}
	a.signIn(a.owner())
	list := storetest.People(t, a.store, 3)
	got, _ := a.counted(`{"match":"all","rules":[{"field":"email","is":"contains","values":["shop"]},{"field":"list","is":"confirmed","values":["1"]}]}`)
	if got.People != 3 || got.Of != 3 || len(got.Sample) != 3 || got.Names["list 1"] != list.Name || len(got.Said.Rules) != 2 || len(got.Problems) != 0 {
		t.Errorf("%+v", got)
	}
	got, _ = a.counted(`{"match":"all","rules":[{"field":"email","is":"is"},{"field":"nose","is":"is"}]}`)
	if len(got.Problems) != 2 || got.Problems[0].Path != "rule.0" || got.Problems[0].Part != "values" || got.People != 0 || got.Said.Text == "" {
		t.Errorf("%+v", got)
	}
	for _, bad := range []string{`[`, `{"match":"all","rules":[{"feild":1}]}`, strings.Repeat(`{"match":"all","rules":[`, 10_000), `{"match":"all","rules":[{"field":"segment","is":"in","values":["99"]}]}`} {
		if got, status := a.counted(bad); status == http.StatusOK && len(got.Problems) == 0 || status >= 500 {
			t.Errorf("%.50s: %d, %+v", bad, status, got)
		}
	}
	w := a.get("/segments/values?of=ordered&field=currency&q=e")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"values":[`) {
		t.Errorf("values: %d %s", w.Code, w.Body)
	}
}

func TestTheBuilderIsGivenEveryFieldThereIs(t *testing.T) {
	a := newApp(t)
	a.signIn(a.owner())
	body := a.get("/segments/new").Body.String()
	_, rest, _ := strings.Cut(body, `data-props="`)
	raw, _, _ := strings.Cut(rest, `"`)
	var props struct {
		Fields []struct {
			Name, Label, Shelf string
			Tests              []struct{ Is, Before string }
			Where              []struct{ Name, Label string }
		}
		Types   []struct{ Type, Label string }
		Shelves []struct{ Name, Label string }
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(raw)), &props); err != nil {
		t.Fatal(err)
	}
	if len(props.Fields) != len(segment.Fields) || len(props.Types) != len(segment.Types) || len(props.Shelves) != len(segment.Shelves) {
		t.Errorf("%d fields, %d types, %d shelves", len(props.Fields), len(props.Types), len(props.Shelves))
	}
	for i, f := range segment.Fields {
		got := props.Fields[i]
		if got.Name != f.Name || got.Label == "" || got.Shelf == "" || len(got.Tests) != len(f.Tests()) || len(got.Where) != len(f.Where) {
			t.Errorf("%s is given as %+v", f.Name, got)
		}
	}
}

func TestTheMembersOfASegmentAreListedSearchedAndUsedInACampaign(t *testing.T) {
	a := newApp(t)
	a.signIn(a.owner())
	storetest.People(t, a.store, 60)
	one := segment.Segment{Name: "First <ones>", Rule: segment.Rule{Match: segment.Any, Rules: []segment.Rule{{Field: "email", Is: "contains", Values: []string{"@"}}, {Field: "lang", Is: "is", Values: []string{"xx"}}}}}
	if err := a.store.SaveSegment(t.Context(), &one, "Ana"); err != nil {
		t.Fatal(err)
	}
	w := a.get("/segments/1/members")
	want(t, w, http.StatusOK, "First &lt;ones&gt;", "p60@shop.test", "/subscribers/60/segments?segment=1", "/jobs/export?segment=1", "/campaigns/new?segment=1", "after=11")
	if strings.Contains(w.Body.String(), "p10@shop.test") {
		t.Error("more than a page")
	}
	want(t, a.get("/segments/1/members?after=11"), http.StatusOK, "p10@shop.test")
	found := a.get("/segments/1/members?q=P17")
	if want(t, found, http.StatusOK, "p17@shop.test"); strings.Contains(found.Body.String(), "p18@shop.test") {
		t.Error("the search finds others")
	}
	want(t, a.get("/segments/1/members?q=nobody"), http.StatusOK, "Nobody fits")
	want(t, a.get("/segments/1/count"), http.StatusOK, `"people":60`, "60 people")
	want(t, a.get("/segments/9/members"), http.StatusNotFound)
	want(t, a.get("/segments/new?like=1"), http.StatusOK, "Copy of First &lt;ones&gt;", "contains")
	want(t, a.get("/segments/new?like=9"), http.StatusNotFound)
	want(t, a.get("/campaigns/new?segment=1"), http.StatusOK, `name="segment" value="1"`, "First &lt;ones&gt;")
	a.post("/campaigns", "kind", "newsletter", "segment", "1")
	c, err := a.store.Campaign(t.Context(), 1)
	if err != nil || len(c.Audience.Segments) != 1 || c.Audience.Segments[0] != 1 {
		t.Errorf("%+v, %v", c.Audience, err)
	}
	want(t, a.post("/campaigns", "kind", "newsletter", "segment", "7"), http.StatusNotFound)
}

func TestASegmentBeginsWithAReadyMadeOne(t *testing.T) {
	a := newApp(t)
	a.signIn(a.owner())
	for _, one := range segment.Ready {
		want(t, a.get("/segments/new"), http.StatusOK, "?ready="+one.Name)
		want(t, a.get("/segments/new?ready="+one.Name), http.StatusOK, html.EscapeString(one.Label), one.Rule.Rules[0].Field)
	}
}
