package admin

import (
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

type setupPage struct {
	campaignView
	Fields   []field
	ShopZone string
	ShopFrom string // who writes when the sender's fields stay empty
}

func (a *Admin) setupPage(v campaignView) setupPage {
	shop := v.words.shop
	return setupPage{campaignView: v, Fields: v.words.fieldsOf(v.kind), ShopZone: shop.Location().String(),
		ShopFrom: strings.TrimSpace(shop.SenderName + " <" + shop.SenderEmail + ">")}
}

// CampaignSetup shows a campaign's name, its kind's settings and its sender.
func (a *Admin) CampaignSetup(c *gin.Context) error {
	v, err := a.open(c, "/setup")
	if err != nil {
		return err
	}
	return a.Page(c, "admin/campaign-setup", a.setupPage(v))
}

// SaveCampaignSetup keeps what was written. A draft may lack things: they are named beside
// their fields and asked for again by the review.
func (a *Admin) SaveCampaignSetup(c *gin.Context) error {
	v, err := a.open(c, "/setup")
	if err != nil {
		return err
	}
	if err := c.Request.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "This form cannot be read.")
	}
	if err := a.readSetup(c, &v); err != nil {
		return a.Again(c, "admin/campaign-setup", a.setupPage(v), err)
	}
	incomplete := v.kind.Validate()
	if incomplete != nil && !v.Draft() && v.Changeable() {
		return a.Again(c, "admin/campaign-setup", a.setupPage(v), incomplete)
	}
	if err := a.Store.SaveCampaign(c.Request.Context(), &v.Campaign); err != nil {
		return err
	}
	if incomplete != nil && v.Draft() {
		return a.Again(c, "admin/campaign-setup", a.setupPage(v), incomplete)
	}
	a.Toast(c, a.T(c, "Saved."), "")
	if c.PostForm("next") != "" && v.Next().To != "" {
		return a.Redirect(c, "%s", v.Next().To)
	}
	return a.Redirect(c, "%s", path(v.ID, "/setup"))
}

// readSetup reads the form; of a campaign on its way only the name may change.
func (a *Admin) readSetup(c *gin.Context, v *campaignView) error {
	if !v.Changeable() {
		if v.Name = audience.CleanName(c.PostForm("name")); v.Name == "" {
			return fault.Field("name", "Give the campaign a name.")
		}
		return nil
	}
	if err := fault.Join(readName(c, &v.Campaign), v.words.fill(v.kind, c.Request.PostForm)); err != nil {
		return err
	}
	return v.Keep(v.kind)
}

// readName reads what every kind has: the name, the language and the sender.
func readName(c *gin.Context, one *campaigns.Campaign) error {
	var errs []error
	if one.Name = audience.CleanName(c.PostForm("name")); one.Name == "" {
		errs = append(errs, fault.Field("name", "Give the campaign a name."))
	}
	if lang := c.PostForm("lang"); lang != "" {
		one.Lang = audience.Language(lang)
	}
	one.Sender = campaigns.Sender{Name: audience.CleanName(c.PostForm("sender_name")), Email: strings.TrimSpace(c.PostForm("sender_email")),
		ReplyTo: strings.TrimSpace(c.PostForm("reply_to"))}
	for name, email := range map[string]*string{"sender_email": &one.Sender.Email, "reply_to": &one.Sender.ReplyTo} {
		if *email == "" {
			continue
		}
		clean, err := audience.CleanEmail(*email)
		if err != nil {
			errs = append(errs, fault.Field(name, "“%s” is not an email address.", *email))
			continue
		}
		*email = clean
	}
	return fault.Join(errs...)
}
