package page

import (
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/internal/store"
)

// view is one answer: the data of the page, and who reads it.
type view struct {
	Data   any
	User   store.User
	Shop   store.Shop
	Lang   string
	Zone   *time.Location
	Now    time.Time
	URL    *url.URL
	About  string // where there is more for everybody; "" for nowhere
	Theme  string // light, dark or "" for the system's
	Toast  *toast
	Fault  string            // what is wrong with the form as a whole
	Fields map[string]string // and with each input
	site   *Site
}

func (s *Site) view(c *gin.Context, data any, f *fault.Error) view {
	v := view{Data: data, User: User(c), Shop: s.Shop(c), Lang: s.Lang(c), Zone: s.Zone(c), Now: s.Now(), URL: c.Request.URL,
		About: c.GetString(keyAbout), site: s}
	if theme, _ := c.Cookie(themeCookie); theme == "light" || theme == "dark" {
		v.Theme = theme
	}
	if f != nil {
		v.Fault, v.Fields = s.Catalog.Fault(v.Lang, f), s.fields(c, f)
	}
	return v
}

func (s *Site) render(c *gin.Context, status int, name string, data any, f *fault.Error) error {
	v := s.view(c, data, f)
	v.Toast = s.takeToast(c)
	return s.renderBlock(c, status, name, "layout", v)
}

func (s *Site) renderBlock(c *gin.Context, status int, name, block string, v view) error {
	html, err := s.Book.execute(name, block, v)
	if err != nil {
		return err
	}
	c.Data(status, "text/html; charset=utf-8", html)
	return nil
}
