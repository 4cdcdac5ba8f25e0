package public

import (
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/link"
)

// confirming is what the pages of a double opt-in show.
type confirming struct {
	List        audience.List
	Wording     string
	Preferences string

	person  audience.Subscriber
	by      int64 // the enrolment by whose link they came, or 0
	state   audience.State
	changed time.Time
}

// confirmTime is how long a sign-up waits for its confirmation.
const confirmTime = 30 * 24 * time.Hour

// confirmForm shows the button that confirms. Following the link confirms nothing.
func (p *pages) confirmForm(c *gin.Context) error {
	data, err := p.confirming(c)
	if err != nil {
		return err
	}
	if data.state == audience.Confirmed && data.by == 0 {
		return p.site.Page(c, "public/joined", data)
	}
	return p.site.Page(c, "public/confirm", data)
}

func (p *pages) confirming(c *gin.Context) (confirming, error) {
	ctx := c.Request.Context()
	claims, err := p.site.Links.Open(link.Confirm, c.Param("token"))
	if err == nil && (claims.Subscriber == 0 || claims.Extra != "") { // a form's note
		err = fault.New(fault.NotFound, "This link is not valid.")
	}
	if err != nil {
		return confirming{}, err
	}
	data := confirming{Preferences: p.preferencesPath(claims.Subscriber), by: claims.Enrolment}
	if data.person, err = p.person(c, claims.Subscriber); err != nil {
		return data, err
	}
	list, err := p.site.Store.List(ctx, claims.List)
	if err != nil {
		return data, fault.New(fault.NotFound, "This link is not valid.")
	}
	data.List, data.Wording = list.List, p.wording(c, list.List)
	rows, err := p.site.Store.Subscriptions(ctx, claims.Subscriber)
	for _, r := range rows {
		if r.ListID == list.ID {
			data.state, data.changed = r.State, r.UpdatedAt
		}
	}
	if err == nil && !data.valid(p.site.Now()) {
		err = fault.New(fault.Conflict, "This confirmation has expired. Please sign up again.")
	}
	return data, err
}

// valid reports whether there is something to confirm, or it is confirmed already. A link
// of before somebody left does not bring them back.
func (d confirming) valid(now time.Time) bool {
	return d.state == audience.Confirmed || d.state == audience.Pending && now.Sub(d.changed) < confirmTime
}

func (p *pages) confirm(c *gin.Context) error {
	data, err := p.confirming(c)
	if err != nil {
		return err
	}
	if data.state != audience.Confirmed {
		consent := audience.Consent{Source: "form", Wording: data.Wording, Address: c.ClientIP()}
		if err := p.site.Store.Subscribe(c.Request.Context(), data.person.ID, data.List.ID, audience.Confirmed, consent); err != nil {
			return err
		}
	}
	if data.by != 0 {
		return p.welcome(c, data)
	}
	return p.site.Page(c, "public/joined", data)
}
