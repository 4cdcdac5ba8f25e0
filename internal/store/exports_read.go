package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"keepsake/campaigns/audience"
)

// exportPage is how many people are held in memory at once.
const exportPage = 1000

// A page comes as one text, its rows and cells parted by control characters: a driver takes longer to hand over
// ten cells than the database to find them. No cell should hold one of the two; a page where they are more than
// they should be is read cell by cell.
const (
	unitSign = "\x1f" // between cells
	rowSign  = "\x1e" // between rows
)

// ExportRows yields the cells of the people of the export, oldest first, as its fields name them. They are of
// one moment, whatever changes meanwhile, and belong to the caller until yield returns. It holds a page at a
// time, so its memory does not grow with their number. Yield's error ends it and is returned.
func (s *Store) ExportRows(ctx context.Context, e audience.Export, yield func(cells [][]byte) error) error {
	return s.read.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		x := exporting{s: s, tx: tx, e: e, yield: yield, out: make([][]byte, len(e.Fields))}
		x.choose()
		for {
			n, err := x.page()
			if err != nil || n < exportPage {
				return err
			}
		}
	}, &sql.TxOptions{Isolation: s.d.snapshot, ReadOnly: s.d.name == goose.DialectPostgres})
}

// exporting is one export under way.
type exporting struct {
	s       *Store
	tx      *gorm.DB
	e       audience.Export
	yield   func([][]byte) error
	columns []string
	from    []int // which of the columns a field is; -1 of an attribute
	keys    map[string]int
	out     [][]byte
	last    int64 // the number of the last person
}

// exportColumns are the fields' own; a moment is written as RFC 3339 has it.
var exportColumns = map[string]string{"email": "subscribers.email", "first_name": "subscribers.first_name", "last_name": "subscribers.last_name",
	"lang": "subscribers.lang", "zone": "subscribers.zone", "source": "subscribers.source", "id": "CAST(subscribers.id AS TEXT)"}

func (x *exporting) choose() {
	x.keys = map[string]int{}
	for i, field := range x.e.Fields {
		x.from = append(x.from, len(x.columns))
		column := exportColumns[field]
		switch {
		case field == "created_at":
			column = x.s.d.rfc3339("subscribers.created_at")
		case field == "state" && x.e.List != 0:
			column = "subscriptions.state"
		case field == "state":
			column = "''"
		case column == "":
			x.keys[strings.TrimPrefix(field, "attributes.")], x.from[i] = i, -1
			continue
		}
		x.columns = append(x.columns, column)
	}
	if len(x.keys) > 0 {
		x.columns = append(x.columns, "subscribers.attributes")
	}
}

// page yields up to exportPage people behind the last.
func (x *exporting) page() (n int, err error) {
	var last int64
	var text []byte
	lines := x.people(`subscribers.id AS id, concat_ws(?, `+strings.Join(x.columns, ", ")+`) AS line`, unitSign)
	row := x.tx.Raw(`SELECT COUNT(*), COALESCE(MAX(id), 0), string_agg(line, CAST(? AS TEXT) ORDER BY id) FROM (?) p`, rowSign, lines).Row()
	if err := row.Scan(&n, &last, &text); err != nil {
		return 0, fmt.Errorf("export subscribers: %w", err)
	}
	if n == 0 {
		return 0, nil
	}
	if bytes.Count(text, []byte(rowSign)) != n-1 || bytes.Count(text, []byte(unitSign)) != n*(len(x.columns)-1) {
		return n, x.byCell(last)
	}
	x.last = last
	cells := make([][]byte, len(x.columns))
	for range n {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte(rowSign))
		for i := range cells {
			cells[i], line, _ = bytes.Cut(line, []byte(unitSign))
		}
		if err := x.hand(cells); err != nil {
			return n, err
		}
	}
	return n, nil
}

// people asks for columns of those of the export behind the last, a page of them.
func (x *exporting) people(columns string, args ...any) *gorm.DB {
	return exportQuery(x.e).where(x.tx.Table("subscribers").Select(columns, args...)).Where("subscribers.id > ?", x.last).Order("subscribers.id").Limit(exportPage)
}

// byCell is the slow way, for a page whose cells hold the signs between them.
func (x *exporting) byCell(last int64) error {
	rows, err := x.people(strings.Join(x.columns, ", ")).Rows()
	if err != nil {
		return fmt.Errorf("export subscribers: %w", err)
	}
	defer rows.Close()
	x.last = last
	cells := make([][]byte, len(x.columns))
	into := make([]any, len(cells))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("export subscribers: %w", err)
		}
		if err := x.hand(cells); err != nil {
			return err
		}
	}
	return rows.Err()
}

// hand yields a person's cells in the order of the fields.
func (x *exporting) hand(cells [][]byte) error {
	clear(x.out)
	for i, from := range x.from {
		if from >= 0 {
			x.out[i] = cells[from]
		}
	}
	if len(x.keys) > 0 {
		pick(cells[len(cells)-1], x.keys, x.out)
	}
	return x.yield(x.out)
}

// pick puts the attributes that keys name where they belong. What we have written ourselves is a flat object of
// texts; one with escapes is left to the library.
func pick(object []byte, keys map[string]int, out [][]byte) {
	if bytes.IndexByte(object, '\\') < 0 && pickPlain(object, keys, out) {
		return
	}
	var all map[string]string
	if json.Unmarshal(object, &all) != nil {
		return
	}
	for key, at := range keys {
		out[at] = []byte(all[key])
	}
}

// pickPlain reads {"key":"value",…} without escapes, and reports whether it was that.
func pickPlain(object []byte, keys map[string]int, out [][]byte) bool {
	rest, ok := bytes.CutPrefix(object, []byte(`{`))
	for ok && len(rest) > 1 {
		var key, value []byte
		if key, rest, ok = quotedText(rest); !ok || len(rest) == 0 || rest[0] != ':' {
			return false
		}
		if value, rest, ok = quotedText(rest[1:]); !ok || len(rest) == 0 {
			return false
		}
		if at, wanted := keys[string(key)]; wanted {
			out[at] = value
		}
		if rest[0] != ',' {
			break
		}
		rest = rest[1:]
	}
	return ok && string(rest) == "}"
}

func quotedText(b []byte) (text, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, b, false
	}
	return bytes.Cut(b[1:], []byte(`"`))
}
