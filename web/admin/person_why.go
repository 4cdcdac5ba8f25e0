package admin

import (
	"slices"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// whyNotPage answers why one person got a campaign's letter, or did not.
type whyNotPage struct {
	audience.Subscriber
	Search  string
	Many    bool // there are more campaigns than are offered: they are searched by name
	All     []campaigns.Campaign
	Chosen  campaigns.Campaign
	Letters []deliveryRow
	Reasons []string // why there is none
}

// offeredCampaigns is how many are offered at once, the newest first.
const offeredCampaigns = 200

// Among reports whether the chosen campaign is among those that are offered.
func (p whyNotPage) Among() bool {
	return slices.ContainsFunc(p.All, func(one campaigns.Campaign) bool { return one.ID == p.Chosen.ID })
}

// WhyCampaign answers for a person and a campaign.
func (a *Admin) WhyCampaign(c *gin.Context) error {
	ctx := c.Request.Context()
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	p := whyNotPage{Search: audience.CleanName(c.Query("q"))}
	if p.Subscriber, err = a.Store.Subscriber(ctx, id); err != nil {
		return err
	}
	var more int64
	if p.All, more, err = a.Store.Campaigns(ctx, store.CampaignQuery{Search: p.Search, Limit: offeredCampaigns}); err != nil {
		return err
	}
	p.Many = more != 0 || p.Search != ""
	if chosen := number(c.Query("campaign")); chosen != 0 {
		if p.Chosen, err = a.Store.Campaign(ctx, chosen); err != nil {
			return err
		}
		if err := a.whyNot(c, &p); err != nil {
			return err
		}
	}
	return a.Page(c, "admin/subscriber-why", p)
}

func (a *Admin) whyNot(c *gin.Context, p *whyNotPage) error {
	rows, _, err := a.Store.Deliveries(c.Request.Context(), store.DeliveryQuery{Campaign: p.Chosen.ID, Subscriber: p.ID, Limit: 100})
	if err != nil {
		return err
	}
	w := a.words(c)
	for _, r := range rows {
		row := deliveryRow{DeliveryRow: r, Status: w.delivery(r.State), Message: r.Message}
		if r.Reason != "" {
			row.Why = w.reason(r.Reason)
		}
		p.Letters = append(p.Letters, row)
	}
	if len(rows) > 0 {
		return nil
	}
	reasons, err := a.Store.WhyNot(c.Request.Context(), p.Subscriber, p.Chosen)
	for _, why := range reasons {
		p.Reasons = append(p.Reasons, a.Catalog.Fault(a.Lang(c), why))
	}
	return err
}
