package store

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// ImportBatch adds people, or completes what we know of them, and puts them on the list, in
// one transaction; a batch of a thousand is a good size. A suppressed address is left out
// and who left the list stays out, whatever the file says; both are named among the faults.
// With o.Dry it counts all this and changes nothing.
func (s *Store) ImportBatch(ctx context.Context, rows []audience.ImportRow, o ledger.Batch) (audience.ImportResult, error) {
	return s.importTx(ctx, o, func(tx *gorm.DB) (audience.ImportResult, error) {
		b := importBatch{s: s, tx: tx, o: o, now: s.now(), people: make(map[string]*imported, len(rows))}
		if err := b.run(rows); err != nil {
			return audience.ImportResult{}, err
		}
		return b.end()
	})
}

type importBatch struct {
	s      *Store
	tx     *gorm.DB
	o      ledger.Batch
	now    time.Time
	people map[string]*imported // by email_norm
	order  []*imported
	nevers []unreachable
	beside bool // the list at hand is not the one that the file tells of
	adds   bool // some attributes are added to
	result audience.ImportResult
}

// unreachable is an address that the file says must not be written to; id is 0 for nobody we know. also is the person's own
// address where the file has one of before a merge and what it says is about the person.
type unreachable struct {
	norm   string
	also   string
	reason audience.Reason
	id     int64
}

// imported is one person of a batch.
type imported struct {
	line    int
	row     subscriberRow
	was     subscriberRow // before this batch
	state   audience.State
	places  audience.Places
	told    *audience.Told
	left    *audience.Told
	fresh   bool
	changed bool
	updates int64 // lines that changed something, as they are counted
	again   bool  // a dry run has counted them
	ours    bool  // made by this batch: nobody else can have put them on a list yet
}

func (b *importBatch) run(rows []audience.ImportRow) error {
	if err := b.know(rows); err != nil {
		return err
	}
	for _, rule := range b.o.Rules {
		b.adds = b.adds || rule == audience.AddItems
	}
	values := make([]map[string]string, 0, len(rows))
	for _, row := range rows {
		runtime.Gosched() // a page goes first
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
	if err := b.placeAll(); err != nil {
		return err
	}
	if !b.o.Dry {
		for _, p := range b.order {
			b.result.Met = append(b.result.Met, p.row.ID)
		}
	}
	return b.suppress()
}

// net forgets changes that came to nothing: of two lines one may have put back what the other changed.
func (b *importBatch) net() {
	for _, p := range b.order {
		if !p.fresh && p.changed && p.row == p.was {
			p.changed = false
			b.result.Updated -= p.updates
			b.result.Same += p.updates
		}
	}
}

// suppress keeps the addresses that the file says bounced or complained from ever being written to.
func (b *importBatch) suppress() error {
	for _, n := range b.nevers {
		if err := b.s.suppress(b.tx, n.norm, n.reason, b.o.Source); err != nil {
			return fmt.Errorf("suppress by import: %w", err)
		}
		if n.also != "" {
			if err := b.s.suppress(b.tx, n.also, n.reason, b.o.Source); err != nil {
				return fmt.Errorf("suppress by import: %w", err)
			}
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

// take counts one line and completes its person.
func (b *importBatch) take(row audience.ImportRow) {
	b.result.Rows++
	if f := b.full(row); f != nil {
		row = row.Refuse(f)
	}
	if row.Fault != nil {
		b.result.Wrong++
		b.refuse(row.Line, row.Subscriber.Email, row.Fault)
		b.takeLeaving(row)
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
		known = &imported{row: b.fresh(row), fresh: true}
		b.people[p.EmailNorm] = known
		if row.Again {
			b.result.Same++
		} else {
			b.result.New++
		}
	case known.line == 0:
		b.complete(known, p, !row.Again)
	default: // the same address once more in this batch
		b.complete(known, p, !known.again)
	}
	if row.Again || known.line != 0 || b.met(known) {
		b.result.Repeated++
	}
	if known.line == 0 {
		b.order = append(b.order, known)
		known.again = row.Again
	}
	known.line = row.Line
	known.state = audience.Cautious(known.state, audience.Cautious(row.State, b.o.State)) // of two lines, too, the one that allows less
	for label, state := range row.Places {
		known.places.Take(label, state)
	}
	known.hear(row)
	b.note(row)
}

// hear keeps what a line tells of how somebody agreed, and of when they left.
func (p *imported) hear(row audience.ImportRow) {
	if row.Told != nil {
		p.told = row.Told
	}
	if row.Left != nil {
		p.left = row.Left
	}
}

// met reports whether an earlier batch was about somebody: it may have made them.
func (b *importBatch) met(known *imported) bool {
	return b.o.Met != nil && !known.fresh && (known.was.Source == b.o.Source || b.o.Met(known.row.ID))
}

// full says that a list somebody has cannot take what the line adds.
func (b *importBatch) full(row audience.ImportRow) *fault.Error {
	if !b.adds || row.Fault != nil || row.Never != "" {
		return nil
	}
	known := b.people[row.Subscriber.EmailNorm]
	if known == nil {
		return nil
	}
	now := known.row.subscriber().Attributes
	for key, told := range row.Subscriber.Attributes {
		if b.o.Rule("attributes."+key) != audience.AddItems {
			continue
		}
		if f := b.o.Full(key, now[key], told); f != nil {
			return f
		}
	}
	return nil
}

func (b *importBatch) neverMail(row audience.ImportRow, known *imported) {
	b.result.Never++
	n := unreachable{norm: row.Subscriber.EmailNorm, reason: row.Never}
	switch own := known != nil && known.row.EmailNorm == n.norm; {
	case own:
		n.id, known.state = known.row.ID, audience.Unsubscribed
	case known != nil && slices.Contains(aboutPerson, n.reason): // a bounce says nothing of the address they have now
		n.id, n.also, known.state = known.row.ID, known.row.EmailNorm, audience.Unsubscribed
		b.people[n.also] = nil
	}
	b.nevers = append(b.nevers, n)
	b.people[n.norm] = nil // for the lines that follow
}

func (b *importBatch) refuse(line int, email string, f *fault.Error) {
	b.result.Faults = append(b.result.Faults, audience.RowFault{Line: line, Email: email, Fault: f})
}

func (b *importBatch) fresh(row audience.ImportRow) subscriberRow {
	p, packed := row.Subscriber, row.Packed
	if packed == "" {
		packed = audience.PackAttributes(p.Attributes)
	}
	lang := p.Lang
	if lang == "" {
		lang = audience.Language(b.o.Lang)
	}
	return subscriberRow{Email: p.Email, EmailNorm: p.EmailNorm, FirstName: p.FirstName, LastName: p.LastName, Lang: lang, Zone: p.Zone,
		Source: b.o.Source, Attributes: packed, CreatedAt: b.now, UpdatedAt: b.now}
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
		r.Attributes = audience.PackAttributes(all)
	}
	changed := known.row != before
	known.changed = known.changed || changed
	switch {
	case count && changed:
		b.result.Updated++
		known.updates++
	default:
		b.result.Same++
	}
}
