package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

const (
	aPlace   = `INSERT INTO subscriptions (list_id, subscriber_id, state, created_at, updated_at) VALUES (1, %d, 'confirmed', '2026-11-17 10:00:00+00:00', '2026-11-17 10:00:00+00:00')`
	aProof   = `INSERT INTO consents (subscriber_id, list_id, given, source, wording, address, at) VALUES (%d, 1, TRUE, 'test', '', '', '2026-11-17 10:00:00+00:00')`
	nobody   = 99
	lonely   = `INSERT INTO subscribers (id, email, email_norm, first_name, last_name, lang, zone, source, created_at, updated_at) VALUES (7, 'p7@shop.test', 'p7@shop.test', '', '', 'en', 'UTC', '', '2026-11-17 10:00:00+00:00', '2026-11-17 10:00:00+00:00')`
	removed  = `DELETE FROM subscribers WHERE id = 7`
	ofLonely = ` WHERE subscriber_id = 7`
)

func checkGone(t *testing.T, st *store.Store) {
	t.Helper()
	for _, table := range []string{"subscriptions", "consents"} {
		rows, err := st.Table(t.Context(), table+ofLonely, "*")
		must(t, err)
		if len(rows.Rows) > 0 {
			t.Errorf("%s of somebody who is gone: %v", table, rows.Rows)
		}
	}
}

func TestPlacesAndProofsAreOfPeopleWhoAreThere(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		storetest.People(t, st, 1)
		must(t, st.ExecAll(t.Context(), strings.Join([]string{lonely, fmt.Sprintf(aPlace, 7), fmt.Sprintf(aProof, 7)}, ";\n")))
		for _, statement := range []string{
			fmt.Sprintf(aPlace, nobody), fmt.Sprintf(aProof, nobody),
			fmt.Sprintf(`UPDATE subscriptions SET subscriber_id = %d`+ofLonely, nobody), fmt.Sprintf(`UPDATE consents SET subscriber_id = %d`+ofLonely, nobody),
		} {
			if err := st.ExecAll(t.Context(), statement); err == nil {
				t.Errorf("was done: %s", statement)
			}
		}
		must(t, st.ExecAll(t.Context(), removed))
		checkGone(t, st)
	})
}

// As a reference does: who is being put on a list is not deleted before, and who is being deleted is put on none after.
func TestNobodyIsDeletedBetweenALookAndAPlace(t *testing.T) {
	for name, first := range map[string]string{"the place first": fmt.Sprintf(aPlace, 7), "the proof first": fmt.Sprintf(aProof, 7), "the deletion first": removed} {
		t.Run(name, func(t *testing.T) {
			st := storetest.Postgres(t, postgres(t), storetest.NewClock(tuesday))
			ctx := t.Context()
			storetest.People(t, st, 1)
			must(t, st.ExecAll(ctx, lonely))
			conn, err := pgx.Connect(ctx, storetest.DSN(st))
			must(t, err)
			defer conn.Close(context.WithoutCancel(ctx))
			tx, err := conn.Begin(ctx)
			must(t, err)
			_, err = tx.Exec(ctx, first)
			must(t, err)
			second := removed
			if first == removed {
				second = fmt.Sprintf(aPlace, 7)
			}
			done := make(chan error, 1)
			go func() { done <- st.ExecAll(ctx, second) }()
			for waits := false; !waits; {
				must(t, tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits))
			}
			must(t, tx.Commit(ctx))
			if err := <-done; (err == nil) != (second == removed) {
				t.Errorf("%s ended with %v", second, err)
			}
			checkGone(t, st)
		})
	}
}
