package store_test

import (
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestALetterWithNULIsRefusedAndNotStored(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := storetest.Campaign(t, st, "newsletter", storetest.People(t, st, 1).ID, nil)
		content := c.Messages[0].Contents[0]
		content.HTML = "<p>{{ subscriber.attributes[\"a\x00b\"] }}</p>"
		if err := st.SaveContent(ctx, c.Messages[0].ID, &content, "Ana"); !fault.Is(err, fault.Invalid) {
			t.Errorf("saved with NUL: %v", err)
		}
		d := campaigns.Design{Name: "D", Kind: "newsletter", Content: campaigns.Content{Lang: "en", Subject: "a\x00"}}
		if err := st.CreateDesign(ctx, &d, "Ana"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a design with NUL: %v", err)
		}
	})
}
