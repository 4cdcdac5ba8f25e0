package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

const noSavedBlock = "There is no saved block with that number."

// SavedBlocks lists the saved blocks by name; archived ones too when all is true.
func (s *Store) SavedBlocks(ctx context.Context, all bool) (rows []campaigns.SavedBlock, err error) {
	db := s.read.WithContext(ctx).Table("saved_blocks").Order("name, id")
	if !all {
		db = db.Where("archived = ?", false)
	}
	err = db.Find(&rows).Error
	return rows, err
}

// SavedBlock is one saved block, archived or not.
func (s *Store) SavedBlock(ctx context.Context, id int64) (b campaigns.SavedBlock, err error) {
	err = s.read.WithContext(ctx).Table("saved_blocks").Where("id = ?", id).Take(&b).Error
	return b, notFound(err, noSavedBlock)
}

// SavedRevision grows with each change of a saved block.
func (s *Store) SavedRevision(ctx context.Context) (n int64, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT COALESCE(SUM(version), 0) FROM saved_blocks`).Scan(&n).Error
	return n, err
}

// CreateSavedBlock stores a checked block and fills in its number.
func (s *Store) CreateSavedBlock(ctx context.Context, b *campaigns.SavedBlock, by string) error {
	b.Version = 1
	return s.db.WithContext(ctx).Raw(`INSERT INTO saved_blocks (name, block, version, created_at, updated_at, updated_by) VALUES (?, ?, 1, ?, ?, ?) RETURNING id`,
		b.Name, b.Block, s.now(), s.now(), by).Scan(&b.ID).Error
}

// SaveSavedBlock stores a changed block if nobody did since its Version was read, else it
// is a Conflict. On success Version is the new one.
func (s *Store) SaveSavedBlock(ctx context.Context, b *campaigns.SavedBlock, by string) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE saved_blocks SET name = ?, block = ?, version = version + 1, updated_at = ?, updated_by = ? WHERE id = ? AND version = ?`,
		b.Name, b.Block, s.now(), by, b.ID, b.Version)
	if r.Error != nil {
		return fmt.Errorf("save saved block %d: %w", b.ID, r.Error)
	}
	if r.RowsAffected == 0 {
		return fault.New(fault.Conflict, "Somebody else saved this letter meanwhile.")
	}
	b.Version, b.UpdatedAt = b.Version+1, s.now()
	return nil
}

// ArchiveSavedBlock takes a saved block away, or brings it back. One that a letter shows
// is a Conflict, with where.
func (s *Store) ArchiveSavedBlock(ctx context.Context, id int64, gone bool) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		uses, err := s.savedUses(tx)
		if err != nil {
			return err
		}
		for _, u := range uses {
			if gone && u.Block == id {
				return fault.New(fault.Conflict, "“%s” shows this block. Take it out there first, or detach it.", u.Name)
			}
		}
		r := tx.Exec(`UPDATE saved_blocks SET archived = ?, version = version + 1, updated_at = ? WHERE id = ?`, gone, s.now(), id)
		if r.Error == nil && r.RowsAffected == 0 {
			return fault.New(fault.NotFound, noSavedBlock)
		}
		return r.Error
	})
}

// SavedUses lists the letters and designs that show saved blocks by a link, one for each
// block and letter.
func (s *Store) SavedUses(ctx context.Context) ([]campaigns.Use, error) {
	return s.savedUses(s.read.WithContext(ctx))
}

func (s *Store) savedUses(db *gorm.DB) (all []campaigns.Use, err error) {
	var rows []struct {
		campaigns.Use
		Document string
	}
	err = db.Raw(`SELECT 0 AS design, k.id AS campaign, k.name, k.state, m.name AS message, c.lang, c.document FROM contents c
		JOIN messages m ON m.id = c.message_id JOIN campaigns k ON k.id = m.campaign_id WHERE c.mode = 'blocks' AND c.document LIKE '%"saved"%'
		UNION ALL SELECT id, 0, name, '', '', lang, document FROM designs WHERE NOT archived AND mode = 'blocks' AND document LIKE '%"saved"%'`).Scan(&rows).Error
	for _, r := range rows {
		for _, ref := range document.Refs(r.Document) {
			r.Use.Block = ref
			all = append(all, r.Use)
		}
	}
	return all, err
}
