package jobs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

var tuesday = time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)

// cutting is a store that ends its worker's context after some batches, as a stop does.
type cutting struct {
	*store.Store
	after int
	cut   func()
}

func (c *cutting) ImportBatch(ctx context.Context, rows []audience.ImportRow, b ledger.Batch) (audience.ImportResult, error) {
	r, err := c.Store.ImportBatch(ctx, rows, b)
	if c.after--; c.after == 0 {
		c.cut()
	}
	return r, err
}

func (c *cutting) ImportOrders(ctx context.Context, rows []audience.OrderRow, b ledger.Batch) (audience.ImportResult, error) {
	r, err := c.Store.ImportOrders(ctx, rows, b)
	if c.after--; c.after == 0 {
		c.cut()
	}
	return r, err
}

func runner(st jobs.Store, data string) *jobs.Runner { return shipping(st, data, nil) }

// shipping is a runner that brings files to a depot.
func shipping(st jobs.Store, data string, to jobs.Depot) *jobs.Runner {
	return jobs.New(jobs.Options{Store: st, Depot: to, Data: data, Now: time.Now,
		Exchange: jobs.Exchange{
			Whole:  func(f jobs.File, im audience.Import) error { return exchange.Whole(f, im) },
			Header: func(f jobs.File, im audience.Import) ([]string, error) { return exchange.Header(f, im) },
			Orders: func(f jobs.File, im audience.Import, now time.Time) iter.Seq2[audience.OrderRow, error] {
				return exchange.Orders(f, im, now)
			},
			People: func(f jobs.File, im audience.Import) iter.Seq2[audience.ImportRow, error] {
				return exchange.People(f, im)
			},
			Writer: func(w io.Writer, form string) jobs.Writer { return exchange.NewWriter(w, form) },
			Rows:   func(w io.Writer, e audience.Export) jobs.Rows { return exchange.NewRows(w, e) }},
		Say: func(_ string, err error) string { return err.Error() }})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func queue(t *testing.T, st *store.Store, r *jobs.Runner, kind, file string, params any) ledger.Job {
	t.Helper()
	b, err := json.Marshal(params)
	must(t, err)
	j := ledger.Job{Kind: kind, Params: string(b)}
	if kind == ledger.ImportJob {
		j.File, err = r.Upload(strings.NewReader(file))
		must(t, err)
	}
	must(t, st.CreateJob(t.Context(), &j))
	return j
}

func report(t *testing.T, st *store.Store, j ledger.Job) (ledger.Job, jobs.Report) {
	t.Helper()
	j, err := st.Job(t.Context(), j.ID)
	must(t, err)
	rep, err := jobs.ReportOf(j)
	must(t, err)
	return j, rep
}

// file is n people, of whom every hundredth line has no address.
func file(n int) string {
	var b strings.Builder
	b.WriteString("email,first_name\n")
	for i := range n {
		if i%100 == 99 {
			b.WriteString("nobody,N\n")
			continue
		}
		fmt.Fprintf(&b, "p%d@shop.test,Ana\n", i)
	}
	return b.String()
}

func options(list int64) audience.Import {
	return audience.Import{Encoding: "UTF-8", Delimiter: ",", Mapping: []string{"email", "first_name"}, List: list,
		State: audience.Confirmed, Existing: audience.UpdateKnown, Wording: "the till"}
}

func TestAnImportGoesOnWhereItWasStopped(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		data := t.TempDir()
		ctx, cut := context.WithCancel(t.Context())
		first := runner(&cutting{st, 2, cut}, data)
		j := queue(t, st, first, ledger.ImportJob, file(4500), options(l.ID))
		_ = first.Drain(ctx, ledger.ImportJob) // says that it was stopped
		half, rep := report(t, st, j)
		if half.State != ledger.JobQueued || rep.Rows != 2000 {
			t.Fatalf("after the stop: %s, %+v", half.State, rep)
		}
		must(t, runner(st, data).Drain(t.Context(), ledger.ImportJob))
		whole, rep := report(t, st, j)
		want := audience.ImportCounts{Rows: 4500, New: 4455, Joined: 4455, Wrong: 45}
		if whole.State != ledger.JobFinished || rep.ImportCounts != want || whole.Done != 4500 {
			t.Errorf("%s, %+v; want %+v", whole.State, rep, want)
		}
		f, err := first.Reasons(whole)
		must(t, err)
		defer f.Close()
		b, _ := io.ReadAll(f)
		if n := strings.Count(string(b), "\n"); n != 46 || !strings.Contains(string(b), `"101","“nobody” is not an email address.","nobody","N"`) {
			t.Errorf("%d lines of reasons: %.300s", n, b)
		}
	})
}

func TestAnImportRestsWhereItWasPausedUntilItGoesOn(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		data := t.TempDir()
		cut := &cutting{Store: st, after: 1}
		r := runner(cut, data)
		j := queue(t, st, r, ledger.ImportJob, file(2500), options(l.ID))
		cut.cut = func() { must(t, st.PauseJob(t.Context(), j.ID)) }
		must(t, r.Drain(t.Context(), ledger.ImportJob))
		j, rep := report(t, st, j)
		if j.State != ledger.JobPaused || rep.Rows != 1000 {
			t.Fatalf("paused: %s after %d rows", j.State, rep.Rows)
		}
		must(t, r.Drain(t.Context(), ledger.ImportJob))
		if j, rep = report(t, st, j); j.State != ledger.JobPaused || rep.Rows != 1000 {
			t.Fatalf("it went on by itself: %s after %d rows", j.State, rep.Rows)
		}
		must(t, st.ResumeJob(t.Context(), j.ID))
		must(t, r.Drain(t.Context(), ledger.ImportJob))
		if j, rep = report(t, st, j); j.State != ledger.JobFinished || rep.Rows != 2500 || rep.New != 2475 || rep.Wrong != 25 {
			t.Errorf("gone on: %s, %+v", j.State, rep)
		}
	})
}

func TestADryRunCountsAndKeepsNothing(t *testing.T) {
	st := storetest.SQLite(t, nil)
	l := storetest.People(t, st, 3) // p1 to p3
	r := runner(st, t.TempDir())
	o := options(l.ID)
	o.Dry = true
	j := queue(t, st, r, ledger.ImportJob, file(1500)+"P7@shop.test,Eva\n", o)
	must(t, r.Drain(t.Context(), ledger.ImportJob))
	j, rep := report(t, st, j)
	if want := (audience.ImportCounts{Rows: 1501, New: 1482, Same: 4, Joined: 1482, Wrong: 15, Repeated: 1}); j.State != ledger.JobChecked || rep.ImportCounts != want {
		t.Errorf("%s: %+v, want %+v", j.State, rep.ImportCounts, want)
	}
	if n, err := st.CountSubscribers(t.Context(), store.SubscriberQuery{}); err != nil || n != 3 {
		t.Errorf("%d people, %v", n, err)
	}
	o.Dry = false
	params, _ := json.Marshal(o)
	must(t, st.QueueJob(t.Context(), j.ID, string(params)))
	must(t, r.Drain(t.Context(), ledger.ImportJob))
	j, rep = report(t, st, j)
	if want := (audience.ImportCounts{Rows: 1501, New: 1482, Updated: 1, Same: 3, Joined: 1482, Wrong: 15, Repeated: 1}); j.State != ledger.JobFinished || rep.ImportCounts != want {
		t.Errorf("%s: %+v, want %+v", j.State, rep.ImportCounts, want)
	}
}

func TestExportImportExportIsTheSameFile(t *testing.T) {
	names := []string{"=HYPERLINK(\"x\")", "<script>alert(1)</script>", "'=1", "+359", "Ана, \"Петрова\"", "a;b", "'quoted'", "", "👩‍👧"}
	for _, form := range []string{audience.Spreadsheet, audience.Raw} {
		t.Run(form, func(t *testing.T) {
			var files [][]byte
			e := audience.Export{Fields: []string{"email", "first_name", "last_name", "lang", "zone", "attributes.note", "attributes.=x"}, Form: form}
			from := storetest.SQLite(t, nil)
			for i, name := range names {
				p := audience.Subscriber{Email: fmt.Sprintf("=p%d@shop.test", i), FirstName: name, LastName: name, Lang: audience.Languages[i%3],
					Attributes: map[string]string{"note": name + "\r\n" + name, "=x": name}}
				must(t, p.Validate())
				must(t, from.SaveSubscriber(t.Context(), &p))
			}
			for range 2 {
				r := runner(from, t.TempDir())
				j := queue(t, from, r, ledger.ExportJob, "", e)
				must(t, r.Drain(t.Context(), ledger.ExportJob))
				j, _ = report(t, from, j)
				f, err := r.Export(j)
				must(t, err)
				b, _ := io.ReadAll(f)
				f.Close()
				files = append(files, b)
				from = storetest.SQLite(t, nil)
				p, err := exchange.Sniff(bytes.NewReader(b), exchange.Source{})
				must(t, err)
				r = runner(from, t.TempDir())
				j = queue(t, from, r, ledger.ImportJob, string(b), audience.Import{Encoding: p.Encoding, Delimiter: p.Delimiter, Mapping: p.Mapping})
				must(t, r.Drain(t.Context(), ledger.ImportJob))
				if j, rep := report(t, from, j); j.State != ledger.JobFinished || rep.New != int64(len(names)) {
					t.Fatalf("%s %s: %+v, mapped %q", j.State, j.Error, rep, p.Mapping)
				}
			}
			if !bytes.Equal(files[0], files[1]) {
				t.Errorf("first\n%s\nthen\n%s", files[0], files[1])
			}
		})
	}
}

func TestTheManifestTellsAWholeFile(t *testing.T) {
	st := storetest.SQLite(t, nil)
	storetest.People(t, st, 7)
	r := runner(st, t.TempDir())
	j := queue(t, st, r, ledger.ExportJob, "", audience.Export{Fields: []string{"email", "state"}, Form: audience.Raw})
	if _, err := r.Manifest(j); !fault.Is(err, fault.Conflict) {
		t.Errorf("of an export that waits: %v", err)
	}
	must(t, r.Drain(t.Context(), ledger.ExportJob))
	j, rep := report(t, st, j)
	read := func(open func(ledger.Job) (*os.File, error)) []byte {
		f, err := open(j)
		must(t, err)
		defer f.Close()
		b, err := io.ReadAll(f)
		must(t, err)
		return b
	}
	file := read(r.Export)
	var m jobs.Manifest
	must(t, json.Unmarshal(read(r.Manifest), &m))
	if sum := fmt.Sprintf("%x", sha256.Sum256(file)); m.SHA256 != sum || rep.SHA256 != sum || m.Bytes != int64(len(file)) || m.Rows != 7 || rep.Rows != 7 {
		t.Errorf("a file of %d bytes, %s, is declared as %+v and reported as %+v", len(file), sum, m, rep)
	}
}

func TestRunWakesAndStops(t *testing.T) {
	st := storetest.SQLite(t, nil)
	r := runner(st, t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { r.Run(ctx); close(over) }()
	j := queue(t, st, r, ledger.ImportJob, "email,first_name\na@shop.test,A\n", options(0))
	r.Wake()
	for begun := time.Now(); ; {
		if got, _ := report(t, st, j); got.Over() {
			break
		}
		if time.Since(begun) > 4*time.Second { // sooner than it looks by itself
			t.Fatal("nobody woke")
		}
	}
	stop()
	<-over
}

func TestWhatCannotBeReadFailsWithAReason(t *testing.T) {
	st := storetest.SQLite(t, nil)
	data := t.TempDir()
	r := runner(st, data)
	j := queue(t, st, r, ledger.ImportJob, "email\na@shop.test\n", audience.Import{Encoding: "EBCDIC", Delimiter: ",", Mapping: []string{"email"}})
	must(t, r.Drain(t.Context(), ledger.ImportJob))
	if j, _ := report(t, st, j); j.State != ledger.JobFailed || j.Error != "We cannot read the encoding “EBCDIC”." {
		t.Errorf("%s: %s", j.State, j.Error)
	}
	if _, err := r.Upload(strings.NewReader("")); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty file: %v", err)
	}
	old := time.Now().Add(-jobs.Keep - time.Hour)
	must(t, os.Chtimes(filepath.Join(data, "imports", j.File), old, old))
	must(t, r.Sweep())
	if _, err := r.Source(j); !fault.Is(err, fault.NotFound) {
		t.Errorf("an old file is still there: %v", err)
	}
}
