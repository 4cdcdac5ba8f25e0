package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestABackupMadeWhileSendingIsOfOneMoment(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "keepsake.db")
	clock := storetest.NewClock(tuesday)
	st, err := store.Open(t.Context(), store.Options{DSN: path, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	beat(t, bind(t, st, dir))
	_, work := owed(t, st, clock, "sender", 400)
	var sender sync.WaitGroup
	began := make(chan struct{})
	sender.Go(func() { // each commit begins one letter and settles the one before it
		for i := 1; i < len(work); i++ {
			out := outcomeOf(work[i-1])
			if _, err := st.Record(context.Background(), "sender", []int64{work[i].ID}, out); err != nil {
				t.Error(err)
			}
			if i == 20 {
				close(began)
			}
		}
	})
	<-began
	for i := range 3 {
		to := filepath.Join(dir, fmt.Sprintf("copy-%d.db", i))
		rows, err := store.Backup(t.Context(), path, to)
		if err != nil {
			t.Fatal(err)
		}
		if rows["deliveries"] != 400 || rows["subscribers"] != 400 {
			t.Errorf("the copy holds %v", rows)
		}
		oneMoment(t, to)
	}
	sender.Wait()
}

// oneMoment sees that counters and rows of a copy agree, which they do only together.
func oneMoment(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var sending, sent, counted int
	err = db.QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM deliveries WHERE state = 'sending'), (SELECT COUNT(*) FROM deliveries WHERE state = 'sent'), (SELECT sent FROM runs)`).Scan(&sending, &sent, &counted)
	if err != nil || sending != 1 || sent != counted {
		t.Errorf("sending %d, sent %d, counted %d, %v: want one being sent and the counters right", sending, sent, counted, err)
	}
}

func TestARestoredBackupAsksInItsOwnFolderToo(t *testing.T) {
	dir, stop := liveFolder(t)
	path, copied := filepath.Join(dir, "keepsake.db"), filepath.Join(t.TempDir(), "copy.db")
	if _, err := store.Backup(t.Context(), path, copied); err != nil { // no life after it: nothing is older
		t.Fatal(err)
	}
	if _, err := store.Backup(t.Context(), path, copied); !fault.Is(err, fault.Conflict) {
		t.Errorf("a backup is overwritten: %v", err)
	}
	stop()
	for _, f := range []string{path, path + "-wal", path + "-shm"} {
		os.Remove(f)
	}
	copyFile(t, copied, path)
	i := bind(t, openAt(t, path), dir)
	wantHeld(t, i, store.HeldRestored)
	confirm(t, i)
}

func TestNoBackupOfNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := store.Backup(t.Context(), filepath.Join(dir, "none.db"), filepath.Join(dir, "copy.db")); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}
