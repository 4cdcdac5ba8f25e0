// Package storetest opens real databases for tests: SQLite always, PostgreSQL where a server is given.
package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
)

// Clock is a clock that moves when it is told to.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock starts a clock at a moment.
func NewClock(at time.Time) *Clock { return &Clock{at: at.UTC()} }

// Now is the moment.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Set moves the clock to a moment, back as well as forward.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at.UTC()
}

// Add moves the clock by a span.
func (c *Clock) Add(d time.Duration) { c.Set(c.Now().Add(d)) }

// Each runs the test on every database: SQLite, and PostgreSQL when KEEPSAKE_TEST_POSTGRES is set.
func Each(t *testing.T, clock *Clock, test func(t *testing.T, st *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t, clock)) })
	if dsn := os.Getenv("KEEPSAKE_TEST_POSTGRES"); dsn != "" {
		t.Run("postgres", func(t *testing.T) { test(t, Postgres(t, dsn, clock)) })
	}
}

// SQLite opens a new file that goes away with the test.
func SQLite(t testing.TB, clock *Clock) *store.Store {
	t.Helper()
	empty, err := emptySQLite()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keepsake.db")
	if err := os.WriteFile(file, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, file, clock)
}

// Postgres opens a new database on the server of dsn that goes away with the test.
func Postgres(t testing.TB, dsn string, clock *Clock) *store.Store {
	t.Helper()
	template, err := emptyPostgres()
	if err != nil {
		t.Fatal(err)
	}
	return open(t, database(t, dsn, " TEMPLATE "+template), clock)
}

// PostgresDSN makes a new, empty database on the server of dsn and returns its address.
func PostgresDSN(t testing.TB, dsn string) string { return database(t, dsn, "") }

// PostgresCopy opens a copy of the database of st, whose connections are ended for it.
func PostgresCopy(t testing.TB, dsn string, st *store.Store) *store.Store {
	t.Helper()
	u, err := url.Parse(DSN(st))
	if err != nil {
		t.Fatal(err)
	}
	template := strings.TrimPrefix(u.Path, "/")
	admin(t, dsn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+template+"'")
	return open(t, database(t, dsn, " TEMPLATE "+pgx.Identifier{template}.Sanitize()), nil)
}

func database(t testing.TB, dsn, options string) string {
	t.Helper()
	name := "t_" + rand.Text()
	admin(t, dsn, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+options)
	t.Cleanup(func() { admin(t, dsn, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)") })
	own, err := at(dsn, name)
	if err != nil {
		t.Fatal(err)
	}
	return own
}

// at is the address of a database on the server of dsn.
func at(dsn, name string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// dsns are the addresses of the stores that were opened here.
var dsns sync.Map

// DSN is the address of a store that was opened here.
func DSN(st *store.Store) string {
	dsn, _ := dsns.Load(st)
	return dsn.(string)
}

// Exec runs a statement on the PostgreSQL of st, for what no method does: damage, mostly.
func Exec(t testing.TB, st *store.Store, sql string) {
	t.Helper()
	admin(t, DSN(st), sql)
}

func admin(t testing.TB, dsn, sql string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, dsn string, clock *Clock) *store.Store {
	t.Helper()
	o := store.Options{DSN: dsn, Secret: []byte("a secret of tests")}
	if clock != nil {
		o.Now = clock.Now
	}
	st, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	dsns.Store(st, dsn)
	t.Cleanup(func() {
		dsns.Delete(st)
		st.Close()
	})
	return st
}

// People makes n subscribers confirmed on a new list and returns the list.
func People(t testing.TB, st *store.Store, n int) audience.List {
	t.Helper()
	l := audience.List{Name: "Customers"}
	if err := l.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := st.CreateList(t.Context(), &l); err != nil {
		t.Fatal(err)
	}
	rows := make([]audience.ImportRow, n)
	for i := range rows {
		p := customer(t, fmt.Sprintf("p%d@shop.test", i+1))
		rows[i] = audience.ImportRow{Line: i + 2, Subscriber: p, State: audience.Confirmed}
	}
	o := ledger.Batch{Source: "test", Import: audience.Import{List: l.ID, Wording: "yes", State: audience.Confirmed, Lang: "en"}}
	if r, err := st.ImportBatch(t.Context(), rows, o); err != nil || r.Joined != int64(n) {
		t.Fatalf("%+v, %v", r.ImportCounts, err)
	}
	return l
}

func customer(t testing.TB, email string) audience.Subscriber {
	t.Helper()
	p := audience.Subscriber{Email: email, FirstName: "Ana", Lang: "en", Source: "test"}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	return p
}

// Join makes a subscriber confirmed on a list.
func Join(t testing.TB, st *store.Store, list int64, email string) audience.Subscriber {
	t.Helper()
	p := customer(t, email)
	if err := st.SaveSubscriber(t.Context(), &p); err != nil {
		t.Fatal(err)
	}
	c := audience.Consent{Source: "test", Wording: "yes"}
	if err := st.Subscribe(t.Context(), p.ID, list, audience.Confirmed, c); err != nil {
		t.Fatal(err)
	}
	return p
}

// Campaign stores a campaign of the kind for a list, with a small letter in each message.
func Campaign(t testing.TB, st *store.Store, kind string, list int64, shape func(*campaigns.Campaign)) campaigns.Campaign {
	t.Helper()
	c, err := campaigns.New(kind, "Test "+kind, "en")
	if err != nil {
		t.Fatal(err)
	}
	c.Audience.Lists = []int64{list}
	for i := range c.Messages {
		c.Messages[i].Contents = []campaigns.Content{{Lang: "en", Mode: "html", Subject: "Hello", HTML: "<p>Hello</p>"}}
	}
	if shape != nil {
		shape(&c)
	}
	if err := st.CreateCampaign(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// Erase takes a person off the books.
func Erase(t testing.TB, st *store.Store, id int64) {
	t.Helper()
	if _, err := st.Erase(t.Context(), id, "test"); err != nil {
		t.Fatal(err)
	}
}
