// Command letter measures the way of a letter through a fresh Keepsake and prints each figure as "name: value".
//
// Every figure is taken at that moment: the built binary serves a new folder, is driven over HTTP as a shop would
// drive it, and hands its letters to Postfix's smtp-sink or to the built-in receiver. What arrived is judged by
// scripts that share no code with it (scripts/show-*, docs/check_draw.py). Standard output holds the figures alone;
// whether each is as wanted stands beside it on standard error. The exit code is 1 when one is not.
//
//	go run ./internal/show/letter [-keep] [story ...]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A figure is one measured value.
type figure struct {
	value string
	want  string // "" where any value will do
}

// A story is one way through a fresh Keepsake; it measures the figures it names.
type story struct {
	name    string
	figures []string
	tell    func(ctx context.Context, w *workshop) (map[string]figure, error)
}

var stories = []story{
	{"newsletter", []string{"letters_lost", "letters_twice", "header_faults", "letters_per_s"}, newsletter},
	{"orders", []string{"order_repeat_letters", "refunded_letters"}, orders},
	{"gift", []string{"codes_twice", "gift_letters", "gift_skipped", "double_redemptions"}, gift},
	{"scanner", []string{"scanner_changes", "scanner_links", "wire_faults"}, scanner},
	{"contest", []string{"draw_recomputed"}, contest},
	{"input", []string{"import_rows_lost", "import_rows_unnamed", "import_revived", "bad_letters_started"}, input},
	{"kill", []string{"kill_lost", "kill_twice", "kill_unsure"}, kill},
	{"disk", []string{"full_disk"}, fullDisk},
	{"second", []string{"second_serve"}, secondServe},
	{"away", []string{"unreachable_smtp"}, unreachable},
	{"browser", []string{"axe_serious", "csp_violations"}, browser},
	{"demo", []string{"demo_ready_s"}, demoReady},
}

// longest is how long one story may take.
const longest = 4 * time.Minute

func main() {
	keep := flag.Bool("keep", false, "leave the work folder behind")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	wrong, err := run(ctx, flag.Args(), *keep)
	if err != nil {
		fmt.Fprintln(os.Stderr, "show-letter:", err)
		os.Exit(1)
	}
	if wrong > 0 {
		fmt.Fprintf(os.Stderr, "%d figures are not as wanted\n", wrong)
		os.Exit(1)
	}
}

func run(ctx context.Context, only []string, keep bool) (wrong int, err error) {
	w, err := newWorkshop(ctx)
	if err != nil {
		return 0, err
	}
	defer w.close(keep)
	for _, s := range stories {
		if len(only) == 0 || slices.Contains(only, s.name) {
			wrong += w.measure(ctx, s)
		}
	}
	return wrong, ctx.Err()
}

// measure tells one story and prints its figures; it returns how many are not as wanted.
func (w *workshop) measure(ctx context.Context, s story) (wrong int) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	defer w.tidy()
	got, err := s.tell(ctx, w)
	for _, name := range s.figures {
		f, ok := got[name]
		if err != nil {
			f = figure{"error: " + oneLine(err.Error()), "no error"}
		} else if !ok {
			f = figure{"error: not measured", "a value"}
		}
		wrong += show(name, f)
	}
	fmt.Fprintf(os.Stderr, "  (%s took %.1f s)\n", s.name, time.Since(began).Seconds())
	return wrong
}

// show prints one figure, and beside it whether it is as wanted.
func show(name string, f figure) (wrong int) {
	fmt.Fprintf(os.Stdout, "%s: %s", name, f.value)
	switch {
	case f.want == "":
	case f.want == f.value:
		fmt.Fprint(os.Stderr, "  ok")
	default:
		fmt.Fprint(os.Stderr, "  want "+f.want)
		wrong = 1
	}
	fmt.Fprintln(os.Stdout)
	return wrong
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// count is a figure that is a number.
func count(n, want int) figure { return figure{fmt.Sprint(n), fmt.Sprint(want)} }

// info is a figure of which any value will do.
func info(format string, args ...any) figure { return figure{value: fmt.Sprintf(format, args...)} }
