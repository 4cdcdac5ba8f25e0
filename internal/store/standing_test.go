package store_test

import (
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestAnUndoPutsBackWhatTheChangeMadeAndNoMore(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 2)
		ctx := t.Context()
		check := func(id int64, want audience.State, suppressed bool) {
			t.Helper()
			rows, err := st.Subscriptions(ctx, id)
			if err != nil || len(rows) != 1 || rows[0].State != want {
				t.Errorf("%d: %+v, %v; want %s", id, rows, err, want)
			}
			p, _ := st.Subscriber(ctx, id)
			if _, err := st.Suppression(ctx, p.Email); fault.Is(err, fault.NotFound) == suppressed {
				t.Errorf("%d: suppression %v, want %v", id, err, suppressed)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(st.Unsubscribe(ctx, store.Leave{Subscriber: 1}))
		must(st.Unsubscribe(ctx, store.Leave{Subscriber: 2}))
		u := store.Undo{List: l.ID, Made: audience.Confirmed, Left: map[int64]bool{1: true, 2: true},
			Was: map[int64]audience.State{1: audience.Unsubscribed, 2: audience.Unsubscribed}}
		must(st.Subscribe(ctx, 1, l.ID, audience.Confirmed, audience.Consent{}))
		must(st.Subscribe(ctx, 2, l.ID, audience.Confirmed, audience.Consent{}))
		must(st.PutBack(ctx, u, audience.Consent{Source: "admin"}))
		check(1, audience.Unsubscribed, true)
		check(2, audience.Unsubscribed, true)

		// Added from pending, then the person leaves: the undo does not ask them again.
		must(st.Subscribe(ctx, 1, l.ID, audience.Confirmed, audience.Consent{}))
		must(st.Unsubscribe(ctx, store.Leave{Subscriber: 1, List: l.ID, Source: "one-click"}))
		u = store.Undo{List: l.ID, Made: audience.Confirmed, Was: map[int64]audience.State{1: audience.Pending, 99: ""}}
		must(st.PutBack(ctx, u, audience.Consent{Source: "admin"}))
		check(1, audience.Unsubscribed, false)
		if row, err := st.List(ctx, l.ID); err != nil || row.Confirmed != 0 || row.Pending != 0 {
			t.Errorf("counters %d, %d, %v", row.Confirmed, row.Pending, err)
		}
	})
}
