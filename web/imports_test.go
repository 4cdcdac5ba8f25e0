package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

func TestWhoImportsSeesWhatEachColumnWasTakenForAndIsWarnedOfPeopleWhoLeft(t *testing.T) {
	a, l := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	const warning = "These words say that people left"
	csv := "Email,Status,Segment\na@shop.test,subscribed,unsubscribed\nb@shop.test,bounced,spam\nc@shop.test,whatever,\n"
	want(t, a.upload("/jobs/import", "file", "people.csv", []byte(csv)), http.StatusOK, `"/jobs/1"`)
	want(t, a.get("/jobs/1"), http.StatusOK, `value="state" selected`, `value="attributes.segment" selected`, warning)
	form := []string{"encoding", "UTF-8", "delimiter", ",", "mapping", "email", "mapping", "state", "mapping", "attributes.segment", "list", fmt.Sprint(l.ID), "state", "confirmed", "existing", "update", "lang", "en", "wording", "till"}
	want(t, a.post("/jobs/1/map", form...), http.StatusSeeOther)
	if err := a.site.Jobs.Drain(t.Context(), ledger.ImportJob); err != nil {
		t.Fatal(err)
	}
	want(t, a.get("/jobs/1"), http.StatusOK, "What would happen", "<dt>Status</dt><dd>State on the list</dd>", "<dt>Segment</dt><dd>Attribute “segment”", warning)
}

func TestAnEmptyFileIsCalledEmpty(t *testing.T) {
	a, _ := staff(t)
	want(t, a.upload("/jobs/import", "file", "people.csv", nil), http.StatusUnprocessableEntity, "The file is empty.")
	want(t, a.upload("/jobs/import", "other", "people.csv", nil), http.StatusUnprocessableEntity, "Choose a file of people first.")
}

func TestAColumnOfOrdersThatIsLeftOutHasNoTypeOfAnAttribute(t *testing.T) {
	a, _ := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	tags := audience.Attribute{Key: "tags", Type: audience.ListAttribute}
	if err := a.store.SaveAttribute(t.Context(), &tags); err != nil {
		t.Fatal(err)
	}
	csv := "Name,Email,Financial Status,Lineitem name,Created at,Tags\n#1,a@shop.test,paid,Tea,2026-01-02,\n"
	want(t, a.upload("/jobs/import", "file", "orders.csv", []byte(csv)), http.StatusOK, `"/jobs/1"`)
	r := a.get("/jobs/1")
	if want(t, r, http.StatusOK, `<tr class="off"><td><strong>Tags</strong>`); strings.Contains(r.Body.String(), "Several (a list)") {
		t.Error("what is left out has a type")
	}
}
