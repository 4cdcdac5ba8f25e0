package jobs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keepsake/internal/jobs"
)

func TestFilesThatNameAnErasedPersonGo(t *testing.T) {
	dir := t.TempDir()
	r := jobs.New(jobs.Options{Data: dir, Now: time.Now})
	if n, err := r.Forget([]string{"ana@shop.test"}); n != 0 || err != nil {
		t.Fatalf("without files: %d, %v", n, err)
	}
	border := strings.Repeat("x", 1<<20-5) + "ANA@shop.test" + strings.Repeat("y", 3<<20)
	for name, goes := range map[string]struct {
		text string
		goes bool
	}{
		"exports/1.csv": {"email\nana@Shop.test\n", true}, "exports/2.csv": {"email\nanna@shop.test\n", false}, "imports/a.csv": {border, true},
		"imports/b.csv": {"", false}, "imports/c.xlsx": {"PK\x03\x04…", true}, "imports/d.csv.gz": {"\x1f\x8b…", true}, "exports/keep.csv": {strings.Repeat("z", 5<<20), false},
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(goes.text), 0o600); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if _, err := os.Stat(path); os.IsNotExist(err) != goes.goes {
				t.Errorf("%s is gone: %v, want %v", name, os.IsNotExist(err), goes.goes)
			}
		}()
	}
	if n, err := r.Forget([]string{"ana@shop.test"}); n != 4 || err != nil {
		t.Errorf("%d files went, %v", n, err)
	}
}
