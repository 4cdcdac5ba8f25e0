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
