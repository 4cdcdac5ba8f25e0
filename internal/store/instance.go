package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"

	"keepsake/campaigns/fault"
)

// Home is where an installation lives.
type Home struct {
	Dir    string // the data folder, where the instance's file is
	Secret []byte // what signs its links
	// Unkept is the file that the secret goes to once somebody has confirmed it as the new
	// one; "" when it is kept. Letters were sent with one that is missing.
	Unkept string
}

// Instance is this database as the one installation that may send. A copied or restored one
// may not until somebody has confirmed it. Its methods are safe for many at once, and a nil
// Instance holds nothing: a database that nobody bound.
type Instance struct {
	store *Store
	home  Home
	mu    sync.Mutex // one Beat, Confirm or Hold at a time
	beat  int64      // the last we have seen
	held  atomic.Value
	alien atomic.Bool // our secret is not the database's
}

type instanceRow struct {
	ID                        int64
	Token, Home, Secret, Held string
	MovedTo                   string
	Beat                      int64
	ConfirmedAt               *time.Time
	ConfirmedBy               string
}

func (instanceRow) TableName() string { return "instances" }

// Bind finds out whether this database is the one that the folder knows, at the place where
// it was confirmed. A new one is bound without a word.
func (s *Store) Bind(ctx context.Context, h Home) (*Instance, error) {
	i := &Instance{store: s, home: h}
	if err := os.MkdirAll(h.Dir, 0o700); err != nil {
		return nil, fault.New(fault.Away, "The data folder cannot be made: %v", err)
	}
	mark, known, err := readMark(h.Dir)
	if err != nil {
		return nil, err
	}
	r, err := i.row(ctx)
	if fault.Is(err, fault.NotFound) {
		return i, errors.Join(i.first(ctx, mark, known), i.lend(ctx))
	}
	if err != nil {
		return nil, err
	}
	if r.Held == HeldMoving { // pages would change what is copied already
		return nil, fault.New(fault.Conflict, "keepsake move has not finished. Run it again, or give it up: keepsake move --give-up.")
	}
	return i, errors.Join(i.judge(ctx, r, mark, known), i.lend(ctx))
}

// lend lets the store know erased addresses by our secret, if it is the database's.
func (i *Instance) lend(ctx context.Context) error {
	if i.alien.Load() || i.home.Unkept != "" {
		return nil
	}
	return i.store.useSecret(ctx, i.home.Secret)
}

const noInstance = "This database belongs to nobody yet."

func (i *Instance) row(ctx context.Context) (instanceRow, error) {
	var r instanceRow
	err := i.store.db.WithContext(ctx).Where("id = 1").Take(&r).Error
	return r, notFound(err, noInstance)
}

// first binds a database that was never bound. One that holds campaigns beside a file that
// knows a Keepsake already is an old backup, from before there were instances.
func (i *Instance) first(ctx context.Context, mark fileMark, known bool) error {
	held := ""
	if known {
		var n int64
		if err := i.store.db.WithContext(ctx).Raw(`SELECT COUNT(*) FROM (SELECT id FROM campaigns LIMIT 1) c`).Scan(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			held = HeldRestored
		}
	} else {
		mark = fileMark{Instance: rand.Text()}
		if err := mark.write(i.home.Dir); err != nil {
			return err
		}
	}
	place, err := i.place(ctx)
	if err != nil {
		return err
	}
	err = i.store.db.WithContext(ctx).Exec(`INSERT INTO instances (id, token, home, secret, beat, held) VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		mark.Instance, place, i.firstSecret(), mark.Beat, held).Error
	if err != nil {
		return err
	}
	r, err := i.row(ctx) // another process may have been first
	if err != nil {
		return err
	}
	return i.judge(ctx, r, mark, true)
}

// firstSecret is nothing where letters were sent with a secret that is missing.
func (i *Instance) firstSecret() string {
	if i.home.Unkept != "" {
		return ""
	}
	return i.secret()
}

// judge compares the row with the folder's file and with where we are. The file must have
// been read before the row: others count on meanwhile.
func (i *Instance) judge(ctx context.Context, r instanceRow, mark fileMark, known bool) error {
	i.beat = r.Beat
	i.alien.Store(r.Secret != i.secret())
	held, err := i.verdict(ctx, r, mark, known)
	switch {
	case err != nil:
		return err
	case held == HeldSecret: // the fault is this process's: the others may go on
		i.held.Store(held)
		return nil
	case held != "":
		return i.hold(ctx, held)
	}
	return i.settleIn(ctx, r)
}

func (i *Instance) verdict(ctx context.Context, r instanceRow, mark fileMark, known bool) (held string, err error) {
	same, err := i.atHome(ctx, r)
	ours := known && mark.Instance == r.Token
	switch {
	case err != nil || r.Held != "":
		return r.Held, err
	case !same || !ours && !i.shared():
		return HeldCopied, nil
	case ours && r.Beat < mark.Beat:
		return HeldRestored, nil
	case r.Secret != i.secret():
		return HeldSecret, nil
	}
	return "", nil
}

// settleIn writes down where we are: a renamed folder, or a further machine's first start.
func (i *Instance) settleIn(ctx context.Context, r instanceRow) error {
	if err := (fileMark{Instance: r.Token, Beat: r.Beat}).write(i.home.Dir); err != nil {
		return err
	}
	place, err := i.place(ctx)
	if err != nil || place == r.Home {
		return err
	}
	return i.store.db.WithContext(ctx).Exec(`UPDATE instances SET home = ? WHERE id = 1`, place).Error
}

// shared reports whether several machines may use the database, each with a folder of its own.
func (i *Instance) shared() bool { return i.store.d.name == goose.DialectPostgres }

// secret is what the secret looks like from outside.
func (i *Instance) secret() string {
	m := hmac.New(sha256.New, i.home.Secret)
	m.Write([]byte("keepsake instance"))
	return hex.EncodeToString(m.Sum(nil)[:12])
}

// place names where the database lives: on PostgreSQL the cluster and the database in it; on
// SQLite the machine, the number of our file in its file system, which a copy does not have,
// and the folder.
func (i *Instance) place(ctx context.Context) (string, error) {
	if !i.shared() {
		dir, err := filepath.Abs(i.home.Dir)
		if err != nil {
			return "", err
		}
		n, err := fileNumber(markPath(dir))
		return fmt.Sprintf("%s %d %s", machine(), n, dir), err
	}
	var at string
	err := i.store.db.WithContext(ctx).Raw(`SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid::text || '/' || datname FROM pg_database WHERE datname = current_database()`).Scan(&at).Error
	if keptBack(err) {
		err = i.store.db.WithContext(ctx).Raw(`SELECT '/' || oid::text || '/' || datname FROM pg_database WHERE datname = current_database()`).Scan(&at).Error
	}
	return at, err
}

// keptBack reports whether a service keeps its cluster's number to itself: it lets us not
// call the function, or has none. No other trouble gives the database another name.
func keptBack(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "42501" || pg.Code == "42883") // insufficient_privilege, undefined_function
}

// atHome reports whether the database is where it was confirmed. A folder that was renamed
// is: its old name is gone.
func (i *Instance) atHome(ctx context.Context, r instanceRow) (bool, error) {
	place, err := i.place(ctx)
	if err != nil || i.shared() || place == r.Home {
		return place == r.Home, err
	}
	was, is := strings.SplitN(r.Home, " ", 3), strings.SplitN(place, " ", 3)
	if len(was) != 3 || was[1] != is[1] || was[0] != is[0] && was[0] != "-" && is[0] != "-" {
		return false, nil
	}
	if was[2] == is[2] {
		return true, nil
	}
	old, there, err := readMark(was[2])
	return !there || old.Instance != r.Token, err
}

// Beat counts on, in the database and in the folder's file, and looks whether the database
// went back in time or away from its home under us. It is called every few seconds. An error
// is no finding: what held before holds on.
func (i *Instance) Beat(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	mark, known, err := readMark(i.home.Dir)
	if err != nil {
		return err
	}
	r, err := i.row(ctx)
	if err != nil {
		return err
	}
	i.alien.Store(r.Secret != i.secret())
	held, err := i.verdict(ctx, r, mark, known)
	if err != nil {
		return err
	}
	if held == "" && r.Beat < i.beat {
		held = HeldRestored
	}
	if held != "" && held != HeldSecret && r.Held == "" {
		return i.hold(ctx, held)
	}
	i.held.Store(held)
	if held != "" {
		return nil
	}
	next := r.Beat
	err = i.store.db.WithContext(ctx).Raw(`UPDATE instances SET beat = beat + 1 WHERE id = 1 AND held = '' RETURNING beat`).Scan(&next).Error
	if err != nil || next <= r.Beat {
		return err
	}
	i.beat = next
	return fileMark{Instance: r.Token, Beat: next}.write(i.home.Dir)
}
