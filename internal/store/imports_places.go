package store

import (
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// placeList is a list that a file has a column of.
type placeList struct {
	ID    int64
	Label string
}

// placeLists are the lists that an import's columns are of.
func placeLists(tx *gorm.DB, im audience.Import) (all []placeList, err error) {
	for _, label := range im.PlaceColumns() {
		l := placeList{Label: label}
		if err := tx.Raw(`SELECT id FROM lists WHERE label = ? AND deleted_at IS NULL`, label).Scan(&l.ID).Error; err != nil {
			return nil, fmt.Errorf("look for a column's list: %w", err)
		}
		if l.ID == 0 {
			return nil, fault.New(fault.NotFound, "There is no list with the label “%s”.", audience.CleanName(label))
		}
		all = append(all, l)
	}
	return all, nil
}

// placeAll puts people where the file says they stand: on the import's list, and on those that its columns are of. How
// somebody agreed the file tells of one list alone, so for the others the import's own wording is the proof. Where no list is
// chosen, a status is of no list in particular: who has left by it joins none.
func (b *importBatch) placeAll() error {
	lists, err := placeLists(b.tx, b.o.Import)
	if err != nil {
		return err
	}
	for _, l := range lists {
		if l.ID == b.o.List {
			b.stand(func(p *imported) audience.State { return audience.Cautious(p.state, p.placed(l.Label)) })
		}
	}
	if err := b.place(); err != nil {
		return err
	}
	list, gone := b.o.List, b.gone()
	defer func() { b.o.List, b.beside = list, false }()
	for _, l := range lists {
		if l.ID == list {
			continue
		}
		b.o.List, b.beside = l.ID, true
		b.stand(func(p *imported) audience.State {
			return audience.Cautious(audience.Cautious(p.placed(l.Label), gone[p]), b.o.State)
		})
		if err := b.place(); err != nil {
			return err
		}
	}
	return nil
}

// gone are those of an import without a list whom a status says have left.
func (b *importBatch) gone() map[*imported]audience.State {
	all := map[*imported]audience.State{}
	for _, p := range b.order {
		if b.o.List == 0 && audience.Gone(p.state) {
			all[p] = p.state
		}
	}
	return all
}

func (b *importBatch) stand(where func(*imported) audience.State) {
	for _, p := range b.order {
		p.state = where(p)
	}
}

// placed is where a column says that somebody stands; an empty cell puts nobody anywhere.
func (p *imported) placed(label string) audience.State {
	if s := p.places[label]; s != "" {
		return s
	}
	return audience.Nowhere
}

// remembers reports whether there is a list to remember on that a stranger left it.
func (b *importBatch) remembers(row audience.ImportRow) bool {
	return b.o.List != 0 && row.State == audience.Unsubscribed || slices.Contains(slices.Collect(maps.Values(row.Places)), audience.Unsubscribed)
}

// takeLeaving lets the one thing of a wrong line count that must not be lost: that somebody left, or cannot be written to. Of
// a stranger it is remembered, so that no later file puts them on the list.
func (b *importBatch) takeLeaving(row audience.ImportRow) {
	norm := row.Subscriber.EmailNorm
	known, found := b.people[norm]
	switch {
	case !row.Leaves(), found && known == nil: // suppressed: more cannot be
		return
	case !found && row.Never == "" && !b.remembers(row):
		return
	}
	b.result.WrongLeft++
	b.result.Faults[len(b.result.Faults)-1].Left = true
	switch {
	case row.Never != "":
		b.neverMail(row, known)
		return
	case !found:
		known = &imported{row: b.fresh(row), fresh: true}
		b.people[norm] = known
		if !row.Again {
			b.result.New++
		}
	}
	if known.line == 0 {
		b.order = append(b.order, known)
	}
	known.line = row.Line
	known.state = audience.Cautious(known.state, row.State)
	known.hear(row)
	for label, state := range row.Places {
		known.places.Take(label, state)
	}
}

// note tells of the values of a line that were not taken, though its person was.
func (b *importBatch) note(row audience.ImportRow) {
	if len(row.Untaken) == 0 {
		return
	}
	b.result.Untaken++
	for _, f := range row.Untaken {
		b.result.Faults = append(b.result.Faults, audience.RowFault{Line: row.Line, Email: row.Subscriber.Email, Fault: f, Untaken: true})
	}
}
