package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/sending"
)

// allowanceRow is what all senders together have taken of one limit.
type allowanceRow struct {
	Name      string
	NextAt    int64 // microseconds since 1970
	BeganAt   int64
	Used      int64
	UpdatedAt time.Time
}

// silence is how long a limit was not used when nobody can be waiting for it.
const silence = 10 * time.Second

// TakeSlots takes this process's next slots of a paced limit that all processes share. None
// are given while the flow's next free moment, which is returned, is to come; idle says that
// nobody had used the flow for a while.
func (s *Store) TakeSlots(ctx context.Context, name string, p sending.Pace) (got sending.Slots, next time.Time, idle bool, err error) {
	err = s.allowance(ctx, name, func(r *allowanceRow, now time.Time) bool {
		was := moment(r.NextAt)
		idle = was.Before(now.Add(-p.Late - silence))
		got, next = p.Grant(was, now)
		r.NextAt = next.UnixMicro()
		return got.N > 0
	})
	return got, next, idle, err
}

// TakePart takes this process's next part of a counted limit that all processes share; idle
// says that the last window ended a while ago.
func (s *Store) TakePart(ctx context.Context, name string, q sending.Quota) (got sending.Part, idle bool, err error) {
	err = s.allowance(ctx, name, func(r *allowanceRow, now time.Time) bool {
		var w sending.Window
		if r.BeganAt != 0 {
			w = sending.Window{Start: moment(r.BeganAt), Used: r.Used}
		}
		idle = w.Start.Before(now.Add(-q.Window - silence))
		got, w = q.Grant(w, now)
		r.BeganAt, r.Used = w.Start.UnixMicro(), w.Used
		return got.N > 0
	})
	return got, idle, err
}

func moment(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// allowance changes a row that other processes want too; change says whether it did.
func (s *Store) allowance(ctx context.Context, name string, change func(*allowanceRow, time.Time) bool) error {
	err := s.txAgain(ctx, func(tx *gorm.DB) error {
		r := allowanceRow{Name: name}
		err := tx.Exec(`INSERT INTO allowances (name, next_at, began_at, used, updated_at) VALUES (?, 0, 0, 0, ?) ON CONFLICT DO NOTHING`, name, s.now()).Error
		if err != nil {
			return err
		}
		if err := tx.Raw(s.sql(`SELECT * FROM allowances WHERE name = ? {{lock}}`), name).Scan(&r).Error; err != nil {
			return err
		}
		if !change(&r, s.now()) {
			return nil
		}
		return tx.Exec(`UPDATE allowances SET next_at = ?, began_at = ?, used = ?, updated_at = ? WHERE name = ?`,
			r.NextAt, r.BeganAt, r.Used, s.now(), name).Error
	})
	if err != nil {
		return fmt.Errorf("limit %s: %w", name, err)
	}
	return nil
}

// Used is how much senders have taken of each of the counted limits.
func (s *Store) Used(ctx context.Context, names []string) (map[string]int64, error) {
	used := make(map[string]int64, len(names))
	for part := range slices.Chunk(names, 500) {
		var rows []allowanceRow
		if err := s.read.WithContext(ctx).Raw(`SELECT * FROM allowances WHERE name IN ?`, part).Scan(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			used[r.Name] = r.Used
		}
	}
	return used, nil
}

// longUnused is how long a limit is kept that nobody uses: longer than the longest window.
const longUnused = 72 * time.Hour

// ForgetAllowances forgets limits nobody has used for long, and those that were used in what
// is now a far future: a clock was set back.
func (s *Store) ForgetAllowances(ctx context.Context) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM allowances WHERE updated_at < ? OR updated_at > ?`, s.now().Add(-longUnused), s.now().Add(longUnused)).Error
}

// wakeSize is how many letters one statement wakes: between two of them others may write.
const wakeSize = 5000

// wake makes letters of a campaign due that wait for one reason, the next ones first.
const wake = `
	UPDATE deliveries SET due_at = ?
	 WHERE id {{in}}SELECT d.id FROM deliveries d WHERE d.{{resting}} = 'queued' AND d.campaign_id = ? AND d.due_at > ? AND d.due_at <= ? AND d.reason = ?
	              ORDER BY d.due_at, d.id LIMIT ? {{skip}}{{end}}
	   AND state || '' = 'queued'`

// Wake makes due at once what waits for that reason and would be due by then, and returns
// how many letters that are.
func (s *Store) Wake(ctx context.Context, reason string, by time.Time) (n int64, err error) {
	db, now := s.db.WithContext(ctx), s.now()
	var queued []int64
	if err := db.Raw(s.sql(`WITH RECURSIVE ` + queues + ` SELECT id FROM w WHERE id IS NOT NULL`)).Scan(&queued).Error; err != nil {
		return 0, fmt.Errorf("wake: %w", err)
	}
	for _, campaign := range queued {
		for more := int64(wakeSize); more == wakeSize; n += more {
			r := db.Exec(s.sql(wake), now, campaign, now, by, reason, wakeSize)
			if more = r.RowsAffected; r.Error != nil {
				return n, fmt.Errorf("wake: %w", r.Error)
			}
		}
	}
	return n, nil
}
