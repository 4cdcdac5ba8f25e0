package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/sending"
)

// signingRow is a key as it is stored.
type signingRow struct {
	sending.SigningKey `gorm:"embedded"`
}

func (signingRow) TableName() string { return "dkim_keys" }

// SigningKeys are all keys, also those that wait and those retired, the oldest first.
func (s *Store) SigningKeys(ctx context.Context) ([]sending.SigningKey, error) {
	var rows []signingRow
	if err := s.read.WithContext(ctx).Order("domain, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	out := make([]sending.SigningKey, len(rows))
	for i, r := range rows {
		out[i] = r.SigningKey
	}
	return out, nil
}

// AddSigningKeys stores keys made together for a domain. They wait; others of the domain
// that waited make room.
func (s *Store) AddSigningKeys(ctx context.Context, domain string, keys []sending.SigningKey) error {
	now := s.now()
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec(`DELETE FROM dkim_keys WHERE domain = ? AND active = ? AND active_at IS NULL`, domain, false).Error; err != nil {
			return err
		}
		for _, k := range keys {
			k.Domain, k.CreatedAt, k.Active = domain, now, false
			if err := tx.Create(&signingRow{k}).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// ActivateSigning lets keys that wait sign, in place of older ones of the same algorithm.
func (s *Store) ActivateSigning(ctx context.Context, domain string, keys []int64) error {
	now := s.now()
	return s.tx(ctx, func(tx *gorm.DB) error {
		for _, id := range keys {
			r := tx.Exec(`UPDATE dkim_keys SET active = ?, active_at = ? WHERE id = ? AND domain = ? AND active = ? AND retired_at IS NULL`, true, now, id, domain, false)
			if err := changed(r, noSigningKey); err != nil {
				return err
			}
			err := tx.Exec(`UPDATE dkim_keys SET active = ?, retired_at = ? WHERE domain = ? AND active = ? AND id < ?
				AND algorithm = (SELECT algorithm FROM dkim_keys WHERE id = ?)`, false, now, domain, true, id, id).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

const noSigningKey = "There is no such key."

// StopSigning retires all keys of a domain.
func (s *Store) StopSigning(ctx context.Context, domain string) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE dkim_keys SET active = ?, retired_at = ? WHERE domain = ? AND retired_at IS NULL`, false, s.now(), domain)
	return changed(r, "Letters from %s are not signed here.", domain)
}

// ResumeSigning undoes StopSigning, for as long.
func (s *Store) ResumeSigning(ctx context.Context, domain string, within time.Duration) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE dkim_keys SET active = (active_at IS NOT NULL), retired_at = NULL
		WHERE domain = ? AND private_key <> '' AND retired_at > ? AND retired_at = (SELECT MAX(retired_at) FROM dkim_keys WHERE domain = ?)`,
		domain, s.now().Add(-within), domain)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.Conflict, "This can no longer be undone.")
	}
	return r.Error
}

// keptRetired is how long a retired key's line stays, to remind of its record.
const keptRetired = 60 * 24 * time.Hour

// SweepSigning forgets the private half of keys that are retired for good, and later the rest.
func (s *Store) SweepSigning(ctx context.Context) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec(`UPDATE dkim_keys SET private_key = '' WHERE retired_at < ? AND private_key <> ''`, s.now().Add(-sending.RecordStays)).Error; err != nil {
			return err
		}
		return tx.Exec(`DELETE FROM dkim_keys WHERE retired_at < ?`, s.now().Add(-keptRetired)).Error
	})
}

// SelfTest is a letter that was sent to find out how it arrives.
type SelfTest struct {
	ID        int64
	Sender    string // its From address
	Recipient string
	SentAt    time.Time
	Reply     string // the server's words
	ArrivedAt *time.Time
	Letter    []byte // as it arrived
}

// keptTests is how many self-tests are kept.
const keptTests = 20

// BeginSelfTest makes a place for a test's letter; the oldest make room.
func (s *Store) BeginSelfTest(ctx context.Context, sender string) (id int64, err error) {
	err = s.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Raw(`INSERT INTO self_tests (sender, recipient, sent_at, reply) VALUES (?, '', ?, '') RETURNING id`, sender, s.now()).Scan(&id).Error; err != nil {
			return err
		}
		return tx.Exec(`DELETE FROM self_tests WHERE id <= ?`, id-keptTests).Error
	})
	return id, err
}

// SentSelfTest writes down whom a test went to, when, and what the server said.
func (s *Store) SentSelfTest(ctx context.Context, t SelfTest) error {
	return s.db.WithContext(ctx).Exec(`UPDATE self_tests SET recipient = ?, sent_at = ?, reply = ? WHERE id = ?`, t.Recipient, t.SentAt.UTC(), t.Reply, t.ID).Error
}

// TakeSelfTest keeps a test's letter as it arrived, the first time.
func (s *Store) TakeSelfTest(ctx context.Context, id int64, letter []byte) error {
	return s.db.WithContext(ctx).Exec(`UPDATE self_tests SET arrived_at = ?, letter = ? WHERE id = ? AND arrived_at IS NULL`, s.now(), letter, id).Error
}

// SelfTest is one of them.
func (s *Store) SelfTest(ctx context.Context, id int64) (t SelfTest, err error) {
	err = s.read.WithContext(ctx).Table("self_tests").Where("id = ?", id).Take(&t).Error
	return t, notFound(err, "There is no such test.")
}
