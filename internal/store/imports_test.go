package store_test

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func line(t *testing.T, n int, email, first string, state audience.State) audience.ImportRow {
	t.Helper()
	p := audience.Subscriber{Email: email, FirstName: first}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	p.Lang = ""
	return audience.ImportRow{Line: n, Subscriber: p, State: state}
}

func importing(list int64) ledger.Batch {
	return ledger.Batch{Source: "import:1",
		Import: audience.Import{List: list, State: audience.Confirmed, Existing: audience.UpdateKnown, Wording: "the shop's till", Lang: "bg"}}
}

func TestSuppressionAndUnsubscriptionWinOverAnImport(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 4) // p1 to p4, confirmed, called Ana
		p1, _ := st.SubscriberByEmail(ctx, "p1@shop.test")
		p4, _ := st.SubscriberByEmail(ctx, "p4@shop.test")
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: p1.ID, List: l.ID, Source: "page"}))
		must(t, st.Suppress(ctx, "p2@shop.test", audience.HardBounce, "bounce"))
		storetest.Erase(t, st, p4.ID)
		rows := []audience.ImportRow{
			line(t, 2, "p1@shop.test", "Maria", ""), line(t, 3, "p2@shop.test", "Eva", ""), line(t, 4, "P3@shop.test", "Eva", ""),
			line(t, 5, "p4@shop.test", "Back", ""), line(t, 6, "new@shop.test", "New", ""), line(t, 7, "later@shop.test", "", audience.Pending),
			line(t, 8, "gone@shop.test", "", audience.Unsubscribed), {Line: 9, Fault: fault.New(fault.Invalid, "The address is missing.")},
			line(t, 10, "NEW@shop.test", "Nina", ""),
		}
		want := audience.ImportCounts{Rows: 9, New: 3, Updated: 3, Joined: 2, Left: 1, Suppressed: 2, Unsubscribed: 1, Wrong: 1, Repeated: 1}
		dry := importing(l.ID)
		dry.Dry = true
		for _, o := range []ledger.Batch{dry, importing(l.ID)} {
			got, err := st.ImportBatch(ctx, rows, o)
			if err != nil || got.ImportCounts != want {
				t.Fatalf("dry %v: got %+v, %v; want %+v", o.Dry, got.ImportCounts, err, want)
			}
			var lines []int
			for _, f := range got.Faults {
				lines = append(lines, f.Line)
			}
			if fmt.Sprint(lines) != "[2 3 5 9]" {
				t.Errorf("faults of lines %v", lines)
			}
			if _, err := st.SubscriberByEmail(ctx, "new@shop.test"); o.Dry != fault.Is(err, fault.NotFound) {
				t.Errorf("dry %v: new@shop.test: %v", o.Dry, err)
			}
		}
		row, err := st.List(ctx, l.ID)
		if err != nil || row.Confirmed != 3 || row.Pending != 1 { // p2 (suppressed, but on the list), p3, new; later
			t.Errorf("list: %+v, %v", row, err)
		}
		checkCounters(t, st, l.ID)
		nina, err := st.SubscriberByEmail(ctx, "new@shop.test")
		if err != nil || nina.FirstName != "Nina" || nina.Lang != "bg" || nina.Source != "import:1" {
			t.Errorf("new: %+v, %v", nina, err)
		}
		proof, err := st.Consents(ctx, nina.ID)
		if err != nil || len(proof) != 1 || proof[0].Wording != "the shop's till" || proof[0].Source != "import:1" {
			t.Errorf("consent: %+v, %v", proof, err)
		}
		if _, err := st.SubscriberByEmail(ctx, "p4@shop.test"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an erased person is back: %v", err)
		}
	})
}

// checkCounters compares a list's kept counts with its rows.
func checkCounters(t *testing.T, st *store.Store, list int64) {
	t.Helper()
	row, err := st.List(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	for state, kept := range map[audience.State]int64{audience.Confirmed: row.Confirmed, audience.Pending: row.Pending} {
		n, err := st.CountSubscribers(t.Context(), store.SubscriberQuery{List: list, State: state})
		if err != nil || n != kept {
			t.Errorf("%s: kept %d, counted %d, %v", state, kept, n, err)
		}
	}
}

func TestImportTwiceChangesNothing(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		var rows []audience.ImportRow
		for i := range 1000 {
			rows = append(rows, line(t, i+2, fmt.Sprintf("p%d@shop.test", i), "Ana", ""))
			rows[i].Subscriber.Attributes = map[string]string{"b": "2", "a": "1"}
		}
		first, err := st.ImportBatch(t.Context(), rows, importing(l.ID))
		if err != nil || first.New != 1000 || first.Joined != 1000 {
			t.Fatalf("first: %+v, %v", first.ImportCounts, err)
		}
		before, _ := st.SubscriberByEmail(t.Context(), "p7@shop.test")
		clock.Add(time.Hour)
		second, err := st.ImportBatch(t.Context(), rows, importing(l.ID))
		if want := (audience.ImportCounts{Rows: 1000, Same: 1000}); err != nil || second.ImportCounts != want {
			t.Errorf("second: %+v, %v", second.ImportCounts, err)
		}
		if after, _ := st.SubscriberByEmail(t.Context(), "p7@shop.test"); !reflect.DeepEqual(before, after) {
			t.Errorf("%+v became %+v", before, after)
		}
		checkCounters(t, st, l.ID)
	})
}

func TestExportHoldsEverybodyOnce(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		var rows []audience.ImportRow
		for i := range 4500 {
			rows = append(rows, line(t, i+2, fmt.Sprintf("p%d@shop.test", i), "Ana", ""))
		}
		rows[3].Subscriber.Attributes = map[string]string{"size": "38"}
		if _, err := st.ImportBatch(t.Context(), rows, importing(l.ID)); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		e := audience.Export{List: l.ID, Fields: []string{"email", "attributes.size", "state"}}
		err := st.ExportRows(t.Context(), e, func(cells [][]byte) error {
			email, size, state := string(cells[0]), string(cells[1]), audience.State(cells[2])
			if seen[email] || state != audience.Confirmed || (size == "38") != (email == "p3@shop.test") {
				t.Errorf("%s, %s, %s", email, size, state)
			}
			seen[email] = true
			return nil
		})
		if err != nil || len(seen) != 4500 {
			t.Errorf("%d people, %v", len(seen), err)
		}
		if keys, err := st.AttributeKeys(t.Context()); err != nil || fmt.Sprint(keys) != "[size]" {
			t.Errorf("keys %v, %v", keys, err)
		}
		if n, err := st.CountExport(t.Context(), e); err != nil || n != 4500 {
			t.Errorf("counted %d, %v", n, err)
		}
	})
}

func TestAJobGoesThroughItsStates(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		j := ledger.Job{Kind: ledger.ImportJob, State: ledger.JobDraft, Params: "{}", File: "1.csv"}
		must(t, st.CreateJob(ctx, &j))
		if _, err := st.LeaseJob(ctx, ledger.ImportJob); !errors.Is(err, ledger.ErrNoJob) {
			t.Errorf("a draft was leased: %v", err)
		}
		must(t, st.QueueJob(ctx, j.ID, `{"dry_run":true}`))
		if _, err := st.LeaseJob(ctx, ledger.ExportJob); !errors.Is(err, ledger.ErrNoJob) {
			t.Errorf("an import was leased as an export: %v", err)
		}
		got, err := st.LeaseJob(ctx, ledger.ImportJob)
		if err != nil || got.ID != j.ID || got.Params != `{"dry_run":true}` || got.StartedAt == nil {
			t.Fatalf("leased %+v, %v", got, err)
		}
		must(t, st.Progress(ctx, got.Lease(), ledger.Progress{Done: 5, Total: 10, Result: `{"new":5}`}))
		if err := st.QueueJob(ctx, j.ID, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("a running job was queued: %v", err)
		}
		clock.Add(store.JobLease + time.Second) // its worker is slow, or gone
		slow := got.Lease()
		got, err = st.LeaseJob(ctx, ledger.ImportJob)
		if err != nil || got.Done != 5 || got.Result != `{"new":5}` {
			t.Errorf("leased again %+v, %v", got, err)
		}
		if err := st.Progress(ctx, slow, ledger.Progress{Result: "{}"}); !errors.Is(err, ledger.ErrJobStopped) {
			t.Errorf("who lost the job goes on: %v", err)
		}
		if err := st.FinishJob(ctx, slow, ledger.JobFailed, ""); !errors.Is(err, ledger.ErrJobStopped) {
			t.Errorf("who lost the job ended it: %v", err)
		}
		must(t, st.ReleaseJob(ctx, slow))
		must(t, st.FinishJob(ctx, got.Lease(), ledger.JobChecked, ""))
		must(t, st.QueueJob(ctx, j.ID, "{}"))
		got, err = st.LeaseJob(ctx, ledger.ImportJob)
		must(t, err)
		must(t, st.StopJob(ctx, j.ID))
		if err := st.Progress(ctx, got.Lease(), ledger.Progress{}); !errors.Is(err, ledger.ErrJobStopped) {
			t.Errorf("progress of a stopped job: %v", err)
		}
		_, err = st.ImportBatch(ctx, []audience.ImportRow{line(t, 2, "a@shop.test", "", "")}, ledger.Batch{Lease: got.Lease(),
			Settle: func(audience.ImportResult) (ledger.Progress, error) { return ledger.Progress{}, nil }})
		if _, missing := st.SubscriberByEmail(ctx, "a@shop.test"); !errors.Is(err, ledger.ErrJobStopped) || missing == nil {
			t.Errorf("a stopped import went on: %v", err)
		}
		rows, next, err := st.Jobs(ctx, "", 0, 10)
		if err != nil || next != 0 || len(rows) != 1 || rows[0].State != ledger.JobStopped {
			t.Errorf("jobs: %+v, %v", rows, err)
		}
	})
}

func BenchmarkImportBatch(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { importing1000(b, storetest.SQLite(b, nil)) })
	if dsn := os.Getenv("KEEPSAKE_TEST_POSTGRES"); dsn != "" {
		b.Run("postgres", func(b *testing.B) { importing1000(b, storetest.Postgres(b, dsn, nil)) })
	}
}

func importing1000(b *testing.B, st *store.Store) {
	l := storetest.People(b, st, 0)
	o := importing(l.ID)
	rows := make([]audience.ImportRow, 1000)
	n := 0
	for b.Loop() {
		for i := range rows {
			p := audience.Subscriber{Email: fmt.Sprintf("person%d@shop.test", n), FirstName: "Ana", LastName: "Petrova", Attributes: map[string]string{"city": "Sofia"}}
			p.EmailNorm = p.Email
			rows[i] = audience.ImportRow{Line: n, Subscriber: p}
			n++
		}
		if _, err := st.ImportBatch(b.Context(), rows, o); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
}

func TestAnExportTellsWhereEachPersonStands(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 2)
		other := storetest.People(t, st, 1) // p1 again, on another list
		p1, err := st.SubscriberByEmail(ctx, "p1@shop.test")
		must(t, err)
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: p1.ID, List: l.ID, Source: "page"}))
		for state, want := range map[audience.State]string{"": "p2:confirmed ", "any": "p1:unsubscribed p2:confirmed ", audience.Unsubscribed: "p1:unsubscribed "} {
			got := ""
			must(t, st.ExportRows(ctx, audience.Export{List: l.ID, State: state, Fields: []string{"state", "email"}}, func(cells [][]byte) error {
				got += string(cells[1][:2]) + ":" + string(cells[0]) + " "
				return nil
			}))
			if got != want {
				t.Errorf("state %q of list %d beside %d: got %q, want %q", state, l.ID, other.ID, got, want)
			}
		}
	})
}

// Exports go by the number: what was imported goes out as it came.
func TestNewPeopleAreNumberedInTheOrderOfTheFile(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		var rows []audience.ImportRow
		for i, name := range []string{"zoe", "-bo", "ana", "+kim", "max"} {
			rows = append(rows, line(t, i+2, name+"@shop.test", "", ""))
		}
		_, err := st.ImportBatch(t.Context(), rows, importing(0))
		must(t, err)
		last := int64(0)
		for _, r := range rows {
			p, err := st.SubscriberByEmail(t.Context(), r.Subscriber.Email)
			if err != nil || p.ID <= last {
				t.Errorf("%s has number %d, after %d, %v", p.Email, p.ID, last, err)
			}
			last = p.ID
		}
	})
}
