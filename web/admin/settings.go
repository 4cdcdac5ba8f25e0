package admin

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/config"
	"keepsake/internal/store"
)

type settingsPage struct {
	store.Shop
	SMTP    config.SMTP
	Sender  config.Sender
	Zones   []string
	Checked bool   // the connection was tried just now
	Away    string // what stands in its way, in words
}

func (a *Admin) settings(c *gin.Context) settingsPage {
	return settingsPage{Shop: a.Shop(c), SMTP: a.Config.SMTP, Sender: a.Config.Sender, Zones: zones}
}

// Settings shows the business, the sender and the mail server.
func (a *Admin) Settings(c *gin.Context) error {
	return a.Page(c, "admin/settings", a.settings(c))
}

// SaveSettings stores the business and the sender.
func (a *Admin) SaveSettings(c *gin.Context) error {
	p := a.settings(c)
	if err := a.readShop(c, &p.Shop); err != nil {
		return a.Again(c, "admin/settings", p, err)
	}
	if err := a.Store.SaveShop(c.Request.Context(), p.Shop); err != nil {
		return err
	}
	if err := a.audit(c, "settings.save", "shop"); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.Redirect(c, "/settings")
}

func (a *Admin) readShop(c *gin.Context, s *store.Shop) error {
	s.Name, s.Address = audience.CleanName(c.PostForm("name")), strings.TrimSpace(c.PostForm("address"))
	s.URL = strings.TrimSpace(c.PostForm("url"))
	s.SenderName, s.SenderEmail, s.ReplyTo = audience.CleanName(c.PostForm("sender_name")), c.PostForm("sender_email"), c.PostForm("reply_to")
	s.Lang, s.Zone = audience.Language(c.PostForm("lang")), strings.TrimSpace(c.PostForm("zone"))
	var errs []error
	if s.Name == "" {
		errs = append(errs, fault.Field("name", "Give the business a name."))
	}
	if s.URL != "" {
		errs = append(errs, checkWeb("url", s.URL))
	}
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" {
		errs = append(errs, fault.Field("zone", "There is no time zone “%s”.", s.Zone))
	}
	errs = append(errs, cleanEmail("sender_email", &s.SenderEmail), cleanEmail("reply_to", &s.ReplyTo))
	return fault.Join(errs...)
}

// cleanEmail checks an address that may be empty.
func cleanEmail(field string, email *string) error {
	if *email = strings.TrimSpace(*email); *email == "" {
		return nil
	}
	clean, err := audience.CleanEmail(*email)
	if err != nil {
		return fault.Field(field, "“%s” is not an email address.", *email)
	}
	*email = clean
	return nil
}

// CheckTransport tries the mail server and says what it found.
func (a *Admin) CheckTransport(c *gin.Context) error {
	p := a.settings(c)
	p.Checked = true
	if err := a.Dispatch.Check(c.Request.Context()); err != nil {
		if !fault.Is(err, fault.Away) && !fault.Is(err, fault.Invalid) {
			return err
		}
		p.Away = a.Catalog.Fault(a.Lang(c), err)
	}
	return a.Page(c, "admin/settings", p)
}
