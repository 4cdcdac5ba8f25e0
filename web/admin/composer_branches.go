package admin

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/document"
	"keepsake/internal/store"
)

// branch is how many people of the audience get a block.
type branch struct {
	Shown    int64 `json:"shown"`
	Of       int64 `json:"of"`
	Estimate bool  `json:"estimate,omitempty"`
	Letter   bool  `json:"letter,omitempty"` // only the letter knows: an order, or what the campaign gives
}

// Branches counts, for each block with a condition, who of the campaign's audience gets it.
func (a *Admin) Branches(c *gin.Context) error {
	l, b, err := a.readLetter(c)
	if err != nil {
		return err
	}
	doc, err := document.Parse(string(b.Document))
	if err != nil {
		return err
	}
	blocks, ids, shows := map[string]branch{}, []string{}, []store.Condition{}
	doc.Each(func(one document.Block) {
		base := one.Common()
		switch show := base.Show; {
		case show == nil || len(show.Rules) == 0:
		case store.ByLetter(*show):
			blocks[base.ID] = branch{Letter: true}
		default:
			ids, shows = append(ids, base.ID), append(shows, store.Condition{Show: *show})
		}
	})
	counted, err := a.Store.Branches(c.Request.Context(), store.Who{Audience: l.campaign.Audience}, shows)
	if err != nil {
		return err
	}
	for i, id := range ids {
		blocks[id] = branch{Shown: counted.Shown[i].People, Of: counted.People, Estimate: counted.Estimate}
	}
	c.JSON(http.StatusOK, gin.H{"blocks": blocks, "people": counted.People, "estimate": counted.Estimate})
	return nil
}
