package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/fault"
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

// allCurrent are the numbers under which people are found now.
func (s *Store) allCurrent(db *gorm.DB, ids []int64) ([]int64, error) {
	var merged []int64
	if err := db.Raw(s.sql(`SELECT gone_id FROM merges WHERE gone_id IN ({{ids}}) AND undone_at IS NULL`), asJSON(ids)).Scan(&merged).Error; err != nil || len(merged) == 0 {
		return ids, err
	}
	now := slices.Clone(ids)
	for i, id := range now {
		if !slices.Contains(merged, id) {
			continue
		}
		var err error
		if now[i], err = current(db, id); err != nil {
			return nil, err
		}
	}
	return now, nil
}

// byAddress finds a person by an address of theirs, or by one that was theirs before a merge; no number is nobody.
func byAddress(db *gorm.DB, norm string) (r subscriberRow, err error) {
	err = db.Where("email_norm = ?", norm).Limit(1).Find(&r).Error
	if err == nil && r.ID == 0 {
		err = db.Where("id = (SELECT subscriber_id FROM former_addresses WHERE email_norm = ?)", norm).Limit(1).Find(&r).Error
	}
	if err != nil {
		err = fmt.Errorf("look for subscriber: %w", err)
	}
	return r, err
}

var errAddressTaken = fault.Field("email", "Another subscriber already has this address.")

// freeAddress refuses an address that leads to another person since a merge; one that led to the same person is theirs again.
func freeAddress(tx *gorm.DB, id int64, norm string) error {
	var to int64
	err := tx.Raw(`SELECT subscriber_id FROM former_addresses WHERE email_norm = ?`, norm).Scan(&to).Error
	switch {
	case err != nil || to == 0:
		return err
	case to != id:
		return errAddressTaken
	}
	return tx.Exec(`DELETE FROM former_addresses WHERE email_norm = ?`, norm).Error
}

// followFormer lets a batch's addresses of before a merge lead to the people they belong to now.
func (b *importBatch) followFormer(asked any) error {
	some := false
	if err := b.rows(func(rows *sql.Rows) error { return rows.Scan(&some) }, `SELECT EXISTS (SELECT 1 FROM former_addresses)`); err != nil || !some {
		return err
	}
	return b.rows(func(rows *sql.Rows) error {
		var r subscriberRow
		var former string
		var stopped bool
		err := rows.Scan(&former, &stopped, &r.ID, &r.Email, &r.EmailNorm, &r.FirstName, &r.LastName, &r.Lang, &r.Zone, &r.Attributes, &r.Source)
		if _, no := b.people[former]; no || err != nil {
			return err
		}
		known, found := b.people[r.EmailNorm]
		switch {
		case stopped || found && known == nil:
			known = nil
		case !found:
			known = &imported{row: r, was: r}
			b.people[r.EmailNorm] = known
		}
		b.people[former] = known
		return nil
	}, `SELECT f.email_norm, EXISTS (SELECT 1 FROM suppressions p WHERE p.email_norm = s.email_norm), s.id, s.email, s.email_norm, s.first_name, s.last_name, s.lang, s.zone, s.attributes, s.source
		FROM former_addresses f JOIN subscribers s ON s.id = f.subscriber_id WHERE f.email_norm {{in}}{{words}}{{end}} ORDER BY s.id {{lock}}`, asked)
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
