package public

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"keepsake/internal/dispatch"
	"keepsake/internal/link"
)

// letterPolicy lets a letter show its pictures and its own styles, and nothing run. In its sandbox
// it is no page of ours; its links open where a reader asks them to.
const letterPolicy = "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"

// view shows the letter in the browser, as it was sent.
func (p *pages) view(c *gin.Context) error {
	claims, err := p.site.Links.Open(link.View, c.Param("token"))
	if err != nil {
		return err
	}
	out, err := p.site.Dispatch.View(c.Request.Context(), claims.Delivery, dispatch.SentOf(claims))
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", letterPolicy)
	c.Header("Referrer-Policy", "no-referrer")
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(out.HTML))
	return nil
}
