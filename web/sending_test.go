package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns/sending"
	"keepsake/internal/link"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/store"
)

// relay is a mail server's form as its page sends it; the first value of a name counts.
func relay(more ...string) []string {
	return append(more, "name", "Relay", "host", "smtp.tea.test", "port", "587", "tls", "starttls", "username", "tea", "connections", "4",
		"per_connection", "100", "timeout_seconds", "5", "priority", "1", "weight", "1", "per_second", "2,5", "per_hour", "1000")
}

func TestAMailServerIsAddedChangedAndTakenAway(t *testing.T) {
	a, _ := staff(t)
	a.site.Mailbox = false
	ctx := t.Context()
	want(t, a.get("/settings/sending/servers/new"), http.StatusOK, "New mail server")
	want(t, a.post("/settings/sending/servers", relay("password", "hunter2", "warm_up", "50, 100", "first_day", "2020-01-01")...), http.StatusSeeOther)
	all, err := a.store.Transports(ctx)
	if err != nil || len(all) != 1 || all[0].PerSecond != 2.5 || all[0].WarmUp != "50 100" || !all[0].Enabled {
		t.Fatalf("stored %+v, %v", all, err)
	}
	if strings.Contains(all[0].Password, "hunter2") {
		t.Error("the password is stored in the clear")
	}
	if got, err := a.site.Links.Unseal(sending.PasswordUse, all[0].Password); err != nil || got != "hunter2" {
		t.Errorf("the sealed password opens as %q, %v", got, err)
	}
	one := fmt.Sprint("/settings/sending/servers/", all[0].ID)
	body := a.get(one).Body.String()
	if strings.Contains(body, "hunter2") || strings.Contains(body, all[0].Password) {
		t.Error("the page shows the password")
	}
	want(t, a.get("/settings/sending"), http.StatusOK, "Relay", "smtp.tea.test:587", "2.5 a second", "1,000 an hour", "in use")

	want(t, a.post("/settings/sending/servers", relay("id", fmt.Sprint(all[0].ID), "name", "Relay two")...), http.StatusSeeOther)
	if tr, err := a.store.Transport(ctx, all[0].ID); err != nil || tr.Password != all[0].Password {
		t.Errorf("an empty password does not keep the stored one: %+v, %v", tr, err)
	}
	want(t, a.post("/settings/sending/servers", relay("id", fmt.Sprint(all[0].ID), "host", "elsewhere.test")...), http.StatusUnprocessableEntity, "Type the password again")

	want(t, a.post(one+"/disable"), http.StatusSeeOther)
	want(t, a.get("/settings/sending"), http.StatusOK, "turned off")
	want(t, a.post(one+"/enable"), http.StatusSeeOther)
	want(t, a.post(one+"/delete"), http.StatusSeeOther)
	want(t, a.get(one), http.StatusNotFound)
	want(t, a.post(one+"/restore"), http.StatusSeeOther)
	want(t, a.get(one), http.StatusOK, "Relay")
}

func TestWhatIsWrongWithAMailServerStandsBesideItsField(t *testing.T) {
	a, _ := staff(t)
	for name, bad := range map[string][2]string{"no name": {"name", "Give the mail server a name"}, "no host": {"host", "smtp.example.org"}, "no number": {"port", "between 1 and 65535"}} {
		r := a.post("/settings/sending/servers", relay(bad[0], "")...)
		if want(t, r, http.StatusUnprocessableEntity, bad[1]); !strings.Contains(r.Body.String(), `aria-invalid="true"`) {
			t.Errorf("%s: no field is marked", name)
		}
	}
	want(t, a.post("/settings/sending/servers", relay("per_minute", "many")...), http.StatusUnprocessableEntity, "“many” is not a number.")
	want(t, a.post("/settings/sending/servers", relay("warm_up", "50 0")...), http.StatusUnprocessableEntity, "one for each day")
}

func TestAConnectionIsTriedBeforeItIsSaved(t *testing.T) {
	a := newShop(t, 1)
	server := smtptest.Start(t)
	here := relay("host", server.Host, "port", fmt.Sprint(server.Port), "tls", "none", "username", "")
	want(t, a.post("/settings/sending/try", here...), http.StatusOK, "answers and takes letters", "Nothing is saved yet")
	if all, err := a.store.Transports(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("saved %+v, %v", all, err)
	}
	r := a.post("/settings/sending/try", append([]string{"password", "hunter2"}, here...)...)
	body := r.Body.String()
	_, rest, ok := strings.Cut(body, `name="sealed" value="`)
	sealed, _, _ := strings.Cut(rest, `"`)
	if got, err := a.site.Links.Unseal(sending.PasswordUse, sealed); !ok || err != nil || got != "hunter2" || strings.Contains(body, "hunter2") {
		t.Errorf("the form keeps the password as %q: %q, %v", sealed, got, err)
	}
	want(t, a.post("/settings/sending/servers", append([]string{"sealed", sealed, "username", "tea"}, here...)...), http.StatusSeeOther)
	if all, err := a.store.Transports(t.Context()); err != nil || len(all) != 1 || all[0].Password != sealed {
		t.Errorf("stored %+v, %v", all, err)
	}
	strange := link.New([]byte(strings.Repeat("x", 32)), "").Seal(sending.PasswordUse, "evil")
	want(t, a.post("/settings/sending/servers", append([]string{"sealed", strange, "username", "tea"}, here...)...), http.StatusSeeOther)
	if all, err := a.store.Transports(t.Context()); err != nil || len(all) != 2 || all[1].Password != "" {
		t.Errorf("a password sealed elsewhere is stored: %+v, %v", all, err)
	}
	server.Stop()
	want(t, a.post("/settings/sending/servers/1/try"), http.StatusOK, "No mail server answers")
	want(t, a.post("/settings/sending/servers/99/try"), http.StatusNotFound)
}

func TestWhyAMailServerIsNotUsedIsSaidInWords(t *testing.T) {
	a, _ := staff(t)
	a.site.Mailbox = false
	want(t, a.post("/settings/sending/servers", relay("username", "")...), http.StatusSeeOther)
	want(t, a.post("/settings/sending/servers", relay("username", "", "name", "Second", "priority", "2")...), http.StatusSeeOther)
	var h sending.Health
	for range 3 {
		h.Failed(a.store.Now(), "connection refused")
	}
	if err := a.store.SaveHealth(t.Context(), 1, h); err != nil {
		t.Fatal(err)
	}
	want(t, a.get("/settings/sending"), http.StatusOK, "left alone", "because: connection refused", "One letter tries it at", "in use")
	if err := a.store.SaveHealth(t.Context(), 1, sending.Health{}); err != nil {
		t.Fatal(err)
	}
	want(t, a.get("/settings/sending"), http.StatusOK, "in use", "spare")
}

func TestALimitIsMadeChangedAndTakenAway(t *testing.T) {
	a, _ := staff(t)
	want(t, a.post("/settings/sending/limits", "scope", "domain", "name", "@Gmail.com", "per_minute", "60"), http.StatusSeeOther)
	want(t, a.post("/settings/sending/limits", "scope", "domain", "name", "gmail.com", "per_minute", "90"), http.StatusSeeOther)
	want(t, a.get("/settings/sending"), http.StatusOK, "to people at gmail.com", "90 a minute")
	want(t, a.get("/settings/sending/limits/1"), http.StatusOK, `value="gmail.com"`)
	want(t, a.post("/settings/sending/limits", "id", "1", "scope", "sender", "name", "news@tea.test", "per_day", "5"), http.StatusSeeOther)
	rules, err := a.store.Limits(t.Context())
	if err != nil || len(rules) != 1 || rules[0].Scope != sending.ScopeSender {
		t.Errorf("after another name %+v, %v", rules, err)
	}
	want(t, a.post("/settings/sending/limits", "scope", "domain", "name", "gmail", "per_minute", "60"), http.StatusUnprocessableEntity, "is not a domain")
	want(t, a.post("/settings/sending/limits", "scope", "all"), http.StatusUnprocessableEntity, "at least one number")
	id := fmt.Sprint("/settings/sending/limits/", rules[0].ID)
	want(t, a.post(id+"/delete"), http.StatusSeeOther)
	want(t, a.get(id), http.StatusNotFound)
	want(t, a.post(id+"/restore"), http.StatusSeeOther)
	want(t, a.get(id), http.StatusOK)
}

func TestMarketersDoNotReachTheMailServers(t *testing.T) {
	a := newApp(t)
	a.signIn(a.user("mia@shop.test", store.Marketer))
	for _, path := range []string{"/settings/sending", "/settings/sending/servers/new", "/settings/sending/limits/new"} {
		want(t, a.get(path), http.StatusForbidden)
	}
	want(t, a.post("/settings/sending/servers", relay()...), http.StatusForbidden)
}
