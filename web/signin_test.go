package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/fault"
	"keepsake/internal/store"
)

func TestFirstStartMakesTheOwnerOnce(t *testing.T) {
	a := newApp(t)
	token, err := a.store.CreateTicket(t.Context(), store.Welcome, 0, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	want(t, a.get("/welcome/"+token), http.StatusOK, "Welcome to Keepsake")
	form := []string{"name", "Ana", "email", "ana@shop.test", "shop", "Shop", "zone", "Europe/Sofia", "password"}
	want(t, a.post("/welcome/"+token, append(form, "short")...), http.StatusUnprocessableEntity, "at least 8 characters", `value="ana@shop.test"`)
	want(t, a.post("/welcome/"+token, append(form, "password123")...), http.StatusUnprocessableEntity, "among the first that are tried")
	want(t, a.post("/welcome/"+token, append(form, "correct horse battery")...), http.StatusSeeOther)
	want(t, a.get("/"), http.StatusOK)
	want(t, a.get("/welcome/"+token), http.StatusConflict, "already has an owner")
	shop, err := a.store.Shop(t.Context())
	if err != nil || shop.Name != "Shop" || shop.Zone != "Europe/Sofia" {
		t.Errorf("shop: %+v, %v", shop, err)
	}
}

func TestFailedSignInsAreLimited(t *testing.T) {
	a := newApp(t)
	a.user("ana@shop.test", store.Owner)
	known := a.post("/sign-in", "email", "ana@shop.test", "password", "wrong horse")
	unknown := a.post("/sign-in", "email", "bob@shop.test", "password", "wrong horse")
	if got, wanted := body(known, "ana@"), body(unknown, "bob@"); known.Code != 422 || got != wanted {
		t.Errorf("an unknown account is told apart: %d", known.Code)
	}
	for range 4 {
		want(t, a.post("/sign-in", "email", "ANA@shop.test", "password", "wrong horse"), http.StatusUnprocessableEntity)
	}
	r := a.post("/sign-in", "email", "ana@shop.test", "password", "correct horse battery")
	want(t, r, http.StatusTooManyRequests, "too many failed sign-ins")
	if r.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	a.clock.Add(16 * time.Minute)
	want(t, a.post("/sign-in", "email", "ana@shop.test", "password", "correct horse battery"), http.StatusSeeOther)
}

// body is a page without what may differ between two requests.
func body(r *httptest.ResponseRecorder, name string) string {
	return strings.ReplaceAll(r.Body.String(), name, "")
}

func TestOneAddressCannotTryManyAccounts(t *testing.T) {
	a := newApp(t)
	for i := range 20 {
		want(t, a.post("/sign-in", "email", string(rune('a'+i))+"@shop.test", "password", "wrong horse"), http.StatusUnprocessableEntity)
	}
	want(t, a.post("/sign-in", "email", "z@shop.test", "password", "wrong horse"), http.StatusTooManyRequests)
	a.from = "192.0.2.2:1234"
	want(t, a.post("/sign-in", "email", "z@shop.test", "password", "wrong horse"), http.StatusUnprocessableEntity)
}

func TestSessionsEnd(t *testing.T) {
	a := newApp(t)
	u := a.owner()
	first := a.cookies["session"]
	want(t, a.get("/"), http.StatusOK)
	a.post("/sign-in", "email", u.Email, "password", "correct horse battery")
	if a.cookies["session"] == first {
		t.Error("the session is the same after signing in again")
	}
	if _, _, err := a.store.SessionUser(t.Context(), first); !fault.Is(err, fault.SignIn) {
		t.Errorf("the old session lives on: %v", err)
	}
	second := a.cookies["session"]
	want(t, a.post("/sign-out"), http.StatusSeeOther)
	a.cookies["session"] = second
	want(t, a.get("/"), http.StatusSeeOther)

	a.signIn(u)
	a.clock.Add(8 * 24 * time.Hour)
	want(t, a.get("/"), http.StatusSeeOther)

	a.signIn(u)
	for range 6 {
		a.clock.Add(5 * 24 * time.Hour)
		a.get("/")
	}
	want(t, a.get("/"), http.StatusSeeOther)
}

func TestOneTimeLinkSignsInOnceAndNotByGET(t *testing.T) {
	a := newApp(t)
	u := a.user("ana@shop.test", store.Marketer)
	token, err := a.store.CreateTicket(t.Context(), store.SignInLink, u.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		want(t, a.get("/sign-in/"+token), http.StatusOK, "<button")
	}
	if a.cookies["session"] != "" {
		t.Error("a GET signed in")
	}
	want(t, a.post("/sign-in/"+token), http.StatusSeeOther)
	want(t, a.get("/"), http.StatusOK)
	want(t, a.post("/sign-in/"+token), http.StatusNotFound)
	want(t, a.get("/welcome/"+token), http.StatusConflict)
}

func TestNextNeverLeadsAway(t *testing.T) {
	a := newApp(t)
	u := a.user("ana@shop.test", store.Owner)
	for next, to := range map[string]string{"/lists": "/lists", "//evil.test/": "/", "https://evil.test": "/", "/\\evil.test": "/", "": "/"} {
		r := a.post("/sign-in", "email", u.Email, "password", "correct horse battery", "next", next)
		if got := r.Header().Get("Location"); got != to {
			t.Errorf("next %q leads to %q", next, got)
		}
	}
}
