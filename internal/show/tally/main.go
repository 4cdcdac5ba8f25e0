// Command tally prints what `go test` would of its -json output, and counts the tests.
//
//	go test -json ./... | tally FILE
//
// FILE gets "passed failed skipped". A subtest is a test; a package that failed without naming a
// test (it did not build, it panicked, it ran out of time) is one failure.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	t := tally{out: os.Stdout, said: map[test][]string{}, failedIn: map[string]int{}}
	err := t.read(os.Stdin)
	t.again()
	if err == nil {
		counts := fmt.Sprintf("%d %d %d\n", t.passed, t.failed, t.skipped)
		err = os.WriteFile(os.Args[1], []byte(counts), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
}

// An event is a line of `go doc test2json`.
type event struct{ Action, Package, ImportPath, Test, Output string }

type test struct{ pkg, name string }

type tally struct {
	out                     io.Writer
	said                    map[test][]string // what a test has written so far
	failedIn                map[string]int    // failed tests by package
	why                     []string          // of each failed test, what it wrote
	passed, failed, skipped int
}

func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			t.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		t.out.Write(line) // the go command speaking plainly, e.g. about a missing module
		return
	}
	who := test{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		io.WriteString(t.out, e.Output)
	case "output":
		if strings.HasPrefix(e.Output, "=== ") {
			return // go test says these with -v only
		}
		t.said[who] = append(t.said[who], e.Output)
	case "pass", "fail", "skip":
		t.end(who, e.Action)
	}
}

func (t *tally) end(who test, how string) {
	said := t.said[who]
	delete(t.said, who)
	if who.name == "" {
		t.endPackage(who.pkg, how, said)
		return
	}
	switch how {
	case "pass":
		t.passed++
	case "skip":
		t.skipped++
		io.WriteString(t.out, strings.Join(said, ""))
	case "fail":
		t.failed++
		t.failedIn[who.pkg]++
		io.WriteString(t.out, strings.Join(said, ""))
		t.why = append(t.why, strings.Join(said, ""))
	}
}

// again prints last why tests failed: it stands far above what the other packages say.
func (t *tally) again() {
	for _, why := range t.why {
		fmt.Fprintf(t.out, "\nfailed:\n%s", why)
	}
}

// endPackage prints the usual line of a package, and all it wrote when it failed.
func (t *tally) endPackage(pkg, how string, said []string) {
	if how == "fail" {
		if t.failedIn[pkg] == 0 {
			t.failed++
		}
		t.unfinished(pkg)
	}
	for _, s := range said {
		if how == "fail" || strings.HasPrefix(s, "ok ") || strings.HasPrefix(s, "? ") {
			io.WriteString(t.out, s)
		}
	}
}

// unfinished prints what the tests wrote that a panic or a time limit cut short.
func (t *tally) unfinished(pkg string) {
	for who, said := range t.said {
		if who.pkg == pkg {
			io.WriteString(t.out, strings.Join(said, ""))
			delete(t.said, who)
		}
	}
}
