package api_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
)

// segments makes, counts, explains and deletes one.
func (b *bench) segments(t *testing.T, list, ana int64) {
	t.Helper()
	test := m{"field": "attributes.size", "type": "number", "is": "at_least", "values": []string{"38"}}
	rule := m{"match": "all", "rules": []m{test, {"match": "none", "rules": []m{{"field": "opened", "is": "did", "within": m{"last": 30, "unit": "days"}}}}}}
	var counted struct {
		People int64
		Sample []struct{ ID int64 }
	}
	b.ask(t, "POST", "/segments/count", m{"rule": rule}, 200, &counted)
	if counted.People != 1 || len(counted.Sample) != 1 || counted.Sample[0].ID != ana {
		t.Errorf("counted: %+v", counted)
	}
	var refused struct {
		Detail string
		Errors []m
	}
	b.ask(t, "POST", "/segments/count", m{"rule": m{"match": strings.Repeat("x", 5000)}}, 422, &refused)
	if len(refused.Errors) == 0 || len(fmt.Sprint(refused)) > 2000 || refused.Detail == "validation failed" {
		t.Errorf("a refusal repeats what was sent, or does not say what is wrong: %.300v", refused)
	}
	var one struct {
		ID      int64
		Version int
		Rule    m
	}
	b.ask(t, "POST", "/segments", m{"name": "Large feet", "rule": rule}, 201, &one)
	at := fmt.Sprintf("/segments/%d", one.ID)
	b.ask(t, "GET", "/segments", nil, 200, nil)
	b.ask(t, "GET", at, nil, 200, &one)
	if fmt.Sprint(one.Rule["match"]) != "all" || one.Version != 1 {
		t.Errorf("kept: %+v", one)
	}
	b.ask(t, "PATCH", at, m{"name": "Larger feet", "version": 1}, 200, nil)
	b.ask(t, "PATCH", at, m{"name": "Old", "version": 1}, 409, nil)
	b.ask(t, "GET", at+"/count", nil, 200, &counted)
	var people struct{ Items []struct{ ID int64 } }
	b.ask(t, "GET", at+"/subscribers?limit=10", nil, 200, &people)
	var why struct {
		In    bool
		Rules []struct {
			Path, Sentence, Value string
			Holds                 bool
		}
	}
	b.ask(t, "GET", fmt.Sprintf("%s/explain/%d", at, ana), nil, 200, &why)
	if counted.People != 1 || len(people.Items) != 1 || !why.In || len(why.Rules) != 4 || why.Rules[1].Sentence != "size is at least 38" || why.Rules[1].Value != "38" {
		t.Errorf("%+v, %+v, %+v", counted, people, why)
	}
	var c struct {
		ID       int64
		Audience struct{ Segments []int64 }
	}
	b.ask(t, "POST", "/campaigns", m{"kind": "newsletter", "name": "Shoes", "lists": []int64{list}, "segments": []int64{one.ID}}, 201, &c)
	b.ask(t, "POST", "/campaigns", m{"kind": "newsletter", "name": "Shoes", "lists": []int64{list}, "segments": []int64{99}}, 404, nil)
	b.ask(t, "DELETE", at, nil, 409, nil) // the campaign uses it
	b.ask(t, "POST", "/segments", m{"name": "Other", "rule": rule}, 201, &one)
	b.ask(t, "DELETE", fmt.Sprintf("/segments/%d", one.ID), nil, 204, nil)
	b.ask(t, "POST", "/segments", m{"name": "No", "rule": m{"match": "all", "rules": []m{{"field": "nose", "is": "is"}}}}, 422, nil)
}

func TestWhatIsWrongWithARuleIsPlacedInItsJSONWhoeverFindsIt(t *testing.T) {
	b := newBench(t)
	for at, rule := range map[string]string{
		"body.rule.rules[1].rules[0]": `{"match":"all","rules":[{"field":"email","is":"filled"},{"match":"any","rules":[{"field":"nose","is":"is"}]}]}`,
		"body.rule.rules[0].where[1]": `{"match":"all","rules":[{"field":"ordered","is":"did","where":[{"field":"sku","is":"filled"},{"field":"sku","is":"loud"}]}]}`,
		"body.rule.rules[0].is":       `{"match":"all","rules":[{"field":"email","is":7}]}`,
		"body.rule":                   `{"match":"all"}`,
	} {
		var refused struct{ Errors []struct{ Location string } }
		b.ask(t, "POST", "/segments/count", m{"rule": json.RawMessage(rule)}, 422, &refused)
		if len(refused.Errors) == 0 || refused.Errors[0].Location != at {
			t.Errorf("%s: %+v", at, refused)
		}
	}
}

func TestARuleTenThousandDeepIsAProblemAndNoMore(t *testing.T) {
	b := newBench(t)
	for _, deep := range []int{100, 9_000, 20_000} {
		rule := strings.Repeat(`{"match":"all","rules":[`, deep) + strings.Repeat(`]}`, deep)
		r := httptest.NewRequest("POST", "http://tea.test/api/v1/segments/count", strings.NewReader(`{"rule":`+rule+`}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+b.token)
		if w := b.raw(r); w.Code != 400 && w.Code != 422 || w.Body.Len() > 1<<20 {
			t.Errorf("%d deep: %d, %.300s", deep, w.Code, w.Body.String())
		}
	}
}
