package web

import (
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
	"keepsake/internal/store/storetest"
)

func TestAnAttributeIsMadeNamedIndexedDeletedAndBroughtBack(t *testing.T) {
	a := newApp(t)
	a.site.Jobs = a.site.NewJobs()
	a.signIn(a.owner())
	ctx := t.Context()
	if w := a.post("/attributes", "key", "size", "type", "number", "label_en", "Shoe <size>", "label_bg", "Номер обувки"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for path, want := range map[string]string{"/attributes": "Shoe &lt;size&gt;", "/attributes/1": "Номер обувки", "/attributes/new": "One on each line", "/subscribers/new": "Shoe &lt;size&gt;"} {
		if w := a.get(path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, lacks %s", path, w.Code, want)
		}
	}
	for _, bad := range [][]string{{"key", "size", "type", "text"}, {"key", "", "type", "text"}, {"key", "tea", "type", "choice"}, {"key", "x", "type", "nose"}} {
		if w := a.post("/attributes", bad...); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", bad, w.Code)
		}
	}
	want(t, a.post("/attributes/1/index", "on", "1"), http.StatusSeeOther)
	if err := a.store.MakeIndexes(ctx); err != nil {
		t.Fatal(err)
	}
	if w := a.get("/attributes"); !strings.Contains(w.Body.String(), "fast") {
		t.Error("the index is not shown")
	}
	one := segment.Segment{Name: "Large feet", Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "attributes.size", Type: "number", Is: "above", Values: []string{"44"}}}}}
	if err := a.store.SaveSegment(ctx, &one, "Ana"); err != nil {
		t.Fatal(err)
	}
	if w := a.get("/segments"); !strings.Contains(w.Body.String(), "Shoe &lt;size&gt; is above 44") {
		t.Errorf("a segment does not say the label: %s", w.Body)
	}
	if w := a.post("/attributes/1/delete"); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "Large feet") {
		t.Errorf("deleted though in use: %d", w.Code)
	}
	if err := a.store.DeleteSegment(ctx, one.ID); err != nil {
		t.Fatal(err)
	}
	want(t, a.post("/attributes/1/delete"), http.StatusSeeOther)
	if w := a.get("/attributes/1"); w.Code != http.StatusNotFound {
		t.Errorf("deleted: %d", w.Code)
	}
	want(t, a.post("/attributes/1/restore"), http.StatusSeeOther)
	if w := a.get("/attributes/1"); w.Code != http.StatusOK {
		t.Errorf("brought back: %d", w.Code)
	}
}

func TestAPersonsAttributesAreCheckedByTheirTypes(t *testing.T) {
	a := newApp(t)
	a.signIn(a.owner())
	ctx := t.Context()
	storetest.People(t, a.store, 1)
	for _, one := range []audience.Attribute{{Key: "size", Type: "number"}, {Key: "born", Type: "date"}, {Key: "tea", Type: "choice", Choices: []string{"Green", "Black"}}, {Key: "club", Type: "yes_no"}, {Key: "spent", Type: "money"}, {Key: "likes", Type: "list"}, {Key: "note"}} {
		if err := one.Validate(); err != nil {
			t.Fatal(err)
		}
		if err := a.store.SaveAttribute(ctx, &one); err != nil {
			t.Fatal(err)
		}
	}
	w := a.post("/subscribers/1", "email", "p1@shop.test", "lang", "en", "attributes.size", "many", "attributes.born", "22.11.1990")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "“many” is no number") || !strings.Contains(w.Body.String(), `value="many"`) {
		t.Errorf("a wrong number: %d", w.Code)
	}
	w = a.post("/subscribers/1", "email", "p1@shop.test", "lang", "en", "attributes.size", "44,5", "attributes.born", "22.11.1990", "attributes.tea", "green", "attributes.club", "yes", "attributes.spent", "5 eur", "attributes.likes", "red,blue", "attributes.note", "", "attributes.else", "x")
	p, err := a.store.Subscriber(ctx, 1)
	if w.Code != http.StatusSeeOther || err != nil {
		t.Fatalf("%d, %v", w.Code, err)
	}
	for key, want := range map[string]string{"size": "44.5", "born": "1990-11-22", "tea": "Green", "club": "yes", "spent": "5.00 EUR", "likes": "red; blue", "note": "", "else": ""} {
		if p.Attributes[key] != want {
			t.Errorf("%s is %q; want %q", key, p.Attributes[key], want)
		}
	}
	a.post("/subscribers/1", "email", "p1@shop.test", "lang", "en", "attributes.tea", "")
	if p, err = a.store.Subscriber(ctx, 1); err != nil || len(p.Attributes) != 5 {
		t.Errorf("after taking one away: %v, %v", p.Attributes, err)
	}
	if body := a.get("/subscribers/1").Body.String(); !strings.Contains(body, "€5.00") && !strings.Contains(body, "5.00") {
		t.Error("the page shows no amount")
	}
	if w := a.post("/subscribers", "email", "new@shop.test", "lang", "en", "attributes.club", "maybe"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a new person with a wrong value: %d", w.Code)
	}
}
