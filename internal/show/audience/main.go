// Command audience measures what Keepsake does with a million people, and prints each figure as "name: value".
//
// Every figure is taken at that moment on a fresh `keepsake serve`: a file of a million people is imported through the real
// job, tried out first, while pages are asked for; exported; imported elsewhere and exported again. Pages are asked of
// the books that `keepsake fixture` makes. Standard output holds the figures alone; whether each is as wanted stands beside
// it on standard error. The exit code is 1 when one is not. BRIEF=1 takes 50,000 people, DB=postgres a durable PostgreSQL.
//
//	go run ./internal/show/audience [-keep] [story ...]
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"keepsake/internal/show/stage"
)

var stories = []stage.Story{
	{Name: "exchange", Longest: time.Hour, Tell: exchange, Figures: []string{"import_rows_s", "import_try_rows_s", "import_page_ms", "import_rss_mb",
		"export_rows_s", "export_rss_mb", "export_served_rss_mb", "export_of_sqlite3", "manifest_faults", "roundtrip_differences"}},
	{Name: "books", Longest: time.Hour, Tell: books, Figures: []string{"fixture_s", "page_p95_ms", "deep_page_ms", "search_ms", "pages_rss_mb", "segment_median_ms", "segment_worst_ms",
		"value_ms", "value_order_ms", "figure_mismatches"}},
	{Name: "rules", Longest: 15 * time.Minute, Tell: rules, Figures: []string{"rule_disagreements"}},
}

func main() { stage.Main("show-audience", stories) }

// brief takes the small form.
func brief() bool { return os.Getenv("BRIEF") == "1" }

// onPostgres says which database is measured.
func onPostgres() bool { return os.Getenv("DB") == "postgres" }

// people is how many are measured with.
func people() int {
	if brief() {
		return 50_000
	}
	return 1_000_000
}

// atFullSize is a bound that holds for a million on SQLite; of anything else the value is only told.
func atFullSize(f stage.Figure, value string, args ...any) stage.Figure {
	if brief() || onPostgres() {
		return stage.Info(value, args...)
	}
	return f
}

// database starts what the story's Keepsakes keep their books in, and returns the settings that name it.
func database(ctx context.Context, w *stage.Workshop) ([]string, error) {
	if !onPostgres() {
		return nil, nil
	}
	folder, err := stage.Output(ctx, w.Root, "scripts/postgres", "start", "durable")
	if err != nil {
		return nil, err
	}
	folder = strings.TrimSpace(folder)
	w.After(func() error {
		_, err := stage.Output(context.WithoutCancel(ctx), w.Root, "scripts/postgres", "stop", folder)
		return err
	})
	dsn, err := stage.Output(ctx, w.Root, "scripts/postgres", "dsn", folder)
	return []string{"KEEPSAKE_DATABASE=" + strings.TrimSpace(dsn), "KEEPSAKE_SECRET=a secret that all processes of the stories share"}, err
}

// nowhere is a mail server that is not there: nothing is sent.
const nowhere = "127.0.0.1:9"

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "  "+format+"\n", args...) }
