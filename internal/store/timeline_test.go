package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// all reads a whole time line by pages.
func all(t *testing.T, st *store.Store, q store.TimelineQuery) (line []store.Moment) {
	t.Helper()
	for {
		page, next, err := st.Timeline(t.Context(), q)
		must(t, err)
		if len(page) > q.Limit || next != "" && len(page) < q.Limit {
			t.Fatalf("a page of %d has %d moments", q.Limit, len(page))
		}
		line = append(line, page...)
		if next == "" {
			return line
		}
		q.Before = next
	}
}

func TestTheTimeLineTellsEverythingOnceWhateverThePages(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		p, _ := zoe(t, st)
		must(t, st.ExecAll(t.Context(), fmt.Sprintf(`UPDATE codes SET issued_at = '2026-11-17 10:00:00+00:00', redeemed_at = '2026-11-18 10:00:00+00:00' WHERE subscriber_id = %d`, p.ID)))
		whole := all(t, st, store.TimelineQuery{Subscriber: p.ID, Limit: 100})
		var kinds []string
		for i, m := range whole {
			kinds = append(kinds, m.Kind)
			if i > 0 && m.At.After(whole[i-1].At) {
				t.Errorf("%s of %v stands under %v", m.Kind, m.At, whole[i-1].At)
			}
		}
		for _, want := range []string{"delivery", "click", "bounce", "suppressed", "consent", "order", "order-state", "response", "code", "redeemed", "event", "change", "merged", "created"} {
			if !slices.Contains(kinds, want) {
				t.Errorf("%s is missing in %v", want, kinds)
			}
		}
		for _, n := range []int{1, 2, 3, 7} {
			if got := all(t, st, store.TimelineQuery{Subscriber: p.ID, Limit: n}); !slices.Equal(got, whole) {
				t.Errorf("by %d: %d moments, not %d, or another order", n, len(got), len(whole))
			}
		}
		sum := 0
		for _, group := range store.TimelineGroups {
			some := all(t, st, store.TimelineQuery{Subscriber: p.ID, Group: group, Limit: 2})
			if sum += len(some); len(some) == 0 {
				t.Errorf("there is nothing of %s", group)
			}
		}
		if sum != len(whole) {
			t.Errorf("the groups hold %d moments of %d", sum, len(whole))
		}
		for _, bad := range []string{"x", "1.2", "1.99.3", "1.-1.3", "1.2.3.4"} {
			if _, _, err := st.Timeline(t.Context(), store.TimelineQuery{Subscriber: p.ID, Before: bad}); !fault.Is(err, fault.NotFound) {
				t.Errorf("a page before %q: %v", bad, err)
			}
		}
	})
}

func TestATimeLineOfTenThousandMomentsOpensAtOnce(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		p, c := zoe(t, st)
		many := fmt.Sprintf(`INSERT INTO events (subscriber_id, name, occasion, data, at) SELECT %d, 'page.seen', 'n' || n, '{"page":"tea"}', '2026-0' || (1 + n %% 9) || '-11 10:00:00+00:00' FROM numbers;
INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, verdict, at) SELECT 1, %d, %d, 'open', 'human', '2026-0' || (1 + n %% 9) || '-12 10:00:00+00:00' FROM numbers`, p.ID, c.ID, p.ID)
		must(t, st.Numbers(t.Context(), 5000, many))
		began := time.Now()
		page, next, err := st.Timeline(t.Context(), store.TimelineQuery{Subscriber: p.ID})
		must(t, err)
		first := time.Since(began)
		for range 30 {
			page, next, err = st.Timeline(t.Context(), store.TimelineQuery{Subscriber: p.ID, Before: next})
			must(t, err)
		}
		t.Logf("first page %v, 30 more in %v", first, time.Since(began)-first)
		if len(page) != 30 || next == "" || first > time.Second {
			t.Errorf("%d moments, first page after %v", len(page), first)
		}
		if n := len(all(t, st, store.TimelineQuery{Subscriber: p.ID, Limit: 500})); n < 10000 {
			t.Errorf("%d moments in all", n)
		}
	})
}
