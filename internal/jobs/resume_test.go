package jobs_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// halting is a store in which a worker is stopped after its first step of undoing.
type halting struct {
	*store.Store
	halt func()
}

func (h *halting) UndoStep(ctx context.Context, after audience.UndoPoint, n int, b ledger.Batch) (audience.ImportResult, error) {
	r, err := h.Store.UndoStep(ctx, after, n, b)
	h.halt()
	return r, err
}

// remains is what a file beside an import holds.
func remains(t *testing.T, open func(ledger.Job) (*os.File, error), j ledger.Job) string {
	t.Helper()
	f, err := open(j)
	must(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	must(t, err)
	return string(b)
}

func TestAFileThatAnErasureTookBeginsAnewWhenItsJobGoesOn(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		data := t.TempDir()
		l := storetest.People(t, st, 0)
		ctx, cut := context.WithCancel(t.Context())
		j := queue(t, st, runner(st, data), ledger.ImportJob, file(2500), options(l.ID))
		_ = runner(&cutting{st, 1, cut}, data).Drain(ctx, ledger.ImportJob)
		must(t, os.Remove(filepath.Join(data, "imports", j.File+".reasons"))) // as Forget does
		r := runner(st, data)
		must(t, r.Drain(t.Context(), ledger.ImportJob))
		j, rep := report(t, st, j)
		if said := remains(t, r.Reasons, j); !strings.HasPrefix(said, "\ufeff\"keepsake_line\"") && !strings.HasPrefix(said, "\"keepsake_line\"") || strings.ContainsRune(said, 0) || strings.Count(said, "nobody") != 2*15 || int(rep.Reasons) != len(said) {
			t.Errorf("%s %s, %d bytes: %.200q", j.State, j.Error, rep.Reasons, said)
		}
		clock.Add(time.Hour)
		for i := range 2400 { // who was changed since stays, and is named
			if p, err := st.SubscriberByEmail(t.Context(), fmt.Sprintf("p%d@shop.test", i)); err == nil && i%200 == 0 {
				p.LastName = "Own"
				must(t, st.SaveSubscriber(t.Context(), &p))
			}
		}
		ctx, cut = context.WithCancel(t.Context())
		undoing := runner(&halting{st, cut}, data)
		must(t, st.UndoImport(t.Context(), j.ID, strings.Replace(j.Params, `"undo":false`, `"undo":true`, 1)))
		_ = undoing.Drain(ctx, ledger.ImportJob)
		_, rep = report(t, st, j)
		for n := 0; rep.LeftFile == 0 && n < 20; n++ {
			ctx, cut = context.WithCancel(t.Context())
			_ = runner(&halting{st, cut}, data).Drain(ctx, ledger.ImportJob)
			_, rep = report(t, st, j)
		}
		before := rep.Undone.Left
		must(t, os.Remove(filepath.Join(data, "imports", j.File+".left")))
		must(t, r.Drain(t.Context(), ledger.ImportJob))
		j, rep = report(t, st, j)
		said := remains(t, r.Left, j)
		if j.State != ledger.JobUndone || before == 0 || rep.Undone.Left == before || !strings.Contains(said[:20], `"email","reason"`) || strings.ContainsRune(said, 0) || int64(strings.Count(said, "@shop.test")) != rep.Undone.Left-before {
			t.Errorf("%s %s, %d of %d before: %.300q", j.State, j.Error, before, rep.Undone.Left, said)
		}
	})
}

// twice is a store that does every step again, as it is done again where another transaction was in its way.
type twice struct{ *store.Store }

func (s twice) settled(b ledger.Batch) ledger.Batch {
	settle := b.Settle
	b.Settle = func(r audience.ImportResult) (ledger.Progress, error) {
		if _, err := settle(r); err != nil {
			return ledger.Progress{}, err
		}
		return settle(r)
	}
	return b
}

func (s twice) ImportBatch(ctx context.Context, rows []audience.ImportRow, b ledger.Batch) (audience.ImportResult, error) {
	return s.Store.ImportBatch(ctx, rows, s.settled(b))
}

func (s twice) UndoStep(ctx context.Context, after audience.UndoPoint, n int, b ledger.Batch) (audience.ImportResult, error) {
	return s.Store.UndoStep(ctx, after, n, s.settled(b))
}

func TestAStepThatIsDoneAgainIsCountedOnce(t *testing.T) {
	said, counted := map[bool]string{}, map[bool]jobs.Report{}
	for _, again := range []bool{false, true} {
		st := storetest.SQLite(t, storetest.NewClock(tuesday))
		list, r := storetest.People(t, st, 0), runner(st, t.TempDir())
		if again {
			r = runner(twice{st}, t.TempDir())
		}
		j := queue(t, st, r, ledger.ImportJob, file(2500), options(list.ID))
		must(t, r.Drain(t.Context(), ledger.ImportJob))
		j, _ = report(t, st, j)
		said[again] = remains(t, r.Reasons, j)
		p, err := st.SubscriberByEmail(t.Context(), "p1@shop.test")
		must(t, err)
		must(t, st.Unsubscribe(t.Context(), store.Leave{Subscriber: p.ID, List: list.ID, Source: "page"}))
		j, counted[again] = undone(t, st, r, j)
		said[again] += remains(t, r.Left, j)
	}
	if said[true] != said[false] || counted[true].ImportCounts != counted[false].ImportCounts || counted[true].Undone != counted[false].Undone {
		t.Errorf("%+v\n%+v\n%.300s\n%.300s", counted[true], counted[false], said[true], said[false])
	}
}

// stopping is a store in which a worker is stopped once the attributes are made.
type stopping struct {
	*store.Store
	stop func()
}

func (s *stopping) RegisterAttributes(ctx context.Context, all []audience.Attribute) error {
	err := s.Store.RegisterAttributes(ctx, all)
	s.stop()
	return err
}

func TestAttributesOfAnImportThatWasStoppedAtItsBeginningAreUndoneToo(t *testing.T) {
	for name, stop := range map[string]func(st *store.Store, j ledger.Job) error{
		"the process ends":   nil,
		"somebody stops it":  func(st *store.Store, j ledger.Job) error { return st.StopJob(t.Context(), j.ID) },
		"somebody pauses it": func(st *store.Store, j ledger.Job) error { return st.PauseJob(t.Context(), j.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			st, data := storetest.SQLite(t, storetest.NewClock(tuesday)), t.TempDir()
			o := options(0)
			o.Mapping = []string{"email", "attributes.city"}
			j := queue(t, st, runner(st, data), ledger.ImportJob, "email,city\nnew@shop.test,\n", o)
			ctx, cut := context.WithCancel(t.Context())
			_ = runner(&stopping{st, func() {
				if cut(); stop != nil {
					must(t, stop(st, j))
				}
			}}, data).Drain(ctx, ledger.ImportJob)
			if all, err := st.Attributes(t.Context()); err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			if j, _ = report(t, st, j); j.State != ledger.JobStopped {
				must(t, st.StopJob(t.Context(), j.ID))
			}
			j, rep := undone(t, st, runner(st, data), j)
			if all, err := st.Attributes(t.Context()); err != nil || len(all) != 0 || rep.Undone.Attributes != 1 {
				t.Errorf("%s %s: left are %+v, %v; %+v", j.State, j.Error, all, err, rep)
			}
		})
	}
}
