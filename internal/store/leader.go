package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
)

// Process is one running Keepsake as the others see it.
type Process struct {
	Owner     string    `json:"owner"` // unique for each start; deliveries it holds carry it
	Host      string    `json:"host"`
	Roles     string    `json:"roles"` // web, send, cron: separated by commas
	Version   string    `json:"version"`
	BaseURL   string    `json:"base_url"` // what its links begin with; all must agree
	Beats     int64     `json:"-"`
	StartedAt time.Time `json:"started_at"`
	SeenAt    time.Time `json:"seen_at"`
	Leads     bool      `json:"leads" gorm:"column:leads;->"` // it plans; one process at a time does
}

// LostAfter is how long a process may be silent before what it holds is taken back.
const LostAfter = time.Minute

// Here says that a process is alive. It is said every few seconds; the first time enters it.
func (s *Store) Here(ctx context.Context, p Process) error {
	return s.db.WithContext(ctx).Exec(`INSERT INTO processes (owner, host, roles, version, base_url, beats, started_at, seen_at) VALUES (?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (owner) DO UPDATE SET beats = processes.beats + 1, seen_at = excluded.seen_at`,
		p.Owner, p.Host, p.Roles, p.Version, p.BaseURL, p.StartedAt.UTC(), s.now()).Error
}

// Gone says that a process has stopped in order and holds nothing more.
func (s *Store) Gone(ctx context.Context, owner string) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM processes WHERE owner = ?`, owner).Error
}

// Processes lists who is alive, or was until it fell silent, oldest first.
func (s *Store) Processes(ctx context.Context) ([]Process, error) {
	var all []Process
	err := s.db.WithContext(ctx).Raw(`SELECT p.*, l.owner IS NOT NULL AS leads FROM processes p LEFT JOIN leaders l ON l.owner = p.owner AND l.name = ?
		ORDER BY p.started_at, p.owner`, planning).Scan(&all).Error
	return all, err
}

// Bases are the different beginnings that living processes give to links, at a time: with
// more than one some links are dead.
func Bases(all []Process, now time.Time) (bases []string) {
	for _, p := range all {
		if p.BaseURL != "" && now.Sub(p.SeenAt) <= LostAfter && !slices.Contains(bases, p.BaseURL) {
			bases = append(bases, p.BaseURL)
		}
	}
	return bases
}

// A Roll remembers when each process was last seen to have moved, by our own clock alone:
// two machines' clocks may be minutes apart.
type Roll map[string]sighting

// watcher is when the one who keeps a roll has looked last.
const watcher = ""

type sighting struct {
	beats int64
	at    time.Time
}

// RecoverLost takes back what those hold that have not moved for LostAfter since roll began
// to watch them: leased letters are queued again, those being handed over are unsure.
func (s *Store) RecoverLost(ctx context.Context, roll Roll) (lost []string, unsure int, err error) {
	all, err := s.Processes(ctx)
	if err != nil {
		return nil, 0, err
	}
	now, here := s.now(), map[string]bool{watcher: true}
	if now.Sub(roll[watcher].at) > LostAfter/2 {
		clear(roll) // we slept ourselves, or our clock was set: we cannot say that others were silent
	}
	roll[watcher] = sighting{at: now}
	for _, p := range all {
		here[p.Owner] = true
		if seen, ok := roll[p.Owner]; !ok || seen.beats != p.Beats {
			roll[p.Owner] = sighting{p.Beats, now}
		} else if now.Sub(seen.at) >= LostAfter {
			n, err := s.TakeBack(ctx, p)
			if err != nil {
				return lost, unsure, err
			}
			lost, unsure = append(lost, p.Owner), unsure+n
		}
	}
	for owner := range roll {
		if !here[owner] {
			delete(roll, owner)
		}
	}
	return lost, unsure, nil
}

// RecoverOthers takes back what all other processes hold: at the start of the only one.
func (s *Store) RecoverOthers(ctx context.Context) (unsure int, err error) {
	if unsure, err = s.RecoverAll(ctx); err != nil {
		return unsure, err
	}
	return unsure, s.db.WithContext(ctx).Exec(`DELETE FROM processes`).Error
}

// TakeBack takes back what a process holds that is certainly gone: leased letters are queued
// again, those being handed over are unsure. A process that moves meanwhile stays listed.
func (s *Store) TakeBack(ctx context.Context, p Process) (unsure int, err error) {
	if unsure, err = s.recover(ctx, always, `owner = ?`, p.Owner); err != nil {
		return 0, err
	}
	if p.Leads {
		if err := s.depose(ctx); err != nil {
			return unsure, err
		}
	}
	return unsure, s.db.WithContext(ctx).Exec(`DELETE FROM processes WHERE owner = ? AND beats = ?`, p.Owner, p.Beats).Error
}

// depose ends the session of a leader that is frozen rather than dead: it still holds the lock.
func (s *Store) depose(ctx context.Context) error {
	if s.d.name != goose.DialectPostgres {
		return nil
	}
	return s.db.WithContext(ctx).Exec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = ? AND classid = 0
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()`, leaderLock).Error
}

const (
	planning   = "planning" // the work that one process leads
	leaderLock = 20260903   // PostgreSQL's advisory lock of it, one a database
	standEvery = 2 * time.Second
)

// Leader is one process's standing for the work that one process at a time does: planning.
// On PostgreSQL a session's advisory lock decides, so a leader that dies is followed within
// seconds; on SQLite the file's lock has decided already.
type Leader struct {
	store *Store
	owner string
	mu    sync.Mutex
	conn  *sql.Conn // holds the lock; nil while another leads
	term  int64     // 0 while another leads
}

// Stand returns the standing of a process; Run makes it stand.
func (s *Store) Stand(owner string) *Leader { return &Leader{store: s, owner: owner} }

// Run stands until ctx ends, then resigns, so that the next one need not wait.
func (l *Leader) Run(ctx context.Context) {
	for {
		l.Try(ctx)
		select {
		case <-ctx.Done():
			l.resign()
			return
		case <-time.After(standEvery):
		}
	}
}

// Leads reports whether this process leads now. The database is asked: a leader that lost
// its session, and with it the lock, finds the term of its follower there.
func (l *Leader) Leads(ctx context.Context) bool {
	l.mu.Lock()
	term := l.term
	l.mu.Unlock()
	if term == 0 {
		return false
	}
	var now int64
	err := l.store.db.WithContext(ctx).Raw(`SELECT term FROM leaders WHERE name = ? AND owner = ?`, planning, l.owner).Scan(&now).Error
	return err == nil && now == term
}

// Try takes the lead if nobody has it, and gives it up if it was lost. Run calls it.
func (l *Leader) Try(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if l.term > 0 && l.holds(ctx) {
		return
	}
	l.drop()
	locked, err := l.lock(ctx)
	if err == nil && locked {
		err = l.begin(ctx)
	}
	if err != nil {
		l.drop()
		if ctx.Err() == nil {
			slog.Warn("standing for planning", "error", err)
		}
	}
}

// holds reports whether the session of the lock lives.
func (l *Leader) holds(ctx context.Context) bool {
	if l.conn == nil {
		return true // SQLite
	}
	_, err := l.conn.ExecContext(ctx, "SELECT 1")
	return err == nil
}

func (l *Leader) lock(ctx context.Context) (locked bool, err error) {
	if l.store.d.name != goose.DialectPostgres {
		return true, nil
	}
	db, err := l.store.db.DB()
	if err != nil {
		return false, err
	}
	if l.conn, err = db.Conn(ctx); err != nil {
		return false, err
	}
	if err = l.conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", leaderLock).Scan(&locked); err != nil || locked {
		return locked, err
	}
	err = l.conn.Close() // back to the pool
	l.conn = nil
	return false, err
}

// begin opens a new term. The server is told to notice within seconds that our machine is gone.
func (l *Leader) begin(ctx context.Context) error {
	if l.conn != nil {
		for _, set := range []string{"tcp_keepalives_idle = 5", "tcp_keepalives_interval = 2", "tcp_keepalives_count = 3"} {
			if _, err := l.conn.ExecContext(ctx, "SET "+set); err != nil {
				return err
			}
		}
	}
	return l.store.db.WithContext(ctx).Raw(`INSERT INTO leaders (name, owner, term, since) VALUES (?, ?, 1, ?)
		ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, term = leaders.term + 1, since = excluded.since RETURNING term`,
		planning, l.owner, l.store.now()).Scan(&l.term).Error
}

// drop ends the session, and with it the lock.
func (l *Leader) drop() {
	if l.conn != nil {
		_ = l.conn.Raw(func(any) error { return driver.ErrBadConn }) // the pool must not lend it out
		l.conn.Close()
	}
	l.conn, l.term = nil, 0
}

func (l *Leader) resign() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop()
}

// Takes reports whether a piece of work is a process's own that one at a time does, and
// gives it to the process when nobody has it who is still listed. It changes hands more
// slowly than leading, a minute after a loss, and so is for what does no harm when two do it.
func (s *Store) Takes(ctx context.Context, owner, work string) (bool, error) {
	err := s.db.WithContext(ctx).Exec(`INSERT INTO leaders (name, owner, term, since) VALUES (?, ?, 1, ?)
		ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, term = leaders.term + 1, since = excluded.since
		WHERE NOT EXISTS (SELECT 1 FROM processes p WHERE p.owner = leaders.owner)`, work, owner, s.now()).Error
	if err != nil {
		return false, err
	}
	var now string
	err = s.db.WithContext(ctx).Raw(`SELECT owner FROM leaders WHERE name = ?`, work).Scan(&now).Error
	return now == owner, err
}
