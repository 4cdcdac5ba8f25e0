package store_test

import (
	"fmt"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// retain takes steps until nothing is left for now, and returns how many.
func retain(t *testing.T, st *store.Store) (steps int) {
	t.Helper()
	for {
		done, err := st.Retain(t.Context())
		must(t, err)
		if done {
			return steps
		}
		if steps++; steps > 100 {
			t.Fatal("it does not end")
		}
	}
}

func TestWhatIsOldIsForgottenInSmallStepsAndFiguresStay(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		p, c := zoe(t, st) // one click of today
		old := fmt.Sprintf(`INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, link_id, verdict, at) SELECT 1, %[2]d, %[1]d, 'open', 0, 'human', '2026-0' || (1 + n %% 6) || '-12 10:00:00+00:00' FROM numbers;
INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, link_id, verdict, at) SELECT n %% 300, %[2]d, %[1]d, 'click', 7001, 'human', '2026-0' || (1 + n %% 6) || '-12 10:00:00+00:00' FROM numbers`, p.ID, c.ID)
		must(t, st.Numbers(ctx, 1200, old))
		clicks, err := st.Clicks(ctx, c.ID)
		must(t, err)
		count := func() int {
			n := 0
			for _, kind := range []string{"open", "click"} {
				rows, err := st.Table(ctx, "activities WHERE kind = '"+kind+"'", "id")
				must(t, err)
				n += len(rows.Rows)
			}
			return n
		}
		if n := retain(t, st); n != 0 || count() != 2401 {
			t.Errorf("without rules %d steps were taken", n)
		}
		must(t, st.SaveRetention(ctx, audience.Retention{Opens: 3, Clicks: 3, Details: 6}))
		if n := retain(t, st); n != 0 {
			t.Errorf("within the hour %d steps were taken", n)
		}
		clock.Add(store.RetainAfter)
		if n := retain(t, st); n < 6 || count() != 1 {
			t.Errorf("%d steps left %d activities; want one, today's", n, count())
		}
		if now, err := st.Clicks(ctx, c.ID); err != nil || fmt.Sprint(now) != fmt.Sprint(clicks) {
			t.Errorf("the report said %+v and says %+v, %v", clicks, now, err)
		}
		r, err := st.Retained(ctx)
		if err != nil || r.DoneAt == nil || r.Run != (store.Forgotten{Opens: 1200, Clicks: 1200}) || r.Total != r.Run {
			t.Errorf("%+v, %v", r, err)
		}
		if n := retain(t, st); n != 0 {
			t.Errorf("a second run within the day took %d steps", n)
		}
		clock.Add(200 * 24 * time.Hour)
		retain(t, st)
		r, err = st.Retained(ctx)
		if now, err2 := st.Clicks(ctx, c.ID); err != nil || err2 != nil || count() != 0 || fmt.Sprint(now) != fmt.Sprint(clicks) || r.Run != (store.Forgotten{Clicks: 1, Details: 1}) {
			t.Errorf("half a year later: %d activities, %+v, %+v, %v, %v", count(), now, r, err, err2)
		}
		for _, bad := range []audience.Retention{{Opens: 2}, {Clicks: -1}, {Details: 241}} {
			if err := st.SaveRetention(ctx, bad); err == nil {
				t.Errorf("%+v was taken", bad)
			}
		}
	})
}

func TestNothingIsForgottenThatAnOpenTestAsksFor(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		_, c := zoe(t, st)
		must(t, st.ExecAll(ctx, fmt.Sprintf(`INSERT INTO trials (campaign_id, run_id, message_id, variants, rule, one_by_one, began_at) VALUES (%d, (SELECT MIN(id) FROM runs), 1, '[]', '{}', TRUE, '2026-01-01 10:00:00+00:00')`, c.ID)))
		must(t, st.SaveRetention(ctx, audience.Retention{Clicks: 3}))
		clock.Add(200 * 24 * time.Hour)
		retain(t, st)
		if r, err := st.Retained(ctx); err != nil || r.Run.Clicks != 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}
