package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns/fault"
)

// MoveOptions say what is moved where.
type MoveOptions struct {
	From string // the SQLite file
	To   string // postgres:// address of an empty database
	Home Home
	Rows int // of one step; 0 is 5000
	// Step is called after each step, when it is committed; its error stops the move, which
	// goes on from there when it is called again. It may be nil.
	Step func(t MovedTable) error
}

// MovedTable is how far a table has come.
type MovedTable struct {
	Name     string
	Rows     int64 // copied so far
	Of       int64 // in the source
	Repaired int64 // texts that PostgreSQL would not take as they were: bytes that are no UTF-8, and zeros
}

// moveSteps keeps, in the target, how far each table has come: a step's rows and its mark
// are committed together, so a move that was killed goes on where it was.
const moveSteps = `CREATE TABLE IF NOT EXISTS keepsake_move (name TEXT PRIMARY KEY, last BIGINT NOT NULL, copied BIGINT NOT NULL, repaired BIGINT NOT NULL)`

type mover struct {
	o        MoveOptions
	from, to *Store
	source   *Instance
	row      instanceRow
	sq, pg   *sql.DB
}

// Move copies a SQLite installation into an empty PostgreSQL database: every table, with its
// numbers. It holds the SQLite file's lock, so nothing is sent meanwhile. Killed in the
// middle and called again it goes on. At its end the numbers of rows are compared, the
// database is bound to the new place, and the SQLite file sends no more.
func Move(ctx context.Context, o MoveOptions) (tables []MovedTable, err error) {
	if o.Rows == 0 {
		o.Rows = 5000
	}
	m := &mover{o: o}
	defer func() { err = errors.Join(err, m.close()) }()
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	names, err := m.tables(ctx)
	for _, name := range names {
		t, err := m.table(ctx, name)
		if tables = append(tables, t); err != nil {
			return tables, fmt.Errorf("move %s: %w", name, err)
		}
	}
	if err != nil {
		return tables, err
	}
	return tables, m.finish(ctx, tables)
}

func (m *mover) open(ctx context.Context) (err error) {
	if _, err := os.Stat(m.o.From); err != nil {
		return fault.New(fault.NotFound, "There is no SQLite database to move at %s.", m.o.From)
	}
	if dialectOf(m.o.To).name != goose.DialectPostgres {
		return fault.Field("to", "Say where to: an address that begins with postgres://.")
	}
	if m.from, err = Open(ctx, Options{DSN: m.o.From}); err != nil {
		return err
	}
	m.source = &Instance{store: m.from, home: m.o.Home}
	if m.row, err = m.source.row(ctx); fault.Is(err, fault.NotFound) {
		if m.source, err = m.from.Bind(ctx, m.o.Home); err == nil {
			m.row, err = m.source.row(ctx)
		}
	}
	if err != nil {
		return err
	}
	if m.row.Held != "" && m.row.Held != HeldMoving && m.row.Held != HeldMoved {
		return fault.New(fault.Conflict, "This database waits for a confirmation. Confirm it first: keepsake confirm.")
	}
	if m.to, err = Open(ctx, Options{DSN: m.o.To}); err != nil {
		return err
	}
	if m.sq, err = m.from.db.DB(); err != nil {
		return err
	}
	m.pg, err = m.to.db.DB()
	return err
}

func (m *mover) close() error {
	var errs []error
	for _, s := range []*Store{m.from, m.to} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

// begin takes an empty target, or one that this very database is being moved to already. The
// source is marked too: what changed in it meanwhile would be lost.
func (m *mover) begin(ctx context.Context) error {
	target, err := (&Instance{store: m.to}).row(ctx)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	begun := err == nil
	switch {
	case begun && target.Token == m.row.Token && target.Held == HeldMoving && m.row.Held != "":
		return nil // go on
	case begun && target.Token == m.row.Token && m.row.Held == HeldMoved:
		return fault.New(fault.Conflict, "This Keepsake was moved already.")
	case begun || m.row.Held == HeldMoved:
		return fault.New(fault.Conflict, "The PostgreSQL database belongs to a Keepsake, or to a move that was given up. Move into an empty one.")
	}
	if err := m.empty(ctx); err != nil {
		return err
	}
	if err := m.from.takeLast(ctx); err != nil { // PostgreSQL will not know of the files beside the database
		return err
	}
	if _, err := m.sq.ExecContext(ctx, `UPDATE instances SET held = ? WHERE id = 1`, HeldMoving); err != nil {
		return err
	}
	m.row.Held = HeldMoving
	tx, err := m.pg.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, moveSteps); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO instances (id, token, home, secret, beat, held) VALUES (1, $1, '', '', $2, $3)`, m.row.Token, m.row.Beat, HeldMoving)
	return errors.Join(err, tx.Commit())
}

// empty refuses a target that holds anything.
func (m *mover) empty(ctx context.Context) error {
	names, err := m.tables(ctx)
	for _, name := range append(names, "processes") {
		var some bool
		if err := m.pg.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+quoted(name)+`)`).Scan(&some); err != nil {
			return fmt.Errorf("look at %s: %w", name, err)
		}
		if some {
			return fault.New(fault.Conflict, "The PostgreSQL database is not empty: there is something in %s. Move into an empty one.", name)
		}
	}
	return err
}

// finish compares, sets the counters of new numbers, and hands the installation over. The
// source is marked first: were we killed between the two, nobody would send, and the next
// call would finish.
func (m *mover) finish(ctx context.Context, tables []MovedTable) error {
	for _, t := range tables {
		var n int64
		if err := m.pg.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+quoted(t.Name)).Scan(&n); err != nil {
			return err
		}
		if n != t.Of {
			return fault.New(fault.Conflict, "%s holds %d rows here and %d there: something changed during the move. Begin again with an empty database.", t.Name, t.Of, n)
		}
		if err := m.sequence(ctx, t.Name); err != nil {
			return fmt.Errorf("numbers of %s: %w", t.Name, err)
		}
	}
	if _, err := m.pg.ExecContext(ctx, `UPDATE attributes SET index_state = 'wanted' WHERE index_state IN ('making', 'ready')`); err != nil { // they are made there anew
		return err
	}
	if _, err := m.pg.ExecContext(ctx, `ANALYZE`); err != nil {
		return err
	}
	place, err := (&Instance{store: m.to}).place(ctx)
	if err != nil {
		return err
	}
	if _, err := m.sq.ExecContext(ctx, `UPDATE instances SET held = ?, moved_to = ? WHERE id = 1`, HeldMoved, place); err != nil {
		return err
	}
	beat := m.row.Beat + confirmLeap
	tx, err := m.pg.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `UPDATE instances SET held = '', home = $1, secret = $2, beat = $3 WHERE id = 1`, place, m.source.secret(), beat); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DROP TABLE keepsake_move`); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return fileMark{Instance: m.row.Token, Beat: beat}.write(m.o.Home.Dir)
}

// sequence lets new rows begin after all numbers that were ever given: a number that
// belonged to a deleted row is in links and logs.
func (m *mover) sequence(ctx context.Context, table string) error {
	var seq int64
	err := m.sq.QueryRowContext(ctx, `SELECT seq FROM sqlite_sequence WHERE name = ?`, table).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) || err == nil && seq < 1 {
		return nil // no numbers, or none was given
	}
	if err == nil {
		_, err = m.pg.ExecContext(ctx, `SELECT setval(pg_get_serial_sequence($1, 'id'), $2)`, quoted(table), seq)
	}
	return err
}

// GiveUpMove lets the SQLite installation go on after a move that was begun. What is in
// PostgreSQL then is of no use any more.
func GiveUpMove(ctx context.Context, path string, h Home) error {
	s, err := Open(ctx, Options{DSN: path})
	if err != nil {
		return err
	}
	defer s.Close()
	i := &Instance{store: s, home: h}
	r, err := i.row(ctx)
	if err != nil {
		return err
	}
	if r.Held != HeldMoving {
		return fault.New(fault.Conflict, "No move was begun here, or it is finished.")
	}
	if err := s.db.WithContext(ctx).Exec(`UPDATE instances SET held = ?, token = token || '+' WHERE id = 1`, HeldAsked).Error; err != nil {
		return err
	}
	return i.Confirm(ctx, "keepsake move --give-up")
}
