package dispatch_test

import (
	"testing"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestTheVersionThatLeavesIsKeptAndALookAtALetterMakesNone(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		l := storetest.People(t, b.st, 3)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(ctx, c.ID))
		b.work(t)
		content := c.Messages[0].Contents[0]
		letter := store.Letter{Message: c.Messages[0].ID, Lang: "en"}
		b.clock.Add(time.Minute)
		content.Subject = "Written after"
		must(t, b.st.SaveContent(ctx, letter.Message, &content, "Ana"))
		rows, _, err := b.st.Deliveries(ctx, store.DeliveryQuery{State: ledger.Sent})
		must(t, err)
		_, err = b.View(ctx, rows[0].ID)
		must(t, err)
		list, err := b.st.Versions(ctx, letter)
		must(t, err)
		if len(list) != 2 || list[0].SentAt != nil || list[1].SentAt == nil {
			t.Fatalf("the versions are %+v", list)
		}
		counts, err := b.st.SentTo(ctx, letter, list, []string{"en"}, true)
		if err != nil || counts[1] != 3 {
			t.Errorf("sent to %v, %v; want 3 of the first", counts, err)
		}
	})
}
