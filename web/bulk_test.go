package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

func TestManyPeopleAreChangedFromTheirPageAndBack(t *testing.T) {
	a, l := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	list := fmt.Sprint(l.ID)
	drain := func() {
		if err := a.site.Jobs.Drain(t.Context(), ledger.BulkJob); err != nil {
			t.Fatal(err)
		}
	}
	confirmed := func() int64 {
		row, err := a.store.List(t.Context(), l.ID)
		if err != nil {
			t.Fatal(err)
		}
		return row.Confirmed
	}
	tags := audience.Attribute{Key: "tags", Type: audience.ListAttribute, Labels: map[string]string{"en": "Tags & all"}}
	if err := a.store.SaveAttribute(t.Context(), &tags); err != nil {
		t.Fatal(err)
	}
	want(t, a.get("/subscribers"), http.StatusOK, "Do something with everybody", "Any attribute")
	want(t, a.get("/subscribers/bulk"), http.StatusUnprocessableEntity, "Choose somebody first.")
	want(t, a.get("/subscribers/bulk?all=1&list="+list), http.StatusOK, "With 2 people", l.Name, "Tags &amp; all", "nothing brings them back")
	want(t, a.get("/subscribers/bulk?ids=1"), http.StatusOK, "With 1 person", "Those you have ticked.")
	want(t, a.post("/subscribers/bulk", "ids", "1", "do", "join", "to", list), http.StatusUnprocessableEntity, "it is your proof")
	want(t, a.post("/subscribers/bulk", "all", "1", "do", "add", "of", "tags", "becomes", ""), http.StatusUnprocessableEntity, "Say which value.")
	want(t, a.post("/subscribers/bulk", "all", "1", "do", "dance"), http.StatusUnprocessableEntity)
	want(t, a.post("/subscribers/bulk", "ids", "1", "ids", "2", "do", "leave", "to", list), http.StatusSeeOther)
	want(t, a.get("/jobs/1"), http.StatusOK, "Taken off", `action="/jobs/1/take-back"`)
	drain()
	if n := confirmed(); n != 0 {
		t.Fatalf("after leaving %d are on it", n)
	}
	want(t, a.get("/jobs/1"), http.StatusOK, "Undo it all", "It can be undone until")
	want(t, a.post("/jobs/1/take-back"), http.StatusSeeOther)
	drain()
	if n := confirmed(); n != 2 {
		t.Errorf("after the undo %d are on it", n)
	}
	want(t, a.get("/jobs/2"), http.StatusOK, "Undone:")
	want(t, a.get("/jobs"), http.StatusOK, "Undone:", "Taken off")
	want(t, a.post("/jobs/1/take-back"), http.StatusConflict, "This was undone already.")
	want(t, a.post("/subscribers/bulk", "all", "1", "list", list, "do", "add", "of", "tags", "becomes", "gold; new"), http.StatusSeeOther)
	want(t, a.post("/jobs/3/pause"), http.StatusSeeOther)
	drain()
	want(t, a.get("/jobs/3"), http.StatusOK, "Go on", "paused")
	want(t, a.post("/jobs/3/resume"), http.StatusSeeOther)
	drain()
	p, err := a.store.Subscriber(t.Context(), 1)
	if err != nil || p.Attributes["tags"] != "gold; new" {
		t.Errorf("%v, %v", p.Attributes, err)
	}
	want(t, a.get("/subscribers?attribute=tags&value=gold"), http.StatusOK, "2 people", "Do something with all of them")
	want(t, a.post("/subscribers/bulk", "all", "1", "attribute", "tags", "value", "gold", "do", "export"), http.StatusSeeOther)
	if err := a.site.Jobs.Drain(t.Context(), ledger.ExportJob); err != nil {
		t.Fatal(err)
	}
	if w := a.get("/jobs/4/file"); strings.Count(w.Body.String(), "@") != 2 {
		t.Errorf("exported: %s", w.Body)
	}
	want(t, a.post("/subscribers/bulk", "ids", "2", "do", "delete"), http.StatusSeeOther)
	want(t, a.get("/jobs/5"), http.StatusOK, "It begins at", `action="/jobs/5/stop"`)
	want(t, a.post("/jobs/5/stop"), http.StatusSeeOther)
	drain()
	want(t, a.get("/subscribers/2"), http.StatusOK)
}

func TestInBulkTheButtonsNameWhatTheyDoAndNothingIsChosenBeforehand(t *testing.T) {
	a, _ := staff(t)
	a.site.Jobs = a.site.NewJobs()
	for _, one := range []audience.Attribute{{Key: "tea", Type: audience.ChoiceAttribute, Choices: []string{"Green", "Black"}, Labels: map[string]string{"en": "Favourite tea"}}, {Key: "my_sum", Type: audience.NumberAttribute, Labels: map[string]string{"en": "Shoe size"}}} {
		if err := a.store.SaveAttribute(t.Context(), &one); err != nil {
			t.Fatal(err)
		}
	}
	want(t, a.get("/subscribers/bulk?all=1"), http.StatusOK, "Delete 2 people for good", `<option value="">Choose …</option>`)
	want(t, a.post("/subscribers/bulk", "all", "1", "do", "clear", "of", ""), http.StatusUnprocessableEntity, "Choose an attribute.")
	want(t, a.post("/subscribers/bulk", "all", "1", "do", "look", "of", "tea"), http.StatusOK, `<select id="f-becomes"`, "<option>Green</option>")
	w := a.post("/subscribers/bulk", "all", "1", "do", "add", "of", "my_sum", "becomes", "x")
	if body := w.Body.String(); w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "“Shoe size” is not a list") || strings.Contains(body, "“my_sum”") {
		t.Errorf("%d, the reason does not say the label", w.Code)
	}
}
