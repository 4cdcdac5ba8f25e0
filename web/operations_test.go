package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
)

// between is what stands between two marks.
func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

func TestACopiedDatabaseSaysSoOnEveryPageUntilAnOwnerConfirms(t *testing.T) {
	s := newShop(t, 1)
	var err error
	if s.site.Instance, err = s.store.Bind(t.Context(), store.Home{Dir: t.TempDir(), Secret: []byte("one")}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.get("/").Body.String(), "Nothing is sent.") {
		t.Error("a fresh database says that nothing is sent")
	}
	if s.site.Instance, err = s.store.Bind(t.Context(), store.Home{Dir: t.TempDir(), Secret: []byte("one")}); err != nil {
		t.Fatal(err) // the same file, looked at from another folder
	}
	for _, path := range []string{"/", "/campaigns", "/settings", "/settings/processes", "/no-such-page"} {
		if got := s.get(path).Body.String(); !strings.Contains(got, "Nothing is sent.") || !strings.Contains(got, "/settings/processes/confirm") {
			t.Errorf("%s does not say it", path)
		}
	}
	s.user("boris@shop.test", store.Marketer)
	other := *s.app
	other.cookies = map[string]string{}
	want(t, other.post("/sign-in", "email", "boris@shop.test", "password", "correct horse battery"), http.StatusSeeOther)
	want(t, other.get("/"), http.StatusOK, "An owner can confirm it.")
	want(t, other.post("/settings/processes/confirm"), http.StatusForbidden)
	want(t, s.post("/settings/processes/confirm", "back", "/campaigns"), http.StatusSeeOther)
	want(t, s.get("/campaigns"), http.StatusOK, "Confirmed: sending goes on.")
	if held := s.site.Instance.Held(); held != "" {
		t.Errorf("still held: %s", held)
	}
}

func TestANewSecretIsTakenByItsOwnButtonAlone(t *testing.T) {
	s := newShop(t, 1)
	dir := t.TempDir()
	for _, secret := range []string{"one", "two"} {
		var err error
		s.site.Instance, err = s.store.Bind(t.Context(), store.Home{Dir: dir, Secret: []byte(secret)})
		must(t, err)
	}
	must(t, s.site.Instance.Hold(t.Context()))
	want(t, s.get("/"), http.StatusOK, "Somebody asked this Keepsake to wait.", "This process has another secret", "go on with the new secret", `name="secret" value="new"`)
	want(t, s.post("/settings/processes/confirm"), http.StatusConflict, "links in letters already sent stop working")
	want(t, s.post("/settings/processes/confirm", "secret", "new"), http.StatusSeeOther)
	if body := s.get("/").Body.String(); strings.Contains(body, "Nothing is sent.") {
		t.Error("it is still held")
	}
}

func TestTheOwnerChoosesWhatBecomesOfLettersInDoubt(t *testing.T) {
	s := newShop(t, 1)
	if err := s.store.Here(t.Context(), store.Process{Owner: "keepsake-1", Host: "box-7", Roles: "send,cron", StartedAt: s.clock.Now()}); err != nil {
		t.Fatal(err)
	}
	want(t, s.get("/settings/processes"), http.StatusOK, "box-7", "hand-over", "planning", "They wait for a person")
	want(t, s.post("/settings/processes/unsure", "rule", "maybe"), http.StatusUnprocessableEntity, "Choose what to do with it.")
	want(t, s.post("/settings/processes/unsure", "rule", "resend"), http.StatusSeeOther)
	if r, err := s.store.Unsure(t.Context()); err != nil || r.Rule != ledger.Resend || !r.Chosen {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestProcessesThatDisagreeOnTheirAddressAreAFault(t *testing.T) {
	s := newShop(t, 1)
	for i, base := range []string{"https://tea.test", "https://tea.test", "http://127.0.0.1:8091"} {
		if strings.Contains(s.get("/settings/processes").Body.String(), "begin differently") {
			t.Errorf("%d that agree are called different", i)
		}
		must(t, s.store.Here(t.Context(), store.Process{Owner: fmt.Sprint("keepsake-", i), Roles: "web,send", BaseURL: base, StartedAt: s.clock.Now()}))
	}
	want(t, s.get("/settings/processes"), http.StatusOK, "begin differently", "https://tea.test, http://127.0.0.1:8091")
}
