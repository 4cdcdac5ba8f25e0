package document

import (
	"fmt"

	"keepsake/campaigns/fault"
)

// Saved stands for a block, or several, kept in the library: when those change, so does the letter.
type Saved struct {
	Base
	Ref    int64  `json:"ref,omitempty"`
	Blocks Blocks `json:"-"` // what it stands for, after Resolve
	Gone   bool   `json:"-"` // Resolve looked and found nothing
}

// Resolve puts into each saved block what it stands for. The blocks' ids are made the
// letter's own: "b7-b1" is b1 of the saved block b7. Saved blocks hold no saved blocks and
// no footer, and in a column no columns: those are left out, as is what would make the
// letter longer than MaxBlocks. A NotFound fault, or no blocks, marks the block as gone;
// another error is returned. nil knows no saved blocks.
func (d Document) Resolve(saved func(ref int64) (Blocks, error)) error {
	r := resolver{saved, MaxBlocks}
	for _, b := range d.Blocks {
		if c, ok := b.(*Columns); ok {
			for _, col := range c.Cols {
				if err := r.fill(col, true); err != nil {
					return err
				}
			}
		}
	}
	return r.fill(d.Blocks, false)
}

type resolver struct {
	saved func(int64) (Blocks, error)
	left  int // how many blocks may still be put in
}

func (r *resolver) fill(list Blocks, nested bool) error {
	for _, b := range list {
		s, ok := b.(*Saved)
		if !ok {
			continue
		}
		found, err := r.find(s.Ref)
		if err != nil {
			return fmt.Errorf("saved block %d: %w", s.Ref, err)
		}
		s.put(found, nested, &r.left)
	}
	return nil
}

// find returns a copy of the saved blocks, read as Parse reads them, so that what another
// version stored cannot break the letter.
func (r *resolver) find(ref int64) (Blocks, error) {
	if ref == 0 || r.saved == nil {
		return nil, nil
	}
	found, err := r.saved(ref)
	if fault.Is(err, fault.NotFound) || err == nil && len(found) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	src, err := Document{V: Version, Blocks: found}.JSON()
	if err != nil {
		return nil, err
	}
	d, err := Parse(src)
	return d.Blocks, err
}

func (s *Saved) put(found Blocks, nested bool, left *int) {
	s.Blocks = nil
	for _, b := range found {
		n := 0
		Blocks{b}.each(func(Block) { n++ })
		switch b.(type) {
		case *Saved, *Footer:
			continue
		case *Columns:
			if nested {
				continue
			}
		}
		if n <= *left {
			*left -= n
			s.Blocks = append(s.Blocks, b)
		}
	}
	s.Gone = s.Ref != 0 && len(s.Blocks) == 0
	s.Blocks.each(func(b Block) { b.Common().ID = s.ID + "-" + b.Common().ID })
}
