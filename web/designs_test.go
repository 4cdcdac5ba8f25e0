package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/internal/store"
)

func dot(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (s shop) designs() []campaigns.Design {
	s.t.Helper()
	all, _, err := s.store.Designs(s.t.Context(), store.DesignQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func TestALetterBecomesADesignAndADesignACampaign(t *testing.T) {
	s := newShop(t, 1)
	_, at := s.begin("newsletter")
	letter := map[string]any{"mode": "blocks", "subject": "Tulips", "preheader": "", "document": json.RawMessage(hello), "name": "Spring"}
	r, out := s.ask(at+"/messages/news/en/design", letter)
	if r.Code != http.StatusCreated {
		t.Fatalf("%d %v", r.Code, out)
	}
	id := s.designs()[0].ID
	one := fmt.Sprintf("/designs/%d", id)
	want(t, s.get("/designs"), http.StatusOK, "Spring", one+"/letter/picture", "From Keepsake", "/designs/starters/")
	want(t, s.get("/designs?kind=gift&lang=bg&q=zzz"), http.StatusOK, "No design of yours fits")
	want(t, s.get(one+"/letter"), http.StatusOK, `id="composer"`, one+"/letter/save")
	picture := s.get(one + "/letter/picture")
	want(t, picture, http.StatusOK, "Hello")
	if policy := picture.Header().Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; sandbox") {
		t.Errorf("a picture under %s", policy)
	}
	letter["version"], letter["subject"] = 1, "Roses"
	if r, out := s.ask(one+"/letter/save", letter); r.Code != http.StatusOK || out["version"] != 2.0 {
		t.Fatalf("save: %d %v", r.Code, out)
	}
	if r, out := s.ask(one+"/letter/save", letter); r.Code != http.StatusConflict || out["by"] != "Ana" || out["version"] != 2.0 {
		t.Errorf("an old version: %d %v", r.Code, out)
	}
	if r, out := s.ask(one+"/letter/frame", letter); r.Code != http.StatusOK {
		t.Errorf("frame: %d %v", r.Code, out)
	} else {
		want(t, s.get(out["src"].(string)), http.StatusOK, "data-block")
	}

	var campaign int64
	r = s.post(one + "/use")
	if _, err := fmt.Sscanf(r.Header().Get("Location"), "/campaigns/%d/setup", &campaign); err != nil {
		t.Fatalf("led to %q", r.Header().Get("Location"))
	}
	if c := s.campaign(campaign); c.Name != "Spring" || len(c.Messages[0].Contents) != 1 || c.Messages[0].Contents[0].Subject != "Roses" {
		t.Errorf("the campaign is %+v", c)
	}
	want(t, s.post(one+"/name", "name", "May"), http.StatusSeeOther)
	want(t, s.post(one+"/copy"), http.StatusSeeOther)
	want(t, s.post(one+"/archive"), http.StatusSeeOther)
	if all := s.designs(); len(all) != 1 || all[0].Name != "Copy of May" {
		t.Errorf("left are %+v", all)
	}
	want(t, s.get("/designs?show=archived"), http.StatusOK, "May", "Bring back")
	want(t, s.post(one+"/restore"), http.StatusSeeOther)
	want(t, s.get("/designs/99/letter"), http.StatusNotFound)
}

func TestAStarterIsDrawnUsedAndCopied(t *testing.T) {
	s := newShop(t, 1)
	at := "/designs/starters/newsletter.news/bg"
	want(t, s.get(at+"/picture"), http.StatusOK, "Здравей")
	want(t, s.get(at), http.StatusOK, `"document"`)
	want(t, s.post(at+"/copy"), http.StatusSeeOther)
	if all := s.designs(); len(all) != 1 || all[0].Content.Lang != "bg" {
		t.Errorf("copied: %+v", all)
	}
	r := s.post(at + "/use")
	var id int64
	if _, err := fmt.Sscanf(r.Header().Get("Location"), "/campaigns/%d/setup", &id); err != nil || len(s.campaign(id).Messages[0].Contents) != 3 {
		t.Errorf("led to %q", r.Header().Get("Location"))
	}
	want(t, s.get("/designs/starters/nobody/bg/picture"), http.StatusNotFound)
	want(t, s.get("/designs/starters/newsletter.news/fr/picture"), http.StatusNotFound)
	want(t, s.get("/designs.json?lang=ru"), http.StatusOK, `"own":true`, "/designs/starters/newsletter.news/ru")
}

func TestADesignSurvivesItsFile(t *testing.T) {
	s := newShop(t, 0)
	var up struct{ Asset string }
	r := s.upload("/media", "file", "tea.png", dot(t))
	want(t, r, http.StatusCreated)
	if err := json.Unmarshal(r.Body.Bytes(), &up); err != nil {
		t.Fatal(err)
	}
	doc := `{"v":1,"theme":{"logo":"` + up.Asset + `"},"blocks":[{"id":"b1","type":"image","asset":"` + up.Asset + `","alt":"Tea"},{"id":"b2","type":"footer"}]}`
	d := campaigns.Design{Name: "Spring", Kind: "gift", Content: campaigns.Content{Lang: "ru", Subject: "Чай", Document: doc}}
	if err := s.store.CreateDesign(t.Context(), &d, "Ana"); err != nil {
		t.Fatal(err)
	}
	file := s.get(fmt.Sprintf("/designs/%d/export", d.ID))
	want(t, file, http.StatusOK, `"keepsake":"design"`, up.Asset)
	other := newShop(t, 0)
	want(t, other.upload("/designs/import", "file", "x.json", file.Body.Bytes()), http.StatusOK)
	all := other.designs()
	if len(all) != 1 || all[0].Name != "Spring" || all[0].Kind != "gift" || all[0].Content.Lang != "ru" {
		t.Fatalf("imported: %+v", all)
	}
	got, err := other.store.Design(t.Context(), all[0].ID)
	if err != nil || got.Content.Subject != "Чай" || !strings.Contains(got.Content.Document, `"type":"image"`) {
		t.Fatalf("imported: %+v, %v", got, err)
	}
	var seen struct {
		Theme  struct{ Logo string }
		Blocks []struct{ Asset string }
	}
	if err := json.Unmarshal([]byte(got.Content.Document), &seen); err != nil {
		t.Fatal(err)
	}
	if seen.Theme.Logo == "" || seen.Theme.Logo != seen.Blocks[0].Asset {
		t.Errorf("the pictures are called %+v", seen)
	}
	want(t, other.get("/media/"+seen.Theme.Logo), http.StatusOK)
}

func TestAFileThatIsNoDesignIsRefusedInWords(t *testing.T) {
	s := newShop(t, 0)
	for src, why := range map[string]string{
		`{`: "not the file", `{"keepsake":"campaign"}`: "not the file",
		`{"keepsake":"design","v":7}`:                                      "newer Keepsake (version 7)",
		`{"keepsake":"design","v":1,"document":{"v":9,"blocks":[]}}`:       "newer Keepsake (version 9)",
		`{"keepsake":"design","v":1,"document":{"blocks":[{"id":"a b"}]}}`: "not a block",
		`{"keepsake":"design","v":1,"document":{"blocks":[{"id":"b1","type":"image","asset":"a.png"}]},"pictures":{"a.png":"bm8="}}`: "PNG",
	} {
		r := s.upload("/designs/import", "file", "x.json", []byte(src))
		want(t, r, http.StatusOK)
		want(t, s.get("/designs"), http.StatusOK, why)
	}
	if all := s.designs(); len(all) != 0 {
		t.Errorf("kept %+v", all)
	}
}

func TestTheVersionsOfALetterAreListedComparedAndNamed(t *testing.T) {
	s := newShop(t, 2)
	id, at := s.begin("newsletter")
	letter := at + "/messages/news/en"
	body := map[string]any{"version": 1, "mode": "blocks", "subject": "News", "preheader": "Short", "document": json.RawMessage(hello)}
	if r, out := s.ask(letter+"/save", body); r.Code != http.StatusOK {
		t.Fatalf("save: %d %v", r.Code, out)
	}
	var list struct {
		Versions []struct {
			N       int
			By      string
			Present bool
			SentTo  int
		}
	}
	read := func() {
		t.Helper()
		r := s.get(letter + "/versions")
		want(t, r, http.StatusOK)
		if err := json.Unmarshal(r.Body.Bytes(), &list); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if len(list.Versions) != 2 || list.Versions[0].N != 2 || list.Versions[0].By != "Ana" || !list.Versions[0].Present {
		t.Fatalf("the versions are %+v", list)
	}
	want(t, s.get(letter+"/versions/1"), http.StatusOK, `"document"`)
	want(t, s.get(letter+"/versions/9"), http.StatusNotFound)
	body["document"] = json.RawMessage(strings.Replace(hello, "Hello", "Hello again", 1))
	r, out := s.ask(letter+"/versions/2/compare", body)
	if r.Code != http.StatusOK || len(out["changes"].([]any)) != 1 {
		t.Fatalf("compare: %d %v", r.Code, out)
	}
	want(t, s.get(out["after"].(string)), http.StatusOK, `[data-block="b1"]{outline:`, "Hello again")
	want(t, s.get(out["before"].(string)), http.StatusOK, `[data-block="b1"]{outline:`)
	if r, out := s.ask(letter+"/versions/2/name", map[string]any{"name": " Final "}); r.Code != http.StatusOK || out["name"] != "Final" {
		t.Errorf("name: %d %v", r.Code, out)
	}
	if r, _ := s.ask(letter+"/versions/2/name", map[string]any{"name": strings.Repeat("x", 200)}); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("an endless name: %d", r.Code)
	}
	body["version"], body["restored"] = 2, 1
	if r, out := s.ask(letter+"/save", body); r.Code != http.StatusOK {
		t.Fatalf("restore: %d %v", r.Code, out)
	}
	want(t, s.post(at+"/start"), http.StatusSeeOther)
	s.clock.Add(time.Minute)
	s.work()
	read()
	if len(list.Versions) != 3 || list.Versions[0].SentTo != 2 {
		t.Errorf("campaign %d: %+v", id, list)
	}
}

func TestSavedBlocksAreKeptShownAndRefusedWhileInUse(t *testing.T) {
	s := newShop(t, 0)
	block := map[string]any{"name": "Hours", "block": json.RawMessage(`{"id":"b1","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Open at nine"}]}]}}`)}
	r, out := s.ask("/saved-blocks", block)
	if r.Code != http.StatusCreated || out["name"] != "Hours" {
		t.Fatalf("%d %v", r.Code, out)
	}
	block["block"] = json.RawMessage(`{"type":"footer"}`)
	if r, _ := s.ask("/saved-blocks", block); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("a footer: %d", r.Code)
	}
	want(t, s.get("/saved-blocks"), http.StatusOK, "Open at nine", `"uses":0`)
	want(t, s.get("/designs?show=blocks"), http.StatusOK, "Hours", "No letter shows this block yet.")
	want(t, s.get("/designs/saved/1/letter"), http.StatusOK, `id="composer"`)
	letter := map[string]any{"version": 1, "mode": "blocks", "subject": "", "document": json.RawMessage(strings.Replace(hello, "Hello", "Open at ten", 1))}
	if r, out := s.ask("/designs/saved/1/letter/save", letter); r.Code != http.StatusOK || out["version"] != 2.0 {
		t.Fatalf("save: %d %v", r.Code, out)
	}
	if r, _ := s.ask("/designs/saved/1/letter/save", letter); r.Code != http.StatusConflict {
		t.Errorf("an old version: %d", r.Code)
	}
	letter["version"], letter["document"] = 2, json.RawMessage(`{"v":1,"blocks":[]}`)
	if r, _ := s.ask("/designs/saved/1/letter/save", letter); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("nothing in it: %d", r.Code)
	}
	d := campaigns.Design{Name: "Spring", Kind: "newsletter", Content: campaigns.Content{Lang: "en", Document: `{"v":1,"blocks":[{"id":"s","type":"saved","ref":1}]}`}}
	if err := s.store.CreateDesign(t.Context(), &d, "Ana"); err != nil {
		t.Fatal(err)
	}
	want(t, s.get("/designs?show=blocks"), http.StatusOK, "A change shows in 1 letter ", "Spring")
	want(t, s.post("/designs/saved/1/delete"), http.StatusSeeOther)
	want(t, s.get("/saved-blocks"), http.StatusOK, "Open at ten")
	want(t, s.post(fmt.Sprintf("/designs/%d/archive", d.ID)), http.StatusSeeOther)
	want(t, s.post("/designs/saved/1/delete"), http.StatusSeeOther)
	if got := s.get("/saved-blocks").Body.String(); got != "[]" {
		t.Errorf("left: %s", got)
	}
	want(t, s.post("/designs/saved/1/restore"), http.StatusSeeOther)
	want(t, s.get("/saved-blocks"), http.StatusOK, "Hours")
}
