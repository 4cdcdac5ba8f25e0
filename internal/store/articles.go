package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

type itemRow struct {
	ID                         int64
	Title, URL, Excerpt, Image string
	PublishedAt                time.Time
}

func (r itemRow) item() campaigns.Item {
	return campaigns.Item{ID: r.ID, Title: r.Title, URL: r.URL, Excerpt: r.Excerpt, Image: r.Image, Published: r.PublishedAt.UTC()}
}

// Articles are the shop's own, newest first, one page before the number (0: the newest).
func (s *Store) Articles(ctx context.Context, before int64, limit int) (out []campaigns.Item, err error) {
	db := s.read.WithContext(ctx).Table("items").Where("source = ?", OwnArticles).Order("id DESC").Limit(limit)
	if before > 0 {
		db = db.Where("id < ?", before)
	}
	var rows []itemRow
	err = db.Find(&rows).Error
	for _, r := range rows {
		out = append(out, r.item())
	}
	return out, err
}

// Article is one of the shop's own.
func (s *Store) Article(ctx context.Context, id int64) (campaigns.Item, error) {
	var r itemRow
	err := s.read.WithContext(ctx).Table("items").Where("id = ? AND source = ?", id, OwnArticles).Take(&r).Error
	return r.item(), notFound(err, "There is no article with that number.")
}

// SaveArticle stores a checked article, a new one when its ID is 0, and fills in the ID.
func (s *Store) SaveArticle(ctx context.Context, it *campaigns.Item) error {
	db := s.db.WithContext(ctx)
	if it.ID == 0 {
		return db.Raw(`INSERT INTO items (source, guid, title, url, excerpt, image, published_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			OwnArticles, rand.Text(), it.Title, it.URL, it.Excerpt, it.Image, it.Published.UTC(), s.now()).Scan(&it.ID).Error
	}
	r := db.Exec(`UPDATE items SET title = ?, url = ?, excerpt = ?, image = ?, published_at = ? WHERE id = ? AND source = ?`,
		it.Title, it.URL, it.Excerpt, it.Image, it.Published.UTC(), it.ID, OwnArticles)
	if r.Error != nil {
		return fmt.Errorf("save article %d: %w", it.ID, r.Error)
	}
	if r.RowsAffected == 0 {
		return fault.New(fault.NotFound, "There is no article with that number.")
	}
	return nil
}
