package public

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/web/page"
)

// published shows a campaign's pages for everybody, once it has begun; those who signed in
// see them before.
func (p *pages) published(c *gin.Context) error {
	ctx := c.Request.Context()
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	campaign, err := p.site.Store.Campaign(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && campaign.State == campaigns.Draft && page.User(c).ID == 0 {
		err = fault.New(fault.NotFound, page.NoPage)
	}
	if err != nil {
		return err
	}
	k, err := campaign.Open()
	if err != nil {
		return err
	}
	publisher, ok := k.(campaigns.Publisher)
	if !ok {
		return fault.New(fault.NotFound, page.NoPage)
	}
	p.inLanguage(c)
	shown, err := publisher.Public(ctx, p.site.Dispatch.Reading(campaign), strings.Trim(c.Param("name"), "/"), p.site.Now())
	if err != nil {
		return err
	}
	if campaign.State != campaigns.Draft {
		c.Header("Cache-Control", "no-cache")
		c.Writer.Header().Del("X-Robots-Tag")
	}
	if shown.JSON != nil {
		c.IndentedJSON(http.StatusOK, shown.JSON)
		return nil
	}
	return p.site.Page(c, "kinds/"+campaign.Kind+"/"+shown.Name, shown.Data)
}

// inLanguage lets ?lang= choose on a page that everybody may see; dates are the shop's.
func (p *pages) inLanguage(c *gin.Context) {
	lang := c.Query("lang")
	if lang == "" {
		lang = p.site.Lang(c)
	}
	page.Speak(c, lang, p.site.Shop(c).Location())
}
