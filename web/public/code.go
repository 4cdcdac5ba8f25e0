package public

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"rsc.io/qr"

	"keepsake/internal/link"
)

// mostCode is the longest code there is a picture of, in octets: uploaded ones may be long.
const mostCode = 200

// code draws the code of a letter's coupon, for the camera of a till. It changes nothing and
// takes no code.
func (p *pages) code(c *gin.Context) error {
	claims, err := p.site.Links.Open(link.Code, c.Param("token"))
	if err != nil {
		return err
	}
	if err := p.often(c, claims); err != nil {
		return err
	}
	text, err := p.site.Dispatch.CouponCode(c.Request.Context(), claims, c.Query("block"))
	if err != nil {
		return err
	}
	if text == "" || len(text) > mostCode {
		return noLink()
	}
	drawn, err := qr.Encode(text, qr.M)
	if err != nil { // too much for any size
		return noLink()
	}
	c.Header("Cache-Control", "private, max-age=3600") // it is one person's; the letter may still be corrected
	c.Header("X-Content-Type-Options", "nosniff")
	c.Data(http.StatusOK, "image/png", drawn.PNG())
	return nil
}
