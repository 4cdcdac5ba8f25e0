package admin

import (
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/trial"
	"keepsake/internal/render"
	"keepsake/web/page"
)

// AddLanguage begins a message in one more language with its starter letter.
func (a *Admin) AddLanguage(c *gin.Context) error {
	return a.toMessages(c, a.changeMessages(c, func(v *campaignView) error {
		m, err := v.messageAt(c)
		if err != nil {
			return err
		}
		lang := c.PostForm("lang")
		if !slices.Contains(audience.Languages, lang) || slices.ContainsFunc(m.Contents, func(c campaigns.Content) bool { return c.Lang == lang }) {
			return fault.Field("message", "Choose a language the message does not have yet.")
		}
		content, err := render.Starter(v.Kind, m.Name, lang, a.Book.Files)
		for _, variant := range m.Variants() {
			content.Variant = trial.Stored(variant)
			m.Contents = append(m.Contents, content)
		}
		return err
	}))
}

// RemoveLanguage takes one language out of a message; its undo brings the letter back.
func (a *Admin) RemoveLanguage(c *gin.Context) error {
	v, err := a.open(c, "/messages")
	if err != nil {
		return err
	}
	if err := v.mayChange(); err != nil {
		return err
	}
	m, err := v.messageAt(c)
	if err != nil {
		return err
	}
	if len(m.Of(trial.A)) < 2 {
		return fault.New(fault.Conflict, "A message needs one language at least.")
	}
	lang := c.Param("lang")
	gone := slices.DeleteFunc(slices.Clone(m.Contents), func(c campaigns.Content) bool { return c.Lang != lang })
	if len(gone) == 0 {
		return fault.New(fault.NotFound, "There is no such page.")
	}
	return a.takeLanguage(c, v, m, gone)
}

// takeLanguage takes a language out of all variants of a message.
func (a *Admin) takeLanguage(c *gin.Context, v campaignView, m *campaigns.Message, gone []campaigns.Content) error {
	ctx := c.Request.Context()
	if err := a.Store.DeleteContent(ctx, m.ID, gone[0].Lang); err != nil {
		return err
	}
	token := a.bin.put(page.SessionToken(c), removed{message: m.ID, contents: gone}, 0)
	a.Toast(c, a.T(c, "%s was removed.", languageOf(gone[0].Lang)), fmt.Sprintf("/campaigns/%d/restore/%s", v.ID, token))
	return a.Redirect(c, "%s", path(v.ID, "/messages"))
}

// RestoreLanguage undoes RemoveLanguage, RemoveVariant and RemoveMessage.
func (a *Admin) RestoreLanguage(c *gin.Context) error {
	v, err := a.open(c, "/messages")
	if err != nil {
		return err
	}
	if err := v.mayChange(); err != nil {
		return err
	}
	r, ok := a.bin.get(page.SessionToken(c), c.Param("token"))
	if !ok {
		return fault.New(fault.NotFound, "This can no longer be undone.")
	}
	if r.whole.Name != "" {
		return a.restoreMessage(c, v, r)
	}
	if r.rule != nil {
		if err := a.restoreRule(c, &v, r); err != nil {
			return err
		}
	}
	for i := range r.contents {
		r.contents[i].Version = 0 // as new
		if err := a.Store.SaveContent(c.Request.Context(), r.message, &r.contents[i], ""); err != nil {
			return err
		}
	}
	return a.Redirect(c, "/campaigns/%s/messages", c.Param("id"))
}

// removed is what was just taken away: a language, a variant, or a whole message.
type removed struct {
	message  int64
	contents []campaigns.Content
	rule     *trial.Rule       // of the test that went with them
	whole    campaigns.Message // with a name when all of it went
	place    int               // of it in the line
}
