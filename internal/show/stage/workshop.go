// Package stage is where stories about a fresh Keepsake are told: it builds and serves one, asks its API, and prints
// what was measured as "name: value".
package stage

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

// A Workshop is the folder the stories work in and what they have started.
type Workshop struct {
	Root   string // of the repository
	Dir    string
	Binary string
	undo   []func() error // of the story at hand, last first
	n      int
}

// NewWorkshop builds the binary into a new folder.
func NewWorkshop(ctx context.Context) (*Workshop, error) {
	root, err := Output(ctx, "", "go", "list", "-m", "-f", "{{.Dir}}")
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
	w := &Workshop{Root: strings.TrimSpace(root), Dir: dir, Binary: filepath.Join(dir, "keepsake")}
	_, err = Output(ctx, w.Root, "go", "build", "-o", w.Binary, "./cmd/keepsake")
	return w, err
}

func (w *Workshop) Close(keep bool) {
	if keep {
		fmt.Fprintln(os.Stderr, "left behind:", w.Dir)
		return
	}
	os.RemoveAll(w.Dir)
}

// After has f done when the story ends.
func (w *Workshop) After(f func() error) { w.undo = append(w.undo, f) }

func (w *Workshop) tidy() {
	for i := len(w.undo) - 1; i >= 0; i-- {
		if err := w.undo[i](); err != nil {
			fmt.Fprintln(os.Stderr, "tidy:", err)
		}
	}
	w.undo = nil
}

// Folder makes a new folder that anybody may write in.
func (w *Workshop) Folder(name string) (string, error) {
	w.n++
	dir := filepath.Join(w.Dir, fmt.Sprintf("%02d-%s", w.n, name))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o777)
}

// Output runs a command in dir and returns what it printed; what it said beside that is the error.
func Output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", filepath.Base(name), err, Last(said.String()+out.String(), 600))
	}
	return out.String(), nil
}

// Script runs one of the independent judges and reads its answer.
func (w *Workshop) Script(ctx context.Context, into any, name string, args ...string) error {
	out, err := Output(ctx, w.Root, "python3", append([]string{filepath.Join(w.Root, name)}, args...)...)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(out), into)
}

// Last is the end of a text.
func Last(s string, n int) string {
	if s = strings.TrimSpace(s); len(s) > n {
		s = "…" + s[len(s)-n:]
	}
	return s
}

var errTimeout = errors.New("it did not happen in time")

// Until asks again and again, for as long as patience, whether something has happened.
func Until(ctx context.Context, patience time.Duration, what string, happened func() (bool, error)) error {
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
