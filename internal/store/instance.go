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

// Why a database may not send, Instance.Held.
const (
	HeldCopied   = "copied"   // it lives elsewhere than it was confirmed
	HeldRestored = "restored" // it is older than what this folder has seen of it
	HeldAsked    = "asked"    // an operator said so
	HeldMoving   = "moving"   // keepsake move has not finished
	HeldMoved    = "moved"    // keepsake move took everything to PostgreSQL
	HeldSecret   = "secret"   // this process signs links with another secret than the others
)

const copiedWords = "This database was copied or restored. Confirm that this is the live one and the other is stopped, then sending goes on."

// heldWords say why nothing is sent, and what to do.
var heldWords = map[string]string{
	HeldCopied: copiedWords, HeldRestored: copiedWords,
	HeldAsked:  "Somebody asked this Keepsake to wait. Confirm that this is the live one, then sending goes on.",
	HeldMoving: "keepsake move is at work. Let it finish first: nothing is sent until then.",
	HeldMoved:  "This Keepsake was moved to PostgreSQL. Start it with that database: nothing is sent from here any more.",
	HeldSecret: "This process has another secret than this database was confirmed with, so links in letters already sent do not open. Give it the same secret, or confirm the new one.",
}

// HeldWords says why nothing is sent, and what to do: a catalogue id. "" where nothing holds.
func HeldWords(held string) string { return heldWords[held] }

// Reasons say why nothing is sent, and what to do, each a catalogue id; none where nothing
// holds. A database that came without its secret has two.
func (i *Instance) Reasons() []string {
	held := i.Held()
	switch {
	case held == "":
		return nil
	case held != HeldSecret && i.NewSecret():
		return []string{HeldWords(held), HeldWords(HeldSecret)}
	}
	return []string{HeldWords(held)}
}

// NewSecret reports whether our secret is another one than the database was confirmed with:
// links in letters already sent do not open.
func (i *Instance) NewSecret() bool { return i != nil && i.alien.Load() }

// CanConfirm reports whether a person's word is enough to let sending go on.
func CanConfirm(held string) bool { return held != "" && held != HeldMoving && held != HeldMoved }

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
		return i, i.first(ctx, mark, known)
	}
	if err != nil {
		return nil, err
	}
	if r.Held == HeldMoving { // pages would change what is copied already
		return nil, fault.New(fault.Conflict, "keepsake move has not finished. Run it again, or give it up: keepsake move --give-up.")
	}
	return i, i.judge(ctx, r, mark, known)
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

// Held says why nothing may be sent, one of the Held constants; "" when it may.
func (i *Instance) Held() string {
	if i == nil {
		return ""
	}
	held, _ := i.held.Load().(string)
	return held
}

func (i *Instance) hold(ctx context.Context, held string) error {
	i.held.Store(held)
	return i.store.db.WithContext(ctx).Exec(`UPDATE instances SET held = ? WHERE id = 1 AND held = ''`, held).Error
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

// confirmLeap is how far a confirmation counts ahead: past what any other machine's file knows.
const confirmLeap = 1000

// Confirm is a person's word that this is the live database: sending goes on. It is not
// enough where the secret is another one, see ConfirmSecret.
func (i *Instance) Confirm(ctx context.Context, by string) error { return i.confirm(ctx, by, false) }

// ConfirmSecret is a person's word that this is the live database, and that its secret from
// now on is ours: links in letters already sent stop working. The secret is kept.
func (i *Instance) ConfirmSecret(ctx context.Context, by string) error {
	return i.confirm(ctx, by, true)
}

func (i *Instance) confirm(ctx context.Context, by string, newSecret bool) error {
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
	if r.Held != "" && !CanConfirm(r.Held) {
		return fault.New(fault.Conflict, "This cannot be confirmed. %s", fault.Word(HeldWords(r.Held)))
	}
	if r.Secret != i.secret() {
		if !newSecret {
			return fault.New(fault.Conflict, "The secret is another one: links in letters already sent stop working. Bring the old secret.key back and start again, or confirm the new one: keepsake confirm --new-secret.")
		}
		if err := i.keepSecret(); err != nil {
			return err
		}
	}
	next := max(r.Beat, mark.Beat, i.beat) + confirmLeap
	if !known || mark.Instance != r.Token {
		if err := (fileMark{Instance: r.Token}).write(i.home.Dir); err != nil {
			return err
		}
	}
	place, err := i.place(ctx)
	if err != nil {
		return err
	}
	err = i.store.db.WithContext(ctx).Exec(`UPDATE instances SET held = '', home = ?, secret = ?, beat = ?, confirmed_at = ?, confirmed_by = ? WHERE id = 1`,
		place, i.secret(), next, i.store.now(), by).Error
	if err != nil {
		return err
	}
	i.beat = next
	i.alien.Store(false)
	i.held.Store("")
	return fileMark{Instance: r.Token, Beat: next}.write(i.home.Dir)
}

// keepSecret writes the secret down that was good for this run alone.
func (i *Instance) keepSecret() error {
	if i.home.Unkept == "" {
		return nil
	}
	f, err := os.OpenFile(i.home.Unkept, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fault.New(fault.Conflict, "There is a secret.key again. Start Keepsake anew, so that it is used.")
	}
	if err != nil {
		return fault.New(fault.Away, "The secret cannot be kept: %v", err)
	}
	_, err = f.Write(append(i.home.Secret, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	i.home.Unkept = ""
	return nil
}

// HasSent reports whether a letter has left, or may have, that carries links of ours.
func (s *Store) HasSent(ctx context.Context) (sent bool, err error) {
	err = s.db.WithContext(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM deliveries WHERE state IN ('sent', 'unsure', 'sending'))`).Scan(&sent).Error
	return sent, err
}

// Hold stops all sending until somebody confirms.
func (i *Instance) Hold(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.hold(ctx, HeldAsked)
}
