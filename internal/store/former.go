package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// Current is the number under which a person is found now: another one once they were merged into somebody. Links in
// letters go by it.
func (s *Store) Current(ctx context.Context, id int64) (int64, error) {
	return current(s.db.WithContext(ctx), id)
}

func current(db *gorm.DB, id int64) (int64, error) {
	for range 100 { // a merged into b, b into c
		var kept int64
		err := db.Raw(`SELECT kept_id FROM merges WHERE gone_id = ? AND undone_at IS NULL ORDER BY id DESC LIMIT 1`, id).Scan(&kept).Error
		if err != nil {
			return 0, fmt.Errorf("who subscriber %d is now: %w", id, err)
		}
		if kept == 0 {
			break
		}
		id = kept
	}
	return id, nil
}
