// Package store holds all SQL: it answers in campaigns' types and keeps every rule that must hold between rows.
package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// Store is the database: one writer and, on SQLite, a pool of read-only connections beside it.
type Store struct {
	db    *gorm.DB // writes, and reads that must see them
	read  *gorm.DB // pages; the same pool as db on PostgreSQL
	now   func() time.Time
	d     dialect
	soft  SoftRule
	guard ledger.Guard
	held  held
	inLog atomic.Bool // SQLite's log may hold somebody who is erased
	key   []byte      // what erased addresses are hashed with; nil without a secret
	// figures of many rows that pages asked for a short while ago
	figures figures
	// keys are the attributes that are registered
	keys knownKeys
	// answers is nil where another process on another machine may have to take over.
	answers *answers
	unlock  func() error
}

// Options say where the database is.
type Options struct {
	// DSN is a file's path for SQLite or a postgres:// address.
	DSN string
	// Now is the clock; nil is the real one.
	Now func() time.Time
	// Beside is for a short piece of work beside a Keepsake that may be serving the same
	// SQLite file: it takes no part in its lock.
	Beside bool
	// Look is for looking alone: the database is not brought up to date, which it may be without.
	Look bool
	// Soft says when soft bounces end in a suppression; zero values are 5 and 14.
	Soft SoftRule
	// Guard says when a campaign pauses itself; the zero value is never.
	Guard ledger.Guard
	// Secret is the installation's, by which erased addresses are known; Bind brings it too.
	Secret []byte
}

// Open opens the database and migrates it. A SQLite file that another Keepsake serves is
// a Conflict fault; a file that cannot be opened is an Away fault with the reason.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{now: func() time.Time { return o.Now().UTC().Truncate(time.Microsecond) }, d: dialectOf(o.DSN), soft: o.Soft.filled(), guard: o.Guard}
	if len(o.Secret) > 0 {
		s.key = KeyOf(o.Secret)
	}
	if err := s.d.connect(s, o); err != nil {
		return nil, err
	}
	if o.Look {
		return s, nil
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate: %w", err), s.Close())
	}
	return s, nil
}

// Close ends all connections.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*gorm.DB{s.read, s.db} {
		if db == nil {
			continue
		}
		if pool, err := db.DB(); err == nil {
			errs = append(errs, pool.Close())
		}
	}
	if s.answers != nil {
		errs = append(errs, s.answers.close())
	}
	if s.unlock != nil {
		errs = append(errs, s.unlock())
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.db.WithContext(ctx).Exec("SELECT 1").Error
}

// Now is the store's clock, UTC.
func (s *Store) Now() time.Time { return s.now() }

// tx runs f in one writing transaction. There is no network inside.
func (s *Store) tx(ctx context.Context, f func(tx *gorm.DB) error) error {
	return s.db.WithContext(ctx).Transaction(f)
}

// txAgain is tx, tried again when PostgreSQL ended it to break a deadlock. f may run twice.
func (s *Store) txAgain(ctx context.Context, f func(tx *gorm.DB) error) error {
	return again(func() error { return s.tx(ctx, f) })
}

func again(f func() error) error {
	err := f()
	for range 3 {
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || pg.Code != "40P01" && pg.Code != "40001" {
			break
		}
		err = f()
	}
	return err
}

// shortTx is tx for few statements that letters wait for: nothing interrupts it, so that the
// database needs no goroutine for each statement to watch the context.
func (s *Store) shortTx(ctx context.Context, f func(tx *gorm.DB) error) error {
	return s.db.WithContext(context.WithoutCancel(ctx)).Connection(func(tx *gorm.DB) (err error) {
		tx = tx.Session(&gorm.Session{}) // each statement has an error of its own
		if err := tx.Exec(s.d.begin).Error; err != nil {
			return err
		}
		done := false
		defer func() {
			if !done {
				_ = tx.Exec(`ROLLBACK`) // what went wrong before says more
			}
		}()
		if err := f(tx); err != nil {
			return err
		}
		err = tx.Exec(`COMMIT`).Error
		done = err == nil
		return err
	})
}

// A step of work on SQLite does not wait for the disk, and its log grows to 200 MB before it is copied: the leaves of the
// index of addresses are hit at random, and would be copied again with each step.
const (
	inSteps  = `PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 50000`
	asAlways = `PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000`
)

// stepTx is tx for a step of work that keeps its progress in the same transaction. On SQLite a power cut may take
// the last such steps back, whole, and the work does them again. Whatever is committed after them in the usual way
// makes them safe too: there is one writer and one log.
func (s *Store) stepTx(ctx context.Context, f func(tx *gorm.DB) error) error {
	if s.d.name != goose.DialectSQLite3 {
		return s.tx(ctx, f)
	}
	return s.db.WithContext(ctx).Connection(func(conn *gorm.DB) (err error) {
		conn = conn.Session(&gorm.Session{})
		if err := conn.Exec(inSteps).Error; err != nil {
			return err
		}
		defer func() {
			err = errors.Join(err, conn.WithContext(context.WithoutCancel(ctx)).Exec(asAlways).Error)
		}()
		return conn.Transaction(f)
	})
}

// notFound turns gorm's word for an absent row into a fault.
func notFound(err error, format string, args ...any) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fault.New(fault.NotFound, format, args...)
	}
	return err
}

// duplicated reports whether a unique constraint said no. GORM translates that for its own
// statements, but not for every written one.
func duplicated(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return errors.Is(err, gorm.ErrDuplicatedKey) || ok && pg.Code == "23505" || err != nil && strings.Contains(err.Error(), "UNIQUE constraint failed")
}

// Ready reports whether the database answers and has every migration.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.Ping(ctx); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	pending, err := s.pending(ctx)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if pending {
		return errors.New("the database lacks migrations")
	}
	return nil
}
