package store

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns/audience"
)

// know loads what we have on the batch's addresses: the people, and which addresses are suppressed. The people are held first,
// so that who is being erased is gone by the time we look for what is left of them.
func (b *importBatch) know(rows []audience.ImportRow) error {
	norms := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.Subscriber.EmailNorm != "" {
			norms = append(norms, r.Subscriber.EmailNorm)
		}
	}
	asked := b.array(norms)
	err := b.rows(func(rows *sql.Rows) error {
		var r subscriberRow
		err := rows.Scan(&r.ID, &r.Email, &r.EmailNorm, &r.FirstName, &r.LastName, &r.Lang, &r.Zone, &r.Attributes, &r.Source)
		b.people[r.EmailNorm] = &imported{row: r, was: r}
		return err
	}, `SELECT id, email, email_norm, first_name, last_name, lang, zone, attributes, source FROM subscribers WHERE email_norm {{in}}{{words}}{{end}} ORDER BY id {{lock}}`, asked)
	if err != nil {
		return fmt.Errorf("look for subscribers: %w", err)
	}
	if err := b.stopped(norms); err != nil {
		return fmt.Errorf("look for suppressions: %w", err)
	}
	return b.followFormer(asked)
}

// stopped marks the addresses that are suppressed, as they are or as hashes of erased people's.
func (b *importBatch) stopped(norms []string) error {
	hashes, err := b.hashes(norms)
	if err != nil {
		return err
	}
	return b.rows(func(rows *sql.Rows) error {
		var norm string
		err := rows.Scan(&norm)
		if of, hashed := hashes[norm]; hashed {
			norm = of
		}
		b.people[norm] = nil
		return err
	}, `SELECT email_norm FROM suppressions WHERE email_norm {{in}}{{words}}{{end}}`, b.array(slices.AppendSeq(norms, maps.Keys(hashes))))
}

// recall stops mail to people of this batch who were erased after it had looked for them. Where there is one writer, nobody was.
func (b *importBatch) recall(fresh []*imported) error {
	if b.s.d.name != goose.DialectPostgres || len(fresh) == 0 {
		return nil
	}
	norms := make([]string, len(fresh))
	for i, p := range fresh {
		norms[i] = p.row.EmailNorm
	}
	hashes, err := b.hashes(norms)
	if err != nil || len(hashes) == 0 {
		return err
	}
	var back []string
	err = b.rows(func(rows *sql.Rows) error {
		var hash string
		err := rows.Scan(&hash)
		back = append(back, hashes[hash])
		return err
	}, `SELECT email_norm FROM suppressions WHERE email_norm {{in}}{{words}}{{end}}`, b.array(slices.Collect(maps.Keys(hashes))))
	for _, norm := range back {
		if err == nil {
			err = b.s.recall(b.tx, norm)
		}
	}
	return err
}
