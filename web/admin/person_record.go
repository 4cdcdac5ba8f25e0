package admin

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// PersonRecord hands out all that is on record of one person: for them, in their language, when they ask (GDPR art. 15 and 20).
func (a *Admin) PersonRecord(c *gin.Context) error {
	return a.handOutRecord(c, "subscriber.record", "person-%d.zip")
}

// ConsentRecord hands out the proof of what a person agreed to (GDPR art. 7(1)).
func (a *Admin) ConsentRecord(c *gin.Context) error {
	return a.handOutRecord(c, "subscriber.consent", "consent-%d.zip", audience.ConsentSections...)
}

func (a *Admin) handOutRecord(c *gin.Context, action, name string, sections ...string) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	p, err := a.Store.Subscriber(c.Request.Context(), id)
	if err != nil {
		return err
	}
	if err := a.audit(c, action, "subscriber:%d", p.ID); err != nil {
		return err
	}
	f, err := a.Whole(func(out io.Writer) error {
		return a.WriteRecord(c.Request.Context(), p.ID, out, p.Lang, a.Shop(c).Location(), sections...)
	})
	if err != nil {
		return err
	}
	defer f.Close()
	c.Header("Content-Type", "application/zip")
	c.Header("Content-Disposition", `attachment; filename="`+fmt.Sprintf(name, p.ID)+`"`)
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, f)
	return nil
}

// consentPage is the proof of what one person agreed to and took back, to be read and printed.
type consentPage struct {
	audience.Subscriber
	Former   []store.Former
	Consents []consentRow
	Places   []place
}

type consentRow struct {
	audience.Consent
	List string
}

// Consent shows the proof.
func (a *Admin) Consent(c *gin.Context) error {
	p, err := a.person(c)
	if err != nil {
		return err
	}
	proof := consentPage{Subscriber: p.Subscriber, Places: p.Places}
	if proof.Former, err = a.Store.FormerAddresses(c.Request.Context(), p.ID); err != nil {
		return err
	}
	names := map[int64]string{}
	for _, l := range p.Places {
		names[l.ID] = l.Name
	}
	for _, one := range p.Consents {
		proof.Consents = append(proof.Consents, consentRow{one, names[one.ListID]})
	}
	return a.Page(c, "admin/subscriber-consent", proof)
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
