package store

import (
	"context"
	"errors"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"keepsake/campaigns/fault"
)

// Health is how sending stands, in figures.
type Health struct {
	Queued    int64      // letters that are due and wait for a sender
	OldestDue *time.Time // since when the first of them waits
	Unsure    int64      // letters in doubt
	Paused    int64      // campaigns that are paused with letters waiting
}

// Health counts what waits.
func (s *Store) Health(ctx context.Context) (h Health, err error) {
	db := s.read.WithContext(ctx)
	due := s.sql(` FROM deliveries d WHERE d.{{resting}} = 'queued' AND d.due_at <= ? AND d.campaign_id IN (SELECT id FROM campaigns WHERE state IN ('running', 'finished'))`)
	var first struct{ DueAt *time.Time }
	err = errors.Join(
		db.Raw(`SELECT COUNT(*)`+due, s.now()).Scan(&h.Queued).Error,
		db.Raw(`SELECT d.due_at`+due+` ORDER BY d.due_at LIMIT 1`, s.now()).Scan(&first).Error,
		db.Raw(s.sql(`SELECT COUNT(*) FROM deliveries WHERE {{resting}} = 'unsure'`)).Scan(&h.Unsure).Error,
		db.Raw(s.sql(`SELECT COUNT(*) FROM campaigns c WHERE c.state = 'paused' AND EXISTS (SELECT 1 FROM deliveries d WHERE d.campaign_id = c.id AND d.{{resting}} IN ('planned', 'queued'))`)).Scan(&h.Paused).Error)
	h.OldestDue = first.DueAt
	return h, err
}

// Integrity reports what is wrong with the database itself: SQLite looks through its file,
// which takes a while for a large one; PostgreSQL does so on its own. Both must take a write.
func (s *Store) Integrity(ctx context.Context) error {
	db, err := s.db.DB()
	if err != nil {
		return err
	}
	if s.d.name == goose.DialectSQLite3 {
		if err := quickCheck(ctx, db); err != nil {
			return err
		}
	}
	err = s.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec(`INSERT INTO settings (name, value, updated_at) VALUES ('doctor', '', ?)`, s.now()).Error; err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

var errUndo = errors.New("undo")

// Clock is the database's own clock: PostgreSQL's, and on SQLite this machine's.
func (s *Store) Clock(ctx context.Context) (time.Time, error) {
	if s.d.name == goose.DialectSQLite3 {
		return s.now(), nil
	}
	var at time.Time
	err := s.db.WithContext(ctx).Raw(`SELECT clock_timestamp()`).Scan(&at).Error
	return at.UTC(), err
}

// Examine looks whether this database would send from that home, as Bind would find it, and
// changes nothing.
func (s *Store) Examine(ctx context.Context, h Home) (*Instance, error) {
	i := &Instance{store: s, home: h}
	mark, known, err := readMark(h.Dir)
	if err != nil {
		return nil, err
	}
	r, err := i.row(ctx)
	if fault.Is(err, fault.NotFound) {
		return i, nil
	}
	if err != nil {
		return nil, err
	}
	i.alien.Store(r.Secret != i.secret())
	held, err := i.verdict(ctx, r, mark, known)
	i.held.Store(held)
	return i, err
}
