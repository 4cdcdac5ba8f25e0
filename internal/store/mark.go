package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// fileMark is what the data folder knows of its database: the file instance.json. It is not
// part of a backup, so a restored database does not find its like.
type fileMark struct {
	Instance string `json:"instance"`
	Beat     int64  `json:"beat"` // never ahead of the database's
}

// markSize is that of the file, whatever it says: one write replaces it whole, in place, so
// that the file keeps its number.
const markSize = 256

func markPath(dir string) string { return filepath.Join(dir, "instance.json") }

// readMark returns what the folder knows: nothing where there is no file, or one that says
// nothing. A file that cannot be read just now is an error, which proves nothing.
func readMark(dir string) (m fileMark, known bool, err error) {
	b, err := os.ReadFile(markPath(dir))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("instance file: %w", err)
	}
	return m, json.Unmarshal(b, &m) == nil && m.Instance != "", nil
}

func (m fileMark) write(dir string) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	line := append(bytes.Repeat([]byte(" "), markSize-1), '\n')
	copy(line, b)
	f, err := os.OpenFile(markPath(dir), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("instance file: %w", err)
	}
	defer f.Close()
	if _, err := f.WriteAt(line, 0); err != nil {
		return fmt.Errorf("instance file: %w", err)
	}
	return f.Sync()
}

// fileNumber is a file's inode.
func fileNumber(path string) (uint64, error) {
	info, err := os.Stat(path)
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, nil
	}
	return uint64(st.Ino), nil
}

// machine is the system's own number, "-" where there is none, as in most containers.
func machine() string {
	b, err := os.ReadFile("/etc/machine-id")
	if id := strings.TrimSpace(string(b)); err == nil && id != "" && !strings.ContainsAny(id, " \n") {
		return id
	}
	return "-"
}
