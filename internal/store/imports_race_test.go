package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store/storetest"
)

func TestTwoFilesOfTheSamePeopleAreImportedAtTheSameTime(t *testing.T) {
	st := storetest.Postgres(t, postgres(t), storetest.NewClock(tuesday))
	l := storetest.People(t, st, 0)
	const trips, people = 8, 600
	for trip := range trips {
		var rows []audience.ImportRow
		for i := range people {
			rows = append(rows, line(t, i+2, fmt.Sprintf("n%d-%d@shop.test", trip, i), "A", ""))
		}
		other := slices.Clone(rows)
		slices.Reverse(other)
		again := slices.Concat(other[people/2:], rows[people/2:])
		var all []func() error
		for _, file := range [][]audience.ImportRow{rows, other, again} {
			all = append(all, func() error { _, err := st.ImportBatch(t.Context(), file, importing(l.ID)); return err })
		}
		atOnce(t, all...)
	}
	if row, err := st.List(t.Context(), l.ID); err != nil || row.Confirmed != trips*people {
		t.Errorf("%+v, %v", row, err)
	}
	checkCounters(t, st, l.ID)
}

// An erasure that has taken the person away and has yet to write down that they must not come back.
func TestNoImportBringsBackSomebodyWhoIsErasedAtTheSameMoment(t *testing.T) {
	st := storetest.Postgres(t, postgres(t), storetest.NewClock(tuesday))
	ctx := t.Context()
	l := storetest.People(t, st, 1)
	conn, err := pgx.Connect(ctx, storetest.DSN(st))
	must(t, err)
	defer conn.Close(context.WithoutCancel(ctx))
	tx, err := conn.Begin(ctx)
	must(t, err)
	_, err = tx.Exec(ctx, `LOCK TABLE suppressions IN SHARE MODE`) // which may be read
	must(t, err)
	waiting := func(n int) {
		t.Helper()
		for got := 0; got < n; {
			must(t, tx.QueryRow(ctx, `SELECT COUNT(DISTINCT pid) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) OR NOT granted AND locktype = 'transactionid'`).Scan(&got))
		}
	}
	erased, imported := make(chan error, 1), make(chan error, 1)
	go func() { _, err := st.Erase(ctx, 1, "test"); erased <- err }()
	waiting(1)
	var got audience.ImportResult
	go func() {
		var err error
		got, err = st.ImportBatch(ctx, []audience.ImportRow{line(t, 2, "p1@shop.test", "Back", "")}, importing(l.ID))
		imported <- err
	}()
	waiting(2)
	must(t, tx.Rollback(ctx))
	must(t, <-erased)
	must(t, <-imported)
	if want := (audience.ImportCounts{Rows: 1, Suppressed: 1}); got.ImportCounts != want {
		t.Errorf("%+v", got.ImportCounts)
	}
	if p, err := st.SubscriberByEmail(ctx, "p1@shop.test"); !fault.Is(err, fault.NotFound) {
		t.Errorf("back on the books: %+v, %v", p, err)
	}
}

func TestTwoFilesOfTheSameOrdersAreImportedAtTheSameTime(t *testing.T) {
	st := storetest.Postgres(t, postgres(t), storetest.NewClock(tuesday))
	const trips, orders = 8, 300
	one, two := importingOrders(t, st), importingOrders(t, st)
	for trip := range trips {
		var rows []audience.OrderRow
		for i := range orders {
			rows = append(rows, told(t, i+2, fmt.Sprintf("n%d-%d@shop.test", trip, i), fmt.Sprintf("#%d-%d", trip, i), "paid", 100, tuesday.AddDate(0, -1, 0)))
		}
		other := slices.Clone(rows)
		slices.Reverse(other)
		var results [2]audience.ImportResult
		try := func(n int, rows []audience.OrderRow, b ledger.Batch) func() error {
			return func() (err error) { results[n], err = st.ImportOrders(t.Context(), rows, b); return err }
		}
		atOnce(t, try(0, rows, one), try(1, other, two))
		if n := results[0].New + results[1].New; n != orders {
			t.Errorf("%d orders are new, of %d", n, orders)
		}
	}
	if n, err := st.OrderCount(t.Context()); err != nil || n != trips*orders {
		t.Errorf("%d orders, %v", n, err)
	}
}
