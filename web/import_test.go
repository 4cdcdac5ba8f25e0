package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// imported posts a file to the letter's import, as the composer does.
func (s shop) imported(letter, name string, data []byte) (*httptest.ResponseRecorder, map[string]any) {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	w, err := form.CreateFormFile("file", name)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		s.t.Fatal(err)
	}
	form.Close()
	r := s.do(httptest.NewRequest(http.MethodPost, "http://shop.test"+letter+"/import", &body),
		[]string{"Content-Type", form.FormDataContentType(), "Accept", "application/json", "Sec-Fetch-Site", "same-origin"})
	var out map[string]any
	if err := json.Unmarshal(r.Body.Bytes(), &out); err != nil {
		s.t.Fatalf("answered %.300s", r.Body)
	}
	return r, out
}

func TestALetterOfAZipComesWithItsPictures(t *testing.T) {
	s := newShop(t, 1)
	_, at := s.begin("newsletter")
	letter := at + "/messages/news/en"
	var picture, file bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&file)
	for name, text := range map[string]string{"index.html": `<p>{{ subscriber.email }}<img src="a.png" alt="A"><img src="b.png" alt="B"><script>x</script>`, "a.png": picture.String()} {
		if w, err := z.Create(name); err != nil {
			t.Fatal(err)
		} else if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	r, out := s.imported(letter, "a.zip", file.Bytes())
	want(t, r, http.StatusOK, "1 picture taken over", "1 picture missing", "1 script removed")
	code, _ := out["code"].(string)
	if out["mode"] != "html" || !strings.Contains(code, `<img src="/media/`) {
		t.Fatalf("got %v", out)
	}
	asset := strings.Split(strings.SplitN(code, `src="`, 2)[1], `"`)[0]
	want(t, s.get(asset), http.StatusOK)
	_, seen := s.ask(letter+"/preview", map[string]any{"mode": "html", "subject": "x", "html": code})
	src, _ := seen["src"].(string)
	want(t, s.get(src), http.StatusOK, `src="http://shop.test`+asset+`"`)
	r, out = s.imported(letter, "a.zip", []byte("PK\x03\x04"))
	if r.Code != http.StatusUnprocessableEntity || out["detail"] != "The zip is damaged. Make it again and try once more." {
		t.Errorf("%d %v", r.Code, out)
	}
}

func TestMarkdownComesAsBlocks(t *testing.T) {
	s := newShop(t, 1)
	_, at := s.begin("newsletter")
	_, out := s.imported(at+"/messages/news/en", "a.md", []byte("# Hello\n\nYou *there*"))
	if blocks, _ := out["blocks"].([]any); out["mode"] != "blocks" || len(blocks) != 2 || out["title"] != "Hello" {
		t.Errorf("got %v", out)
	}
}

func TestMJMLIsSavedCheckedAndBecomesHTML(t *testing.T) {
	s := newShop(t, 1)
	_, at := s.begin("newsletter")
	letter := at + "/messages/news/en"
	body := map[string]any{"version": 1, "mode": "mjml", "subject": "Hi", "preheader": "x",
		"html": "<mjml><mj-body>\n<mj-section colr=\"red\"><mj-column><mj-text>{{ subscriber.email }}</mj-text></mj-column></mj-section></mj-body></mjml>"}
	r, _ := s.ask(letter+"/save", body)
	want(t, r, http.StatusOK, "There is no attribute “colr” here", `"line":2`)
	_, out := s.ask(letter+"/convert", body)
	if code, _ := out["html"].(string); !strings.Contains(code, "{{ subscriber.email }}</div>") || !strings.Contains(code, "<!doctype html>") {
		t.Errorf("got %v", out)
	}
	got := s.get(letter)
	policy := got.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "style-src 'self' 'nonce-") || !strings.Contains(policy, "script-src 'self';") || !strings.Contains(policy, "require-trusted-types-for 'script'") {
		t.Errorf("policy %q", policy)
	}
	if strings.Contains(s.get("/campaigns").Header().Get("Content-Security-Policy"), "nonce") {
		t.Error("another page has a nonce")
	}
}

func TestBlocksBecomeHTMLWithTheirLiquidOnce(t *testing.T) {
	s := newShop(t, 1)
	_, at := s.begin("newsletter")
	letter := at + "/messages/news/en"
	_, out := s.ask(letter+"/convert", map[string]any{"mode": "blocks", "subject": "Hi", "preheader": "Only once", "document": json.RawMessage(hello)})
	code, _ := out["html"].(string)
	if !strings.Contains(code, "{{ links.unsubscribe }}") || strings.Contains(code, "Only once") || strings.Contains(code, "links.open") {
		t.Fatalf("got %s", code)
	}
	_, seen := s.ask(letter+"/preview", map[string]any{"mode": "html", "subject": "Hi", "preheader": "Only once", "html": code})
	src, _ := seen["src"].(string)
	if page := s.get(src).Body.String(); strings.Count(page, "Only once") != 1 || strings.Count(page, "Unsubscribe") != 1 || !strings.Contains(page, "Hello") {
		t.Errorf("got %s", page)
	}
}
