package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// assetName is how many letters name a picture; its smaller files have the same, and more.
const assetName = 24

// texts are all in which a picture can stand: letters as they are and as they were sent,
// designs and blocks, articles and the shop's logo; and what letters that left looked like.
const texts = `
	SELECT document, html FROM contents UNION ALL
	SELECT document, html FROM designs UNION ALL
	SELECT document, html FROM content_versions WHERE sent_at IS NOT NULL UNION ALL
	SELECT block, '' FROM saved_blocks UNION ALL
	SELECT image, '' FROM items UNION ALL
	SELECT value, '' FROM settings WHERE name = 'shop' UNION ALL
	SELECT value, '' FROM notes WHERE name LIKE '` + lookNote + `%' OR name LIKE '` + blocksNote + `%'`

// Unneeded are the pictures that were deleted before a moment and that nothing shows, whether
// a draft or since. It reads all letters, once for all pictures, where nobody waits for it.
func (s *Store) Unneeded(ctx context.Context, before time.Time) (all []Asset, err error) {
	db := s.read.WithContext(ctx)
	var deleted []Asset
	if err := db.Raw(`SELECT * FROM media WHERE deleted_at < ? ORDER BY id`, before.UTC()).Scan(&deleted).Error; err != nil || len(deleted) == 0 {
		return nil, err
	}
	sought := map[string]bool{}
	for _, a := range deleted {
		sought[a.Asset[:min(assetName, len(a.Asset))]] = true
	}
	rows, err := db.Raw(texts).Rows()
	if err != nil {
		return nil, fmt.Errorf("look for pictures: %w", err)
	}
	defer rows.Close()
	for rows.Next() && len(sought) > 0 {
		var one, other sql.RawBytes
		if err := rows.Scan(&one, &other); err != nil {
			return nil, fmt.Errorf("look for pictures: %w", err)
		}
		strike(sought, one)
		strike(sought, other)
	}
	for _, a := range deleted {
		if sought[a.Asset[:min(assetName, len(a.Asset))]] {
			all = append(all, a)
		}
	}
	return all, rows.Err()
}

// strike takes what stands in the text off what is sought.
func strike(sought map[string]bool, text []byte) {
	run := 0 // of letters that a name is made of
	for i, c := range text {
		if run++; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			run = 0
		}
		if run >= assetName {
			delete(sought, string(text[i+1-assetName:i+1]))
		}
	}
}

// StillDeleted reports whether a picture is on record as deleted before a moment: nobody has
// brought it back or uploaded it again.
func (s *Store) StillDeleted(ctx context.Context, id int64, before time.Time) (bool, error) {
	var n int64
	err := s.db.WithContext(ctx).Raw(`SELECT COUNT(*) FROM media WHERE id = ? AND deleted_at < ?`, id, before.UTC()).Scan(&n).Error
	return n > 0, err
}

// ForgetAsset takes a deleted picture, whose files are gone, off the record: now its room is free.
func (s *Store) ForgetAsset(ctx context.Context, id int64, before time.Time) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM media WHERE id = ? AND deleted_at < ?`, id, before.UTC()).Error
}
