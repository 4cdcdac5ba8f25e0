package stage

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

// A Figure is one measured value, and whether it is as wanted.
type Figure struct {
	value string
	want  string // in words; "" where any value will do
	met   bool
}

// Exactly is a figure that must be as wanted to the letter.
func Exactly(value, want string) Figure { return Figure{value, want, value == want} }

// Count is a number that must be the wanted one.
func Count(n, want int) Figure { return Exactly(fmt.Sprint(n), fmt.Sprint(want)) }

// Info is a figure of which any value will do.
func Info(format string, args ...any) Figure {
	return Figure{value: fmt.Sprintf(format, args...), met: true}
}

// AtMost and AtLeast are numbers with a bound, printed in that format.
func AtMost[N int | float64](format string, n, bound N) Figure {
	return Figure{fmt.Sprintf(format, n), fmt.Sprintf("at most "+format, bound), n <= bound}
}

// AtLeast is the other bound.
func AtLeast[N int | float64](format string, n, bound N) Figure {
	return Figure{fmt.Sprintf(format, n), fmt.Sprintf("at least "+format, bound), n >= bound}
}

// A Story is one way through a fresh Keepsake; it measures the figures it names.
type Story struct {
	Name    string
	Figures []string
	Tell    func(ctx context.Context, w *Workshop) (map[string]Figure, error)
	Longest time.Duration // it may take; 0 is four minutes
}

// Main tells the stories named on the command line, or all, and ends the program: with 1 when a figure is not as
// wanted or could not be measured. Each story is told, whatever became of those before it.
func Main(name string, stories []Story) {
	keep := flag.Bool("keep", false, "leave the work folder behind")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	wrong, err := run(ctx, stories, flag.Args(), *keep)
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%d figures are not as wanted", wrong)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stories []Story, only []string, keep bool) (wrong int, err error) {
	for _, name := range only {
		if !slices.ContainsFunc(stories, func(s Story) bool { return s.Name == name }) {
			return 0, fmt.Errorf("there is no story %q", name)
		}
	}
	w, err := NewWorkshop(ctx)
	if err != nil {
		return 0, err
	}
	defer w.Close(keep)
	for _, s := range stories {
		if len(only) == 0 || slices.Contains(only, s.Name) {
			wrong += w.measure(ctx, s)
		}
	}
	return wrong, ctx.Err()
}

// measure tells one story and prints its figures; it returns how many are not as wanted.
func (w *Workshop) measure(ctx context.Context, s Story) (wrong int) {
	began := time.Now()
	if s.Longest == 0 {
		s.Longest = 4 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, s.Longest)
	defer cancel()
	defer w.tidy()
	got, err := s.Tell(ctx, w)
	for _, name := range s.Figures {
		f, ok := got[name]
		if err != nil {
			f = Exactly("error: "+OneLine(err.Error()), "no error")
		} else if !ok {
			f = Exactly("error: not measured", "a value")
		}
		if show(name, f); !f.met {
			wrong++
		}
	}
	fmt.Fprintf(os.Stderr, "  (%s took %.1f s)\n", s.Name, time.Since(began).Seconds())
	return wrong
}

// show prints one figure, and beside it whether it is as wanted.
func show(name string, f Figure) {
	fmt.Fprintf(os.Stdout, "%s: %s", name, f.value)
	switch {
	case f.want == "":
	case f.met:
		fmt.Fprint(os.Stderr, "  ok")
	default:
		fmt.Fprint(os.Stderr, "  want "+f.want)
	}
	fmt.Fprintln(os.Stdout)
}

// OneLine is the text with its white space folded.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
