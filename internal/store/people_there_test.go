package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/segment"
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

// besides opens a connection of its own to a store's PostgreSQL, in a transaction.
func besides(t *testing.T, st *store.Store) pgx.Tx {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, storetest.DSN(st))
	must(t, err)
	t.Cleanup(func() { conn.Close(ctx) })
	tx, err := conn.Begin(ctx)
	must(t, err)
	return tx
}

// meanwhile runs a statement, begins something that has to wait for it, and returns how that ended after the statement was committed.
func meanwhile(t *testing.T, st *store.Store, statement string, do func() error) error {
	t.Helper()
	tx := besides(t, st)
	_, err := tx.Exec(t.Context(), statement)
	must(t, err)
	done := make(chan error, 1)
	go func() { done <- do() }()
	for waits := false; !waits; {
		must(t, tx.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits))
	}
	must(t, tx.Commit(t.Context()))
	return <-done
}

// As a reference does: who is being put on a list is not deleted before, and who is being deleted is put on none after.
func TestNobodyIsDeletedBetweenALookAndAPlace(t *testing.T) {
	for name, first := range map[string]string{"the place first": fmt.Sprintf(aPlace, 7), "the proof first": fmt.Sprintf(aProof, 7), "the deletion first": removed} {
		t.Run(name, func(t *testing.T) {
			st := storetest.Postgres(t, postgres(t), storetest.NewClock(tuesday))
			storetest.People(t, st, 1)
			must(t, st.ExecAll(t.Context(), lonely))
			second := removed
			if first == removed {
				second = fmt.Sprintf(aPlace, 7)
			}
			err := meanwhile(t, st, first, func() error { return st.ExecAll(t.Context(), second) })
			if (err == nil) != (second == removed) {
				t.Errorf("%s ended with %v", second, err)
			}
			checkGone(t, st)
		})
	}
}

func TestAPlaceChangesWhileItsPersonIsHeld(t *testing.T) {
	st := storetest.Postgres(t, postgres(t), storetest.NewClock(tuesday))
	storetest.People(t, st, 1)
	_, err := besides(t, st).Exec(t.Context(), `SELECT id FROM subscribers WHERE id = 1 FOR UPDATE`)
	must(t, err)
	leaving := besides(t, st)
	for _, statement := range []string{`SET LOCAL lock_timeout = '5s'`, `UPDATE subscriptions SET state = 'unsubscribed' WHERE subscriber_id = 1`, `UPDATE consents SET wording = 'x', subscriber_id = subscriber_id WHERE subscriber_id = 1`} {
		if _, err := leaving.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestWhoIsErasedBesideABulkJobIsLeftOutOfIt(t *testing.T) {
	st := storetest.Postgres(t, postgres(t), storetest.NewClock(tuesday))
	from, to := storetest.People(t, st, 3), audience.List{Name: "Other", OptIn: audience.Single}
	must(t, to.Validate())
	must(t, st.CreateList(t.Context(), &to))
	b := audience.Bulk{Do: audience.BulkJoin, List: to.ID, Wording: "asked", Who: audience.Selection{List: from.ID, State: "any"}}
	j := ledger.Job{Kind: ledger.BulkJob, Params: "{}"}
	must(t, st.CreateJob(t.Context(), &j))
	j, err := st.LeaseJob(t.Context(), ledger.BulkJob)
	must(t, err)
	must(t, st.ChooseBulk(t.Context(), j.ID, b, func(int64) error { return nil }))
	var counts audience.BulkCounts
	must(t, meanwhile(t, st, `DELETE FROM subscribers WHERE id = 2`, func() error {
		_, err := st.BulkStep(t.Context(), j.Lease(), b, 0, func(c audience.BulkCounts, _ int64) ledger.Progress {
			counts = c
			return ledger.Progress{Result: "{}"}
		})
		return err
	}))
	if counts.Changed != 2 {
		t.Errorf("%+v", counts)
	}
	checkCounters(t, st, to.ID)
}

func TestWhoIsErasedWhileAFileNamesAnAddressOfBeforeAMergeDoesNotEndTheImport(t *testing.T) {
	st := storetest.Postgres(t, postgres(t), storetest.NewClock(tuesday))
	list := mergedPeople(t, st)
	rows := []audience.ImportRow{line(t, 2, "p2@shop.test", "Ana", audience.Confirmed), line(t, 3, "new@shop.test", "New", audience.Confirmed)}
	must(t, meanwhile(t, st, `DELETE FROM subscribers WHERE id = 1`, func() error {
		r, err := st.ImportBatch(t.Context(), rows, importing(list.ID))
		if r.Joined != 2 {
			t.Errorf("%+v", r.ImportCounts)
		}
		return err
	}))
}

func TestPeopleAreCountedByOneConnection(t *testing.T) {
	st := storetest.Postgres(t, postgres(t), storetest.NewClock(tuesday))
	storetest.People(t, st, 3)
	must(t, st.ExecAll(t.Context(), strings.ReplaceAll(lonely, "(7,", "(200000,"))) // many, by their numbers
	english := segment.Segment{Name: "en", Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "lang", Is: "is", Values: []string{"en"}}}}}
	must(t, english.Validate())
	must(t, st.SaveSegment(t.Context(), &english, "Ana"))
	st.OneConnection(t)
	ctx, end := context.WithTimeout(t.Context(), 20*time.Second) // else it waits for itself for ever
	defer end()
	q := store.SubscriberQuery{Segment: english.ID, Attribute: "city", Value: "Sofia"}
	if n, known, err := st.CountWithin(ctx, q, 10*time.Second); err != nil || !known || n != 0 {
		t.Errorf("%d, %v, %v", n, known, err)
	}
}
