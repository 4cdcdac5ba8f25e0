package admin

import (
	"context"
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// step is one line of the first-run list, with its real state.
type step struct {
	Done      bool
	To, Label string // Label is a catalogue id
}

const noSteps = "steps:hidden:" // and the user's number

// steps are the first-run list; nil when all is done or the user has dismissed it.
func (a *Admin) steps(ctx context.Context, u store.User) ([]step, error) {
	if hidden, err := a.Store.Setting(ctx, noSteps+strconv.FormatInt(u.ID, 10)); err != nil || hidden != "" {
		return nil, err
	}
	shop, err := a.Store.Shop(ctx)
	if err != nil {
		return nil, err
	}
	people, _, err := a.Store.Subscribers(ctx, store.SubscriberQuery{Limit: 1})
	if err != nil {
		return nil, err
	}
	states, err := a.Store.CampaignCounts(ctx)
	if err != nil {
		return nil, err
	}
	runs, err := a.Store.LastRuns(ctx, 1)
	if err != nil {
		return nil, err
	}
	sender := shop.SenderEmail != "" || a.Config.Sender.Email != ""
	all := []step{
		{Done: shop.Name != "" && shop.Address != "", To: "/settings", Label: "Say who writes: name and postal address"},
		{Done: sender, To: "/settings", Label: "Choose the address your letters come from"},
		{Done: a.Config.SMTP.Host != "" || a.Site.Mailbox, To: "/settings", Label: "Connect a mail server"},
		{Done: len(people) > 0, To: "/subscribers/new", Label: "Bring your subscribers"},
		{Done: anyCampaign(states), To: "/campaigns/new", Label: "Make your first campaign"},
		{Done: len(runs) > 0, To: "/campaigns", Label: "Send it"},
	}
	for _, s := range all {
		if !s.Done {
			return all, nil
		}
	}
	return nil, nil
}

func anyCampaign(states map[string]int) bool {
	for _, s := range []string{campaigns.Draft, campaigns.Scheduled, campaigns.Running, campaigns.Paused, campaigns.Finished, campaigns.Cancelled} {
		if states[s] > 0 {
			return true
		}
	}
	return false
}

// HideSteps dismisses the first-run list for this user, or brings it back.
func (a *Admin) HideSteps(c *gin.Context) error {
	value := "yes"
	if c.Query("show") != "" {
		value = ""
	} else {
		a.Toast(c, a.T(c, "The list is hidden."), "/steps/hide?show=1")
	}
	err := a.Store.SaveSetting(c.Request.Context(), noSteps+strconv.FormatInt(page.User(c).ID, 10), value)
	if err != nil {
		return err
	}
	return a.Redirect(c, "/")
}
