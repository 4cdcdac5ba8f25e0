package jobs

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Forget removes the files of imports and exports that hold one of the words, an erased person's addresses, in either case; and
// those that nobody can look into, being compressed. It returns how many it removed. An import that is at work on
// its file goes on with it: the address is refused by then.
func (r *Runner) Forget(words []string) (files int, err error) {
	for _, dir := range []string{importsDir, exportsDir} {
		walk := filepath.WalkDir(filepath.Join(r.o.Data, dir), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			found, err := holds(path, words)
			if err != nil || !found {
				return err
			}
			files++
			return os.Remove(path)
		})
		if walk != nil && !errors.Is(walk, fs.ErrNotExist) {
			err = errors.Join(err, walk)
		}
	}
	return files, err
}

// forgetPage is how much of a file is looked at at once.
const forgetPage = 1 << 20

// holds reports whether a file holds one of the words, or cannot be looked into.
func holds(path string, words []string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, forgetPage)
	if head, _ := in.Peek(2); bytes.Equal(head, []byte("PK")) || bytes.Equal(head, []byte{0x1f, 0x8b}) || bytes.Equal(head, []byte{0xff, 0xfe}) || bytes.Equal(head, []byte{0xfe, 0xff}) {
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
