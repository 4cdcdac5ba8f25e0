package admin

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/internal/dispatch"
	"keepsake/web/page"
)

// FrameLetter draws what the composer holds and answers with where the drawing is, and with
// the blocks that are other than those it shows.
func (a *Admin) FrameLetter(c *gin.Context) error {
	l, b, err := a.readLetter(c)
	if err != nil {
		return err
	}
	p, err := a.Dispatch.Preview(c.Request.Context(), dispatch.Draft{Campaign: l.campaign, Message: l.message, Content: b.content(l.content), Canvas: true})
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"src": a.keepFrame(c, p.HTML, b.Dark), "parts": apart(dress(p.HTML, b.Dark), b.Had)})
	return nil
}

// keepFrame keeps a drawing for this session and returns its address.
func (a *Admin) keepFrame(c *gin.Context, html string, dark bool) string {
	return "/frames/" + a.frames.put(page.SessionToken(c), html, len(html)) + scheme(dark)
}

// Frame shows a drawing that was kept for this session.
func (a *Admin) Frame(c *gin.Context) error {
	html, ok := a.frames.get(page.SessionToken(c), c.Param("token"))
	if !ok {
		return fault.New(fault.NotFound, "This drawing is no longer kept. Look at the letter again.")
	}
	if c.Query("pictures") == "off" {
		serveFrameUnder(c, dress(pictureSource.ReplaceAllString(html, `$1 src=""`), c.Query("dark") != ""), strings.Replace(composerPolicy, "img-src 'self' https: data:", "img-src 'none'", 1))
		return nil
	}
	serveFrame(c, dress(html, c.Query("dark") != ""))
	return nil
}

// pictureSource is where a picture comes from. Taken away, the browser shows what stands in for
// it, as a mailbox does that loads none; the policy keeps out what this does not find.
var pictureSource = regexp.MustCompile(`(?i)(<img\b[^>]*?)\s(?:src|srcset)="[^"]*"`)

// scheme is the end of a drawing's address.
func scheme(dark bool) string {
	if dark {
		return "?dark=1"
	}
	return ""
}

// LetterPicture draws a stored letter, for the small pictures on other pages.
func (a *Admin) LetterPicture(c *gin.Context) error {
	l, err := a.letterAt(c)
	if err != nil {
		return err
	}
	return a.picture(c, l)
}

// picture draws a letter as it is stored.
func (a *Admin) picture(c *gin.Context, l letterAt) error {
	p, err := a.Dispatch.Preview(c.Request.Context(), dispatch.Draft{Campaign: l.campaign, Message: l.message, Content: l.content})
	if err != nil {
		return err
	}
	serveFrameUnder(c, dress(p.HTML, false), composerPolicy+"; sandbox")
	return nil
}

// composerPolicy lets a letter be shown and nothing else: no script, no request but for pictures.
const composerPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; font-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"

// serveFrame answers with a letter, for a frame of ours.
func serveFrame(c *gin.Context, html string) { serveFrameUnder(c, html, composerPolicy) }

func serveFrameUnder(c *gin.Context, html, policy string) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Referrer-Policy", "no-referrer")
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(html))
}

var (
	schemeQuery = regexp.MustCompile(`@media[^{}]*\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)[^{}]*\{`)
	schemeMeta  = regexp.MustCompile(`(<meta name="(?:supported-)?color-schemes?" content=")[^"]*"`)
	schemeRoot  = regexp.MustCompile(`(:root\{color-scheme:)light dark`)
)

// dress shows a letter as a mailbox in light or in dark would, whatever the reader's own
// screen prefers: the rules of the wanted scheme always hold, the other's never do.
func dress(html string, dark bool) string {
	want := "light"
	if dark {
		want = "dark"
	}
	html = schemeMeta.ReplaceAllString(html, "${1}"+want+`"`)
	html = schemeRoot.ReplaceAllString(html, "${1}"+want)
	return schemeQuery.ReplaceAllStringFunc(html, func(rule string) string {
		if schemeQuery.FindStringSubmatch(rule)[1] == want {
			return "@media all{"
		}
		return "@media not all{"
	})
}
