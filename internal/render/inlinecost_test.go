package render

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"keepsake/campaigns"
)

// worked is the processor time that we have taken so far: unlike the clock's, it is the same
// on a busy machine.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano())
}

// inlined is what a letter with so many rules and tags takes, and how large it becomes.
func inlined(t *testing.T, rule func(i int) string, n int) (took time.Duration, octets int) {
	t.Helper()
	var css strings.Builder
	for i := range n {
		css.WriteString(rule(i))
	}
	html := "<html><head><style>" + css.String() + "</style></head><body>" + strings.Repeat(`<p class="a">x</p>`, n) + "</body></html>"
	before := worked(t)
	l, err := htmlSources(campaigns.Content{Lang: "en", Mode: "html", Subject: "x", HTML: html}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return worked(t) - before, len(l.html)
}

func TestManyRulesOnManyTagsTakeNeitherLongNorMuch(t *testing.T) {
	for name, rule := range map[string]func(i int) string{
		"other": func(i int) string { return fmt.Sprintf(".c%d{color:#111}", i) },
		"same":  func(int) string { return ".a{color:#111}" },
	} {
		few, _ := inlined(t, rule, 2000)
		for range 2 {
			again, _ := inlined(t, rule, 2000)
			few = min(few, again)
		}
		many, octets := inlined(t, rule, 8000)
		for range 2 {
			again, _ := inlined(t, rule, 8000)
			many = min(many, again)
		}
		t.Logf("%s: %s, four times as many %s, %d octets", name, few, many, octets)
		// Four times as many of both: looked at one by one, they would take sixteen times as long.
		if many > 10*few+50*time.Millisecond || octets > 2*mostInlined {
			t.Errorf("%s: %s, four times as many %s, %d octets", name, few, many, octets)
		}
	}
}
