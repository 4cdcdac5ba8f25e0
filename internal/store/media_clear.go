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

// showsLately is whether something that changed since a moment shows a picture. The rest was read by
// Unneeded; of articles and settings it asks all, which are few and short.
const showsLately = `
	SELECT 1 FROM contents WHERE updated_at >= @before AND (document LIKE @like OR html LIKE @like) UNION ALL
	SELECT 1 FROM designs WHERE updated_at >= @before AND (document LIKE @like OR html LIKE @like) UNION ALL
	SELECT 1 FROM content_versions WHERE sent_at >= @before AND (document LIKE @like OR html LIKE @like) UNION ALL
	SELECT 1 FROM saved_blocks WHERE updated_at >= @before AND block LIKE @like UNION ALL
	SELECT 1 FROM items WHERE image LIKE @like UNION ALL
	SELECT 1 FROM settings WHERE name = 'shop' AND value LIKE @like UNION ALL
	SELECT 1 FROM notes WHERE at >= @before AND (name LIKE '` + lookNote + `%' OR name LIKE '` + blocksNote + `%') AND value LIKE @like`

// claimFor is how long somebody may take to clear a picture's files away, their time limit
// included, before another goes on with it.
const claimFor = 5 * time.Minute

// ClaimAsset begins to clear a picture away that Unneeded named for the same moment, and reports
// whether it may: it is still deleted, nothing shows it meanwhile and nobody else clears it. From
// then on it is not restored, and not uploaded until ForgetAsset; a claim ends by itself in time.
func (s *Store) ClaimAsset(ctx context.Context, a Asset, before time.Time) (bool, error) {
	r := s.db.WithContext(ctx).Exec(`UPDATE media SET clearing_at = @now WHERE id = @id AND deleted_at < @before
		AND (clearing_at IS NULL OR clearing_at < @ended) AND NOT EXISTS (`+showsLately+`)`, map[string]any{
		"now": s.now(), "ended": s.now().Add(-claimFor), "id": a.ID, "before": before.UTC(), "like": "%" + a.Asset[:min(assetName, len(a.Asset))] + "%"})
	if r.Error != nil {
		return false, fmt.Errorf("claim picture %d: %w", a.ID, r.Error)
	}
	return r.RowsAffected > 0, nil
}

// ForgetAsset takes a claimed picture, whose files are gone, off the record: now its room is free.
func (s *Store) ForgetAsset(ctx context.Context, id int64) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM media WHERE id = ? AND deleted_at IS NOT NULL AND clearing_at IS NOT NULL`, id).Error
}

// lookedSetting keeps the moment of which Unneeded was last asked, and lookAgain is how long that
// stands for pictures that something shows: to find out, all letters are read.
const (
	lookedSetting = "pictures_looked"
	lookAgain     = 24 * time.Hour
)

// WorthLooking reports whether Unneeded may name other pictures than the last time: some were
// deleted since, or a day is over.
func (s *Store) WorthLooking(ctx context.Context, before time.Time) (bool, error) {
	value, err := s.Setting(ctx, lookedSetting)
	if err != nil {
		return false, err
	}
	since, err := time.Parse(time.RFC3339Nano, value)
	if err != nil || before.Sub(since) >= lookAgain {
		since = time.Time{}
	}
	var n int64
	err = s.read.WithContext(ctx).Raw(`SELECT COUNT(*) FROM media WHERE deleted_at < ? AND deleted_at >= ?`, before.UTC(), since.UTC()).Scan(&n).Error
	return n > 0, err
}

// Looked says that all that Unneeded named for a moment is seen to.
func (s *Store) Looked(ctx context.Context, before time.Time) error {
	return s.SaveSetting(ctx, lookedSetting, before.UTC().Format(time.RFC3339Nano))
}
