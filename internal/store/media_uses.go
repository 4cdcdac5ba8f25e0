package store

import (
	"context"
	"fmt"
	"path"
	"strings"

	"keepsake/campaigns"
)

// Use is a place that shows a picture.
type Use struct {
	Place   string `json:"place"` // InCampaign and the others
	ID      int64  `json:"id"`    // of the campaign, article, design or saved block
	Name    string `json:"name"`
	State   string `json:"state"` // of the campaign
	Message string `json:"message"`
	Lang    string `json:"lang"`
}

// The places a picture may be used in.
const (
	InCampaign = "campaign"
	InArticle  = "article"
	InDesign   = "design"
	InSaved    = "saved" // a block that several letters show
	InShop     = "shop"  // its logo
)

// Holds reports whether the picture must stay for it: letters that left, or will by
// themselves, fetch it when they are opened. A draft or a design can be given another.
func (u Use) Holds() bool {
	return u.Place != InDesign && (u.Place != InCampaign || u.State != campaigns.Draft)
}

// uses looks for a picture's name wherever one can stand. Names are sums of content, so no
// other text holds them by chance.
const uses = `
	SELECT 'campaign' AS place, c.id, c.name, c.state, m.name AS message, t.lang
	  FROM contents t JOIN messages m ON m.id = t.message_id JOIN campaigns c ON c.id = m.campaign_id
	 WHERE t.document LIKE ? OR t.html LIKE ?
	UNION ALL
	SELECT 'article', id, title, '', '', '' FROM items WHERE image LIKE ?
	UNION ALL
	SELECT 'design', id, name, '', '', lang FROM designs WHERE NOT archived AND (document LIKE ? OR html LIKE ?)
	UNION ALL
	SELECT 'saved', id, name, '', '', '' FROM saved_blocks WHERE NOT archived AND block LIKE ?
	UNION ALL
	SELECT 'shop', 0, '', '', '', '' FROM settings WHERE name = 'shop' AND value LIKE ?
	ORDER BY 1, 2, 5, 6 LIMIT 100`

// AssetUses are the places that show a picture, a hundred at most. Its smaller files count too.
func (s *Store) AssetUses(ctx context.Context, asset string) (all []Use, err error) {
	like := "%" + strings.TrimSuffix(asset, path.Ext(asset)) + "%"
	if err := s.read.WithContext(ctx).Raw(uses, like, like, like, like, like, like, like).Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("uses of a picture: %w", err)
	}
	return all, nil
}
