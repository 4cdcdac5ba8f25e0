package document

import (
	"encoding/json"
	"strings"

	"keepsake/campaigns/fault"
)

// ParseSaved reads what a saved block holds: one block, alone or in a list. It refuses what
// no letter could show in its place.
func ParseSaved(src string) (Blocks, error) {
	src = strings.TrimSpace(src)
	if strings.HasPrefix(src, "{") {
		src = "[" + src + "]"
	}
	if !json.Valid([]byte(src)) {
		return nil, fault.Field("block", "The block cannot be read.")
	}
	d, err := Parse(`{"v":1,"blocks":` + src + `}`)
	if err != nil {
		return nil, err
	}
	return d.Saved()
}

// Saved are the document's blocks as a saved block holds them: without the footer.
func (d Document) Saved() (Blocks, error) {
	var kept Blocks
	for _, b := range d.Blocks {
		if b.Common().Type != "footer" {
			kept = append(kept, b)
		}
	}
	if len(kept) == 0 {
		return nil, fault.Field("block", "A saved block holds one block at least.")
	}
	if len(kept) > 1 {
		return nil, fault.Field("block", "A saved block is one block. Put several into columns, or save each.")
	}
	nested, named := false, true
	d.Each(func(b Block) {
		nested = nested || b.Common().Type == "saved"
		named = named && b.Common().Type != ""
	})
	if !named {
		return nil, fault.Field("block", "The block cannot be read.")
	}
	if nested {
		return nil, fault.Field("block", "A saved block cannot show another saved block. Detach that one first.")
	}
	return kept, nil
}

// SavedJSON is how the block of a saved block is kept.
func (bs Blocks) SavedJSON() (string, error) {
	b, err := json.Marshal(bs[0])
	return string(b), err
}
