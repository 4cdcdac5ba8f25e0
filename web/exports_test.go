package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/jobs"
)

func TestAnExportsColumnsAreOrderedNamedAndDownloadedAtOnce(t *testing.T) {
	a, l := staff(t)
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
	p := audience.Subscriber{Email: "asked@shop.test"}
	if err := a.store.SaveSubscriber(t.Context(), &p); err != nil {
		t.Fatal(err)
	}
	if err := a.store.Subscribe(t.Context(), p.ID, l.ID, audience.Pending, audience.Consent{Source: "form"}); err != nil {
		t.Fatal(err)
	}
	a.clock.Add(time.Minute) // counts are kept for half of one
	for state, rows := range map[string]string{"": "3 rows", "confirmed": "2 rows", "pending": "1 row"} {
		want(t, a.post("/jobs/export", "what", "subscribers", "list", fmt.Sprint(l.ID), "state", state, "do", "look"), http.StatusOK, rows)
	}
	want(t, a.post("/jobs/export", "what", "subscribers", "state", "any", "do", "look"), http.StatusOK, "3 rows")
	want(t, a.post("/jobs/export", "what", "orders", "fields", "email", "fields", "email"), http.StatusUnprocessableEntity, "chosen twice")
	for _, what := range []string{"orders", "order_lines", "customers", "deliveries", "activities", "events", "responses", "results"} {
		want(t, a.get("/jobs/export?what="+what+"&days=30&campaign=1&q=x"), http.StatusOK, "columns")
	}
	want(t, a.get("/jobs/export?what=secrets"), http.StatusUnprocessableEntity)
}

func TestASavedExportRunsAndGoesToItsFolder(t *testing.T) {
	a, _ := staff(t)
	a.site.Config.Data, a.site.Config.Exports.Folder = t.TempDir(), t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	want(t, a.get("/exports"), http.StatusOK, "New saved export")
	want(t, a.get("/exports/new?what=orders"), http.StatusOK, "item")
	form := []string{"name", "Everybody", "what", "subscribers", "fields", "email", "form", "raw", "how", "cron", "repeat", "daily", "time", "06:30", "cron_zone", "Europe/Sofia", "to", "folder", "folder", "daily", "replace", "1"}
	want(t, a.post("/exports", append(form, "do", "look")...), http.StatusOK, "1 column")
	want(t, a.post("/exports", form...), http.StatusSeeOther)
	want(t, a.post("/exports/1", append([]string{"folder", "../up"}, form...)...), http.StatusUnprocessableEntity, "Name the folder plainly")
	want(t, a.get("/exports/1"), http.StatusOK, `value="daily"`, `value="06:30"`)
	want(t, a.post("/exports/1/run"), http.StatusSeeOther)
	want(t, a.get("/exports"), http.StatusOK, "Folder daily", "queued", "disabled")
	want(t, a.post("/exports/1/run"), http.StatusConflict)
	if err := a.site.Jobs.Drain(t.Context(), ledger.ExportJob); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(a.site.Config.Exports.Folder, "daily", "everybody.csv"))
	if err != nil || string(got) != "email\r\np1@shop.test\r\np2@shop.test\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	var m jobs.Manifest
	said, err := os.ReadFile(filepath.Join(a.site.Config.Exports.Folder, "daily", "everybody.csv.manifest.json"))
	if err != nil || json.Unmarshal(said, &m) != nil || m.Rows != 2 || m.Bytes != int64(len(got)) || m.SnapshotAt.IsZero() {
		t.Errorf("manifest %s, %v", said, err)
	}
	want(t, a.get("/exports"), http.StatusOK, "finished", "2 rows")
	want(t, a.get("/jobs"), http.StatusOK, `href="/exports/1"`, "Everybody")
	want(t, a.post("/exports/1/pause"), http.StatusSeeOther)
	want(t, a.get("/exports"), http.StatusOK, "on pause", "/exports/1/resume")
	want(t, a.post("/exports/1/resume"), http.StatusSeeOther)
	want(t, a.post("/exports/1/delete"), http.StatusSeeOther)
	want(t, a.get("/exports/1"), http.StatusNotFound)
	want(t, a.post("/exports/1/restore"), http.StatusSeeOther)
	want(t, a.get("/exports/1"), http.StatusOK)
}

func TestAFailedSavedExportStandsOnTheFirstPage(t *testing.T) {
	a, _ := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	form := []string{"name", "Out", "what", "subscribers", "to", "sftp", "host", "127.0.0.1:1", "username", "shop", "secret", "hush", "host_key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChlcNpJzBdBmFhiSo7nMmHhDHVsUMCxVDYZLzKwV"}
	want(t, a.post("/exports", form...), http.StatusSeeOther)
	one, err := a.store.SavedExport(t.Context(), 1)
	if err != nil || one.To.Secret == "" || strings.Contains(one.To.Secret, "hush") {
		t.Fatalf("the secret is kept as %q, %v", one.To.Secret, err)
	}
	if page := a.get("/exports/1").Body.String(); strings.Contains(page, "hush") || strings.Contains(page, one.To.Secret) {
		t.Error("the secret is shown")
	}
	want(t, a.post("/exports/1", "name", "Out", "what", "subscribers", "to", "sftp", "host", "evil.example.org", "username", "shop", "host_key", one.To.HostKey), http.StatusUnprocessableEntity, "Type the secret again")
	want(t, a.post("/exports/1", "name", "Out", "what", "subscribers", "to", "folder"), http.StatusUnprocessableEntity, "No folder is allowed")
	want(t, a.post("/exports/1/run"), http.StatusSeeOther)
	if err := a.site.Jobs.Drain(t.Context(), ledger.ExportJob); err != nil {
		t.Fatal(err)
	}
	want(t, a.get("/exports"), http.StatusOK, "failed", "private address")
	want(t, a.get("/"), http.StatusOK, "An export failed", "private address")
	a.signIn(a.user("m@shop.test", "marketer"))
	want(t, a.get("/exports"), http.StatusOK, "Out")
	want(t, a.get("/exports/1"), http.StatusForbidden)
	want(t, a.post("/exports", form...), http.StatusForbidden)
}

func TestALinkToAFileOpensItUntilItExpires(t *testing.T) {
	a, _ := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	want(t, a.post("/jobs/export", "what", "subscribers", "form", "raw", "fields", "email"), http.StatusSeeOther)
	want(t, a.post("/jobs/1/link"), http.StatusConflict) // it is not written yet
	if err := a.site.Jobs.Drain(t.Context(), ledger.ExportJob); err != nil {
		t.Fatal(err)
	}
	r := a.post("/jobs/1/link")
	want(t, r, http.StatusOK, "without signing in")
	_, link, _ := strings.Cut(r.Body.String(), "<code>")
	link, _, _ = strings.Cut(link, "</code>")
	path := link[strings.Index(link, "/d/"):]
	clear(a.cookies)
	r = a.get(path)
	if r.Code != http.StatusOK || r.Body.String() != "email\r\np1@shop.test\r\np2@shop.test\r\n" || r.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q %v", r.Code, r.Body, r.Header())
	}
	for _, one := range []struct {
		method, part, body string
		status             int
		length             string
	}{{http.MethodHead, "", "", http.StatusOK, "35"}, {http.MethodGet, "bytes=7-", "p1@shop.test\r\np2@shop.test\r\n", http.StatusPartialContent, "28"}, {http.MethodHead, "bytes=7-18", "", http.StatusPartialContent, "12"}} {
		req := httptest.NewRequest(one.method, path, nil)
		if one.part != "" {
			req.Header.Set("Range", one.part)
			req.Header.Set("If-Range", r.Header().Get("ETag"))
		}
		got := a.do(req, nil)
		if got.Code != one.status || got.Body.String() != one.body || got.Header().Get("Content-Length") != one.length || got.Header().Get("Content-Type") != r.Header().Get("Content-Type") {
			t.Errorf("%s %s: %d %q %v", one.method, one.part, got.Code, got.Body, got.Header())
		}
	}
	want(t, a.get(path[:len(path)-2]+"xx"), http.StatusNotFound)
	want(t, a.post("/jobs/1/unlink"), http.StatusUnauthorized)
	want(t, a.get(path), http.StatusOK)
	want(t, a.get("/jobs/1/file"), http.StatusSeeOther) // the page asks to sign in
	a.clock.Add(24*time.Hour + time.Second)
	want(t, a.get(path), http.StatusNotFound, "expired")
}

func TestALinkThatWasTakenBackOpensNothingAtOnce(t *testing.T) {
	a, _ := staff(t)
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	want(t, a.post("/jobs/export", "what", "subscribers", "form", "raw", "fields", "email"), http.StatusSeeOther)
	if err := a.site.Jobs.Drain(t.Context(), ledger.ExportJob); err != nil {
		t.Fatal(err)
	}
	link := func() string {
		r := a.post("/jobs/1/link")
		want(t, r, http.StatusOK, "Take links back")
		_, link, _ := strings.Cut(r.Body.String(), "<code>")
		link, _, _ = strings.Cut(link, "</code>")
		return link[strings.Index(link, "/d/"):]
	}
	first, second := link(), link()
	want(t, a.get("/jobs/1"), http.StatusOK, "A link opens this file without signing in", "Take links back")
	want(t, a.post("/jobs/1/unlink"), http.StatusSeeOther)
	r := a.get("/jobs/1")
	want(t, r, http.StatusOK, "No link to this file opens it any more", "Make a link")
	if strings.Contains(r.Body.String(), "Take links back") {
		t.Error("there is nothing to take back")
	}
	for _, path := range []string{first, second} {
		want(t, a.get(path), http.StatusNotFound, "taken back")
	}
	third := link()
	want(t, a.get(third), http.StatusOK, "p1@shop.test")
	want(t, a.get(first), http.StatusNotFound)
	a.clock.Add(25 * time.Hour)
	if strings.Contains(a.get("/jobs/1").Body.String(), "Take links back") {
		t.Error("an expired link is offered to be taken back")
	}
}

func TestADestinationIsTriedBeforeItIsSaved(t *testing.T) {
	a, _ := staff(t)
	a.site.Config.Data, a.site.Config.Exports.Folder = t.TempDir(), t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	want(t, a.get("/exports/new"), http.StatusOK, `value="try" formnovalidate`) // the name may wait
	want(t, a.post("/exports", "what", "subscribers", "to", "folder", "folder", "daily", "do", "try"), http.StatusOK, "It works", `value="daily"`)
	if there, err := os.ReadDir(filepath.Join(a.site.Config.Exports.Folder, "daily")); err != nil || len(there) != 0 {
		t.Errorf("a try leaves %v, %v", there, err)
	}
	want(t, a.post("/exports", "what", "subscribers", "to", "sftp", "host", "127.0.0.1:1", "username", "shop", "secret", "hush", "host_key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChlcNpJzBdBmFhiSo7nMmHhDHVsUMCxVDYZLzKwV", "do", "try"),
		http.StatusOK, "private address", "The secret you have just typed is kept")
	want(t, a.post("/exports", "what", "subscribers", "to", "s3", "host", "s3.example.org", "do", "try"), http.StatusUnprocessableEntity, "Give the bucket")
	if all, err := a.store.SavedExports(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("a try saved %v, %v", all, err)
	}
}
