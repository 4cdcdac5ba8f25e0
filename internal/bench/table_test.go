package main

import (
	"strings"
	"testing"
)

func TestBenchmarksBecomeRows(t *testing.T) {
	in := `goos: linux
pkg: keepsake/internal/liquid
BenchmarkRender-2   	  123456	      9876 ns/op	    1200 B/op	      34 allocs/op
BenchmarkParse/long-2   	2026/03/01 12:00:00 INFO something is said meanwhile
  10	      98765432.1 ns/op	   12.50 MB/s	    1 B/op	      0 allocs/op
PASS
`
	var out strings.Builder
	if err := benchmarks(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{"| `internal/liquid` Render-2 | 9.88µs | 1200 B | 34 |  |\n", "| `internal/liquid` Parse/long-2 | 98.8ms | 1 B | 0 | 12.50 MB/s |\n"} {
		if !strings.Contains(out.String(), row) {
			t.Errorf("got\n%s\nwant %s", &out, row)
		}
	}
}
