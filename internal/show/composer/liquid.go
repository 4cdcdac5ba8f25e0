package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	engine "keepsake/internal/liquid"
	"keepsake/internal/show/stage"
)

// liquid holds the engine to the golden cases and to its limits of time.
func liquid(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	share, err := golden(ctx, w)
	if err != nil {
		return nil, err
	}
	us, err := letterTime(ctx, w)
	if err != nil {
		return nil, err
	}
	loop, err := endless()
	if err != nil {
		return nil, err
	}
	torn, err := failures(ctx, w, "TestLiquidInHTMLSurvives")
	if err != nil {
		return nil, err
	}
	unescaped, err := failures(ctx, w, "TestValuesAreEscapedWhereTheyStand")
	return map[string]stage.Figure{"golden_liquid_pass": stage.AtLeast("%.4f", share, 0.99), "liquid_us": stage.AtMost("%.1f", us, 40),
		"liquid_loop_ms": stage.AtMost("%.0f", loop, 3000), "liquid_torture_lost": stage.Count(torn, 0), "escape_faults": stage.Count(unescaped, 0)}, err
}

var (
	goldenLine = regexp.MustCompile(`golden-liquid: (\d+) of (\d+) passed`)
	benchLine  = regexp.MustCompile(`BenchmarkRender/html\S*\s+\d+\s+([\d.]+) ns/op`)
	subtest    = regexp.MustCompile(`(?m)^ *--- (PASS|FAIL): `)
)

// golden is the share of the golden cases that pass; those that do not are named on standard error.
func golden(ctx context.Context, w *stage.Workshop) (float64, error) {
	out, err := stage.Output(ctx, w.Root, "go", "test", "-count=1", "-v", "-run", "^TestGoldenLiquid$", "./internal/liquid")
	m := goldenLine.FindStringSubmatch(out)
	if m == nil {
		return 0, errors.Join(errors.New("the golden cases are not here: set KEEPSAKE_SHARED to the folder that holds conformance/golden_liquid.json"), err)
	}
	for line := range strings.Lines(out) {
		if _, fault, is := strings.Cut(line, "golden_test.go:"); is {
			fmt.Fprint(os.Stderr, "  not met: ", fault)
		}
	}
	passed, _ := strconv.ParseFloat(m[1], 64) // the pattern holds digits alone
	all, _ := strconv.ParseFloat(m[2], 64)
	return passed / all, nil
}

// letterTime is the median of five benchmarks of the 10 KB letter, in µs.
func letterTime(ctx context.Context, w *stage.Workshop) (float64, error) {
	out, err := stage.Output(ctx, w.Root, "go", "test", "-run", "^$", "-bench", "^BenchmarkRender$/^html$", "-cpu", "1", "-count", "5", "./internal/liquid")
	if err != nil {
		return 0, err
	}
	var all []float64
	for _, m := range benchLine.FindAllStringSubmatch(out, -1) {
		ns, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, err
		}
		all = append(all, ns/1000)
	}
	if len(all) == 0 {
		return 0, fmt.Errorf("no benchmark in: %s", stage.Last(out, 300))
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// endless is how long three loops in one another run until they are stopped, in ms.
func endless() (float64, error) {
	const src = "{% for i in (1..900000000) %}{% for j in (1..900000000) %}{% for k in (1..900000000) %}{% endfor %}{% endfor %}{% endfor %}"
	t, err := engine.Parse(src, engine.HTML)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	_, err = t.RenderString(nil, engine.Limits{})
	if _, stopped := errors.AsType[*engine.Error](err); !stopped {
		return 0, fmt.Errorf("nobody stopped an endless loop: %w", err)
	}
	return float64(time.Since(began).Microseconds()) / 1000, nil
}

// failures runs the tests of one name in all packages and counts those that failed; none at all is an error.
func failures(ctx context.Context, w *stage.Workshop, name string) (failed int, err error) {
	out, err := stage.Output(ctx, w.Root, "go", "test", "-count=1", "-v", "-run", "^"+name, "./internal/render/...", "./internal/liquid/...", "./internal/mjml/...", "./web/admin/...")
	all := subtest.FindAllStringSubmatch(out, -1)
	for _, m := range all {
		if m[1] == "FAIL" {
			failed++
		}
	}
	if len(all) == 0 {
		return 0, errors.Join(fmt.Errorf("no test %s was run", name), err)
	}
	fmt.Fprintf(os.Stderr, "  %s: %d cases\n", name, len(all))
	if err != nil && failed == 0 {
		return 0, err
	}
	return failed, nil
}

// fuzz feeds the engine for ten minutes with what nobody would write.
func fuzz(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	minutes := 10
	if os.Getenv("BRIEF") != "" {
		minutes = 1
	}
	half := fmt.Sprintf("%ds", minutes*30)
	for _, name := range []string{"FuzzParseRender", "FuzzValueStaysInItsPlace"} {
		out, err := stage.Output(ctx, w.Root, "go", "test", "-run", "^$", "-fuzz", "^"+name+"$", "-fuzztime", half, "-fuzzminimizetime", "5x", "./internal/liquid")
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(os.Stderr, " ", name+":", stage.Last(out, 160))
	}
	return map[string]stage.Figure{"liquid_fuzz_min": stage.Count(minutes, minutes)}, nil
}
