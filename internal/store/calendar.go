package store

import (
	"context"
	"time"

	"keepsake/campaigns/ledger"
)

// RunRow is a run with its campaign's name and kind.
type RunRow struct {
	ledger.Run
	Name string
	Kind string
}

// RunsBetween are the runs that were due in [from, to), oldest first. An automation's open
// run has no moment of its own and is none of them.
func (s *Store) RunsBetween(ctx context.Context, from, to time.Time) (rows []RunRow, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT r.*, r.run_key AS "key", c.name, c.kind FROM runs r JOIN campaigns c ON c.id = r.campaign_id
		WHERE r.due_at >= ? AND r.due_at < ? AND r.run_key <> 'live' ORDER BY r.due_at, r.id LIMIT 1000`, from.UTC(), to.UTC()).Scan(&rows).Error
	return rows, err
}
