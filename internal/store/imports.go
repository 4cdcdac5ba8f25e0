package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	err := s.stepTx(ctx, func(tx *gorm.DB) error {
		b := importBatch{s: s, tx: tx, o: o, now: s.now(), people: make(map[string]*imported, len(rows))}
		if err := b.run(rows); err != nil {
			return err
		}
		slices.SortFunc(b.result.Faults, func(x, y audience.RowFault) int { return x.Line - y.Line })
		r = b.result
		return b.settle()
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return r, err
}

// settle writes down how far the import is, with what it did; a dry run is rolled back.
func (b *importBatch) settle() error {
	switch {
	case b.o.Dry:
		return errDry
	case b.o.Job == 0 || b.o.Settle == nil:
		return nil
	}
	p, err := b.o.Settle(b.result)
	if err != nil {
		return err
	}
	return b.s.progress(b.tx, b.o.Job, p)
}

type importBatch struct {
	s      *Store
	tx     *gorm.DB
	o      ledger.Batch
	now    time.Time
	people map[string]*imported // by email_norm
	order  []*imported
	nevers []unreachable
	told   bool // some say how they agreed
	result audience.ImportResult
}

// unreachable is an address that the file says must not be written to; id is 0 for nobody we know.
type unreachable struct {
	norm   string
	reason audience.Reason
	id     int64
}

// imported is one person of a batch.
type imported struct {
	line    int
	row     subscriberRow
	was     subscriberRow // before this batch
	state   audience.State
	told    *audience.Told
	fresh   bool
	changed bool
	ours    bool // made by this batch: nobody else can have put them on a list yet
}

func (b *importBatch) run(rows []audience.ImportRow) error {
	if err := b.know(rows); err != nil {
		return err
	}
	values := make([]map[string]string, 0, len(rows))
	for _, row := range rows {
		b.take(row)
		values = append(values, row.Subscriber.Attributes)
	}
	b.net()
	if err := b.s.meet(b.tx, values...); err != nil {
		return err
	}
	if err := b.insert(); err != nil {
		return err
	}
	if err := b.update(); err != nil {
		return err
	}
	if err := b.place(); err != nil {
		return err
	}
	return b.suppress()
}

// net forgets changes that came to nothing: of two lines one may have put back what the other changed.
func (b *importBatch) net() {
	for _, p := range b.order {
		if !p.fresh && p.changed && p.row == p.was {
			p.changed = false
			b.result.Updated--
			b.result.Same++
		}
	}
}

// suppress keeps the addresses that the file says bounced or complained from ever being written to.
func (b *importBatch) suppress() error {
	for _, n := range b.nevers {
		if err := b.s.suppress(b.tx, n.norm, n.reason, b.o.Source); err != nil {
			return fmt.Errorf("suppress by import: %w", err)
		}
		if n.id == 0 {
			continue
		}
		if err := b.s.skipIneligible(b.tx, n.id); err != nil {
			return err
		}
	}
	return nil
}

// know loads what we have on the batch's addresses: the suppressed ones, and the people.
func (b *importBatch) know(rows []audience.ImportRow) error {
	norms := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.Fault == nil {
			norms = append(norms, r.Subscriber.EmailNorm)
		}
	}
	asked := asJSON(norms)
	hashes, err := b.hashes(norms)
	if err != nil {
		return fmt.Errorf("look for erased people: %w", err)
	}
	err = b.rows(func(rows *sql.Rows) error {
		var norm string
		err := rows.Scan(&norm)
		if of, hashed := hashes[norm]; hashed {
			norm = of
		}
		b.people[norm] = nil
		return err
	}, `SELECT email_norm FROM suppressions WHERE email_norm {{in}}{{texts}}{{end}}`, asJSON(slices.AppendSeq(norms, maps.Keys(hashes))))
	if err != nil {
		return fmt.Errorf("look for suppressions: %w", err)
	}
	err = b.rows(func(rows *sql.Rows) error {
		var r subscriberRow
		err := rows.Scan(&r.ID, &r.Email, &r.EmailNorm, &r.FirstName, &r.LastName, &r.Lang, &r.Zone, &r.Attributes, &r.Source)
		if _, no := b.people[r.EmailNorm]; !no {
			b.people[r.EmailNorm] = &imported{row: r, was: r}
		}
		return err
	}, `SELECT id, email, email_norm, first_name, last_name, lang, zone, attributes, source FROM subscribers WHERE email_norm {{in}}{{texts}}{{end}} {{lock}}`, asked)
	if err != nil {
		return fmt.Errorf("look for subscribers: %w", err)
	}
	return b.followFormer(asked)
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
	case row.Never != "":
		b.neverMail(row, known)
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
	known.state = audience.Cautious(known.state, audience.Cautious(row.State, b.o.State)) // of two lines, too, the one that allows less
	if row.Told != nil {
		known.told, b.told = row.Told, true
	}
}

func (b *importBatch) neverMail(row audience.ImportRow, known *imported) {
	b.result.Never++
	n := unreachable{norm: row.Subscriber.EmailNorm, reason: row.Never}
	if known != nil {
		n.id, known.state = known.row.ID, audience.Unsubscribed
	}
	b.nevers = append(b.nevers, n)
	b.people[n.norm] = nil // for the lines that follow
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
	im := b.o.Import
	if known.fresh && im.Existing == audience.KeepKnown { // a person of this file is told by all its lines
		im.Existing = audience.UpdateKnown
	}
	r := &known.row
	if im.Rule("email") == audience.Overwrite && p.EmailNorm == r.EmailNorm { // not one of before a merge
		r.Email = p.Email
	}
	r.FirstName, r.LastName = im.Merge("first_name", r.FirstName, p.FirstName), im.Merge("last_name", r.LastName, p.LastName)
	r.Lang, r.Zone = im.Merge("lang", r.Lang, p.Lang), im.Merge("zone", r.Zone, p.Zone)
	if len(p.Attributes) > 0 {
		all := r.subscriber().Attributes
		for key, value := range p.Attributes {
			if merged := im.Merge("attributes."+key, all[key], value); merged != "" {
				all[key] = merged
			}
		}
		r.Attributes = attributes(all)
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
