package web

import (
	"encoding/base64"
	"fmt"
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
	if w := a.post("/attributes/1/delete"); w.Code != http.StatusConflict || strings.Count(w.Body.String(), "Large feet") < 3 { // above, in the reason, and beside the button
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

func TestANewTypeIsNotTakenBeforeItIsSaidWhatItCannotRead(t *testing.T) {
	a := newApp(t)
	a.site.Jobs = a.site.NewJobs()
	a.signIn(a.owner())
	ctx := t.Context()
	for i, city := range []string{"Sofia", "12,5", "Varna"} {
		email := fmt.Sprintf("c%d@shop.test", i)
		if err := a.store.SaveSubscriber(ctx, &audience.Subscriber{Email: email, EmailNorm: email, Lang: "en", Attributes: map[string]string{"city": city}}); err != nil {
			t.Fatal(err)
		}
	}
	a.post("/attributes/1", "type", "text", "label_bg", "Град")
	kind := func() string {
		one, err := a.store.Attribute(ctx, "city")
		if err != nil {
			t.Fatal(err)
		}
		return one.Type + " " + one.Labels["bg"]
	}
	want(t, a.post("/attributes/1", "type", "number"), http.StatusOK, "2 people have a value that this type cannot read", "“Sofia” is one", "1 person has a value that is brought into the type", "“12,5” becomes “12.5”", `name="sure" value="number"`)
	if kind() != "text Град" {
		t.Error("it was changed all the same")
	}
	a.post("/attributes/1", "type", "number", "sure", "number")
	if kind() != "number " {
		t.Errorf("it is %s after saving once more", kind())
	}
	toast, err := base64.RawURLEncoding.DecodeString(a.cookies["toast"])
	undo := strings.ReplaceAll(between(string(toast), `"undo":"`, `"`), `\u0026`, "&")
	if err != nil {
		t.Fatal(err)
	}
	if a.post(undo); kind() != "text Град" {
		t.Errorf("undone by %s it is %s", undo, kind())
	}
}

func TestAKeyMadeByHandIsNoneOfOurs(t *testing.T) {
	a := newApp(t)
	a.site.Jobs = a.site.NewJobs()
	a.signIn(a.owner())
	for _, key := range []string{"email", "Lang", "Има интервал!", "a/b"} {
		want(t, a.post("/attributes", "key", key, "type", "text"), http.StatusUnprocessableEntity)
	}
	for _, key := range []string{"shoe_size", "размер", "a.b-c", "two words"} {
		want(t, a.post("/attributes", "key", key, "type", "text"), http.StatusSeeOther)
	}
}
