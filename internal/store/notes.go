package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
)

// Note keeps value under name for good and returns what is kept: the first value wins. An
// empty value only asks; "" is returned where nothing is kept.
func (s *Store) Note(ctx context.Context, campaign int64, name, value string) (kept string, err error) {
	db := s.db.WithContext(ctx)
	if value != "" {
		err := db.Exec(`INSERT INTO notes (campaign_id, name, value, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, campaign, name, value, s.now()).Error
		if err != nil {
			return "", fmt.Errorf("note %s of campaign %d: %w", name, campaign, err)
		}
	}
	err = db.Raw(`SELECT value FROM notes WHERE campaign_id = ? AND name = ?`, campaign, name).Scan(&kept).Error
	return kept, err
}

// Secret is 32 random bytes under that name: made when first asked, then always the same.
func (s *Store) Secret(ctx context.Context, campaign int64, name string) ([]byte, error) {
	b := make([]byte, 32)
	rand.Read(b) // never fails (Go 1.24)
	kept, err := s.Note(ctx, campaign, "secret:"+name, hex.EncodeToString(b))
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(kept)
}

// KeptSecret is the secret of that name, as Secret made it; it makes none.
func (s *Store) KeptSecret(ctx context.Context, campaign int64, name string) ([]byte, error) {
	kept, err := s.Note(ctx, campaign, "secret:"+name, "")
	if err == nil && kept == "" {
		err = fmt.Errorf("campaign %d has no secret %s yet", campaign, name)
	}
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(kept)
}

// Alert is a line to the shop's own people.
type Alert struct {
	ID, CampaignID, SubscriberID int64
	Text                         string // a catalogue id
	At                           time.Time
}

// Alerts are the open ones, newest first.
func (s *Store) Alerts(ctx context.Context, limit int) (rows []Alert, err error) {
	err = s.read.WithContext(ctx).Table("alerts").Where("done_at IS NULL").Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// CloseAlert marks an alert as seen to.
func (s *Store) CloseAlert(ctx context.Context, id int64) error {
	return s.db.WithContext(ctx).Exec(`UPDATE alerts SET done_at = ? WHERE id = ?`, s.now(), id).Error
}

// OwnArticles is the source of the shop's own articles, beside feeds' addresses.
const OwnArticles = "own"

// SaveItems stores items of a source; those seen before keep their first moment.
func (s *Store) SaveItems(ctx context.Context, source string, items []campaigns.Item, guids []string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		for i, it := range items {
			err := tx.Exec(`INSERT INTO items (source, guid, title, url, excerpt, image, published_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (source, guid) DO UPDATE SET title = excluded.title, url = excluded.url, excerpt = excluded.excerpt, image = excluded.image`,
				source, guids[i], it.Title, it.URL, it.Excerpt, it.Image, it.Published.UTC(), s.now()).Error
			if err != nil {
				return fmt.Errorf("save items: %w", err)
			}
		}
		return nil
	})
}

// Items are those first seen after the moment and not after until, of the shop's own and of
// the feed, newest first.
func (s *Store) Items(ctx context.Context, feed string, after, until time.Time, limit int) ([]campaigns.Item, error) {
	var rows []struct {
		campaigns.Item
		PublishedAt time.Time
	}
	err := s.read.WithContext(ctx).Raw(`SELECT * FROM items WHERE source IN (?, ?) AND seen_at > ? AND seen_at <= ? ORDER BY published_at DESC, id DESC LIMIT ?`,
		OwnArticles, feed, after.UTC(), until.UTC(), limit).Scan(&rows).Error
	out := make([]campaigns.Item, len(rows))
	for i, r := range rows {
		out[i] = r.Item
		out[i].Published = r.PublishedAt.UTC()
	}
	return out, err
}

// DeleteItem takes an article away.
func (s *Store) DeleteItem(ctx context.Context, id int64) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM items WHERE id = ? AND source = ?`, id, OwnArticles).Error
}

// RunBefore is the moment the campaign's last run before the given one began, of those
// that were not skipped; zero when there was none. What is new is what came after it.
func (s *Store) RunBefore(ctx context.Context, campaign, run int64) (time.Time, error) {
	var rows []struct{ StartedAt time.Time }
	err := s.read.WithContext(ctx).Raw(`SELECT started_at FROM runs WHERE campaign_id = ? AND id < ? AND state <> 'skipped' ORDER BY id DESC LIMIT 1`, campaign, run).Scan(&rows).Error
	if len(rows) == 0 {
		return time.Time{}, err
	}
	return rows[0].StartedAt.UTC(), err
}
