package store_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func sighted(delivery int64, kind string) store.Sighting {
	return store.Sighting{Activity: ledger.Activity{DeliveryID: delivery, Kind: kind, At: tuesday}}
}

func record(ctx context.Context, st *store.Store, list ...store.Sighting) error {
	return st.RecordSightings(ctx, list, func(store.Seen) (string, string) { return "human", "" })
}

func TestOpensAndClicksOfOneBatchCountOnceInTheirRun(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		c, work := owed(t, st, clock, "me", 3)
		a, b := work[0].ID, work[1].ID
		must(t, record(t.Context(), st, sighted(a, "open"), sighted(b, "click")))
		must(t, record(t.Context(), st, sighted(a, "open"), sighted(a, "click"), sighted(b, "click")))
		must(t, st.RecordActivity(t.Context(), ledger.Activity{DeliveryID: work[2].ID, Kind: "open", Verdict: "machine"}))
		if got := totals(t, st, c.ID); got.Opened != 2 || got.Clicked != 2 || got.MachineOpened != 1 {
			t.Errorf("%d opened, %d clicked, %d by machines; want 2, 2, 1", got.Opened, got.Clicked, got.MachineOpened)
		}
	})
}

// Who settles letters marks them first and their run last. A batch of clicks that waits for
// one of those letters must not hold the run meanwhile, or each waits for the other.
func TestABatchOfClicksThatWaitsForALetterDoesNotHoldItsRun(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	st := storetest.Postgres(t, postgres(t), clock)
	_, work := owed(t, st, clock, "me", 2)
	must(t, record(t.Context(), st, sighted(work[0].ID, "open")))
	conn, err := pgx.Connect(t.Context(), storetest.DSN(st))
	must(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	tx, err := conn.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), `SELECT 1 FROM deliveries WHERE id = $1 FOR UPDATE`, work[0].ID)
	must(t, err)
	recorded := make(chan error, 1)
	go func() { recorded <- record(t.Context(), st, sighted(work[0].ID, "click"), sighted(work[1].ID, "open")) }()
	for waits := false; !waits; {
		must(t, tx.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))`).Scan(&waits))
	}
	if _, err := tx.Exec(t.Context(), `SELECT 1 FROM runs FOR UPDATE NOWAIT`); err != nil {
		t.Errorf("the run is held: %v", err)
	}
	must(t, tx.Rollback(t.Context()))
	must(t, <-recorded)
}
