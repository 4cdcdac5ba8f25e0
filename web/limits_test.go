package web

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestBodiesAreBounded(t *testing.T) {
	a := newApp(t)
	a.owner()
	long := strings.Repeat("a", mostBody)
	want(t, a.post("/lists", "name", long), http.StatusRequestEntityTooLarge, "This is too large.")
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}
	chunked := httptest.NewRequest(http.MethodPost, "http://shop.test/lists", io.MultiReader(strings.NewReader("name="+long)))
	want(t, a.do(chunked, form), http.StatusRequestEntityTooLarge, "This is too large.")
	want(t, a.post("/lists", "name", "Tea"), http.StatusSeeOther)
}

func TestUploadsAndLettersMayBeLarger(t *testing.T) {
	a := newApp(t)
	a.owner()
	a.site.Config.Data = t.TempDir()
	a.site.Jobs = a.site.NewJobs()
	csv := append([]byte("email\n"), bytes.Repeat([]byte("p@shop.test\n"), 3<<20/12)...)
	want(t, a.upload("/jobs/import", "file", "people.csv", csv), http.StatusOK, "/jobs/1")
	want(t, a.upload("/media", "file", "x.png", make([]byte, 3<<20)), http.StatusUnprocessableEntity)
	s := newShop(t, 1)
	_, at := s.begin("newsletter")
	letter := map[string]any{"version": 1, "mode": "html", "subject": "Tea", "html": strings.Repeat("a", 1100<<10)}
	if r, _ := s.ask(at+"/messages/news/en/save", letter); r.Code == http.StatusRequestEntityTooLarge {
		t.Error("a letter of 1.1 MB is refused before it is read")
	}
	letter["html"] = strings.Repeat("a", 2<<20)
	if r, _ := s.ask(at+"/messages/news/en/save", letter); r.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a letter over 2 MB: %d", r.Code)
	}
}

// Over a real connection the deadlines must not be in the way.
func TestARealServerTakesAForm(t *testing.T) {
	a := newApp(t)
	server := httptest.NewServer(a.handler)
	defer server.Close()
	r, err := http.PostForm(server.URL+"/sign-in", url.Values{"email": {"nobody@shop.test"}, "password": {"wrong horse"}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("answered %s", r.Status)
	}
}
