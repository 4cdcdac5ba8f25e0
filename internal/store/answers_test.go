package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// Of a letter and the one begun behind it, a killed process leaves one in doubt at most: the first
// when its answer was not kept, for then the second has not left; else the second.
func TestOfTwoLettersBegunOneIsInDoubtAfterAKill(t *testing.T) {
	sent := func(w ledger.Work, behind int64) ledger.Outcome {
		return ledger.Outcome{DeliveryID: w.ID, State: ledger.Sent, Reply: "250 ok", Behind: behind}
	}
	for name, c := range map[string]struct {
		until func(t *testing.T, st *store.Store, path string, w []ledger.Work) // what was done when it was killed
		want  [3]ledger.State
	}{
		"before the answer": {func(*testing.T, *store.Store, string, []ledger.Work) {},
			[3]ledger.State{ledger.Unsure, ledger.Queued, ledger.Queued}},
		"when the answer was kept": {func(t *testing.T, st *store.Store, path string, w []ledger.Work) {
			must(t, st.Answered("me", 1, sent(w[0], w[1].ID)))
		}, [3]ledger.State{ledger.Sent, ledger.Unsure, ledger.Queued}},
		"when it was settled": {func(t *testing.T, st *store.Store, path string, w []ledger.Work) {
			must(t, st.Answered("me", 1, sent(w[0], w[1].ID)))
			recordAhead(t, st, nil, sent(w[0], w[1].ID))
		}, [3]ledger.State{ledger.Sent, ledger.Unsure, ledger.Queued}},
		"while the next waited for the one behind": {func(t *testing.T, st *store.Store, path string, w []ledger.Work) {
			must(t, st.Answered("me", 1, sent(w[0], w[1].ID)))
			recordAhead(t, st, map[int64]int64{w[2].ID: w[1].ID}, sent(w[0], w[1].ID))
		}, [3]ledger.State{ledger.Sent, ledger.Unsure, ledger.Queued}},
		"behind half an answer": {func(t *testing.T, st *store.Store, path string, w []ledger.Work) {
			must(t, st.Answered("me", 7, sent(w[2], 0)))
			cut(t, path+".answers-a")
			must(t, st.Answered("me", 1, sent(w[0], w[1].ID)))
		}, [3]ledger.State{ledger.Sent, ledger.Unsure, ledger.Queued}},
		"when the machine went down, whose disk lost the answer": {func(t *testing.T, st *store.Store, path string, w []ledger.Work) {
			db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
			must(t, err)
			defer db.Close()
			_, err = db.Exec(`UPDATE leases SET boot = 'another'`)
			must(t, err)
		}, [3]ledger.State{ledger.Unsure, ledger.Unsure, ledger.Queued}},
		"when the files were taken away": {func(t *testing.T, st *store.Store, path string, w []ledger.Work) {
			must(t, os.Remove(path+".answers-a"))
		}, [3]ledger.State{ledger.Unsure, ledger.Unsure, ledger.Queued}},
		"when its campaign was cancelled": {func(t *testing.T, st *store.Store, path string, w []ledger.Work) {
			must(t, st.Cancel(t.Context(), w[0].CampaignID))
		}, [3]ledger.State{ledger.Unsure, ledger.Cancelled, ledger.Cancelled}},
		"when another process's answer was kept": {func(t *testing.T, st *store.Store, path string, w []ledger.Work) {
			must(t, st.Answered("another", 1, sent(w[0], w[1].ID)))
		}, [3]ledger.State{ledger.Unsure, ledger.Unsure, ledger.Queued}}, // the careful way
		"at a second try, of which no answer was kept": {func(t *testing.T, st *store.Store, path string, w []ledger.Work) {
			later := ledger.Outcome{DeliveryID: w[0].ID, State: ledger.Queued, DueAt: tuesday, Reply: "450 later", Behind: w[1].ID}
			must(t, st.Answered("me", 1, later))
			recordAhead(t, st, nil, later, sent(w[1], 0))
			again, err := st.Lease(t.Context(), "me", 10)
			if err != nil || len(again) != 1 {
				t.Fatalf("%d leased again, %v", len(again), err)
			}
			_, err = st.RecordAhead(t.Context(), "me", []int64{w[0].ID}, map[int64]int64{w[2].ID: w[0].ID}, nil)
			must(t, err)
		}, [3]ledger.State{ledger.Unsure, ledger.Sent, ledger.Queued}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keepsake.db")
			clock := storetest.NewClock(tuesday)
			st, err := store.Open(t.Context(), store.Options{DSN: path, Now: clock.Now})
			must(t, err)
			w := leaseThree(t, st)
			begun, err := st.RecordAhead(t.Context(), "me", []int64{w[0].ID}, map[int64]int64{w[1].ID: w[0].ID}, nil)
			if err != nil || !begun[w[0].ID] || !begun[w[1].ID] {
				t.Fatalf("begun %v, %v", begun, err)
			}
			c.until(t, st, path, w)
			must(t, st.Close())
			cut(t, path+".answers-a")
			clock.Add(time.Second)
			st, err = store.Open(t.Context(), store.Options{DSN: path, Now: clock.Now})
			must(t, err)
			defer st.Close()
			_, err = st.RecoverOthers(t.Context())
			must(t, err)
			for i, want := range c.want {
				got, err := st.Work(t.Context(), w[i].ID)
				if err != nil || got.State != want || want == ledger.Queued && got.Attempts != 0 {
					t.Errorf("letter %d is %s after %d tries, %v; want %s", i+1, got.State, got.Attempts, err, want)
				}
			}
			if n, err := st.Leases(t.Context()); err != nil || n != 0 {
				t.Errorf("%d leases left, %v", n, err)
			}
		})
	}
}

func recordAhead(t *testing.T, st *store.Store, ahead map[int64]int64, out ...ledger.Outcome) {
	t.Helper()
	_, err := st.RecordAhead(t.Context(), "me", nil, ahead, out)
	must(t, err)
}

// cut adds half an answer, as a full disk leaves it.
func cut(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if os.IsNotExist(err) {
		return
	}
	must(t, err)
	_, err = f.WriteString(`{"Owner":"me","Try":1,"Deliv`)
	must(t, err)
	must(t, f.Close())
}
