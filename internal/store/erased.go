package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Of an erased person the suppression alone stays, and it does not hold the address but what only this installation can
// make of it: an HMAC under a key of its secret. So nobody reads the address out of the database, and whoever brings it
// again is known.

// erasedMark begins what stands for an erased address.
const erasedMark = "erased:"

// KeyOf makes what an installation hashes erased addresses with of its secret.
func KeyOf(secret []byte) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("keepsake erased address 1"))
	return m.Sum(nil)
}

// erased is what stands for an erased address; "" where this process has no secret, or not the database's.
func (s *Store) erased(norm string) string {
	if len(s.key) == 0 || norm == "" {
		return ""
	}
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte(norm))
	return erasedMark + hex.EncodeToString(m.Sum(nil))
}

// useSecret lets the store know erased addresses. Those that an earlier version kept as they were are hashed.
func (s *Store) useSecret(ctx context.Context, secret []byte) error {
	s.key = KeyOf(secret)
	return s.tx(ctx, func(tx *gorm.DB) error {
		var plain []audience.Suppression
		err := tx.Raw(`SELECT * FROM suppressions p WHERE reason = ? AND email_norm NOT LIKE ?
			AND NOT EXISTS (SELECT 1 FROM subscribers s WHERE s.email_norm = p.email_norm)`, audience.Erased, erasedMark+"%").Scan(&plain).Error
		if err != nil {
			return fmt.Errorf("addresses of erased people: %w", err)
		}
		for _, p := range plain {
			if err := s.keepErased(tx, p.EmailNorm, p.Source); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepErased replaces whatever is said of the address by its hash.
func (s *Store) keepErased(tx *gorm.DB, norm, source string) error {
	if err := tx.Exec(`DELETE FROM suppressions WHERE email_norm = ?`, norm).Error; err != nil {
		return err
	}
	return s.suppress(tx, s.erased(norm), audience.Erased, source)
}

// recall suppresses the address of somebody who comes back to the books, by an order, though they were erased: they get
// no mail, as before.
func (s *Store) recall(tx *gorm.DB, norm string) error {
	hash := s.erased(norm)
	if hash == "" {
		return nil
	}
	return tx.Exec(`INSERT INTO suppressions (email_norm, reason, source, at) SELECT CAST(? AS TEXT), reason, source, at FROM suppressions WHERE email_norm = ?
		ON CONFLICT (email_norm) DO NOTHING`, norm, hash).Error
}

// knownAs are the address and what stands for it when it was erased.
func (s *Store) knownAs(norm string) []string {
	if hash := s.erased(norm); hash != "" {
		return []string{norm, hash}
	}
	return []string{norm}
}

var errNoKey = fault.New(fault.Conflict, "A person can be erased where Keepsake's secret is: the address stays as a hash of it alone.")

// hashes are a batch's addresses by what stands for them when they were erased; none where nobody was.
func (b *importBatch) hashes(norms []string) (all map[string]string, err error) {
	if len(b.s.key) == 0 {
		return nil, nil
	}
	some := false
	err = b.rows(func(rows *sql.Rows) error { return rows.Scan(&some) },
		`SELECT EXISTS (SELECT 1 FROM suppressions WHERE email_norm > '`+erasedMark+`' AND email_norm < '`+erasedMark+`g')`) // hexadecimal digits, in any order of letters
	if err != nil || !some {
		return nil, err
	}
	all = make(map[string]string, len(norms))
	for _, norm := range norms {
		all[b.s.erased(norm)] = norm
	}
	return all, nil
}
