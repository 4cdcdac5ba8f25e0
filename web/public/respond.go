package public

import (
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/web/page"
)

// answer is a recipient at the landing page of a campaign.
type answer struct {
	work     ledger.Work
	campaign campaigns.Campaign
	kind     campaigns.Responder
	to       campaigns.Recipient
}

func (p *pages) answer(c *gin.Context) (answer, error) {
	ctx := c.Request.Context()
	claims, err := p.site.Links.Open(link.Respond, c.Param("token"))
	if err != nil {
		return answer{}, err
	}
	if err := p.often(c, claims); err != nil {
		return answer{}, err
	}
	a := answer{}
	if a.work, err = p.site.Store.Work(ctx, claims.Delivery); err != nil {
		return a, err
	}
	if a.work.Subscriber.ID == 0 { // erased
		return a, fault.New(fault.NotFound, "This link is not valid.")
	}
	p.speak(c, a.work.Subscriber)
	if a.campaign, err = p.site.Store.Campaign(ctx, a.work.CampaignID); err != nil {
		return a, err
	}
	k, err := a.campaign.Open()
	if err != nil {
		return a, err
	}
	if _, ok := k.(campaigns.Publisher); ok {
		page.About(c, "/public/"+strconv.FormatInt(a.campaign.ID, 10))
	}
	a.to = p.site.Dispatch.Recipient(a.campaign, a.work)
	var ok bool
	if a.kind, ok = k.(campaigns.Responder); !ok {
		return a, fault.New(fault.NotFound, "This link is not valid.")
	}
	err = p.byBlock(c, &a)
	return a, err
}

// byBlock lets the rating block that the address names ask in the kind's place. A block that
// was taken out of the letter since does not: then the kind asks itself.
func (p *pages) byBlock(c *gin.Context, a *answer) error {
	rater, ok := a.kind.(campaigns.Rater)
	block := c.Query("block")
	if !ok || block == "" {
		return nil
	}
	d, err := p.letterOf(c.Request.Context(), asked{work: a.work, campaign: a.campaign})
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return nil
	}
	if b, ok := d.Rating(block); ok && err == nil {
		a.kind = rater.Rates(*b)
	}
	return err
}

// visit shows the landing page. Its desk can only look.
func (p *pages) visit(c *gin.Context) error {
	a, err := p.answer(c)
	if err != nil {
		return err
	}
	shown, err := a.kind.Visit(c.Request.Context(), p.site.Dispatch.Reading(a.campaign), a.to, c.Request.URL.Query())
	if err != nil {
		return err
	}
	return p.site.Page(c, a.page(shown), shown.Data)
}

// page is the template of a kind's page.
func (a answer) page(of campaigns.Page) string { return "kinds/" + a.campaign.Kind + "/" + of.Name }

// respond brings about what the form says, once; what the form lacks is said beside it.
func (p *pages) respond(c *gin.Context) error {
	a, err := p.answer(c)
	if err != nil {
		return err
	}
	if err := c.Request.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "This form could not be read. Please try again.")
	}
	form := c.Request.PostForm // the query is only what the letter suggested
	ctx := c.Request.Context()
	reply, err := a.kind.Respond(ctx, p.site.Dispatch.Desk(a.campaign), a.to, form)
	if fault.Is(err, fault.Invalid) {
		return p.again(c, a, form, err)
	}
	if err != nil {
		return err
	}
	if err := p.site.Store.Apply(ctx, a.work, reply); err != nil {
		return err
	}
	p.site.Dispatch.Wake() // a message may wait for this response
	return p.site.Page(c, a.page(reply.Page), reply.Page.Data)
}

func (p *pages) again(c *gin.Context, a answer, form url.Values, wrong error) error {
	shown, err := a.kind.Visit(c.Request.Context(), p.site.Dispatch.Reading(a.campaign), a.to, form)
	if err != nil {
		return err
	}
	return p.site.Again(c, a.page(shown), shown.Data, wrong)
}
