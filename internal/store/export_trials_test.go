package store

import (
	"context"
	"fmt"
)

// OrderInSQL is trial.InRun of a number as the database computes it.
func (s *Store) OrderInSQL(ctx context.Context, subscriber, message, run int64) (h int64, err error) {
	rows := fmt.Sprintf(`(SELECT 1 AS id, CAST(%d AS BIGINT) AS subscriber_id, CAST(%d AS BIGINT) AS run_id, CAST(%d AS BIGINT) AS message_id) d`, subscriber, run, message)
	var out struct{ H int64 }
	err = s.read.WithContext(ctx).Raw(`SELECT h FROM (`+orderFrom(rows, "subscriber_id", message, run)+`) x`, run, message).Scan(&out).Error
	return out.H, err
}

// LoseMessage makes a test's message one that is gone.
func (s *Store) LoseMessage(ctx context.Context, trial int64) error {
	return s.db.WithContext(ctx).Exec(`UPDATE trials SET message_id = message_id + 1000 WHERE id = ?`, trial).Error
}
