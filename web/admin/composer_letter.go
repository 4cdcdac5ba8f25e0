package admin

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// letterAt is the letter of an address: a variant of a campaign's message in one language, a design,
// or a saved block. The last two stand in an invented campaign of their kind.
type letterAt struct {
	campaign campaigns.Campaign
	message  campaigns.Message
	content  campaigns.Content // as it is stored
	design   int64             // its number when it is one
	saved    campaigns.SavedBlock
	by       string    // who saved it last, of a design or a saved block
	at       time.Time // and when
}

// letterAt reads the letter of the request's address.
func (a *Admin) letterAt(c *gin.Context) (letterAt, error) {
	id, err := page.ID(c)
	if err != nil {
		return letterAt{}, err
	}
	switch {
	case strings.HasPrefix(c.FullPath(), "/designs/saved/"):
		return a.savedAt(c, id)
	case strings.HasPrefix(c.FullPath(), "/designs/"):
		return a.designAt(c, id)
	}
	l := letterAt{}
	if l.campaign, err = a.Store.Campaign(c.Request.Context(), id); err != nil {
		return l, err
	}
	if l.message, err = l.campaign.Message(c.Param("name")); err != nil {
		return l, err
	}
	lang, variant := namedLetter(c)
	for _, content := range l.message.Of(variant) {
		if content.Lang == lang {
			l.content = content
			return l, nil
		}
	}
	return l, fault.New(fault.NotFound, "The message “%s” does not speak this language yet.", l.message.Name)
}

// namedLetter is the language and the variant of the address: "en?variant=b" where people
// see it, "en-b" where more of a path follows.
func namedLetter(c *gin.Context) (lang, variant string) {
	lang, variant, _ = strings.Cut(c.Param("lang"), "-")
	return lang, cmp.Or(variant, c.Query("variant"))
}

func (a *Admin) designAt(c *gin.Context, id int64) (letterAt, error) {
	d, err := a.Store.Design(c.Request.Context(), id)
	if err != nil {
		return letterAt{}, err
	}
	l, err := a.invented(c, d.Kind, d.Name, d.Content)
	l.design, l.by, l.at = d.ID, d.UpdatedBy, d.UpdatedAt
	return l, err
}

func (a *Admin) savedAt(c *gin.Context, id int64) (letterAt, error) {
	b, err := a.Store.SavedBlock(c.Request.Context(), id)
	if err != nil {
		return letterAt{}, err
	}
	blocks, err := document.ParseSaved(b.Block)
	if err != nil {
		return letterAt{}, err
	}
	doc, err := document.Document{V: document.Version, Blocks: blocks}.JSON()
	if err != nil {
		return letterAt{}, err
	}
	l, err := a.invented(c, "newsletter", b.Name, campaigns.Content{Lang: a.Shop(c).Lang, Mode: "blocks", Subject: b.Name, Document: doc, Version: b.Version})
	l.saved, l.by, l.at = b, b.UpdatedBy, b.UpdatedAt
	return l, err
}

// invented is a letter in a campaign of that kind that is not stored, with sample settings.
func (a *Admin) invented(c *gin.Context, kind, name string, content campaigns.Content) (letterAt, error) {
	l := letterAt{content: content}
	var err error
	if l.campaign, err = campaigns.New(kind, name, content.Lang); err != nil {
		return l, err
	}
	k, err := l.campaign.Open()
	if err != nil {
		return l, err
	}
	a.words(c).samples(k)
	if err := l.campaign.Keep(k); err != nil {
		return l, err
	}
	if len(l.campaign.Messages) == 0 {
		l.campaign.Messages = []campaigns.Message{{Name: "letter"}}
	}
	l.campaign.Messages[0].Contents = []campaigns.Content{content}
	l.message = l.campaign.Messages[0]
	return l, nil
}

// path is where the letter is written.
func (l letterAt) path() string {
	switch {
	case l.design != 0:
		return fmt.Sprintf("/designs/%d/letter", l.design)
	case l.saved.ID != 0:
		return fmt.Sprintf("/designs/saved/%d/letter", l.saved.ID)
	}
	if l.content.Variant != "" {
		return composerPath(l.campaign.ID, l.message.Name, l.content.Lang+"-"+l.content.Variant)
	}
	return composerPath(l.campaign.ID, l.message.Name, l.content.Lang)
}

// versions names the letter whose versions are kept; a saved block has none.
func (l letterAt) versions() (store.Letter, bool) {
	return store.Letter{Message: l.message.ID, Design: l.design, Variant: l.content.Variant, Lang: l.content.Lang}, l.saved.ID == 0
}

// author is how the person of the request is named as who saved something.
func author(c *gin.Context) string { return cmp.Or(page.User(c).Name, page.User(c).Email) }

// keepContent stores what was written, as a new version.
func (a *Admin) keepContent(c *gin.Context, l letterAt, content *campaigns.Content) error {
	ctx := c.Request.Context()
	switch {
	case l.design != 0:
		return a.Store.SaveDesign(ctx, l.design, content, author(c))
	case l.saved.ID != 0:
		return a.keepSaved(ctx, l.saved, content, author(c))
	}
	return a.Store.SaveContent(ctx, l.message.ID, content, author(c))
}

// keepSaved stores a letter's blocks as the saved block's.
func (a *Admin) keepSaved(ctx context.Context, b campaigns.SavedBlock, content *campaigns.Content, by string) error {
	doc, err := document.Parse(content.Document)
	if err != nil {
		return err
	}
	blocks, err := doc.Saved()
	if err != nil {
		return err
	}
	if b.Block, err = blocks.SavedJSON(); err != nil {
		return err
	}
	b.Version = content.Version
	err = a.Store.SaveSavedBlock(ctx, &b, by)
	content.Version, content.UpdatedAt = b.Version, b.UpdatedAt
	return err
}

// lastSaved is who saved the letter last, and when.
func (a *Admin) lastSaved(ctx context.Context, l letterAt) (string, time.Time, error) {
	if l.design != 0 || l.saved.ID != 0 {
		return l.by, l.at, nil
	}
	return a.Store.ContentAuthor(ctx, l.message.ID, l.content.Lang, l.content.Variant)
}
