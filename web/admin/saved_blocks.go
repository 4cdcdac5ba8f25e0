package admin

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/web/page"
)

// islandBlock is a saved block as the composer offers it.
type islandBlock struct {
	ID    int64           `json:"id"`
	Name  string          `json:"name"`
	Block json.RawMessage `json:"block"`
	Uses  int             `json:"uses"` // letters that show it by a link
}

// SavedBlockList lists the saved blocks for the composer.
func (a *Admin) SavedBlockList(c *gin.Context) error {
	blocks, err := a.Store.SavedBlocks(c.Request.Context(), false)
	if err != nil {
		return err
	}
	uses, err := a.savedUses(c)
	if err != nil {
		return err
	}
	out := make([]islandBlock, len(blocks))
	for i, b := range blocks {
		out[i] = islandBlock{b.ID, b.Name, json.RawMessage(b.Block), len(uses[b.ID])}
	}
	c.JSON(http.StatusOK, out)
	return nil
}

// savedUses are the letters that show saved blocks, by the block.
func (a *Admin) savedUses(c *gin.Context) (map[int64][]campaigns.Use, error) {
	all, err := a.Store.SavedUses(c.Request.Context())
	by := map[int64][]campaigns.Use{}
	for _, u := range all {
		by[u.Block] = append(by[u.Block], u)
	}
	return by, err
}

// CreateSavedBlock keeps a block of a letter for others.
func (a *Admin) CreateSavedBlock(c *gin.Context) error {
	var b struct {
		Name  string          `json:"name"`
		Block json.RawMessage `json:"block"`
	}
	if err := readJSON(c, MostLetter, &b); err != nil {
		return err
	}
	name, err := campaigns.CleanTitle("name", b.Name)
	if err != nil {
		return err
	}
	blocks, err := document.ParseSaved(string(b.Block))
	if err != nil {
		return err
	}
	kept := campaigns.SavedBlock{Name: name}
	if kept.Block, err = blocks.SavedJSON(); err != nil {
		return err
	}
	if err := a.Store.CreateSavedBlock(c.Request.Context(), &kept, author(c)); err != nil {
		return err
	}
	if err := a.audit(c, "saved_block.create", "saved_block:%d", kept.ID); err != nil {
		return err
	}
	c.JSON(http.StatusCreated, islandBlock{kept.ID, kept.Name, json.RawMessage(kept.Block), 0})
	return nil
}

// RenameSavedBlock gives a saved block another name.
func (a *Admin) RenameSavedBlock(c *gin.Context) error {
	b, err := a.savedBlock(c)
	if err != nil {
		return err
	}
	return a.rename(c, "/designs?show=blocks", func(name string) error {
		b.Name = name
		return a.Store.SaveSavedBlock(c.Request.Context(), &b, author(c))
	})
}

func (a *Admin) savedBlock(c *gin.Context) (campaigns.SavedBlock, error) {
	id, err := page.ID(c)
	if err != nil {
		return campaigns.SavedBlock{}, err
	}
	return a.Store.SavedBlock(c.Request.Context(), id)
}

// SavedBlock leads to where the saved block is written.
func (a *Admin) SavedBlock(c *gin.Context) error {
	b, err := a.savedBlock(c)
	if err != nil {
		return err
	}
	return a.Redirect(c, "/designs/saved/%d/letter", b.ID)
}

// DeleteSavedBlock takes a saved block away that no letter shows.
func (a *Admin) DeleteSavedBlock(c *gin.Context) error {
	b, err := a.savedBlock(c)
	if err != nil {
		return err
	}
	err = a.Store.ArchiveSavedBlock(c.Request.Context(), b.ID, true)
	if fault.Is(err, fault.Conflict) {
		a.Toast(c, a.Catalog.Fault(a.Lang(c), err), "")
		return a.Redirect(c, "/designs?show=blocks")
	}
	if err != nil {
		return err
	}
	if err := a.audit(c, "saved_block.delete", "saved_block:%d", b.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "%s was removed.", b.Name), fmt.Sprintf("/designs/saved/%d/restore", b.ID))
	return a.Redirect(c, "/designs?show=blocks")
}

// RestoreSavedBlock undoes DeleteSavedBlock.
func (a *Admin) RestoreSavedBlock(c *gin.Context) error {
	b, err := a.savedBlock(c)
	if err != nil {
		return err
	}
	if err := a.Store.ArchiveSavedBlock(c.Request.Context(), b.ID, false); err != nil {
		return err
	}
	return a.Redirect(c, "/designs?show=blocks")
}

// reachOf says whom a change of a saved block reaches: the letters that show it and have
// not all left.
func (w words) reachOf(uses []campaigns.Use) string {
	if len(uses) == 0 {
		return w.T("No letter shows this block yet.")
	}
	waiting, over := 0, 0
	for _, u := range uses {
		switch {
		case u.Over():
			over++
		case u.State == campaigns.Scheduled || u.State == campaigns.Running:
			waiting++
		}
	}
	said := w.cat.N(w.lang, "A change shows in %d letters that are not sent yet.", len(uses)-over)
	if waiting > 0 {
		said += " " + w.cat.N(w.lang, "%d of them are scheduled or on their way.", waiting)
	}
	return said
}
