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

// Every route of a letter takes what the composer may send, wherever the letter is kept.
func TestLettersMayBeAsLargeEverywhere(t *testing.T) {
	s := newShop(t, 1)
	json := []string{"Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"}
	send := func(at string, size int) int {
		return s.do(httptest.NewRequest(http.MethodPost, "http://shop.test"+at, strings.NewReader(strings.Repeat(" ", size))), json).Code
	}
	sizes := map[string]int{"/designs/import": 32 << 20, "/saved-blocks": 2 << 20}
	for _, letter := range []string{"/campaigns/9/messages/news/en", "/designs/9/letter", "/designs/saved/9/letter"} {
		for _, below := range []string{"save", "frame", "preview", "branches", "preflight", "stand-ins", "test", "convert", "design", "versions/1/compare"} {
			sizes[letter+"/"+below] = 2 << 20
		}
		sizes[letter+"/import"] = 20 << 20
	}
	for at, size := range sizes {
		if got := send(at, size); got == http.StatusRequestEntityTooLarge {
			t.Errorf("%s refuses %d MB", at, size>>20)
		}
		if got := send(at, size+2<<20); got != http.StatusRequestEntityTooLarge {
			t.Errorf("%s with 2 MB more than it takes: %d", at, got)
		}
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
