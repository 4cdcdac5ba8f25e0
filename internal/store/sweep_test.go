package store_test

import (
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestSignUpsThatNobodyConfirmsAreForgotten(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		l := storetest.People(t, st, 1)
		other := audience.List{Name: "Other", Label: "other", OptIn: audience.Double}
		must(st.CreateList(ctx, &other))
		asked := func(email string) audience.Subscriber {
			t.Helper()
			p := audience.Subscriber{Email: email, Lang: "en", Source: "form"}
			must(p.Validate())
			must(st.SaveSubscriber(ctx, &p))
			must(st.Subscribe(ctx, p.ID, l.ID, audience.Pending, audience.Consent{}))
			return p
		}
		gone, left, elsewhere, again := asked("gone@shop.test"), storetest.Join(t, st, l.ID, "left@shop.test"), asked("else@shop.test"), asked("again@shop.test")
		must(st.Unsubscribe(ctx, store.Leave{Subscriber: left.ID, List: l.ID}))
		must(st.Subscribe(ctx, left.ID, l.ID, audience.Pending, audience.Consent{}))
		must(st.Subscribe(ctx, elsewhere.ID, other.ID, audience.Confirmed, audience.Consent{}))
		clock.Add(20 * 24 * time.Hour)
		must(st.Subscribe(ctx, again.ID, l.ID, audience.Pending, audience.Consent{}))
		clock.Add(11 * 24 * time.Hour)

		if n, err := st.SweepPending(ctx); err != nil || n != 3 {
			t.Fatalf("swept %d, %v", n, err)
		}
		if _, err := st.Subscriber(ctx, gone.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a stranger's address is kept: %v", err)
		}
		for _, want := range []struct {
			id    int64
			state audience.State
			lists int
		}{{left.ID, audience.Unsubscribed, 1}, {elsewhere.ID, audience.Confirmed, 1}, {again.ID, audience.Pending, 1}} {
			rows, err := st.Subscriptions(ctx, want.id)
			if err != nil || len(rows) != want.lists || rows[0].State != want.state {
				t.Errorf("%d: %+v, %v; want %s", want.id, rows, err, want.state)
			}
		}
		if row, err := st.List(ctx, l.ID); err != nil || row.Confirmed != 1 || row.Pending != 1 {
			t.Errorf("counters %d, %d, %v", row.Confirmed, row.Pending, err)
		}
		if n, err := st.SweepPending(ctx); err != nil || n != 0 {
			t.Errorf("swept again %d, %v", n, err)
		}
	})
}
