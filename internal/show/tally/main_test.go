package main

import (
	"bytes"
	"strings"
	"testing"
)

const stream = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"why it failed\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"why it was skipped\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
{"ImportPath":"q","Action":"build-output","Output":"q.go:1: undefined\n"}
{"Action":"output","Package":"q","Output":"FAIL\tq [build failed]\n"}
{"Action":"fail","Package":"q"}
{"Action":"output","Package":"r","Test":"TestD","Output":"panic: boom\n"}
{"Action":"output","Package":"r","Output":"FAIL\tr\t0.1s\n"}
{"Action":"fail","Package":"r"}
{"Action":"output","Package":"s","Output":"PASS\n"}
{"Action":"output","Package":"s","Output":"ok  \ts\t0.1s\n"}
{"Action":"pass","Package":"s"}
not JSON
`

func TestCountsAndSpeaksAsGoTestDoes(t *testing.T) {
	var out bytes.Buffer
	got := tally{out: &out, said: map[test][]string{}, failedIn: map[string]int{}}
	if err := got.read(strings.NewReader(stream)); err != nil {
		t.Fatal(err)
	}
	if got.passed != 1 || got.failed != 3 || got.skipped != 1 {
		t.Errorf("got %d passed, %d failed, %d skipped; want 1, 3, 1", got.passed, got.failed, got.skipped)
	}
	got.again()
	want := "why it failed\nwhy it was skipped\nFAIL\tp\t0.1s\nq.go:1: undefined\nFAIL\tq [build failed]\n" +
		"panic: boom\nFAIL\tr\t0.1s\nok  \ts\t0.1s\nnot JSON\n\nfailed:\nwhy it failed\n"
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", &out, want)
	}
}
