package jobs_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestFilesThatNameAnErasedPersonGo(t *testing.T) {
	dir, st := t.TempDir(), storetest.SQLite(t, storetest.NewClock(tuesday))
	r := runner(st, dir)
	if n, err := r.Forget(t.Context()); n != 0 || err != nil {
		t.Fatalf("without files: %d, %v", n, err)
	}
	list := storetest.People(t, st, 1)
	storetest.Erase(t, st, storetest.Join(t, st, list.ID, "Ana@shop.test").ID)
	border := strings.Repeat("x", 1<<20-5) + "ANA@shop.test" + strings.Repeat("y", 3<<20)
	for name, goes := range map[string]struct {
		text string
		goes bool
	}{
		"exports/1.csv": {"email\nana@Shop.test\n", true}, "exports/2.csv": {"email\nanna@shop.test\n", false}, "imports/a.csv": {border, true},
		"imports/b.csv": {"", false}, "imports/c.xlsx": {"PK\x03\x04…", true}, "imports/d.csv.gz": {"\x1f\x8b…", true},
		"imports/e.csv": {`{"email":"\u0061na@shop.test"}`, true}, "imports/f.csv": {`{"email":"ben@shop.test"}`, false}, "imports/g.csv": {`email,note` + "\nben@shop.test,C:\\users", false}, "exports/keep.csv": {strings.Repeat("z", 5<<20), false},
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
	if n, err := r.Forget(t.Context()); n != 5 || err != nil {
		t.Errorf("%d files went, %v", n, err)
	}
	if words, _, err := st.ToForget(t.Context()); len(words) != 0 || err != nil {
		t.Errorf("still kept: %v, %v", words, err)
	}
}

// erasing is a store in which a person is erased at the first row of the first export.
type erasing struct {
	*store.Store
	id    int64
	after func()
}

func (e *erasing) ExportRows(ctx context.Context, x audience.Export, yield func([][]byte) error) error {
	return e.Store.ExportRows(ctx, x, func(cells [][]byte) error {
		if id := e.id; id != 0 {
			e.id = 0
			if _, err := e.Store.Erase(ctx, id, "test"); err != nil {
				return err
			}
			e.after()
		}
		return yield(cells)
	})
}

// unpacked is what a file holds.
func unpacked(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		in, err = gzip.NewReader(f)
		must(t, err)
	}
	b, err := io.ReadAll(in)
	must(t, err)
	return string(b)
}

func TestAnExportUnderWayHoldsNobodyWhoWasErasedMeanwhile(t *testing.T) {
	for _, packed := range []bool{false, true} {
		for _, looks := range []bool{false, true} { // whether the one who erases looks through the files at once
			t.Run(fmt.Sprint(packed, looks), func(t *testing.T) {
				storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
					storetest.People(t, st, 5)
					dir := t.TempDir()
					e := &erasing{Store: st, id: 4}
					r := runner(e, dir)
					e.after = func() {
						if looks {
							_, err := r.Forget(t.Context())
							must(t, err)
						}
					}
					x := audience.Export{What: audience.Subscribers, Fields: []string{"email"}, Format: audience.CSV, Form: audience.Raw, Gzip: packed}
					j := queue(t, st, r, ledger.ExportJob, "", x)
					must(t, r.Drain(t.Context(), ledger.ExportJob))
					j, rep := report(t, st, j)
					got := unpacked(t, filepath.Join(dir, "exports", fmt.Sprint(j.ID, x.Extension())))
					if j.State != ledger.JobFinished || rep.Rows != 4 || strings.Contains(got, "p4@shop.test") || !strings.Contains(got, "p5@shop.test") {
						t.Errorf("%s, %d rows:\n%s", j.State, rep.Rows, got)
					}
					if words, _, err := st.ToForget(t.Context()); len(words) != 0 || err != nil {
						t.Errorf("still kept: %v, %v", words, err)
					}
				})
			})
		}
	}
}

func TestNeitherTheFileNorTheManifestNamesWhomAnExportAskedFor(t *testing.T) {
	st, dir := storetest.SQLite(t, storetest.NewClock(tuesday)), t.TempDir()
	storetest.People(t, st, 5)
	e := &erasing{Store: st, id: 4, after: func() {}}
	r := runner(e, dir)
	j := queue(t, st, r, ledger.ExportJob, "", audience.Export{What: audience.Subscribers, Search: "p4@shop.test", Fields: []string{"id"}, Format: audience.CSV, Form: audience.Raw})
	must(t, r.Drain(t.Context(), ledger.ExportJob))
	j, rep := report(t, st, j)
	if said := unpacked(t, filepath.Join(dir, "exports", fmt.Sprintf("%d.manifest.json", j.ID))); strings.Contains(said, "p4@") || rep.Rows != 0 || j.State != ledger.JobFinished {
		t.Errorf("%s, %d rows: %s", j.State, rep.Rows, said)
	}
}

// full is a store beside a disk that fails.
type full struct{ *store.Store }

func (full) Forgotten(context.Context, []int64) error { return errors.New("the disk is full") }

func TestWhomAStopLeftInFilesTheNextStartForgets(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		storetest.People(t, st, 5)
		dir := t.TempDir()
		file := filepath.Join(dir, "exports", "9.csv")
		must(t, os.MkdirAll(filepath.Dir(file), 0o700))
		must(t, os.WriteFile(file, []byte("email\np4@shop.test\n"), 0o600))
		storetest.Erase(t, st, 4) // and the process ends before it looks
		if _, err := runner(full{st}, dir).Forget(t.Context()); err == nil {
			t.Fatal("nothing failed")
		}
		must(t, os.WriteFile(file, []byte("email\np4@shop.test\n"), 0o600))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		done := make(chan struct{})
		go func() { runner(&swept{st, stop}, dir).Run(ctx); close(done) }()
		<-done
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			t.Errorf("the file is there still: %v", err)
		}
		if words, _, err := st.ToForget(t.Context()); len(words) != 0 || err != nil {
			t.Errorf("still kept: %v, %v", words, err)
		}
	})
}

// swept is a store whose worker stops once it has forgotten somebody.
type swept struct {
	*store.Store
	stop func()
}

func (s *swept) Forgotten(ctx context.Context, ids []int64) error {
	defer s.stop()
	return s.Store.Forgotten(ctx, ids)
}

// parcel keeps what is brought to it.
type parcel struct{ files []string }

func (s *parcel) Put(_ context.Context, _ campaigns.Destination, _ string, f *os.File) error {
	b, err := io.ReadAll(f)
	s.files = append(s.files, string(b))
	return err
}

func TestNoFileIsShippedThatHoldsSomebodyErasedMeanwhile(t *testing.T) {
	st, dir := storetest.SQLite(t, storetest.NewClock(tuesday)), t.TempDir()
	storetest.People(t, st, 5)
	saved := campaigns.SavedExport{Name: "All", To: campaigns.Destination{Kind: campaigns.ToSFTP, Host: "x.test"},
		Export: audience.Export{What: audience.Subscribers, Fields: []string{"email"}, Format: audience.CSV, Form: audience.Raw}}
	must(t, st.SaveExport(t.Context(), &saved))
	_, err := st.RunSavedExport(t.Context(), saved.ID, 0)
	must(t, err)
	depot := &parcel{}
	r := jobs.New(jobs.Options{Store: &erasing{Store: st, id: 4, after: func() {}}, Data: dir, Now: st.Now, Depot: depot, Say: func(_ string, err error) string { return err.Error() },
		Exchange: jobs.Exchange{Rows: func(w io.Writer, e audience.Export) jobs.Rows { return exchange.NewRows(w, e) }}})
	must(t, r.Drain(t.Context(), ledger.ExportJob))
	if all := strings.Join(depot.files, ""); len(depot.files) != 2 || strings.Contains(all, "p4@") || !strings.Contains(all, "p5@") {
		t.Errorf("shipped: %d files, %s", len(depot.files), all)
	}
}
