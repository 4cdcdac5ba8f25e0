package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // to look into the databases beside the program
	_ "github.com/mattn/go-sqlite3"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/bench/blast"
	"keepsake/internal/bench/machine"
	"keepsake/internal/bench/sink"
	"keepsake/internal/show/stage"
	"keepsake/internal/store"
)

// connections is how many our program keeps open where a story does not say otherwise.
const connections = 32

// post is a fresh Keepsake and the sink its letters go to.
type post struct {
	*stage.Keepsake
	w       *stage.Workshop
	sink    *sink.Sink
	dsn     string // of its database
	cluster string // PostgreSQL's folder; "" on SQLite
	db      *sql.DB
}

// setting is one of the program's variables.
func setting(name string, value any) string { return fmt.Sprintf("KEEPSAKE_%s=%v", name, value) }

// open starts a Keepsake on SQLite, and a sink of that kind.
func open(ctx context.Context, w *stage.Workshop, o sink.Options, settings ...string) (*post, error) {
	p := &post{w: w}
	if err := p.start(ctx, o, settings); err != nil {
		return nil, err
	}
	p.dsn = filepath.Join(p.Data, "keepsake.db")
	return p, p.look("sqlite3", "file:"+p.dsn+"?_busy_timeout=10000")
}

// openPostgres starts one on a durable PostgreSQL of its own.
func openPostgres(ctx context.Context, w *stage.Workshop, o sink.Options, settings ...string) (*post, error) {
	folder, err := stage.Output(ctx, w.Root, "scripts/postgres", "start", "durable")
	if err != nil {
		return nil, err
	}
	p := &post{w: w, cluster: strings.TrimSpace(folder)}
	w.After(func() error {
		_, err := stage.Output(context.WithoutCancel(ctx), w.Root, "scripts/postgres", "stop", p.cluster)
		return err
	})
	dsn, err := stage.Output(ctx, w.Root, "scripts/postgres", "dsn", p.cluster)
	if err != nil {
		return nil, err
	}
	p.dsn = strings.TrimSpace(dsn)
	settings = append(settings, setting("DATABASE", p.dsn), setting("SECRET", "a secret that all processes of the stories share"))
	if err := p.start(ctx, o, settings); err != nil {
		return nil, err
	}
	return p, p.look("pgx", p.dsn)
}

func (p *post) start(ctx context.Context, o sink.Options, settings []string) (err error) {
	if p.sink, err = sink.Listen("127.0.0.1:0", o); err != nil {
		return err
	}
	p.w.After(p.sink.Close)
	settings = append([]string{setting("SMTP_CONNECTIONS", connections), setting("BOUNCE_DOMAIN", "bounces."+stage.Domain)}, settings...)
	p.Keepsake, err = p.w.Serve(ctx, p.sink.Addr(), settings...)
	return err
}

func (p *post) look(driver, dsn string) (err error) {
	if p.db, err = sql.Open(driver, dsn); err == nil {
		p.w.After(p.db.Close)
	}
	return err
}

// again starts it anew with other settings.
func (p *post) again(ctx context.Context, settings ...string) error {
	if err := p.Stop(); err != nil {
		return err
	}
	p.Env = append(p.Env, settings...)
	return p.Start(ctx)
}

// number answers a question to the database.
func (p *post) number(ctx context.Context, question string) (n int, err error) {
	err = p.db.QueryRowContext(ctx, question).Scan(&n)
	return n, err
}

// fill makes a list of n people. A million of them come through the store, as its imports do, beside the program.
func (p *post) fill(ctx context.Context, all []stage.Person) (int64, error) {
	st, err := store.Open(ctx, store.Options{DSN: p.dsn, Beside: true})
	if err != nil {
		return 0, err
	}
	defer st.Close()
	l := audience.List{Name: "Tea news", Label: "tea-news", OptIn: audience.Single}
	if err := st.CreateList(ctx, &l); err != nil {
		return 0, err
	}
	batch := ledger.Batch{Import: audience.Import{List: l.ID, State: audience.Confirmed, Lang: "en", Wording: "I want news from Leaf & Kettle."}, Source: "show"}
	rows := make([]audience.ImportRow, 0, 1000)
	for i, one := range all {
		rows = append(rows, audience.ImportRow{Line: i + 1, Subscriber: audience.Subscriber{Email: one.Email, EmailNorm: audience.NormEmail(one.Email), FirstName: one.First}})
		if len(rows) < cap(rows) && i < len(all)-1 {
			continue
		}
		got, err := st.ImportBatch(ctx, rows, batch)
		if err != nil || got.Joined != int64(len(rows)) {
			return 0, fmt.Errorf("%d of %d people joined the list: %w", got.Joined, len(rows), err)
		}
		rows = rows[:0]
	}
	return l.ID, nil
}

// people makes n of them; crowd also puts them on a list.
func people(n int) []stage.Person {
	return stage.People(n, "Ivanka", "Anna", "Kaloyan", "Zoë", "Maria")
}

func (p *post) crowd(ctx context.Context, n int) (int64, error) { return p.fill(ctx, people(n)) }

// cpu is what the program has used so far, and PostgreSQL with all its processes.
func (p *post) cpu() (time.Duration, error) {
	used, err := machine.CPU(p.PID())
	if err != nil || p.cluster == "" {
		return used, err
	}
	first, err := os.ReadFile(filepath.Join(p.cluster, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.SplitN(string(first), "\n", 2)[0])
	if err != nil {
		return 0, err
	}
	more, err := machine.CPU(pid)
	return used + more, err
}

// peak is the most memory the program has held, in MB.
func (p *post) peak() (float64, error) {
	octets, err := machine.Peak(p.PID())
	return float64(octets) / (1 << 20), err
}

// raw is the rate of our own driver to the same sink, in a process of its own as our program is.
func (p *post) raw(ctx context.Context, mode blast.Mode, connections, letters int) (float64, error) {
	binary := filepath.Join(p.w.Dir, "bench")
	if _, err := os.Stat(binary); errors.Is(err, os.ErrNotExist) {
		if _, err := stage.Output(ctx, p.w.Root, "go", "build", "-o", binary, "./internal/bench"); err != nil {
			return 0, err
		}
	}
	out, err := stage.Output(ctx, p.w.Dir, binary, "blast", "-addr", p.sink.Addr(), "-mode", string(mode), "-c", strconv.Itoa(connections), "-n", strconv.Itoa(letters))
	if err != nil {
		return 0, err
	}
	var r blast.Result
	err = json.Unmarshal([]byte(out), &r)
	return r.Rate, err
}

// measured is one campaign that was sent.
type measured struct {
	id       int64
	rate     float64       // letters a second at the sink, from the first to the last
	cpu      time.Duration // a letter, with planning and the database
	octets   float64       // a letter
	lasted   time.Duration // from the start of the campaign to the last letter
	finished stage.Running
}

// send starts a campaign to a list of n people and waits for its end.
func (p *post) send(ctx context.Context, list int64, n int) (m measured, err error) {
	p.sink.Reset()
	before, err := p.cpu()
	if err != nil {
		return m, err
	}
	began := time.Now()
	c, err := p.Begin(ctx, newsletter(list))
	if err != nil {
		return m, err
	}
	if err := p.sink.Wait(ctx, n); err != nil {
		return m, fmt.Errorf("%w; log: %s", err, stage.Last(p.Said(), 300))
	}
	if m.finished, err = p.Finished(ctx, c.ID, n, time.Minute); err != nil {
		return m, err
	}
	after, err := p.cpu()
	f := p.sink.Figures()
	m.id, m.rate, m.cpu, m.octets, m.lasted = c.ID, f.Rate(), (after-before)/time.Duration(n), float64(f.Octets)/float64(f.Taken), f.Last.Sub(began)
	return m, err
}

// account compares the ledger with what the sink took.
func (p *post) account(ctx context.Context, campaign int64, all []stage.Person) (stage.Account, error) {
	owed, err := p.Deliveries(ctx, campaign)
	return stage.Reckon(all, owed, p.sink.Recipients()), err
}
