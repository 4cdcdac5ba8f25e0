package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A workshop is the folder the stories work in and what they have started.
type workshop struct {
	root   string // of the repository
	dir    string
	binary string
	undo   []func() error // of the story at hand, last first
	n      int
}

// newWorkshop builds the binary into a new folder.
func newWorkshop(ctx context.Context) (*workshop, error) {
	root, err := output(ctx, "", "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "keepsake-show-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o711); err != nil { // smtp-sink writes in it as nobody
		return nil, err
	}
	w := &workshop{root: strings.TrimSpace(root), dir: dir, binary: filepath.Join(dir, "keepsake")}
	_, err = output(ctx, w.root, "go", "build", "-o", w.binary, "./cmd/keepsake")
	return w, err
}

func (w *workshop) close(keep bool) {
	if keep {
		fmt.Fprintln(os.Stderr, "left behind:", w.dir)
		return
	}
	os.RemoveAll(w.dir)
}

// after has f done when the story ends.
func (w *workshop) after(f func() error) { w.undo = append(w.undo, f) }

func (w *workshop) tidy() {
	for i := len(w.undo) - 1; i >= 0; i-- {
		if err := w.undo[i](); err != nil {
			fmt.Fprintln(os.Stderr, "tidy:", err)
		}
	}
	w.undo = nil
}

// folder makes a new folder that anybody may write in.
func (w *workshop) folder(name string) (string, error) {
	w.n++
	dir := filepath.Join(w.dir, fmt.Sprintf("%02d-%s", w.n, name))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o777)
}

// output runs a command in dir and returns what it printed; what it said beside that is the error.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", filepath.Base(name), err, last(said.String()+out.String(), 600))
	}
	return out.String(), nil
}

// script runs one of the independent judges and reads its answer.
func (w *workshop) script(ctx context.Context, into any, name string, args ...string) error {
	out, err := output(ctx, w.root, "python3", append([]string{filepath.Join(w.root, name)}, args...)...)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(out), into)
}

// last is the end of a text.
func last(s string, n int) string {
	if s = strings.TrimSpace(s); len(s) > n {
		s = "…" + s[len(s)-n:]
	}
	return s
}

var errTimeout = errors.New("it did not happen in time")

// until asks again and again, for as long as patience, whether something has happened.
func until(ctx context.Context, patience time.Duration, what string, happened func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		ok, err := happened()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w (%v)", what, errTimeout, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
