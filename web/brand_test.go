package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var tokenOfFrame = regexp.MustCompile(`src="(/frames/\w+)"`)

func (s shop) brandFrame(body string) string {
	s.t.Helper()
	m := tokenOfFrame.FindStringSubmatch(body)
	if m == nil {
		s.t.Fatal("there is no frame")
	}
	r := s.get(m[1])
	want(s.t, r, http.StatusOK, "<body")
	if policy := r.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		s.t.Errorf("the frame's policy is %q", policy)
	}
	return r.Body.String()
}

func TestTheBrandIsLookedAtSavedAndTakenBack(t *testing.T) {
	s := newShop(t, 1)
	want(t, s.get("/settings/brand"), http.StatusOK, "Can it be read?", `placeholder="#f4f1ea"`, "Letters already in people’s mailboxes stay as they are")
	form := []string{"address", "Plovdiv 1", "light_accent", "#7A1F3D", "light_bg", "fed", "light_text", "#cccccc", "radius", "0", "font", "Verdana, Geneva, sans-serif",
		"social_network", "facebook", "social_href", "facebook.test/linden"}
	r := s.post("/settings/brand", append(form, "do", "look")...)
	want(t, r, http.StatusOK, `value="#7a1f3d"`, "Too weak to read: it takes 4.5:1.", "https://facebook.test/linden")
	if drawn := s.brandFrame(r.Body.String()); !strings.Contains(drawn, "#ffeedd") || !strings.Contains(drawn, "Verdana") {
		t.Error("the letter does not wear what the form holds")
	}
	if shop, _ := s.store.Shop(t.Context()); shop.Accent != "" {
		t.Errorf("kept without saving: %+v", shop)
	}
	want(t, s.post("/settings/brand", form...), http.StatusSeeOther)
	saved, err := s.store.Shop(t.Context())
	if err != nil || saved.Accent != "#7a1f3d" || saved.Light.Bg != "#ffeedd" || *saved.Radius != 0 || saved.Social[0].Href != "https://facebook.test/linden" || saved.Name == "" {
		t.Fatalf("%+v, %v", saved, err)
	}
	undo, err := s.store.SaveBrand(t.Context(), saved.With(saved.Brand()).Brand())
	if err != nil {
		t.Fatal(err)
	}
	want(t, s.post("/settings/brand/restore/"+undo), http.StatusSeeOther)
	want(t, s.post("/settings/brand/restore/"+undo), http.StatusSeeOther) // says that it cannot be undone
}

func TestWhatIsWrongInABrandStandsBesideItsFieldAndNothingIsKept(t *testing.T) {
	s := newShop(t, 1)
	for field, says := range map[string]string{"light_bg": "is not a colour", "dark_text": "is not a colour", "radius": "Between 0 and 40 pixels", "font": "is not a list of fonts",
		"logo": "no longer in the library"} {
		want(t, s.post("/settings/brand", field, "<b>99"), http.StatusUnprocessableEntity, says, "/frames/")
	}
	want(t, s.post("/settings/brand", "social_network", "x", "social_href", "javascript:alert(1)"), http.StatusUnprocessableEntity, "whole address")
	want(t, s.post("/settings/brand", "social_network", "myspace", "social_href", "https://a.test"), http.StatusUnprocessableEntity, "no network")
	if shop, _ := s.store.Shop(t.Context()); shop.Light.Bg != "" || len(shop.Social) != 0 {
		t.Errorf("kept: %+v", shop)
	}
}

func TestLinksOfTheBrandMoveAndGoWithoutAScript(t *testing.T) {
	s := newShop(t, 1)
	two := []string{"social_network", "facebook", "social_href", "https://f.test", "social_network", "viber", "social_href", "https://v.test"}
	body := s.post("/settings/brand", append(two, "do", "up:1")...).Body.String()
	if f, v := strings.Index(body, "https://f.test"), strings.Index(body, "https://v.test"); v < 0 || f < v {
		t.Errorf("the second did not move up: %d, %d", v, f)
	}
	body = s.post("/settings/brand", append(two, "do", "drop:0")...).Body.String()
	if strings.Contains(body, "https://f.test") || !strings.Contains(body, "https://v.test") {
		t.Error("the first did not go")
	}
	want(t, s.post("/settings/brand", append(two, "do", "up:99")...), http.StatusOK, "https://f.test")
}

func TestACampaignBeginsWithALetterOfTheProgram(t *testing.T) {
	s := newShop(t, 1)
	want(t, s.get("/campaigns/new"), http.StatusOK, "Or begin with a letter", "/designs/starters/design.winback/en/use", "Win back")
	body := s.get("/campaigns/new?kind=loyalty").Body.String()
	if !strings.Contains(body, "design.points") || strings.Contains(body, "design.winback") {
		t.Error("the kind does not narrow the letters")
	}
	want(t, s.get("/campaigns/new?kind=zzz"), http.StatusOK, "No letter of ours is of this kind")
}
