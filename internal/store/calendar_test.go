package store_test

import (
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestWhatTheCampaignPagesAsk(t *testing.T) {
	at := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	clock := storetest.NewClock(at)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 1)
		c := storetest.Campaign(t, st, "gift", l.ID, func(c *campaigns.Campaign) {
			c.Trigger = campaigns.Trigger{At: &at}
			must(t, c.Keep(&campaigns.Gift{Reward: "tea"}))
		})
		must(t, st.Start(ctx, c.ID))
		must(t, st.Unschedule(ctx, c.ID))
		if got, err := st.Campaign(ctx, c.ID); err != nil || got.State != campaigns.Draft || got.NextRunAt != nil {
			t.Fatalf("%+v, %v; want a draft", got, err)
		}
		must(t, st.Start(ctx, c.ID))
		due, err := st.Due(ctx)
		if err != nil || len(due) != 1 {
			t.Fatalf("%d due, %v", len(due), err)
		}
		if _, _, err := st.Plan(ctx, due[0], at); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{"unschedule": st.Unschedule(ctx, c.ID), "delete": st.DeleteDraft(ctx, c.ID)} {
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s after the run began: %v; want a conflict", name, err)
			}
		}
		runs, err := st.RunsBetween(ctx, at, at.Add(time.Hour))
		if err != nil || len(runs) != 1 || runs[0].Name != c.Name || runs[0].Planned != 2 {
			t.Errorf("runs %+v, %v", runs, err)
		}
		if runs, err := st.RunsBetween(ctx, at.Add(time.Second), at.Add(time.Hour)); err != nil || len(runs) != 0 {
			t.Errorf("runs after it %+v, %v", runs, err)
		}
		if _, err := st.AddCodes(ctx, c.ID, []string{"TEA-1", "TEA-2"}); err != nil {
			t.Fatal(err)
		}
		if _, err := st.Reserve(ctx, c.ID, 1, 1, time.Time{}); err != nil {
			t.Fatal(err)
		}
		for search, want := range map[string]int{"": 2, "tea 1": 1, "P1@shop": 1, "nobody": 0} {
			if rows, _, err := st.FindCodes(ctx, store.CodeQuery{Campaign: c.ID, Search: search}); err != nil || len(rows) != want {
				t.Errorf("codes for %q: %+v, %v; want %d", search, rows, err, want)
			}
		}
		must(t, st.Archive(ctx, c.ID, true))
		counts, err := st.CampaignCounts(ctx)
		if err != nil || counts["archived"] != 1 || counts[campaigns.Running] != 0 {
			t.Errorf("counts %v, %v", counts, err)
		}
	})
}
