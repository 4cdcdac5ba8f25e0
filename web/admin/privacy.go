package admin

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
)

// privacyPage is how long what people did is kept, and what became of those who were erased.
type privacyPage struct {
	audience.Retention
	Typed    map[string]string // what somebody typed
	Retained store.Retained
	Erased   int64
	Orders   []store.ErasedOrders
}

// Asked reports whether anything is ever forgotten.
func (p privacyPage) Asked() bool { return p.Opens+p.Clicks+p.Details > 0 }

// Privacy shows the rules of retention with the figures of the last run.
func (a *Admin) Privacy(c *gin.Context) error {
	p, err := a.privacy(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/privacy", p)
}

func (a *Admin) privacy(c *gin.Context) (p privacyPage, err error) {
	ctx := c.Request.Context()
	if p.Retention, err = a.Store.Retention(ctx); err != nil {
		return p, err
	}
	p.Typed = map[string]string{}
	for name, months := range map[string]int{"opens": p.Opens, "clicks": p.Clicks, "details": p.Details} {
		if months > 0 {
			p.Typed[name] = strconv.Itoa(months)
		}
	}
	if p.Retained, err = a.Store.Retained(ctx); err != nil {
		return p, err
	}
	if p.Erased, err = a.Store.CountErased(ctx); err != nil {
		return p, err
	}
	p.Orders, err = a.Store.ErasedOrders(ctx)
	return p, err
}

// SavePrivacy stores the rules of retention.
func (a *Admin) SavePrivacy(c *gin.Context) error {
	p, err := a.privacy(c)
	if err != nil {
		return err
	}
	var r audience.Retention
	for name, into := range map[string]*int{"opens": &r.Opens, "clicks": &r.Clicks, "details": &r.Details} {
		p.Typed[name] = strings.TrimSpace(c.PostForm(name))
		if *into, err = months(p.Typed[name]); err != nil {
			*into = -1 // no number: Validate says so
		}
	}
	if err := a.Store.SaveRetention(c.Request.Context(), r); err != nil {
		if fault.Is(err, fault.Invalid) {
			return a.Again(c, "admin/privacy", p, err)
		}
		return err
	}
	if err := a.audit(c, "retention.save", "shop"); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.Redirect(c, "/settings/privacy")
}

func months(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	return strconv.Atoi(text)
}
