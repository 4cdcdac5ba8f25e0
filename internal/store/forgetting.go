package store

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"keepsake/campaigns/ledger"
)

// toForget keeps the words that files are to be looked through for: whatever becomes of the process, they are not lost.
func (s *Store) toForget(tx *gorm.DB, words []string) error {
	return tx.Exec(`INSERT INTO forgetting (words, at) VALUES (?, ?)`, asJSON(words), s.now()).Error
}

// ToForget are the words of erased people that files may still hold, by a number that is never given twice. still says that
// no import and no export is under way which may write them yet.
func (s *Store) ToForget(ctx context.Context) (words map[int64][]string, still bool, err error) {
	db := s.db.WithContext(ctx)
	var rows []struct {
		ID    int64
		Words string
	}
	if err := db.Raw(`SELECT id, words FROM forgetting`).Scan(&rows).Error; err != nil {
		return nil, false, fmt.Errorf("words to forget: %w", err)
	}
	words = map[int64][]string{}
	for _, r := range rows {
		var some []string
		if err := json.Unmarshal([]byte(r.Words), &some); err != nil {
			return nil, false, fmt.Errorf("words to forget, %d: %w", r.ID, err)
		}
		words[r.ID] = some
	}
	if len(rows) == 0 {
		return words, true, nil
	}
	var working int64 // asked after the words: what begins later reads nothing of these people
	err = db.Raw(`SELECT COUNT(*) FROM jobs WHERE state = ? AND kind IN ?`, ledger.JobRunning, []string{ledger.ImportJob, ledger.ExportJob}).Scan(&working).Error
	return words, working == 0, err
}

// Forgotten forgets the words too.
func (s *Store) Forgotten(ctx context.Context, ids []int64) error {
	return s.thorough(ctx, func(tx *gorm.DB) error {
		return tx.Exec(s.sql(`DELETE FROM forgetting WHERE id IN ({{ids}})`), asJSON(ids)).Error
	})
}
