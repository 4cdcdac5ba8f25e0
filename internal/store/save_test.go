package store_test

import (
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestASaveAfterTheStartIsAConflict(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 1)
		read := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { now(t, c) })
		if err := st.Start(t.Context(), read.ID); err != nil {
			t.Fatal(err)
		}
		read.Trigger.At = nil
		if err := st.SaveCampaign(t.Context(), &read); !fault.Is(err, fault.Conflict) {
			t.Errorf("saved over the start: %v", err)
		}
		if c, err := st.Campaign(t.Context(), read.ID); err != nil || c.Trigger.At == nil {
			t.Errorf("it starts at %v, %v", c.Trigger.At, err)
		}
		read.ID = 99
		if err := st.SaveCampaign(t.Context(), &read); !fault.Is(err, fault.NotFound) {
			t.Errorf("a campaign that is not there: %v", err)
		}
	})
}
