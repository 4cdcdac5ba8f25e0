package web

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/internal/jobs"
	"keepsake/internal/render/letterfile"
	"keepsake/web/admin"
	"keepsake/web/page"
)

// How large a request is and how long it may take to arrive, unless its route takes more.
const (
	mostBody   = 1 << 20
	bodyTime   = 30 * time.Second
	uploadTime = time.Hour // 200 MB over half a megabit a second
)

// The form around a file; how large a picture may be is configured.
const (
	picture     = -1 // in bodies: the largest picture
	aroundIt    = 1 << 20
	codesUpload = 11 << 20
)

// bodies are the routes that take more.
var bodies = map[string]int64{
	"/media": picture, "/library": 20 * picture, "/settings": picture, "/articles": picture, "/articles/:id": picture,
	"/jobs/import": jobs.MaxUpload + 1<<20, "/campaigns/:id/codes": codesUpload,
	"/value/costs/file": admin.MostCostFile + aroundIt,
	"/designs/import":   admin.MostDesignFile + aroundIt, "/saved-blocks": admin.MostLetter,
}

// letters are where letters are written; each has the routes of letterRoutes below it.
var letters = []string{"/campaigns/:id/messages/:name/:lang", "/designs/:id/letter", "/designs/saved/:id/letter"}

// most is how large a request of the route may be, in octets; usual is false for one that may
// be larger than others.
func most(route string, picture int64) (n int64, usual bool) {
	if n, known := bodies[route]; known {
		if n < 0 {
			n = -n*picture + aroundIt
		}
		return n, false
	}
	for _, at := range letters {
		switch below, is := strings.CutPrefix(route, at+"/"); {
		case is && below == "import":
			return letterfile.MaxUpload + aroundIt, false
		case is:
			return admin.MostLetter, false
		}
	}
	return mostBody, true
}

// limit bounds every request's body in size and in time. A form is read here, because who
// asks for its fields later is not told that it was cut off.
func limit(site *page.Site) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Request.ContentLength == 0 || strings.HasPrefix(c.FullPath(), "/api/v1/") {
			return // the API's operations have limits of their own
		}
		most, usual := most(c.FullPath(), site.Config.Media.MaxFile())
		within := uploadTime
		if usual {
			within = bodyTime
		}
		c.Request.Body = &timed{http.MaxBytesReader(c.Writer, c.Request.Body, most), http.NewResponseController(c.Writer)}
		_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(within)) // a test's recorder has none
		cut := c.Request.ContentLength > most
		if c.Request.ContentLength < 0 {
			_, cut = errors.AsType[*http.MaxBytesError](c.Request.ParseForm())
		}
		if cut {
			site.Fail(c, &http.MaxBytesError{Limit: most})
		}
	}
}

// timed takes the deadline away once the body is here: it must not end a slow handler.
type timed struct {
	io.ReadCloser
	to *http.ResponseController
}

func (t *timed) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	if err == io.EOF {
		_ = t.to.SetReadDeadline(time.Time{})
	}
	return n, err
}
