package web

import (
	"net/http"
	"strings"
	"testing"
)

func TestAnExportsColumnsAreOrderedNamedAndDownloadedAtOnce(t *testing.T) {
	a, _ := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	form := []string{"what", "subscribers", "q", "p2", "fields", "email", "fields", "lang", "fields", "first_name", "name.first_name", "Given name", "form", "raw"}
	r := a.post("/jobs/export", append(form, "do", "up:first_name")...)
	want(t, r, http.StatusOK, `value="Given name"`, "autofocus")
	at := func(field string) int {
		return strings.Index(r.Body.String(), `name="fields" value="`+field+`" checked`)
	}
	if at("email") < 0 || at("first_name") < at("email") || at("lang") < at("first_name") {
		t.Errorf("the order is email at %d, first_name at %d, lang at %d", at("email"), at("first_name"), at("lang"))
	}
	r = a.post("/jobs/export", append(form, "do", "now")...)
	if got := r.Body.String(); r.Code != http.StatusOK || got != "email,lang,Given name\r\np2@shop.test,en,Ana\r\n" || !strings.Contains(r.Header().Get("Content-Disposition"), `filename="subscribers-2026-`) {
		t.Errorf("%d %q %v", r.Code, got, r.Header())
	}
	if r = a.post("/jobs/export", append(form, "do", "now", "format", "xlsx", "gzip", "1")...); r.Code != http.StatusOK || !strings.HasPrefix(r.Body.String(), "PK") {
		t.Errorf("a workbook: %d %.20q", r.Code, r.Body.String())
	}
	want(t, a.post("/jobs/export", "what", "orders", "fields", "email", "fields", "email"), http.StatusUnprocessableEntity, "chosen twice")
	for _, what := range []string{"orders", "order_lines", "deliveries", "activities", "events", "responses", "results"} {
		want(t, a.get("/jobs/export?what="+what+"&days=30&campaign=1&q=x"), http.StatusOK, "columns")
	}
	want(t, a.get("/jobs/export?what=secrets"), http.StatusUnprocessableEntity)
}
