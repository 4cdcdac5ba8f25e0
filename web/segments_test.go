package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns/segment"
	"keepsake/internal/store/storetest"
)

func TestACampaignIsNarrowedToSegmentsOnItsPage(t *testing.T) {
	a := newApp(t)
	a.signIn(a.owner())
	list := storetest.People(t, a.store, 3)
	one := segment.Segment{Name: "First & only", Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "email", Is: "is", Values: []string{"p1@shop.test"}}}}}
	if err := a.store.SaveSegment(t.Context(), &one, "Ana"); err != nil {
		t.Fatal(err)
	}
	c := storetest.Campaign(t, a.store, "newsletter", list.ID, nil)
	at := fmt.Sprintf("/campaigns/%d/audience", c.ID)
	if w := a.get(at); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "First &amp; only") {
		t.Errorf("%d, the page offers no segment", w.Code)
	}
	live := a.get(fmt.Sprintf("%s/reach?in=%d&segment=%d", at, list.ID, one.ID)).Body.String()
	if !strings.Contains(live, `<span class="big">1</span>`) || !strings.Contains(live, "2 not in the segments") {
		t.Errorf("the live count says %s", live)
	}
	a.post(at, "in", fmt.Sprint(list.ID), "not_segment", fmt.Sprint(one.ID))
	kept, err := a.store.Campaign(t.Context(), c.ID)
	if err != nil || len(kept.Audience.Segments) != 0 || len(kept.Audience.NotSegments) != 1 {
		t.Errorf("kept %+v, %v", kept.Audience, err)
	}
	if w := a.post(at, "in", fmt.Sprint(list.ID), "segment", "99"); w.Code != http.StatusNotFound {
		t.Errorf("a segment there is not: %d", w.Code)
	}
}

func TestASegmentIsMadeCountedExplainedDeletedAndBroughtBack(t *testing.T) {
	a := newApp(t)
	a.signIn(a.owner())
	storetest.People(t, a.store, 3)
	rule := `{"match":"none","rules":[{"field":"email","is":"is","values":["p1@shop.test"]}]}`
	looked := a.post("/segments", "name", "Not the <first>", "rule", rule, "do", "look").Body.String()
	if !strings.Contains(looked, `<span class="big">2</span>`) || !strings.Contains(looked, "Email is “p1@shop.test”") {
		t.Errorf("looked at: %s", looked)
	}
	if all, err := a.store.Segments(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("looking kept it: %v, %v", all, err)
	}
	w := a.post("/segments", "name", "Not the <first>", "rule", rule)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/segments/1" {
		t.Fatalf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	for path, want := range map[string]string{"/segments": "Not the &lt;first&gt;", "/segments/1": "Email is “p1@shop.test”", "/segments/new": "segments.js", "/subscribers/1/segments?segment=1": "not in it", "/subscribers/2/segments?segment=1": "in it"} {
		if w := a.get(path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, lacks %s", path, w.Code, want)
		}
	}
	for rule, want := range map[string]string{`{"match":"all","rules":[{"field":"nose","is":"is"}]}`: "nose", strings.Repeat(`{"match":"all","rules":[`, 10_000): "levels deep",
		`{"match":"all","rules":[{"field":"segment","is":"in","values":["1"]}]}`: "cannot refer to itself", `{`: "no rule"} {
		if w := a.post("/segments/1", "name", "x", "version", "1", "rule", rule); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%.60s: %d, lacks %s", rule, w.Code, want)
		}
	}
	if w := a.post("/segments/1", "name", "x", "version", "7", "rule", rule); w.Code != http.StatusConflict {
		t.Errorf("an old version: %d", w.Code)
	}
	a.post("/segments/1/delete")
	if w := a.get("/segments/1"); w.Code != http.StatusNotFound {
		t.Errorf("deleted: %d", w.Code)
	}
	a.post("/segments/1/restore")
	if w := a.get("/segments/1"); w.Code != http.StatusOK {
		t.Errorf("brought back: %d", w.Code)
	}
}

func TestARefusedDeletionOfASegmentSaysWhyBesideTheBuilder(t *testing.T) {
	a := newApp(t)
	a.signIn(a.owner())
	a.post("/segments", "name", "Buyers", "rule", `{"match":"all","rules":[{"field":"ordered","is":"did"}]}`)
	a.post("/segments", "name", "VIP", "rule", `{"match":"all","rules":[{"field":"segment","is":"in","values":["1"]}]}`)
	w := a.post("/segments/1/delete")
	body := w.Body.String()
	says, builder := strings.Index(body, "“VIP” uses this segment"), strings.Index(body, `id="segment-builder"`)
	if w.Code != http.StatusConflict || says < 0 || says > builder { // the script puts the builder in the place of what is in it
		t.Errorf("%d, the reason at %d, the builder at %d", w.Code, says, builder)
	}
}

func TestAReadyMadeSegmentSaysWhichAttributeNobodyHas(t *testing.T) {
	a := newApp(t)
	a.site.Jobs = a.site.NewJobs()
	a.signIn(a.owner())
	want(t, a.get("/segments/new?ready=birthday"), http.StatusOK, "Nobody has the attribute “birthday”")
	want(t, a.get("/segments/new"), http.StatusOK, "Birthday, each year: in the next month")
	want(t, a.post("/attributes", "key", "birthday", "type", "date", "label_en", "Day of birth"), http.StatusSeeOther)
	want(t, a.get("/segments/new"), http.StatusOK, "Day of birth, each year: in the next month")
	if w := a.get("/segments/new?ready=birthday"); strings.Contains(w.Body.String(), "Nobody has the attribute") {
		t.Error("it says so of an attribute that is there")
	}
}
