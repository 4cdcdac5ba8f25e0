package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// errDry rolls a dry run back.
var errDry = errors.New("dry run")

// ImportBatch adds people, or completes what we know of them, and puts them on the list, in
// one transaction; a batch of a thousand is a good size. A suppressed address is left out
// and who left the list stays out, whatever the file says; both are named among the faults.
// With o.Dry it counts all this and changes nothing.
func (s *Store) ImportBatch(ctx context.Context, rows []audience.ImportRow, o ledger.Batch) (audience.ImportResult, error) {
	var r audience.ImportResult
	err := s.tx(ctx, func(tx *gorm.DB) error {
		b := importBatch{s: s, tx: tx, o: o, now: s.now(), people: make(map[string]*imported, len(rows))}
		if err := b.run(rows); err != nil {
			return err
		}
		r = b.result
		slices.SortFunc(r.Faults, func(x, y audience.RowFault) int { return x.Line - y.Line })
		if o.Dry {
			return errDry
		}
		if o.Job == 0 || o.Settle == nil {
			return nil
		}
		p, err := o.Settle(r)
		if err != nil {
			return err
		}
		return s.progress(tx, o.Job, p)
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return r, err
}

type importBatch struct {
	s      *Store
	tx     *gorm.DB
	o      ledger.Batch
	now    time.Time
	people map[string]*imported // by email_norm
	order  []*imported
	result audience.ImportResult
}

// imported is one person of a batch.
type imported struct {
	line    int
	row     subscriberRow
	state   audience.State
	fresh   bool
	changed bool
}

func (b *importBatch) run(rows []audience.ImportRow) error {
	if err := b.know(rows); err != nil {
		return err
	}
	for _, row := range rows {
		b.take(row)
	}
	if err := b.insert(); err != nil {
		return err
	}
	if err := b.update(); err != nil {
		return err
	}
	return b.place()
}

// Find reads here what Scan does elsewhere: GORM's Scan writes the whole statement out for a
// log that nobody keeps, which is a tenth of an import's time.

// know loads what we have on the batch's addresses: the suppressed ones, and the people.
func (b *importBatch) know(rows []audience.ImportRow) error {
	norms := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.Fault == nil {
			norms = append(norms, r.Subscriber.EmailNorm)
		}
	}
	for part := range slices.Chunk(norms, 500) {
		var suppressed []string
		if err := b.tx.Raw(`SELECT email_norm FROM suppressions WHERE email_norm IN ?`, part).Find(&suppressed).Error; err != nil {
			return fmt.Errorf("look for suppressions: %w", err)
		}
		for _, norm := range suppressed {
			b.people[norm] = nil
		}
		var known []subscriberRow
		if err := b.tx.Raw(b.s.sql(`SELECT * FROM subscribers WHERE email_norm IN ? {{lock}}`), part).Find(&known).Error; err != nil {
			return fmt.Errorf("look for subscribers: %w", err)
		}
		for _, r := range known {
			if _, no := b.people[r.EmailNorm]; !no {
				b.people[r.EmailNorm] = &imported{row: r}
			}
		}
	}
	return nil
}

// take counts one line and completes its person.
func (b *importBatch) take(row audience.ImportRow) {
	b.result.Rows++
	if row.Fault != nil {
		b.result.Wrong++
		b.refuse(row.Line, row.Subscriber.Email, row.Fault)
		return
	}
	p := row.Subscriber
	known, found := b.people[p.EmailNorm]
	switch {
	case found && known == nil:
		b.result.Suppressed++
		b.refuse(row.Line, p.Email, fault.New(fault.Conflict, "This address is suppressed: it is never mailed again."))
		return
	case !found:
		known = &imported{row: b.fresh(p), fresh: true}
		b.people[p.EmailNorm] = known
		if row.Again {
			b.result.Same++
		} else {
			b.result.New++
		}
	case known.line == 0:
		b.complete(known, p, true)
	default: // the same address once more in this batch
		b.complete(known, p, !known.fresh && !known.changed)
	}
	if known.line == 0 {
		b.order = append(b.order, known)
	}
	known.line = row.Line
	if known.state = row.State; known.state == "" {
		known.state = b.o.State
	}
}

func (b *importBatch) refuse(line int, email string, f *fault.Error) {
	b.result.Faults = append(b.result.Faults, audience.RowFault{Line: line, Email: email, Fault: f})
}

func (b *importBatch) fresh(p audience.Subscriber) subscriberRow {
	lang := p.Lang
	if lang == "" {
		lang = audience.Language(b.o.Lang)
	}
	return subscriberRow{Email: p.Email, EmailNorm: p.EmailNorm, FirstName: p.FirstName, LastName: p.LastName, Lang: lang, Zone: p.Zone,
		Source: b.o.Source, Attributes: attributes(p.Attributes), CreatedAt: b.now, UpdatedAt: b.now}
}

// complete writes what the file tells over what we know; what it does not tell stays.
func (b *importBatch) complete(known *imported, p audience.Subscriber, count bool) {
	before := known.row
	if b.o.Existing != audience.KeepKnown || known.fresh {
		r := &known.row
		r.Email = p.Email
		for to, from := range map[*string]string{&r.FirstName: p.FirstName, &r.LastName: p.LastName, &r.Lang: p.Lang, &r.Zone: p.Zone} {
			if from != "" {
				*to = from
			}
		}
		if len(p.Attributes) > 0 {
			all := r.subscriber().Attributes
			maps.Copy(all, p.Attributes)
			r.Attributes = attributes(all)
		}
	}
	changed := known.row != before
	known.changed = known.changed || changed
	switch {
	case count && changed:
		b.result.Updated++
	default:
		b.result.Same++
	}
}

const importColumns = `INSERT INTO subscribers (email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at) VALUES `

// many is how many rows one statement writes: more of them cost SQLite more than they save.
const many = 100

// insert stores the new people and learns their numbers. Where another transaction was
// faster, its row counts.
func (b *importBatch) insert() error {
	var fresh []*imported
	for _, p := range b.order {
		if p.fresh {
			fresh = append(fresh, p)
		}
	}
	for part := range slices.Chunk(fresh, many) {
		args := make([]any, 0, 10*len(part))
		for _, p := range part {
			r := p.row
			args = append(args, r.Email, r.EmailNorm, r.FirstName, r.LastName, r.Lang, r.Zone, r.Attributes, r.Source, r.CreatedAt, r.UpdatedAt)
		}
		var ids []struct {
			ID        int64
			EmailNorm string
		}
		sql := importColumns + tuples(len(part), 10) + ` ON CONFLICT (email_norm) DO UPDATE SET email_norm = excluded.email_norm RETURNING id, email_norm`
		if err := b.tx.Raw(sql, args...).Find(&ids).Error; err != nil {
			return fmt.Errorf("import subscribers: %w", err)
		}
		for _, r := range ids {
			b.people[r.EmailNorm].row.ID = r.ID
		}
	}
	return nil
}

func (b *importBatch) update() error {
	for _, p := range b.order {
		if !p.changed || p.fresh {
			continue
		}
		r := p.row
		err := b.tx.Exec(`UPDATE subscribers SET email = ?, first_name = ?, last_name = ?, lang = ?, zone = ?, attributes = ?, updated_at = ? WHERE id = ?`,
			r.Email, r.FirstName, r.LastName, r.Lang, r.Zone, r.Attributes, b.now, r.ID).Error
		if err != nil {
			return fmt.Errorf("import subscriber %d: %w", r.ID, err)
		}
	}
	return nil
}

// tuples is "(?,?),(?,?)" for so many rows of so many columns.
func tuples(rows, columns int) string {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	return strings.TrimSuffix(strings.Repeat(one+",", rows), ",")
}
