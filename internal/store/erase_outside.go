package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"gorm.io/gorm"
)

// What lies beside the database's file knows an erased person longer than the file does: the write-ahead log until it is
// written over, which takes weeks in a quiet shop, and the servers' answers that were kept until they were settled.

// mergedInto are a person and all who were merged into them, one after the other, and are not parted again.
const mergedInto = `WITH RECURSIVE one (id) AS (SELECT CAST(? AS BIGINT) UNION SELECT m.gone_id FROM merges m JOIN one ON m.kept_id = one.id WHERE m.undone_at IS NULL)`

// emptyLog writes SQLite's log into its file and empties it. While somebody reads what only the log has, it stays as it is, and
// is tried again with the next erasure and when sign-ups are swept: nobody waits for it.
func (s *Store) emptyLog(conn *gorm.DB) error {
	conn = conn.WithContext(context.WithoutCancel(conn.Statement.Context))
	if err := conn.Exec(`PRAGMA busy_timeout = 0`).Error; err != nil {
		return err
	}
	var busy, pages, done int
	err := conn.Raw(`PRAGMA wal_checkpoint(TRUNCATE)`).Row().Scan(&busy, &pages, &done)
	s.inLog.Store(err != nil || busy != 0)
	return firstError(err, conn.Exec(`PRAGMA busy_timeout = 5000`).Error)
}

// emptyLogLate empties the log for erasures that found somebody reading.
func (s *Store) emptyLogLate(ctx context.Context) error {
	if !s.inLog.Load() {
		return nil
	}
	return s.db.WithContext(ctx).Connection(func(conn *gorm.DB) error { return s.emptyLog(conn.Session(&gorm.Session{})) })
}

// erase blanks the lines that hold one of the words: they are settled, or the person could not be erased. Others stay where
// they are, whatever happens meanwhile.
func (a *answers) erase(words []string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var errs []error
	for turn := range 2 {
		if err := blankLines(a.name(turn), words); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// blankLines writes spaces over the lines of a file that hold one of the words, as they are or as JSON writes them.
func blankLines(name string, words []string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(name)
	at := int64(0)
	for line := range bytes.Lines(b) {
		if text := bytes.TrimRight(line, "\n"); holdsWord(text, words) && err == nil {
			_, err = f.WriteAt(bytes.Repeat([]byte{' '}, len(text)), at)
		}
		at += int64(len(line))
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func holdsWord(text []byte, words []string) bool {
	lower := bytes.ToLower(text)
	for _, w := range words {
		w = strings.ToLower(w)
		if bytes.Contains(lower, []byte(w)) || bytes.Contains(lower, []byte(strings.Trim(asJSON(w), `"`))) {
			return true
		}
	}
	return false
}
