package exchange

import (
	"slices"
	"strings"

	"keepsake/campaigns/audience"
)

// leaving keeps of a line with a fault whose address can be read that the person has left, or cannot be written to. Nothing
// else of it counts: neither what puts somebody on a list nor what it tells of them.
func (c columns) leaving(rec Record, wrong audience.ImportRow) audience.ImportRow {
	email := slices.Index(c.fields, "email")
	if email < 0 || email >= len(rec.Fields) {
		return wrong
	}
	address, err := audience.CleanEmail(unguard(rec.Fields[email]))
	if err != nil {
		return wrong
	}
	wrong.Subscriber.Email = address
	row := audience.ImportRow{State: c.state}
	for i, field := range c.fields {
		for _, cell := range c.cellsOf(rec, i) {
			_ = c.leave(&row, field, unguard(cell)) // a word that nobody knows says nothing
		}
	}
	wrong.State, wrong.Never, wrong.Left = audience.Nowhere, row.Never, row.Left
	if audience.Gone(row.State) {
		wrong.State = row.State
	}
	for label, s := range row.Places {
		if audience.Gone(s) {
			wrong.Places.Take(label, s)
		}
	}
	if wrong.State != audience.Nowhere || wrong.Never != "" || len(wrong.Places) > 0 {
		wrong.Subscriber.EmailNorm = audience.NormEmail(address)
	} else {
		wrong.State = ""
	}
	return wrong
}

// leave reads a cell that can say that somebody left.
func (c columns) leave(row *audience.ImportRow, field, cell string) error {
	switch {
	case strings.TrimSpace(cell) == "" || !valid(cell):
	case field == "state" || field == "blocked" || field == "left_at" || field == "bounced_at" || audience.PlaceOf(field) != "":
		if err := c.set(row, field, cell); err != nil {
			return err
		}
	}
	return nil
}

// cellsOf are the cells that may be of a column: where a line has too many or too few, also the one that is as far from its
// end. Of those only a word counts that itself says that somebody left: a moment may be anything's, and so may a 0 or a no.
func (c columns) cellsOf(rec Record, i int) (cells []string) {
	field, moved := c.fields[i], width(rec, len(c.fields))-len(c.fields)
	// A cell too many may be cut off as empty, and what is beside "blocked" have moved into it, where any word is a reason.
	if moved == 0 && (field != "blocked" || len(rec.Fields) == len(c.fields)) {
		return rec.Fields[i : i+1]
	}
	if field == "left_at" || field == "bounced_at" {
		return nil
	}
	for _, at := range []int{i, i + moved} {
		if at >= 0 && at < len(rec.Fields) && saysLeft(unguard(rec.Fields[at])) {
			cells = append(cells, rec.Fields[at])
		}
	}
	return cells
}
