package admin

import (
	"slices"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
	"keepsake/internal/dispatch"
	"keepsake/internal/render"
)

// kindCard is one kind in the gallery.
type kindCard struct {
	Name, Title, Gives, Icon string
	When                     string // the trigger it begins with
	Letters                  int
	Picture                  string // where its letter is drawn
	Segment                  int64  // for those in it alone; 0 is everybody
}

func (a *Admin) kindCards(c *gin.Context) []kindCard {
	w := a.words(c)
	cards := make([]kindCard, 0, len(campaigns.Kinds))
	for _, k := range campaigns.Kinds {
		s := k.New().Starter()
		cards = append(cards, kindCard{Name: k.Name, Title: w.T(k.Title), Gives: w.T(k.Gives), Icon: k.Icon, When: w.when(s.Trigger),
			Letters: len(s.Messages), Picture: "/campaigns/new/" + k.Name + "/letter"})
	}
	return cards
}

type newCampaignPage struct {
	Kinds       []kindCard
	Kind        string // narrows Letters
	LetterKinds []designCard
	Letters     []designCard
	Segment     segment.Segment // for those in it alone
}

// NewCampaign offers the kinds, and the program's letters.
func (a *Admin) NewCampaign(c *gin.Context) error {
	p := newCampaignPage{Kinds: a.kindCards(c), Kind: c.Query("kind")}
	if id := number(c.Query("segment")); id != 0 {
		var err error
		if p.Segment, err = a.Store.Segment(c.Request.Context(), id); err != nil {
			return err
		}
		for i := range p.Kinds {
			p.Kinds[i].Segment = id
		}
	}
	all, err := a.starterCards(c, designsPage{})
	if err != nil {
		return err
	}
	for _, card := range all {
		if !slices.ContainsFunc(p.LetterKinds, func(k designCard) bool { return k.Kind == card.Kind }) {
			p.LetterKinds = append(p.LetterKinds, card)
		}
		if p.Kind == "" || p.Kind == card.Kind {
			p.Letters = append(p.Letters, card)
		}
	}
	return a.Page(c, "admin/campaign-new", p)
}

// KindLetter draws the first letter of a kind, in the shop's own brand.
func (a *Admin) KindLetter(c *gin.Context) error {
	one, err := a.draft(c, c.Param("kind"))
	if err != nil {
		return err
	}
	k, err := one.Open()
	if err != nil || len(one.Messages) == 0 {
		return fault.New(fault.NotFound, "There is no such page.")
	}
	a.words(c).samples(k)
	if err := one.Keep(k); err != nil {
		return err
	}
	m := one.Messages[0]
	content, err := m.Content(a.Lang(c), a.Lang(c))
	if err != nil {
		return err
	}
	p, err := a.Dispatch.Preview(c.Request.Context(), dispatch.Draft{Campaign: one, Message: m, Content: content})
	if err != nil {
		return err
	}
	serveFrame(c, dress(p.HTML, false))
	return nil
}

// draft is a new campaign of the kind with its starter letters in every language.
func (a *Admin) draft(c *gin.Context, kind string) (campaigns.Campaign, error) {
	info, err := campaigns.KindInfo(kind)
	if err != nil {
		return campaigns.Campaign{}, err
	}
	w := a.words(c)
	name := w.T(info.Title) + ", " + w.cat.Date(w.lang, w.now, w.zone)
	one, err := campaigns.New(kind, name, w.shop.Lang)
	if err != nil {
		return one, err
	}
	if one.Trigger.Cron != "" {
		one.Trigger.Zone = w.shop.Zone
	}
	for i := range one.Messages {
		if one.Messages[i].Contents, err = a.starters(kind, one.Messages[i].Name); err != nil {
			return one, err
		}
	}
	return one, nil
}

// starters are a message's first contents, one for each language.
func (a *Admin) starters(kind, message string) ([]campaigns.Content, error) {
	all := make([]campaigns.Content, 0, len(audience.Languages))
	for _, lang := range audience.Languages {
		content, err := render.Starter(kind, message, lang, a.Book.Files)
		if err != nil {
			return nil, err
		}
		all = append(all, content)
	}
	return all, nil
}

// CreateCampaign makes a draft of a kind for all lists and leads to its setup.
func (a *Admin) CreateCampaign(c *gin.Context) error {
	one, err := a.draft(c, c.PostForm("kind"))
	if err != nil {
		return err
	}
	return a.createDraft(c, one)
}

// createDraft stores a draft for all lists and leads to its setup.
func (a *Admin) createDraft(c *gin.Context, one campaigns.Campaign) error {
	ctx := c.Request.Context()
	lists, err := a.Store.Lists(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		one.Audience.Lists = append(one.Audience.Lists, l.ID)
	}
	if id := number(c.PostForm("segment")); id != 0 {
		if _, err := a.Store.Segment(ctx, id); err != nil {
			return err
		}
		one.Audience.Segments = []int64{id}
	}
	if err := a.Store.CreateCampaign(ctx, &one); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Your draft is ready: nothing is sent before you start it."), "/campaigns/discard?ids="+joined([]int64{one.ID}))
	return a.Redirect(c, "%s", path(one.ID, "/setup"))
}
