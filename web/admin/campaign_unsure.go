package admin

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/web/page"
)

// stageWords say how far the hand-over of a letter in doubt came.
var stageWords = map[string]string{
	"sending": "The program stopped while it spoke to the mail server about this letter.",
	"body":    "The connection broke while the letter was on its way to the mail server.",
	"done":    "The whole letter had reached the mail server; its answer did not reach us.",
}

// stage says how far a letter in doubt came.
func (w words) stage(stage string) string {
	if text := stageWords[stage]; text != "" {
		return w.T(text)
	}
	return stage
}

// decisions are what a person may say of letters in doubt.
var decisions = map[string]ledger.State{"sent": ledger.Sent, "again": ledger.Queued}

// DecideDelivery settles a delivery in doubt by a person's word: it was sent, or it is sent again.
func (a *Admin) DecideDelivery(c *gin.Context) error {
	delivery, err := page.Param(c, "delivery")
	if err != nil {
		return err
	}
	return a.decide(c, delivery)
}

// DecideAll settles all of a campaign's deliveries in doubt.
func (a *Admin) DecideAll(c *gin.Context) error { return a.decide(c, 0) }

func (a *Admin) decide(c *gin.Context, delivery int64) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	as := c.PostForm("as")
	to, ok := decisions[as]
	if !ok {
		return fault.New(fault.Invalid, "Choose what to do with it.")
	}
	d, err := a.Store.DecideUnsure(c.Request.Context(), id, delivery, to)
	if err != nil {
		return err
	}
	if err := a.audit(c, "unsure."+as, "campaign:%d", id); err != nil {
		return err
	}
	text := a.Catalog.N(a.Lang(c), "%d letters count as sent.", d.N)
	if to == ledger.Queued {
		text = a.Catalog.N(a.Lang(c), "%d letters will be sent again in half a minute.", d.N)
	}
	a.Toast(c, text, path(id, "/undecide/"+as+"/"+strconv.FormatInt(d.At.UnixMicro(), 10)))
	return a.Redirect(c, "%s", path(id, "/deliveries?state=unsure"))
}

// Undecide takes such a decision back, for what nobody has sent since.
func (a *Admin) Undecide(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	at, err := page.Param(c, "at")
	if err != nil {
		return err
	}
	to, ok := decisions[c.Param("as")]
	if !ok {
		return fault.New(fault.NotFound, page.NoPage)
	}
	n, err := a.Store.Undecide(c.Request.Context(), id, to, time.UnixMicro(at))
	if err != nil {
		return err
	}
	if err := a.audit(c, "unsure.undo", "campaign:%d", id); err != nil {
		return err
	}
	a.Toast(c, a.Catalog.N(a.Lang(c), "%d letters are in doubt again.", n), "")
	return a.Redirect(c, "%s", path(id, "/deliveries?state=unsure"))
}
