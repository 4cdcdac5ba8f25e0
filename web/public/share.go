package public

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/web/page"
)

// sharing is the page behind a link that a recipient passed on: the campaign's, with a sign-up.
type sharing struct {
	signUp
	Of any // what the kind shows

	by   ledger.Work // the recipient's letter
	name string
}

// shareForm shows the page; following the link credits nobody.
func (p *pages) shareForm(c *gin.Context) error {
	data, err := p.sharing(c)
	if err != nil {
		return err
	}
	return p.site.Page(c, data.name, data)
}

func (p *pages) sharing(c *gin.Context) (sharing, error) {
	ctx := c.Request.Context()
	claims, err := p.site.Links.Open(link.Share, c.Param("token"))
	if err != nil {
		return sharing{}, err
	}
	p.inLanguage(c)
	by, err := p.site.Store.EnrolmentWork(ctx, claims.Enrolment)
	if err != nil || by.Subscriber.ID == 0 { // erased
		return sharing{}, noLink()
	}
	campaign, err := p.site.Store.Campaign(ctx, by.CampaignID)
	if err != nil {
		return sharing{}, err
	}
	shown, err := p.shared(ctx, campaign)
	if err != nil {
		return sharing{}, err
	}
	if list, err := p.site.Store.List(ctx, campaign.Audience.Lists[0]); err != nil {
		return sharing{}, err
	} else {
		page.About(c, "/public/"+strconv.FormatInt(campaign.ID, 10))
		s := signUp{List: list.List, Wording: p.wording(c, list.List), Began: p.began(list.ID)}
		return sharing{signUp: s, Of: shown.Data, by: by, name: "kinds/" + campaign.Kind + "/" + shown.Name}, nil
	}
}

// shared asks the kind whether anybody can come now.
func (p *pages) shared(ctx context.Context, campaign campaigns.Campaign) (campaigns.Page, error) {
	k, err := campaign.Open()
	if err != nil {
		return campaigns.Page{}, err
	}
	sharer, ok := k.(campaigns.Sharer)
	if !ok || len(campaign.Audience.Lists) == 0 || campaign.State == campaigns.Draft {
		return campaigns.Page{}, noLink()
	}
	if campaign.State == campaigns.Cancelled {
		return campaigns.Page{}, fault.New(fault.Conflict, "Entries have closed.")
	}
	return sharer.Shared(ctx, p.site.Dispatch.Reading(campaign), p.site.Now())
}

// share takes a sign-up by a friend's link, with the same answer whether we know the address or not.
func (p *pages) share(c *gin.Context) error {
	data, err := p.sharing(c)
	if err != nil {
		return err
	}
	if err := p.received(c, &data.signUp, "friend", data.by); err != nil {
		return p.site.Again(c, data.name, data, err)
	}
	return p.brought(c, data)
}

// brought is true for all: who is new gets the campaign's letter, who is known is asked.
func (p *pages) brought(c *gin.Context, data sharing) error {
	if data.List.OptIn == audience.Single {
		return p.site.Page(c, "public/brought", data.signUp)
	}
	return p.site.Page(c, "public/asked", data.signUp)
}

// bring enters the person where a friend sent them.
func (p *pages) bring(ctx context.Context, by ledger.Work, person audience.Subscriber) (enrolment int64, err error) {
	enrolment, err = p.site.Store.Bring(ctx, by, person)
	p.site.Dispatch.Wake() // their own letter is due
	return enrolment, err
}

// welcome leads somebody who has confirmed their address on to their own page of the campaign.
func (p *pages) welcome(c *gin.Context, data confirming) error {
	enrolment, own, err := p.comesBy(c.Request.Context(), data)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) { // gone, closed since, or without a letter for them
		return p.site.Page(c, "public/joined", data)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, p.site.Links.RespondURL(link.Claims{Delivery: own.ID, Enrolment: enrolment}))
	return nil
}

// comesBy enters somebody who confirmed by a friend's link, if one can come by it now: the letter
// that asked may have lain there for weeks.
func (p *pages) comesBy(ctx context.Context, data confirming) (enrolment int64, own ledger.Work, err error) {
	by, err := p.site.Store.EnrolmentWork(ctx, data.by)
	if err != nil {
		return 0, own, err
	}
	campaign, err := p.site.Store.Campaign(ctx, by.CampaignID)
	if err != nil {
		return 0, own, err
	}
	if _, err := p.shared(ctx, campaign); err != nil {
		return 0, own, err
	}
	if enrolment, err = p.bring(ctx, by, data.person); err != nil {
		return 0, own, err
	}
	own, err = p.site.Store.EnrolmentWork(ctx, enrolment)
	return enrolment, own, err
}
