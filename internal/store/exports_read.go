package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
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

// ExportRows yields the cells of the export's rows, as its fields name them: the oldest first, or of some people
// person by person. They are of one moment, whatever changes meanwhile, and belong to the caller until yield
// returns; a cell that is nil is missing. It holds a page at a time, and the numbers of the people where they are some,
// so its memory does not grow with the rows. Yield's error ends it and is returned.
func (s *Store) ExportRows(ctx context.Context, e audience.Export, yield func(cells [][]byte) error) error {
	if e.What == "" {
		e.What = audience.Subscribers
	}
	return s.read.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		x := &exporting{s: s, tx: tx, e: e, kind: exportKinds[e.What], yield: yield, out: make([][]byte, len(e.Fields)), now: s.now()}
		if err := x.choose(); err != nil {
			return err
		}
		if x.some = e.Chosen() || e.Narrowed() && e.What != audience.Subscribers; x.some {
			return x.ofPeople()
		}
		for more := true; more; {
			var err error
			if more, err = x.page(); err != nil {
				return err
			}
		}
		return nil
	}, &sql.TxOptions{Isolation: s.d.snapshot, ReadOnly: s.d.name == goose.DialectPostgres})
}

// exporting is one export under way.
type exporting struct {
	s       *Store
	tx      *gorm.DB
	e       audience.Export
	kind    exportKind
	some    bool // it goes by people
	now     time.Time
	yield   func([][]byte) error
	columns []string
	from    []int // which of the columns a field is; -1 of an attribute
	money   []int // which fields are amounts of money; the currency is the last column but the attributes
	keys    map[string]int
	out     [][]byte
	last    int64 // the key of the last row
}

// choose says which columns make up the fields.
func (x *exporting) choose() error {
	x.keys = map[string]int{}
	types := x.e.Types()
	for i, field := range x.e.Fields {
		x.from = append(x.from, len(x.columns))
		if key, is := strings.CutPrefix(field, "attributes."); is {
			x.keys[key], x.from[i] = i, -1
			continue
		}
		column := x.column(field, types[i])
		if label, is := strings.CutPrefix(field, "lists."); is {
			var err error
			if column, err = x.standing(label); err != nil {
				return err
			}
		}
		if types[i] == audience.IsMoney {
			x.money = append(x.money, i)
		}
		x.columns = append(x.columns, column)
	}
	if len(x.money) > 0 {
		x.columns = append(x.columns, x.kind.currency)
	}
	if len(x.keys) > 0 {
		x.columns = append(x.columns, "subscribers.attributes")
	}
	return nil
}

// standing is the state of a person on the list of that label.
func (x *exporting) standing(label string) (string, error) {
	var id int64
	if err := x.tx.Raw(`SELECT id FROM lists WHERE label = ? AND deleted_at IS NULL`, label).Scan(&id).Error; err != nil {
		return "", err
	}
	if id == 0 {
		return "", fault.Field("fields", "There is no list with the label “%s”.", audience.CleanName(label))
	}
	return fmt.Sprintf("COALESCE((SELECT x.state FROM subscriptions x WHERE x.list_id = %d AND x.subscriber_id = subscribers.id), '')", id), nil
}

// page yields the rows of up to exportPage keys behind the last, and reports whether there may be more.
func (x *exporting) page() (more bool, err error) {
	after, last := x.last, int64(0)
	if x.kind.pages == "" {
		n, err := x.read(func(db *gorm.DB) *gorm.DB { return db.Where(x.kind.key+" > ?", after).Limit(exportPage) })
		return n == exportPage, err
	}
	var n int
	if err := x.tx.Raw(`SELECT COUNT(*), COALESCE(MAX(k), 0) FROM (`+x.kind.pages+`) p`, after, exportPage).Row().Scan(&n, &last); err != nil || n == 0 {
		return false, err
	}
	_, err = x.read(func(db *gorm.DB) *gorm.DB {
		return db.Where(x.kind.key+" > ? AND "+x.kind.key+" <= ?", after, last)
	})
	x.last = last
	return n == exportPage, err
}

// ofPeople yields what is some people's, person by person. Who they are is asked once, not for each page.
func (x *exporting) ofPeople() error {
	people, err := x.s.exported(x.tx, x.e)
	if err != nil {
		return err
	}
	var ids []int64
	if err := people.Order("subscribers.id").Pluck("subscribers.id", &ids).Error; err != nil {
		return fmt.Errorf("people of an export: %w", err)
	}
	for some := range slices.Chunk(ids, exportPage) {
		_, err := x.read(func(db *gorm.DB) *gorm.DB {
			return db.Where(x.s.sql(x.kind.person+` {{in}}{{ids}}{{end}}`), asJSON(some))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rows asks for columns of the export's rows, in order, which a to c say too.
func (x *exporting) rows(columns string, args ...any) *gorm.DB {
	db := x.tx.Table(x.kind.from)
	if x.e.What == audience.Subscribers && (!x.some || x.e.List != 0) { // of a list the state is a column
		db = exportQuery(x.e).where(db)
	}
	order := []string{"0", x.kind.key, cmp.Or(x.kind.then, "0")}
	if x.some {
		order[0] = x.kind.person
	}
	db = x.narrow(db).Select(fmt.Sprintf("%s AS a, %s AS b, %s AS c, ", order[0], order[1], order[2])+columns, args...)
	for _, by := range order {
		if by != "0" {
			db = db.Order(by)
		}
	}
	return db
}

// narrow leaves the rows of the export's campaign and of its last days.
func (x *exporting) narrow(db *gorm.DB) *gorm.DB { return narrowExport(db, x.e, x.kind, x.now) }

// read yields the rows of a page, whose keys stand behind those of the last one, and returns how many.
func (x *exporting) read(page func(*gorm.DB) *gorm.DB) (n int, err error) {
	var text []byte
	lines := page(x.rows(`concat_ws(?, `+strings.Join(x.columns, ", ")+`) AS line`, unitSign))
	order := "" // SQLite takes the rows of a query as they come, and sorts them again if one says more: a quarter of the time
	if x.s.d.name == goose.DialectPostgres {
		order = " ORDER BY a, b, c"
	}
	row := x.tx.Raw(`SELECT COUNT(*), COALESCE(MAX(b), 0), string_agg(line, CAST(? AS TEXT)`+order+`) FROM (?) p`, rowSign, lines).Row()
	if err := row.Scan(&n, &x.last, &text); err != nil {
		return 0, fmt.Errorf("export %s: %w", x.e.What, err)
	}
	if n == 0 {
		return 0, nil
	}
	if bytes.Count(text, []byte(rowSign)) != n-1 || bytes.Count(text, []byte(unitSign)) != n*(len(x.columns)-1) {
		return n, x.byCell(page)
	}
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

// byCell is the slow way, for a page whose cells hold the signs between them.
func (x *exporting) byCell(page func(*gorm.DB) *gorm.DB) error {
	rows, err := page(x.rows(strings.Join(x.columns, ", "))).Rows()
	if err != nil {
		return fmt.Errorf("export %s: %w", x.e.What, err)
	}
	defer rows.Close()
	var order [3]any
	cells := make([][]byte, len(x.columns))
	into := []any{&order[0], &order[1], &order[2]}
	for i := range cells {
		into = append(into, &cells[i])
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("export %s: %w", x.e.What, err)
		}
		if err := x.hand(cells); err != nil {
			return err
		}
	}
	return rows.Err()
}

// hand yields a row's cells in the order of the fields.
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
	for _, at := range x.money { // the kinds with money have no attributes
		x.out[at] = decimal(x.out[at], cells[len(cells)-1])
	}
	return x.yield(x.out)
}

// decimal writes minor units of a currency as an amount.
func decimal(minor, currency []byte) []byte {
	n, err := strconv.ParseInt(string(minor), 10, 64)
	if err != nil {
		return nil
	}
	return []byte(audience.FormatMoney(n, string(currency)))
}
