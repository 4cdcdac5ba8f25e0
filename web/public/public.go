// Package public is what subscribers see: leaving, choosing, reading, answering, entering and signing up.
package public

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/link"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// pages are the handlers of the public face.
type pages struct {
	site    *page.Site
	forms   *limiter // sign-ups by network address
	counts  *limiter // opens and clicks by delivery
	asks    *limiter // questions, calendar files and codes drawn, by delivery
	targets sync.Map // of links by number
}

// Routes puts the public pages into the table of URLs. What GET and HEAD answer changes
// nothing: mail scanners follow every link of a letter.
func Routes(site *page.Site, r gin.IRouter) {
	p := &pages{site: site, forms: newLimiter(site.Now, 20, 10*time.Minute), counts: newLimiter(site.Now, 60, time.Minute), asks: newLimiter(site.Now, 60, time.Minute)}
	site.Counter = page.NewCounter(func(ctx context.Context, list []store.Sighting) error {
		return site.Store.RecordSightings(ctx, list, verdict)
	})
	look := func(path string, h func(*gin.Context) error) {
		r.GET(path, p.handle(h))
		r.HEAD(path, p.handle(h))
	}
	post := func(path string, h func(*gin.Context) error) { r.POST(path, p.handle(h)) }

	own := p.unlessTest
	look("/u/:token", own(link.Unsubscribe, p.leaveForm))
	post("/u/:token", own(link.Unsubscribe, p.leave)) // also from another site's page: see the exemption in web.go
	post("/u/:token/undo", own(link.Unsubscribe, p.comeBack))
	look("/p/:token", own(link.Preferences, p.preferencesForm))
	post("/p/:token", own(link.Preferences, p.preferences))
	look("/v/:token", own(link.View, p.view))
	look("/o/:token", p.open)
	look("/c/:token/:link", p.click)
	look("/c/:token", p.hop)
	look("/r/:token", own(link.Respond, p.visit))
	post("/r/:token", own(link.Respond, p.respond))
	look("/a/:token", own(link.Answer, p.askForm))
	post("/a/:token", own(link.Answer, p.ask))
	look("/e/:token", own(link.Answer, p.event))
	look("/q/:token", p.code)
	look("/public/:id", p.published)
	look("/public/:id/*name", p.published)
	look("/join/:label", p.joinForm)
	post("/join/:label", p.join)
	look("/s/:token", p.shareForm)
	post("/s/:token", p.share)
	look("/confirm/:token", p.confirmForm)
	post("/confirm/:token", p.confirm)
	look("/brand.css", p.brand)
	r.POST("/hooks/:provider", newIntake(site).post) // mail providers; see the exemption in web.go
}

// mostForm is how large a form may be that a subscriber sends.
const mostForm = 256 << 10

// handle runs h, and answers what a person can act on with a friendly page.
func (p *pages) handle(h func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		c.Header("X-Robots-Tag", "noindex")
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostForm)
		if err := h(c); err != nil {
			p.fail(c, err)
		}
	}
}

// trouble is what the error page shows.
type trouble struct {
	Status  int
	Detail  string
	Request string
}

func (p *pages) fail(c *gin.Context, err error) {
	if skip, ok := errors.AsType[campaigns.Skip](err); ok {
		err = fault.New(fault.Conflict, sentence(p.site.T(c, string(skip)))) // said already
	}
	status := page.Status(err)
	if status == http.StatusInternalServerError || status == http.StatusUnauthorized || page.WantsJSON(c) || c.Writer.Written() {
		p.site.Fail(c, err)
		return
	}
	c.Abort()
	if err := p.site.PageAs(c, status, "public/error", trouble{Status: status, Detail: p.site.Catalog.Fault(p.site.Lang(c), err)}); err != nil {
		p.site.Fail(c, err)
	}
}

// sentence makes a reason, which may stand within a line, stand alone.
func sentence(reason string) string {
	first, n := utf8.DecodeRuneInString(reason)
	if n == 0 {
		return reason
	}
	return strings.TrimSuffix(string(unicode.ToUpper(first))+reason[n:], ".") + "."
}

// person finds the subscriber of a link and speaks their language. Somebody who was erased
// is nobody: the zero subscriber and no error.
func (p *pages) person(c *gin.Context, id int64) (audience.Subscriber, error) {
	s, err := p.site.Store.Subscriber(c.Request.Context(), id)
	if fault.Is(err, fault.NotFound) {
		return audience.Subscriber{}, nil
	}
	if err == nil {
		p.speak(c, s)
	}
	return s, err
}

func (p *pages) speak(c *gin.Context, s audience.Subscriber) {
	zone := p.site.Shop(c).Location()
	if loc, err := time.LoadLocation(s.Zone); err == nil && s.Zone != "" {
		zone = loc
	}
	page.Speak(c, s.Lang, zone)
}

// preferencesPath is the page where the person chooses.
func (p *pages) preferencesPath(subscriber int64) string {
	return "/p/" + p.site.Links.Token(link.Claims{Purpose: link.Preferences, Subscriber: subscriber})
}

// masked is an address as it may stand on a page that a forwarded letter leads to.
func masked(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at <= 0 {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(email)
	return string(first) + "…" + email[at:]
}
