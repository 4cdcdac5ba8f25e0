package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"

	"keepsake/internal/show/stage"
)

// valuePages are the views of customers' value.
var valuePages = []string{"", "?by=channel", "?by=country", "?by=product", "?by=list", "?view=rfm", "?view=cohorts", "?view=rhythm", "?view=costs"}

// worth is a group of customers as the API tells it.
type worth struct {
	Name      string `json:"name"`
	Currency  string `json:"currency"`
	Customers int64  `json:"customers"`
	Repeaters int64  `json:"repeaters"`
	Orders    int64  `json:"orders"`
	NetCents  int64  `json:"net_cents"`
	Average   int64  `json:"average_order_cents"`
	LTVCents  int64  `json:"ltv_cents"`
}

// values times the pages of customers' value and compares what is kept with plain SQL on the orders, with a recount of all
// people, and after one order more.
func values(ctx context.Context, k *stage.Keepsake, figures map[string]stage.Figure) error {
	var slowest time.Duration
	for _, page := range valuePages {
		var took []time.Duration
		for range 5 {
			one, err := k.Open(ctx, "/value"+page)
			if err != nil {
				return err
			}
			took = append(took, one)
		}
		slices.Sort(took)
		say("%6.0f ms, the longest of five %6.0f: /value%s", ms(took[2]), ms(took[4]), page)
		slowest = max(slowest, took[2])
	}
	figures["value_ms"] = stage.AtMost("%.0f", ms(slowest), 300)
	faults, err := besideSQL(ctx, k)
	if err != nil {
		return err
	}
	late, took, err := oneMore(ctx, k)
	if err != nil {
		return err
	}
	figures["value_order_ms"] = stage.Info("%.0f", ms(took))
	recounted, err := recount(ctx, k)
	figures["figure_mismatches"] = stage.Count(faults+late+recounted, 0)
	return err
}

// plain says what customers of each currency brought, and those of each channel of the first order, in words of SQL alone. The
// invented shop has no margins: P is 1.
const plain = `WITH kept AS (SELECT subscriber_id, currency, channel, total_cents - refunded_cents AS net,
		ROW_NUMBER() OVER (PARTITION BY subscriber_id, currency ORDER BY placed_at, id) AS nth
		FROM orders WHERE state NOT IN ('refunded', 'cancelled') AND total_cents > refunded_cents),
	customers AS (SELECT subscriber_id, currency, COUNT(*) AS orders, SUM(net) AS net, MAX(CASE WHEN nth = 1 THEN channel END) AS channel FROM kept GROUP BY subscriber_id, currency)
	SELECT currency, '' AS name, COUNT(*), SUM(CASE WHEN orders > 1 THEN 1 ELSE 0 END), CAST(SUM(orders) AS BIGINT), CAST(SUM(net) AS BIGINT) FROM customers GROUP BY currency
	UNION ALL SELECT currency, 'channel ' || channel, COUNT(*), SUM(CASE WHEN orders > 1 THEN 1 ELSE 0 END), CAST(SUM(orders) AS BIGINT), CAST(SUM(net) AS BIGINT) FROM customers GROUP BY currency, channel`

// besideSQL counts the figures that differ from those of plain SQL, the averages and lifetime values among them.
func besideSQL(ctx context.Context, k *stage.Keepsake) (faults int, err error) {
	db, err := beside(k)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, plain)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	want := map[string]worth{}
	for rows.Next() {
		var w worth
		if err := rows.Scan(&w.Currency, &w.Name, &w.Customers, &w.Repeaters, &w.Orders, &w.NetCents); err != nil {
			return 0, err
		}
		w.Average, w.LTVCents = half(w.NetCents, w.Orders), half(w.NetCents, w.Customers) // S × C × t is the mean net of a customer
		want[w.Currency+w.Name] = w
	}
	got, err := told(ctx, k)
	if err != nil {
		return 0, err
	}
	for name, w := range want {
		if got[name] != w {
			faults++
			say("%s: kept %+v, the orders say %+v", name, got[name], w)
		}
	}
	say("%d groups compared with plain SQL, six figures each", len(want))
	return faults + max(0, len(got)-len(want)), rows.Err()
}

// half is n/d, rounded half up.
func half(n, d int64) int64 { return (2*n + d) / (2 * d) }

// told is what the API says of all currencies, and of their channels.
func told(ctx context.Context, k *stage.Keepsake) (map[string]worth, error) {
	type page struct{ Items []worth }
	all, err := stage.Call[page](ctx, k, http.MethodGet, "/value", nil)
	got := map[string]worth{}
	for _, w := range all.Items {
		got[w.Currency] = w
		by, err := stage.Call[page](ctx, k, http.MethodGet, "/value/groups?by=channel&limit=200&currency="+w.Currency, nil)
		if err != nil {
			return nil, err
		}
		for _, g := range by.Items {
			g.Name = "channel " + g.Name
			got[g.Currency+g.Name] = g
		}
	}
	return got, err
}

// oneMore reports an order and looks whether the figures say so at once; took is until they had been read.
func oneMore(ctx context.Context, k *stage.Keepsake) (faults int, took time.Duration, err error) {
	before, err := told(ctx, k)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if _, err := stage.Call[map[string]any](ctx, k, http.MethodPost, "/orders", map[string]any{"number": "one more", "email": "one.more@example.com", "state": "paid", "currency": "EUR", "total": "12.34"}); err != nil {
		return 0, 0, err
	}
	after, err := told(ctx, k)
	took = time.Since(began)
	if a, b := after["EUR"], before["EUR"]; a.NetCents != b.NetCents+1234 || a.Orders != b.Orders+1 || a.Customers != b.Customers+1 {
		faults++
		say("after one order more: %+v, before %+v", a, b)
	}
	return faults, took, err
}

var mismatches = regexp.MustCompile(`figure_mismatches: (\d+)`)

// recount has every person's figures made anew and compared, once those of a new time zone are there.
func recount(ctx context.Context, k *stage.Keepsake) (n int, err error) {
	var out string
	err = stage.Until(ctx, 10*time.Minute, "the recount", func() (bool, error) {
		out, _ = k.Run(ctx, "value", "check", "--data", k.Data) // what it prints says how it ended
		return !strings.Contains(out, "being made anew"), nil
	})
	m := mismatches.FindStringSubmatch(out)
	if err != nil || m == nil {
		return 0, errors.Join(err, fmt.Errorf("keepsake value check: %s", stage.Last(out, 300)))
	}
	if n, err = strconv.Atoi(m[1]); n > 0 {
		say("%s", stage.Last(out, 600))
	}
	return n, err
}

var disagreements = regexp.MustCompile(`rule_disagreements: (\d+) of`)

// rules asks both databases and Go what thousands of rules mean, made at random with a seed of this moment.
func rules(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	folder, err := stage.Output(ctx, w.Root, "scripts/postgres", "start")
	if err != nil {
		return nil, err
	}
	folder = strings.TrimSpace(folder)
	defer stage.Output(context.WithoutCancel(ctx), w.Root, "scripts/postgres", "stop", folder)
	dsn, err := stage.Output(ctx, w.Root, "scripts/postgres", "dsn", folder)
	if err != nil {
		return nil, err
	}
	sum := 0
	for range 3 {
		seed := time.Now().UnixNano()
		say("rules of seed %d", seed)
		cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-v", "-run", "^TestARuleMeansTheSameInBothDatabasesAndInGo$", "./internal/store")
		cmd.Dir, cmd.Env = w.Root, append(os.Environ(), "KEEPSAKE_TEST_POSTGRES="+strings.TrimSpace(dsn), fmt.Sprint("KEEPSAKE_TEST_SEED=", seed))
		out, err := cmd.CombinedOutput()
		m := disagreements.FindSubmatch(out)
		if m == nil {
			return nil, fmt.Errorf("the test of rules: %w: %s", err, stage.Last(string(out), 300))
		}
		n, _ := strconv.Atoi(string(m[1])) // digits
		sum += n
	}
	return map[string]stage.Figure{"rule_disagreements": stage.Count(sum, 0)}, nil
}

// beside opens a Keepsake's books for looking.
func beside(k *stage.Keepsake) (*sql.DB, error) {
	if onPostgres() {
		return sql.Open("pgx", dsnOf(k))
	}
	return sql.Open("sqlite3", dsnOf(k))
}

// dsnOf is where a Keepsake's books are, for others to read.
func dsnOf(k *stage.Keepsake) string {
	for _, s := range k.Env {
		if dsn, ok := strings.CutPrefix(s, "KEEPSAKE_DATABASE="); ok {
			return dsn
		}
	}
	return "file:" + filepath.Join(k.Data, "keepsake.db") + "?mode=ro"
}
