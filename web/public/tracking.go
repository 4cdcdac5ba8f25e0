package public

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/web/page"
)

// pixel is a transparent GIF of one by one, 43 bytes.
var pixel = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// open counts an open. Whoever asks for any pixel gets it; only a letter's own is written down.
func (p *pages) open(c *gin.Context) error {
	token, ok := strings.CutSuffix(c.Param("token"), ".gif")
	if claims, err := p.site.Links.Open(link.Open, token); ok && err == nil {
		p.count(c, ledger.Activity{DeliveryID: claims.Delivery, Kind: "open"})
	}
	c.Data(http.StatusOK, "image/gif", pixel)
	return nil
}

// click counts a click and leads on, to an address of that letter only.
func (p *pages) click(c *gin.Context) error {
	claims, err := p.site.Links.Open(link.Click, c.Param("token"))
	if err != nil {
		return err
	}
	id, err := page.Param(c, "link")
	if err != nil {
		return fault.New(fault.NotFound, "This link is not valid.")
	}
	url, err := p.site.Store.Link(c.Request.Context(), claims.Delivery, id)
	if err != nil {
		return err
	}
	p.count(c, ledger.Activity{DeliveryID: claims.Delivery, Kind: "click", LinkID: id})
	c.Header("Referrer-Policy", "no-referrer")
	c.Redirect(http.StatusFound, url)
	return nil
}

// count writes an open or a click down with its verdict: a HEAD, too, since it tells what
// comes next from that scanner, but it counts for nobody. What goes wrong is logged: the
// reader is led on all the same. One letter is counted so often a minute at most.
func (p *pages) count(c *gin.Context, a ledger.Activity) {
	if !p.counts.allow(a.Kind + strconv.FormatInt(a.DeliveryID, 10)) {
		return
	}
	ctx := c.Request.Context()
	s, err := p.seen(c, a)
	if fault.Is(err, fault.NotFound) { // its campaign was deleted
		return
	}
	if err == nil {
		a.Verdict, a.Why = verdict(s)
		err = p.site.Store.RecordActivity(ctx, a)
	}
	if err != nil && ctx.Err() == nil {
		slog.Error("activity not recorded", "delivery", a.DeliveryID, "kind", a.Kind, "error", err)
	}
}

func (p *pages) seen(c *gin.Context, a ledger.Activity) (seen, error) {
	ctx, now := c.Request.Context(), p.site.Now()
	at, err := p.site.Store.HandedOver(ctx, a.DeliveryID)
	if err != nil {
		return seen{}, err
	}
	s := seen{Agent: c.Request.UserAgent(), Head: c.Request.Method == http.MethodHead, Since: now.Sub(at)}
	if a.Kind == "click" {
		s.Links, err = p.site.Store.RecentClicks(ctx, a.DeliveryID, now.Add(-within))
	}
	return s, err
}
