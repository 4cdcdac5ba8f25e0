package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"keepsake/internal/store"
	"keepsake/web/admin"
)

// shot is a PNG of one colour.
func shot(t *testing.T, w, h int, shade uint8) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	img.Set(0, 0, color.NRGBA{R: shade, A: 255})
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type uploaded struct {
	ID                     int64
	Asset, URL, Thumb, Alt string
	Said                   string
	Again                  bool
}

func (a *app) shot(name string, data []byte) uploaded {
	a.t.Helper()
	r := a.upload("/media", "file", name, data)
	want(a.t, r, http.StatusCreated)
	var u uploaded
	if err := json.Unmarshal(r.Body.Bytes(), &u); err != nil {
		a.t.Fatal(err)
	}
	return u
}

func TestTheLibraryHoldsWhatIsUploaded(t *testing.T) {
	a := newApp(t)
	a.signIn(a.user("mia@shop.test", store.Marketer))
	want(t, a.get("/library"), http.StatusOK, "Your pictures live here", "of 5,000 MB used")
	p := a.shot("cup <b>.png", shot(t, 900, 700, 200))
	if !strings.Contains(p.Said, " → ") || p.Thumb == p.URL {
		t.Errorf("%+v", p)
	}
	if again := a.shot("other.png", shot(t, 900, 700, 200)); again.ID != p.ID || !again.Again || again.Said != "You have this picture already." {
		t.Errorf("again: %+v", again)
	}
	at := fmt.Sprint("/library/", p.ID)
	want(t, a.post(at, "name", "Blue cup", "alt", "A blue cup", "tags", "shop, Winter", "back", "/library?tag=shop"), http.StatusSeeOther)
	page := a.get("/library?tag=winter&q=blue&picture=" + fmt.Sprint(p.ID))
	want(t, page, http.StatusOK, "Blue cup", `alt="A blue cup"`, "900 × 700", "Nothing uses it yet.", "Saved.", p.Thumb)
	if strings.Contains(page.Body.String(), "style=") || strings.Contains(page.Body.String(), "<b>.png") {
		t.Error("the page breaks the policy")
	}
	want(t, a.get("/library?q=nothing"), http.StatusOK, "No picture fits")
	want(t, a.get("/library?picture=99"), http.StatusNotFound)
	want(t, a.post(at, "name", "", "back", "/library?picture=1"), http.StatusUnprocessableEntity, "Give the picture a name", "Blue cup")
	want(t, a.get("/library.json?tag=shop"), http.StatusOK, `"alt":"A blue cup"`, `"tags":["shop","winter"]`, `"next":0`)
	for _, url := range []string{p.URL, p.Thumb} {
		got := a.get(url)
		want(t, got, http.StatusOK)
		h := got.Header()
		if !strings.HasPrefix(h.Get("Content-Type"), "image/") || !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s is served as %v", url, h)
		}
		want(t, a.get(url, "If-None-Match", h.Get("Etag")), http.StatusNotModified)
		head := a.do(httptest.NewRequest(http.MethodHead, "http://shop.test"+url, nil), nil)
		if head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("Content-Length") != fmt.Sprint(got.Body.Len()) {
			t.Errorf("HEAD %s: %d, %v", url, head.Code, head.Header())
		}
	}
}

func TestNobodySeesTheLibraryWithoutSigningIn(t *testing.T) {
	a := newApp(t)
	want(t, a.get("/library"), http.StatusSeeOther)
	want(t, a.get("/library.json", "Accept", "application/json"), http.StatusUnauthorized)
	want(t, a.post("/library/bulk", "do", "delete", "ids", "1"), http.StatusUnauthorized)
	want(t, a.upload("/media", "file", "x.png", shot(t, 4, 4, 9)), http.StatusUnauthorized)
}

func TestPicturesAreTaggedAndDeletedInBulkAndUndone(t *testing.T) {
	a := newApp(t)
	a.owner()
	one, two := a.shot("1.png", shot(t, 30, 30, 10)), a.shot("2.png", shot(t, 30, 30, 20))
	ids := []string{"ids", fmt.Sprint(one.ID), "ids", fmt.Sprint(two.ID)}
	want(t, a.post("/library/bulk", append(ids, "do", "tag", "tag", "Spring")...), http.StatusSeeOther)
	want(t, a.get("/library?tag=spring"), http.StatusOK, "1.png", "2.png", "2 pictures changed.")
	want(t, a.post("/library/bulk", append(ids, "do", "tag")...), http.StatusUnprocessableEntity, "Write a tag first.", "1.png")
	want(t, a.post("/library/bulk", "do", "tag", "tag", "x"), http.StatusUnprocessableEntity, "Choose a picture first.")
	want(t, a.post("/library/bulk", append(ids, "do", "untag", "tag", "spring")...), http.StatusSeeOther)
	want(t, a.post("/library/bulk", append(ids, "do", "delete")...), http.StatusSeeOther)
	undo := fmt.Sprintf("/library/restore?ids=%d%%2C%d", one.ID, two.ID)
	want(t, a.get("/library"), http.StatusOK, "Your pictures live here", undo)
	want(t, a.get(one.URL), http.StatusOK) // its file stays for the undo
	want(t, a.post(undo), http.StatusSeeOther)
	want(t, a.get("/library"), http.StatusOK, "1.png", "2.png")

	want(t, a.post("/library/bulk", append(ids[:2:2], "do", "delete")...), http.StatusSeeOther)
	a.clock.Add(2 * 3600 * 1e9)
	want(t, a.post("/library/bulk", append(ids[2:], "do", "delete")...), http.StatusSeeOther)
	want(t, a.get("/library"), http.StatusOK, "They go within about an hour")
	if err := admin.ClearMedia(t.Context(), a.site); err != nil {
		t.Fatal(err)
	}
	want(t, a.get(one.URL), http.StatusNotFound)
	want(t, a.get(two.URL), http.StatusOK)
	want(t, a.post(fmt.Sprintf("/library/restore?ids=%d%%2C%d", one.ID, two.ID)), http.StatusSeeOther)
	want(t, a.get("/library"), http.StatusOK, "2.png", "is gone for good: upload it again.")
	want(t, a.get(a.shot("1.png", shot(t, 30, 30, 10)).URL), http.StatusOK)
}

func TestAPictureThatALetterNeedsIsNotDeleted(t *testing.T) {
	a := newApp(t)
	a.owner()
	p := a.shot("logo.png", shot(t, 30, 30, 10))
	if err := a.store.SaveShop(t.Context(), store.Shop{Name: "Shop", Logo: p.Asset, Lang: "en", Zone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	want(t, a.post("/library/bulk", "do", "delete", "ids", fmt.Sprint(p.ID)), http.StatusConflict, "is your logo", `name="ids"`)
	want(t, a.get(fmt.Sprint("/library?picture=", p.ID)), http.StatusOK, "It cannot be deleted", "Your logo")
}

func TestQuotaAndSizeAreRefusedWithTheReason(t *testing.T) {
	a := newApp(t)
	a.owner()
	a.site.Config.Media.QuotaMB, a.site.Config.Media.MaxFileMB = 1, 8
	noise := image.NewRGBA(image.Rect(0, 0, 1200, 1200))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = byte(random.Uint32())
		if i%4 == 3 {
			noise.Pix[i] = 255
		}
	}
	var big bytes.Buffer
	if err := png.Encode(&big, noise); err != nil {
		t.Fatal(err)
	}
	r := a.upload("/media", "file", "x.png", big.Bytes())
	want(t, r, http.StatusUnprocessableEntity, "There is no room for this picture", `"file"`)
	a.site.Config.Media.MaxFileMB = 2
	want(t, a.upload("/media", "file", "x.png", make([]byte, 2<<20+1)), http.StatusRequestEntityTooLarge, "larger than 2 MB")
	want(t, a.upload("/library", "file", "x.svg", []byte("<svg/>")), http.StatusUnprocessableEntity, "Save it as a PNG")
}

func TestTheSameUploadAtOnceIsOnePicture(t *testing.T) {
	a := newApp(t)
	a.owner()
	data := shot(t, 50, 50, 77)
	var all sync.WaitGroup
	codes := make([]int, 6)
	for i := range codes {
		browser := *a // each has its own cookies
		browser.cookies = maps.Clone(a.cookies)
		all.Go(func() { codes[i] = browser.upload("/media", "file", "x.png", data).Code })
	}
	all.Wait()
	rows, _, err := a.store.Assets(t.Context(), store.AssetQuery{Limit: 10})
	if err != nil || len(rows) != 1 {
		t.Errorf("%d pictures, %v, answers %v", len(rows), err, codes)
	}
}

func TestOurOwnDrawingsAreServed(t *testing.T) {
	a := newApp(t)
	drawing := shot(t, 8, 8, 1)
	a.site.Art = fstest.MapFS{"art-gift.png": {Data: drawing}, "README.md": {Data: []byte("no")}}
	r := a.get("/media/art-gift.png")
	want(t, r, http.StatusOK)
	if r.Header().Get("Content-Type") != "image/png" || !bytes.Equal(r.Body.Bytes(), drawing) || r.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("served as %v", r.Header())
	}
	want(t, a.get("/media/art-gift.png", "If-None-Match", r.Header().Get("Etag")), http.StatusNotModified)
	for _, none := range []string{"/media/art-none.png", "/media/art-..%2fREADME.md", "/media/art-gift.jpg"} {
		got := a.get(none)
		want(t, got, http.StatusNotFound)
		if got.Header().Get("Etag") != "" {
			t.Errorf("%s has a mark", none)
		}
	}
	a.owner()
	want(t, a.get("/library.json"), http.StatusOK, `"drawings":[{"asset":"art-gift.png","name":"A wrapped gift"}]`)
}
