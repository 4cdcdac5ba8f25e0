// Package page is what all pages share: the templates, the words, the session, and the one place that answers errors.
package page

import (
	"crypto/x509"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/internal/config"
	"keepsake/internal/dispatch"
	"keepsake/internal/domain"
	"keepsake/internal/hooks"
	"keepsake/internal/jobs"
	"keepsake/internal/link"
	"keepsake/internal/media"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// Site is what every page needs.
type Site struct {
	Store    *store.Store
	Instance *store.Instance // whether this database may send; nil is yes
	Dispatch *dispatch.Dispatcher
	Jobs     *jobs.Runner
	Links    *link.Signer
	Catalog  *render.Catalog
	Config   config.Config
	Now      func() time.Time
	Book     *Book
	Static   *Static
	Counter  *Counter        // of opens and clicks; web.New starts it
	Resolver domain.Resolver // nil: the machine's own
	Mailbox  bool            // the built-in mailbox is on
	Media    media.Store     // the files of pictures
	Art      fs.FS           // the program's own drawings, art-x.png; nil: none
	Fetch    hooks.Fetch     // of what webhooks are verified with; nil is the web's own
	Roots    *x509.CertPool  // whom to trust for that; nil: the machine's own
}

// Close writes down what is still on its way to the database.
func (s *Site) Close() {
	if s.Counter != nil {
		s.Counter.Close()
	}
}

// TLS reports whether the world reaches us over https.
func (s *Site) TLS() bool { return strings.HasPrefix(s.Config.Base(), "https://") }

// The keys under which the middlewares leave what they know of a request.
const (
	keyUser    = "user"
	keySession = "session"
	keyRequest = "request"
	keyShop    = "shop"
	keyLang    = "lang"
	keyZone    = "zone"
	keyAbout   = "about"
)

// User is who signed in; its ID is 0 when nobody did.
func User(c *gin.Context) store.User {
	u, _ := c.Get(keyUser)
	user, _ := u.(store.User)
	return user
}

// Speak sets the language of the page, and unless it is nil the zone, where a link says who
// reads: whoever signed in with the same browser has no say in it.
func Speak(c *gin.Context, lang string, zone *time.Location) {
	c.Set(keyLang, audience.Language(lang))
	if zone != nil {
		c.Set(keyZone, zone)
	}
}

// About says where everybody may read more on what the page is about; templates ask about.
func About(c *gin.Context, path string) { c.Set(keyAbout, path) }

// Lang is the reader's language: the one of the link, else the user's own, else what the
// browser asks for.
func (s *Site) Lang(c *gin.Context) string {
	if lang := c.GetString(keyLang); lang != "" {
		return lang
	}
	if u := User(c); u.ID != 0 {
		return audience.Language(u.Lang)
	}
	for part := range strings.SplitSeq(c.GetHeader("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		for _, l := range audience.Languages {
			if l == base {
				return l
			}
		}
	}
	return audience.Languages[0]
}

// Zone is the reader's time zone: the one of the link, else the user's own, else the shop's.
func (s *Site) Zone(c *gin.Context) *time.Location {
	if zone, ok := c.Get(keyZone); ok {
		return zone.(*time.Location)
	}
	if u := User(c); u.ID != 0 && u.Zone != "" {
		if loc, err := time.LoadLocation(u.Zone); err == nil {
			return loc
		}
	}
	return s.Shop(c).Location()
}

// Shop is the business; an unnamed one when its settings cannot be read.
func (s *Site) Shop(c *gin.Context) store.Shop {
	if kept, ok := c.Get(keyShop); ok {
		return kept.(store.Shop)
	}
	shop, err := s.Store.Shop(c.Request.Context())
	if err != nil {
		s.log(c, err)
	}
	c.Set(keyShop, shop)
	return shop
}

// T says a sentence in the reader's language.
func (s *Site) T(c *gin.Context, id string, args ...any) string {
	return s.Catalog.T(s.Lang(c), id, args...)
}

// Local returns to when it is a path of ours, else fallback: nobody is led away by a link to us.
func Local(to, fallback string) string {
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") || u.Host != "" || u.Scheme != "" {
		return fallback
	}
	return to
}
