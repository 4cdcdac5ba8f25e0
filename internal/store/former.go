package store

import (
	"context"
	"fmt"
	"time"

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

// Former is an address of somebody who was merged into a person.
type Former struct {
	Email string
	At    time.Time // since when
}

// FormerAddresses are those that lead to a person now, oldest first.
func (s *Store) FormerAddresses(ctx context.Context, id int64) (rows []Former, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT email, at FROM former_addresses WHERE subscriber_id = ? ORDER BY at, email_norm`, id).Scan(&rows).Error
	return rows, err
}
