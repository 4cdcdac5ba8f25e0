package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"keepsake/internal/bench/blast"
	"keepsake/internal/bench/machine"
	"keepsake/internal/bench/sink"
)

// What stands between these marks of a page is written by us.
const (
	beginMark = "<!-- measured: begin -->\n"
	endMark   = "<!-- measured: end -->\n"
)

// table measures the sink and the driver, adds what `go test -bench` printed into in, and writes both into the page.
func table(ctx context.Context, in io.Reader, page string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s; load before the rates: %s\n\n", machine.Describe(time.Now()), machine.Load())
	if err := rates(ctx, &b); err != nil {
		return err
	}
	if err := benchmarks(in, &b); err != nil {
		return err
	}
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, found := bytes.Cut(old, []byte(beginMark))
	_, tail, ended := bytes.Cut(rest, []byte(endMark))
	if !found || !ended {
		return fmt.Errorf("%s lacks the marks of what is measured", page)
	}
	return os.WriteFile(page, slices.Concat(head, []byte(beginMark+b.String()+endMark), tail), 0o644)
}

// rates are the medians of three of what the driver reaches against the sink, both in this process.
func rates(ctx context.Context, w io.Writer) error {
	fmt.Fprint(w, "| our driver to our sink, 10 connections, 10 KiB | round trips a letter | letters/s |\n|---|--:|--:|\n")
	for i, mode := range []blast.Mode{blast.Fold, blast.Group, blast.Step, blast.Rset} {
		var all []float64
		for range 3 {
			r, err := once(ctx, mode)
			if err != nil {
				return err
			}
			all = append(all, r)
		}
		slices.Sort(all)
		fmt.Fprintf(w, "| `%s` | %d | %.0f |\n", mode, []int{1, 2, 4, 5}[i], all[1])
	}
	return nil
}

func once(ctx context.Context, mode blast.Mode) (float64, error) {
	s, err := sink.Listen("127.0.0.1:0", sink.Options{})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	r, err := blast.Run(ctx, blast.Options{Addr: s.Addr(), Letters: 50_000, Mode: mode})
	return r.Rate, err
}

// benchmarks turns the lines of `go test -bench` into rows. What a program logs may stand between a name and its values.
func benchmarks(in io.Reader, w io.Writer) error {
	fmt.Fprint(w, "\n| benchmark | time | memory | allocations | besides |\n|---|--:|--:|--:|---|\n")
	pkg, name := "", ""
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if after, ok := strings.CutPrefix(lines.Text(), "pkg: keepsake/"); ok {
			pkg = after
		}
		values := strings.Fields(lines.Text())
		if len(values) > 0 && strings.HasPrefix(values[0], "Benchmark") {
			name, values = strings.TrimPrefix(values[0], "Benchmark"), values[1:]
		}
		if len(values) >= 3 && values[2] == "ns/op" {
			if err := row(w, pkg, name, values[1:]); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

// row is one benchmark: each value stands before its unit.
func row(w io.Writer, pkg, name string, values []string) error {
	known, besides := map[string]string{}, []string{}
	for pair := range slices.Chunk(values, 2) {
		if len(pair) < 2 {
			return fmt.Errorf("%s: a value without a unit in %q", name, values)
		}
		if known[pair[1]] = pair[0]; !slices.Contains([]string{"ns/op", "B/op", "allocs/op"}, pair[1]) {
			besides = append(besides, pair[0]+" "+pair[1])
		}
	}
	took, err := time.ParseDuration(known["ns/op"] + "ns")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = fmt.Fprintf(w, "| `%s` %s | %v | %s B | %s | %s |\n", pkg, name, round(took), known["B/op"], known["allocs/op"], strings.Join(besides, ", "))
	return err
}

// round leaves three digits.
func round(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}
