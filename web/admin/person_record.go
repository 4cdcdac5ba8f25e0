package admin

import (
	"fmt"

	"github.com/gin-gonic/gin"

	"keepsake/web/page"
)

// PersonRecord hands out all that is on record of one person: for them, when they ask (GDPR art. 15 and 20).
func (a *Admin) PersonRecord(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	p, err := a.Store.Subscriber(c.Request.Context(), id)
	if err != nil {
		return err
	}
	if err := a.audit(c, "subscriber.record", "subscriber:%d", p.ID); err != nil {
		return err
	}
	c.Header("Content-Type", "application/zip")
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="person-%d.zip"`, p.ID))
	return a.WriteRecord(c.Request.Context(), p.ID, c.Writer, a.Lang(c), a.Shop(c).Location())
}

// EraseForm names who is erased, and what that means.
func (a *Admin) EraseForm(c *gin.Context) error {
	person, err := a.person(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/subscriber-erase", person)
}

// Erase takes a person off our books for good and leaves the hash of the address only.
func (a *Admin) Erase(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Site.Erase(c.Request.Context(), id, "admin"); err != nil {
		return err
	}
	if err := a.audit(c, "subscriber.erase", "subscriber:%d", id); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "The person is erased."), "")
	return a.Redirect(c, "/subscribers")
}
