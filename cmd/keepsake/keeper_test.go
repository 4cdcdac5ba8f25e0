package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keepsake/campaigns/sending"
	"keepsake/internal/config"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// keeping is a keeper of a database that is bound to a folder.
func keeping(t *testing.T, st *store.Store, data string, p pace) *keeper {
	t.Helper()
	i, err := st.Bind(t.Context(), store.Home{Dir: data, Secret: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	return &keeper{store: st, instance: i, data: data, roll: store.Roll{}, pace: p, limit: timeLimit, self: store.Process{Owner: "me", Host: "here", StartedAt: st.Now()}}
}

func start(t *testing.T, k *keeper) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var kept sync.WaitGroup
	kept.Go(func() { k.run(ctx) })
	return func() {
		cancel()
		kept.Wait()
	}
}

func beats(t *testing.T, st *store.Store) int64 {
	t.Helper()
	all, err := st.Processes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Owner == "me" {
			return p.Beats
		}
	}
	return 0
}

// A disk that hangs: reading the data folder's file does not come back.
func TestAProcessThatIsHeldUpStillSaysThatItLives(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		data := t.TempDir()
		k := keeping(t, st, data, pace{here: time.Millisecond, hereTime: 5 * time.Second, stepTime: 5 * time.Second})
		path := filepath.Join(data, "instance.json")
		for _, err := range []error{os.Remove(path), syscall.Mkfifo(path, 0o600)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		stop := start(t, k)
		defer stop()
		// To open the other end waits until the keeper hangs in its reading.
		pipe, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer pipe.Close()
		before := beats(t, st)
		until(t, "it says that it lives", func() bool { return beats(t, st) > before+2 })
	})
}

func TestAStepThatTheDatabaseHoldsUpDoesNotKeepTheOthersWaiting(t *testing.T) {
	dsn, _ := postgres(t)
	st, err := store.Open(t.Context(), store.Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	k := keeping(t, st, t.TempDir(), pace{here: time.Hour, hereTime: time.Minute, stepTime: time.Minute})
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	tx, err := conn.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), `SELECT 1 FROM instances FOR UPDATE`)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []string{"me", "died"} {
		if err := st.Here(t.Context(), store.Process{Owner: x, Host: "here", StartedAt: st.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	end, err := sign(k.data, "died")
	if err != nil {
		t.Fatal(err)
	}
	end(false)
	// The time of counting on is over as soon as it waits for the row that we hold.
	k.limit = func(ctx context.Context, name string, span time.Duration) (context.Context, context.CancelFunc) {
		ctx, cancel := timeLimit(ctx, name, span)
		if name == "count on" {
			go endWaiting(ctx, cancel, dsn)
		}
		return ctx, cancel
	}
	k.once(t.Context())
	if all, err := st.Processes(t.Context()); err != nil || len(all) != 1 || all[0].Owner != "me" {
		t.Errorf("%+v, %v; want the dead one buried although counting on was held up", all, err)
	}
	if held := k.instance.Held(); held != "" {
		t.Errorf("held %q", held)
	}
}

// endWaiting cancels once something waits for a lock in the database, or cannot be looked at.
func endWaiting(ctx context.Context, cancel context.CancelFunc, dsn string) {
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for waiting := 0; waiting == 0 && err == nil; {
		err = conn.QueryRow(ctx, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
	}
}

// A stop that could not give its letters back leaves word, and the next start takes them.
func TestAStopInTroubleIsNotForgotten(t *testing.T) {
	dsn, env := postgres(t)
	data := t.TempDir()
	s := startServe(t, data, env...)
	owner := s.owner(t)
	st, err := store.Open(t.Context(), store.Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	sql := func(q string) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), dsn)
		if err == nil {
			_, err = conn.Exec(t.Context(), q)
			conn.Close(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	sql(`ALTER TABLE leases RENAME TO leases_away`)
	if err := s.stop(t); err == nil {
		t.Errorf("it says that all is well:\n%s", s.log)
	}
	if all, err := st.Processes(t.Context()); err != nil || len(all) != 1 || all[0].Owner != owner {
		t.Errorf("%+v, %v; want the one that may hold letters still", all, err)
	}
	sql(`ALTER TABLE leases_away RENAME TO leases`)
	again := startServe(t, data, env...)
	again.hears(t, "what it held was taken back")
	if err := again.stop(t); err != nil {
		t.Errorf("%v\n%s", err, again.log)
	}
	if all, err := st.Processes(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v; want nobody", all, err)
	}
}

func TestEverythingGoesByTheProgramsClock(t *testing.T) {
	at := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	c := config.Defaults()
	c.Data, c.Addr = t.TempDir(), "127.0.0.1:0"
	p, err := open(t.Context(), c, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if got := p.site.Now(); !got.Equal(at) {
		t.Errorf("the pages' clock says %v", got)
	}
	if got := p.store.Now(); !got.Equal(at) {
		t.Errorf("the store's clock says %v", got)
	}
}

func TestOneOfSeveralProcessesReadsTheBounceMailbox(t *testing.T) {
	dsn, _ := postgres(t)
	opened := func() *program {
		c := config.Defaults()
		c.Data, c.Addr, c.Database, c.Secret = t.TempDir(), "127.0.0.1:0", dsn, secret
		c.Bounces.Mailbox.Protocol = "pop3"
		p, err := open(t.Context(), c, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.close() })
		if err := p.newKeeper().here(t.Context()); err != nil {
			t.Fatal(err)
		}
		return p
	}
	one, two := opened(), opened()
	reads := func(p *program) bool {
		r, ok := p.mailbox()
		return ok && r.Ours(t.Context())
	}
	if !reads(one) || reads(two) || !reads(one) {
		t.Error("want the first alone")
	}
	if err := one.leave(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if !reads(two) {
		t.Error("want the second once the first has left")
	}
}

func TestTheDoctorSaysWhyAMailServerIsLeftAlone(t *testing.T) {
	since := time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
	storetest.Each(t, storetest.NewClock(since), func(t *testing.T, st *store.Store) {
		p := &patient{config: config.Defaults(), store: st}
		p.config.SMTP.Host = "relay.shop.example"
		ill := sending.Health{Since: since, Trial: since.Add(time.Minute), Why: "421 come back later"}
		if err := st.SaveHealth(t.Context(), sending.Configured, ill); err != nil {
			t.Fatal(err)
		}
		p.leftAlone(t.Context())
		if len(p.found) != 1 || p.found[0].Level != warning {
			t.Fatalf("%+v", p.found)
		}
		for _, words := range []string{"relay.shop.example", "2026-11-22 01:02:03 UTC", "421 come back later"} {
			if !strings.Contains(p.found[0].Found, words) {
				t.Errorf("it does not say %q: %s", words, p.found[0].Found)
			}
		}
		if err := st.SaveHealth(t.Context(), sending.Configured, sending.Health{}); err != nil {
			t.Fatal(err)
		}
		p.found = nil
		if p.leftAlone(t.Context()); len(p.found) != 0 {
			t.Errorf("it is well again: %+v", p.found)
		}
	})
}
