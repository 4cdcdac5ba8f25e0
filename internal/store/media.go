package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Asset is an uploaded picture; its files lie in the store of pictures.
type Asset struct {
	ID        int64     `json:"id"`
	Asset     string    `json:"asset"` // generated: "ab12cd.png"
	Name      string    `json:"name"`  // as uploaded, or as somebody called it since
	Type      string    `json:"type"`
	Bytes     int64     `json:"bytes"`
	Width     int       `json:"width"`
	Height    int       `json:"height"`
	Alt       string    `json:"alt"`
	Frames    int       `json:"frames"`   // more than one of a picture that moves
	Original  int64     `json:"original"` // bytes of what was uploaded
	Stored    int64     `json:"-"`        // bytes of all its files
	Variants  string    `json:"-"`        // SmallFiles as JSON
	CreatedAt time.Time `json:"created_at"`
	Tags      []string  `json:"tags" gorm:"-"`
	Again     bool      `json:"again" gorm:"-"` // it was in the library already
}

// SmallFile is one of an asset's smaller files.
type SmallFile struct {
	Name          string
	Width, Height int
	Bytes         int64 // 0 of pictures from before it was kept
}

// Smaller are the asset's smaller files, widest first.
func (a Asset) Smaller() (files []SmallFile) {
	_ = json.Unmarshal([]byte(a.Variants), &files) // we wrote it
	return files
}

// Thumb is the file that lists show: the narrowest.
func (a Asset) Thumb() string {
	if all := a.Smaller(); len(all) > 0 {
		return all[len(all)-1].Name
	}
	return a.Asset
}

// Weight is how many bytes one of its files has. Of smaller files from before that was kept it is
// their share of what is known of all of them, by their pixels.
func (a Asset) Weight(file string) int64 {
	var pixels, all int64
	for _, f := range a.Smaller() {
		if f.Name == file && f.Bytes > 0 {
			return f.Bytes
		}
		size := int64(f.Width) * int64(f.Height)
		if all += size; f.Name == file {
			pixels = size
		}
	}
	if pixels == 0 {
		return a.Bytes
	}
	return max(0, a.Stored-a.Bytes) * pixels / all
}

// Files are the names of all its files.
func (a Asset) Files() []string {
	names := []string{a.Asset}
	for _, f := range a.Smaller() {
		names = append(names, f.Name)
	}
	return names
}

// noAsset is said of a picture that is not on record.
const noAsset = "There is no picture with that number."

// SaveAsset records an uploaded picture; the same picture twice is one asset, and one that
// was deleted is back. A new one that does not fit into quota bytes (0: no limit) is refused, and
// one that is being cleared away: its new files would go too.
func (s *Store) SaveAsset(ctx context.Context, a *Asset, quota int64) error {
	if a.Variants == "" {
		a.Variants = "[]"
	}
	return s.txAgain(ctx, func(tx *gorm.DB) error {
		var known struct{ Shown, Kept int64 } // kept: its files are there, and count already
		if err := tx.Raw(`SELECT COUNT(*) AS kept, COUNT(CASE WHEN deleted_at IS NULL THEN 1 END) AS shown FROM media WHERE asset = ?`, a.Asset).Scan(&known).Error; err != nil {
			return err
		}
		if known.Kept == 0 && quota > 0 {
			if err := roomFor(tx, a.Stored, quota); err != nil {
				return err
			}
		}
		fresh := *a
		r := tx.Raw(`INSERT INTO media (asset, name, type, bytes, width, height, alt, frames, original, stored, variants, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (asset) DO UPDATE SET deleted_at = NULL, clearing_at = NULL, stored = excluded.stored, variants = excluded.variants
				WHERE media.clearing_at IS NULL OR media.clearing_at < ? RETURNING *`,
			a.Asset, a.Name, a.Type, a.Bytes, a.Width, a.Height, a.Alt, max(1, a.Frames), a.Original, a.Stored, a.Variants, s.now(), s.now().Add(-claimFor)).Scan(&fresh)
		if r.Error != nil {
			return fmt.Errorf("save a picture: %w", r.Error)
		}
		if r.RowsAffected == 0 {
			return fault.Field("file", "This picture was deleted before, and its files are just being cleared away. Upload it again in a few minutes.")
		}
		fresh.Again = known.Shown > 0
		*a = fresh
		return nil
	})
}

// AssetQuery says which pictures are listed.
type AssetQuery struct {
	Search string // a part of the name, the alternative text or a tag
	Tag    string
	Before int64 // a number; 0 is the newest page
	Limit  int
}

// Assets lists pictures with their tags, newest first; next is the Before of the next page, 0 on the last.
func (s *Store) Assets(ctx context.Context, q AssetQuery) (rows []Asset, next int64, err error) {
	db := s.read.WithContext(ctx)
	list := db.Table("media").Where("deleted_at IS NULL")
	if q.Tag != "" {
		list = list.Where("id IN (SELECT media_id FROM media_tags WHERE tag = ?)", q.Tag)
	}
	if q.Search != "" {
		tagged := part(db.Table("media_tags").Select("media_id"), q.Search, "tag")
		list = list.Where(part(db, q.Search, "name", "alt").Or("id IN (?)", tagged))
	}
	if rows, next, err = newest(list, q.Before, q.Limit, func(a Asset) int64 { return a.ID }); err != nil {
		return nil, 0, fmt.Errorf("list pictures: %w", err)
	}
	return rows, next, s.fillTags(ctx, rows)
}

// fillTags looks up the tags of these pictures.
func (s *Store) fillTags(ctx context.Context, rows []Asset) error {
	ids, at := make([]int64, len(rows)), map[int64]int{}
	for i := range rows {
		ids[i], at[rows[i].ID] = rows[i].ID, i
		rows[i].Tags = []string{}
	}
	var tags []struct {
		MediaID int64
		Tag     string
	}
	err := s.read.WithContext(ctx).Table("media_tags").Where("media_id IN ?", ids).Order("tag").Find(&tags).Error
	for _, t := range tags {
		a := &rows[at[t.MediaID]]
		a.Tags = append(a.Tags, t.Tag)
	}
	return err
}

// Asset is one picture with its tags.
func (s *Store) Asset(ctx context.Context, id int64) (Asset, error) {
	rows := make([]Asset, 1)
	err := s.read.WithContext(ctx).Table("media").Where("id = ? AND deleted_at IS NULL", id).Take(&rows[0]).Error
	if err != nil {
		return Asset{}, notFound(err, noAsset)
	}
	return rows[0], s.fillTags(ctx, rows)
}

// TagCount is a tag and how many pictures have it.
type TagCount struct {
	Tag   string `json:"tag"`
	Count int64  `json:"count"`
}

// MediaTags are all tags of pictures, the most used first.
func (s *Store) MediaTags(ctx context.Context) (tags []TagCount, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT t.tag, COUNT(*) AS count FROM media_tags t JOIN media m ON m.id = t.media_id
		WHERE m.deleted_at IS NULL GROUP BY t.tag ORDER BY COUNT(*) DESC, t.tag LIMIT 200`).Scan(&tags).Error
	return tags, err
}

// MediaRoom is what the library holds.
type MediaRoom struct {
	Count int64 // pictures
	Bytes int64 // of all files, those of deleted pictures too until they are cleared away
	Going int64 // of them, of deleted pictures
}

// MediaSize is what the library holds.
func (s *Store) MediaSize(ctx context.Context) (MediaRoom, error) {
	return mediaSize(s.read.WithContext(ctx))
}

func mediaSize(tx *gorm.DB) (r MediaRoom, err error) {
	err = tx.Raw(`SELECT COUNT(CASE WHEN deleted_at IS NULL THEN 1 END) AS count, COALESCE(SUM(stored), 0) AS bytes,
		COALESCE(SUM(CASE WHEN deleted_at IS NOT NULL THEN stored ELSE 0 END), 0) AS going FROM media`).Scan(&r).Error
	return r, err
}

// roomFor refuses what does not fit into the quota beside all files there are.
func roomFor(tx *gorm.DB, bytes, quota int64) error {
	r, err := mediaSize(tx)
	switch {
	case err != nil || r.Bytes+bytes <= quota:
		return err
	case r.Bytes-r.Going+bytes <= quota:
		return fault.Field("file", "There is no room for this picture yet: %d of %d MB are used. What you deleted makes room within about an hour, unless a letter shows it.", r.Bytes>>20, quota>>20)
	}
	return fault.Field("file", "There is no room for this picture: %d of %d MB are used. Delete pictures that nothing needs.", r.Bytes>>20, quota>>20)
}

// EditAsset stores a picture's name, alternative text and tags.
func (s *Store) EditAsset(ctx context.Context, a Asset) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		r := tx.Exec(`UPDATE media SET name = ?, alt = ? WHERE id = ? AND deleted_at IS NULL`, a.Name, a.Alt, a.ID)
		if r.Error == nil && r.RowsAffected == 0 {
			return fault.New(fault.NotFound, noAsset)
		}
		if err := errors.Join(r.Error, tx.Exec(`DELETE FROM media_tags WHERE media_id = ?`, a.ID).Error); err != nil {
			return err
		}
		for _, tag := range a.Tags {
			if err := addTag(tx, a.ID, tag); err != nil {
				return err
			}
		}
		return nil
	})
}

func addTag(tx *gorm.DB, id int64, tag string) error {
	return tx.Exec(`INSERT INTO media_tags (media_id, tag) SELECT id, ? FROM media WHERE id = ? ON CONFLICT DO NOTHING`, tag, id).Error
}

// TagAssets gives these pictures a tag, or takes it off them.
func (s *Store) TagAssets(ctx context.Context, ids []int64, tag string, off bool) error {
	if off {
		return s.db.WithContext(ctx).Exec(`DELETE FROM media_tags WHERE media_id IN ? AND tag = ?`, ids, tag).Error
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		for _, id := range ids {
			if err := addTag(tx, id, tag); err != nil {
				return err
			}
		}
		return nil
	})
}

// The most tags of a picture, and characters of one.
const (
	mostTags  = 20
	mostOfTag = 40
)

// CleanTags reads tags between commas: small letters, each once.
func CleanTags(text string) (tags []string, err error) {
	for _, t := range strings.Split(text, ",") {
		t = strings.ToLower(audience.CleanName(strings.TrimPrefix(strings.TrimSpace(t), "#")))
		switch {
		case t == "" || slices.Contains(tags, t):
		case len([]rune(t)) > mostOfTag:
			return nil, fault.Field("tags", "A tag has at most %d characters.", mostOfTag)
		default:
			tags = append(tags, t)
		}
	}
	if len(tags) > mostTags {
		return nil, fault.Field("tags", "A picture has at most %d tags.", mostTags)
	}
	return tags, nil
}

// DeleteAssets takes pictures out of the library. Their files stay until they are cleared away, so that
// RestoreAssets can bring them back.
func (s *Store) DeleteAssets(ctx context.Context, ids []int64) error {
	return s.db.WithContext(ctx).Exec(`UPDATE media SET deleted_at = ? WHERE id IN ? AND deleted_at IS NULL`, s.now(), ids).Error
}

// RestoreAssets undoes DeleteAssets and reports whether all are back: what is being cleared away
// is gone, or soon.
func (s *Store) RestoreAssets(ctx context.Context, ids []int64) (all bool, err error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	r := s.db.WithContext(ctx).Exec(`UPDATE media SET deleted_at = NULL WHERE id IN ? AND clearing_at IS NULL`, ids)
	return r.RowsAffected == int64(len(ids)), r.Error
}
