package public

import (
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/internal/store"
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
		return noLink()
	}
	url, err := p.address(c, claims, id)
	if err != nil {
		return err
	}
	p.count(c, ledger.Activity{DeliveryID: claims.Delivery, Kind: "click", LinkID: id})
	c.Header("Referrer-Policy", "no-referrer")
	c.Redirect(http.StatusFound, url)
	return nil
}

// hop counts a click on an address that only this reader's letter held, and leads on to it: the
// token carries it, so nobody but us says where it leads.
func (p *pages) hop(c *gin.Context) error {
	claims, err := p.site.Links.Open(link.Hop, c.Param("token"))
	if err != nil {
		return err
	}
	to, err := url.Parse(claims.Extra)
	if err != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http" {
		return noLink()
	}
	id := claims.Link
	if id == 0 { // one thing's own address, the same for all who got it
		id, err = p.site.Store.LinkTo(c.Request.Context(), claims.Message, claims.Extra)
	}
	if err != nil { // of a message that is gone: the reader gets there all the same
		slog.Error("number the target of a click", "delivery", claims.Delivery, "error", err)
	}
	p.count(c, ledger.Activity{DeliveryID: claims.Delivery, Kind: "click", LinkID: id})
	c.Header("Referrer-Policy", "no-referrer")
	c.Redirect(http.StatusFound, claims.Extra)
	return nil
}

func noLink() error { return fault.New(fault.NotFound, "This link is not valid.") }

// target is where a link leads and whose it is; it never changes.
type target struct {
	message int64
	url     string
}

// address is where a link of the claims' letter leads. Links are few and asked for often,
// so each is looked up once.
func (p *pages) address(c *gin.Context, claims link.Claims, id int64) (string, error) {
	if claims.Message == 0 { // a letter of before the message stood in its links
		return p.site.Store.Link(c.Request.Context(), claims.Delivery, id)
	}
	if t, ok := p.targets.Load(id); ok {
		return t.(target).of(claims)
	}
	message, url, err := p.site.Store.LinkOf(c.Request.Context(), id)
	if err != nil {
		return "", err
	}
	t := target{message, url}
	p.targets.Store(id, t)
	return t.of(claims)
}

// of is the address, if the link stands in the letter of the claims.
func (t target) of(claims link.Claims) (string, error) {
	if t.message != claims.Message {
		return "", noLink()
	}
	return t.url, nil
}

// count writes an open or a click down, with others: a HEAD, too, since it tells what comes
// next from that scanner, but it counts for nobody. One letter is counted so often a minute
// at most.
func (p *pages) count(c *gin.Context, a ledger.Activity) {
	if !p.counts.allow(a.Kind + strconv.FormatInt(a.DeliveryID, 10)) {
		return
	}
	a.At = p.site.Now()
	p.site.Counter.Add(c.Request.Context(), store.Sighting{Activity: a, Agent: c.Request.UserAgent(), Head: c.Request.Method == http.MethodHead})
}
