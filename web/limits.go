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
	"keepsake/web/page"
)

// How large a request is and how long it may take to arrive, unless its route is in bodies.
const (
	mostBody   = 1 << 20
	bodyTime   = 30 * time.Second
	uploadTime = time.Hour // 200 MB over half a megabit a second
)

// The form around a picture; how large that may be is configured.
const (
	picture     = -1 // in bodies: the largest picture
	aroundIt    = 1 << 20
	codesUpload = 11 << 20
)

// bodies are the routes that take more.
var bodies = map[string]int64{
	"/media": picture, "/library": 20 * picture, "/settings": picture, "/articles": picture, "/articles/:id": picture,
	"/jobs/import": jobs.MaxUpload + 1<<20, "/campaigns/:id/codes": codesUpload,
	"/campaigns/:id/messages/:name/:lang/save": 2 << 20, "/campaigns/:id/messages/:name/:lang/frame": 2 << 20,
	"/campaigns/:id/messages/:name/:lang/preview": 2 << 20, "/campaigns/:id/messages/:name/:lang/test": 2 << 20,
	"/campaigns/:id/messages/:name/:lang/import": letterfile.MaxUpload + 1<<20, "/campaigns/:id/messages/:name/:lang/convert": 2 << 20,
	"/designs/:id/letter/import": letterfile.MaxUpload + 1<<20, "/designs/:id/letter/convert": 2 << 20,
}

// limit bounds every request's body in size and in time. A form is read here, because who
// asks for its fields later is not told that it was cut off.
func limit(site *page.Site) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Request.ContentLength == 0 || strings.HasPrefix(c.FullPath(), "/api/v1/") {
			return // the API's operations have limits of their own
		}
		most, large := bodies[c.FullPath()]
		if most < 0 {
			most = -most*site.Config.Media.MaxFile() + aroundIt
		}
		within := uploadTime
		if !large {
			most, within = mostBody, bodyTime
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
