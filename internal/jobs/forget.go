package jobs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Forget removes the files of imports and exports that hold addresses of erased people, in either case; and those that nobody
// can look into, being compressed. It returns how many it removed. While an import or an export is under way the words are
// kept and looked for again at its end: it may write them yet. An import that is at work on its file goes on with it: the
// address is refused by then.
func (r *Runner) Forget(ctx context.Context) (files int, err error) {
	people, still, err := r.o.Store.ToForget(ctx)
	if err != nil || len(people) == 0 {
		return 0, err
	}
	for _, dir := range []string{importsDir, exportsDir} {
		n, some := r.forgetIn(filepath.Join(r.o.Data, dir), people)
		files, err = files+n, errors.Join(err, some)
	}
	if err != nil || !still {
		return files, err
	}
	r.mu.Lock()
	maps.DeleteFunc(r.before, func(_ string, known map[int64][]string) bool { return len(newer(people, known)) == 0 })
	r.mu.Unlock()
	return files, r.o.Store.Forgotten(ctx, slices.Collect(maps.Keys(people)))
}

func (r *Runner) forgetIn(dir string, people map[int64][]string) (files int, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			var found bool
			if found, err = holds(path, r.strangers(path, people)); err == nil && found {
				files++
				err = os.Remove(path)
			}
		}
		return unless(err, nil)
	})
	return files, err
}

// begun notes who was erased before a file was begun: they cannot stand in it.
func (r *Runner) begun(path string, before map[int64][]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(before) > 0 {
		r.before[path] = before
	}
}

// strangers are the words of those people who may stand in a file.
func (r *Runner) strangers(path string, people map[int64][]string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return newer(r.before[path], people)
}

// newer are the words of those people who are not among the known ones.
func newer(known, people map[int64][]string) (words []string) {
	for id, some := range people {
		if _, is := known[id]; !is {
			words = append(words, some...)
		}
	}
	return words
}

// errErased says that people were erased who stand in a file that is being made.
var errErased = errors.New("people were erased meanwhile")

// anybody is errErased when a file holds somebody who was erased since the words known before were asked for.
func (r *Runner) anybody(ctx context.Context, before map[int64][]string, paths ...string) error {
	people, _, err := r.o.Store.ToForget(ctx)
	if err != nil {
		return err
	}
	words := newer(before, people)
	for _, path := range paths {
		found, err := holds(path, words)
		if found || errors.Is(err, fs.ErrNotExist) { // Forget was quicker
			return errErased
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetPage is how much of a file is looked at at once.
const forgetPage = 1 << 20

// holds reports whether a file holds one of the words, or cannot be looked into; without words none does.
func holds(path string, words []string) (bool, error) {
	if len(words) == 0 {
		return false, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, forgetPage)
	head, _ := in.Peek(len("\ufeff{"))
	objects := bytes.HasPrefix(bytes.TrimPrefix(head, []byte("\ufeff")), []byte("{"))
	if head = head[:min(2, len(head))]; bytes.Equal(head, []byte("PK")) || bytes.Equal(head, []byte{0x1f, 0x8b}) || bytes.Equal(head, []byte{0xff, 0xfe}) || bytes.Equal(head, []byte{0xfe, 0xff}) {
		return true, nil // XLSX, gzip, UTF-16
	}
	longest := 0
	for _, w := range words {
		longest = max(longest, len(w))
	}
	page := make([]byte, 0, forgetPage+longest)
	for {
		n, err := io.ReadFull(in, page[len(page):len(page)+forgetPage])
		page = page[:len(page)+n]
		lower := bytes.ToLower(page)
		if objects && (bytes.Contains(lower, []byte(`\u`)) || bytes.Contains(lower, []byte(`\/`))) {
			return true, nil // JSON may write any letter so
		}
		for _, w := range words {
			if w != "" && bytes.Contains(lower, []byte(strings.ToLower(w))) {
				return true, nil
			}
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return false, nil
		case err != nil:
			return false, err
		}
		kept := copy(page[:longest], page[len(page)-min(longest, len(page)):]) // a word may stand on the border of two pages
		page = page[:kept]
	}
}
