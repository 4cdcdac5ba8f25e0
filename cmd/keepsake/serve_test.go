package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be the program: a signal and a lock need processes of their own.
func TestMain(m *testing.M) {
	if os.Getenv("KEEPSAKE_TEST_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// keepsake is the program with args, in a folder of its own and with nobody's settings.
func keepsake(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(cleanEnv(), "KEEPSAKE_TEST_MAIN=1")
	return cmd
}

func cleanEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "KEEPSAKE_") {
			env = append(env, v)
		}
	}
	return env
}

// A server is a running `keepsake serve`.
type server struct {
	cmd      *exec.Cmd
	base     string
	lines    <-chan string // of its standard output
	log      *journal
	finished chan error
}

// startServe starts `keepsake serve` on a free port and waits until it names its address.
func startServe(t *testing.T, data string, env ...string) *server {
	t.Helper()
	s := launch(t, env, "serve", "--addr", "127.0.0.1:0", "--data", data)
	s.base = s.say(t, `Keepsake is at (http://127\.0\.0\.1:\d+)`)
	return s
}

func launch(t *testing.T, env []string, args ...string) *server {
	t.Helper()
	s := &server{cmd: keepsake(t, args...), log: &journal{}, finished: make(chan error, 1)}
	s.cmd.Env = append(s.cmd.Env, env...)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.lines = linesOf(out)
	go func() { s.finished <- s.cmd.Wait() }()
	return s
}

func linesOf(r io.Reader) <-chan string {
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(r); in.Scan(); {
			lines <- in.Text()
		}
	}()
	return lines
}

// say waits for a line that matches and returns what its group caught.
func (s *server) say(t *testing.T, pattern string) string {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				t.Fatalf("it ended without saying %s: %v\n%s", pattern, <-s.finished, s.log)
			}
			if m := regexp.MustCompile(pattern).FindStringSubmatch(line); m != nil {
				return m[1]
			}
		case <-timeout:
			t.Fatalf("it never said %s", pattern)
		}
	}
}

// stop asks it to stop and returns how it ended.
func (s *server) stop(t *testing.T) error {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.finished:
		return err
	case <-time.After(30 * time.Second):
		t.Fatal("it did not stop")
		return nil
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestServeFromTheFirstStartToAnOrderlyStop(t *testing.T) {
	s := startServe(t, t.TempDir())
	welcome := s.say(t, `(`+regexp.QuoteMeta(s.base)+`/welcome/\S+)`)
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, body := get(t, s.base+path); code != http.StatusOK {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	for range 2 { // looking does not use the link up
		if code, body := get(t, welcome); code != http.StatusOK || !strings.Contains(body, "<form") {
			t.Errorf("the welcome link: %d\n%s", code, body)
		}
	}
	if err := s.stop(t); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, s.log)
	}
	if log := s.log.String(); !strings.Contains(log, "stopping") || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log:\n%s", log)
	}
}

func TestASecondServeOnTheSameFileSaysWhoHasIt(t *testing.T) {
	data := t.TempDir()
	s := startServe(t, data)
	out, err := keepsake(t, "serve", "--addr", "127.0.0.1:0", "--data", data).CombinedOutput()
	want := "keepsake: Another Keepsake already uses " + filepath.Join(data, "keepsake.db") + ". Stop it first, or use PostgreSQL for several processes.\n"
	if err == nil || string(out) != want {
		t.Errorf("got %v and\n%swant\n%s", err, out, want)
	}
	if err := s.stop(t); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
	s = startServe(t, data) // the lock goes with its process
	if err := s.stop(t); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
}

func TestTokenCreateWorksBesideARunningServe(t *testing.T) {
	data := t.TempDir()
	s := startServe(t, data)
	defer s.stop(t)
	cmd := keepsake(t, "token", "create", "the shop", "--data", data)
	var out, log strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	if token := strings.TrimSpace(out.String()); len(token) < 22 || strings.ContainsAny(token, " \n") { // 22 characters of base64 are 128 bit
		t.Errorf("printed %q", out.String())
	}
}

func TestATakenAddressIsNamed(t *testing.T) {
	s := startServe(t, t.TempDir())
	defer s.stop(t)
	addr := strings.TrimPrefix(s.base, "http://")
	out, err := keepsake(t, "serve", "--addr", addr, "--data", t.TempDir()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "keepsake: The address "+addr+" cannot be used: ") {
		t.Errorf("got %v and %s", err, out)
	}
}

func TestAMisspeltSettingStopsTheStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte("smtp:\n  hots: mail.example.org\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := keepsake(t, "serve", "--config", file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "hots") || !strings.Contains(string(out), "line 2") {
		t.Errorf("got %v and %s", err, out)
	}
}
