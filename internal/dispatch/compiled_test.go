package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/dispatch"
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
		_, err = b.View(ctx, rows[0].ID, dispatch.Sent{})
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

func TestALetterFollowsTheBrandAndItsSavedBlocks(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		block := campaigns.SavedBlock{Name: "Hours", Block: `{"id":"x","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Open at nine"}]}]}}`}
		must(t, b.st.CreateSavedBlock(ctx, &block, "Ana"))
		l := storetest.People(t, b.st, 2)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, func(c *campaigns.Campaign) {
			letter("Hello", "shop.name")(c)
			c.Messages[0].Contents = []campaigns.Content{{Lang: "en", Subject: "Hello", Document: `{"v":1,"blocks":[{"id":"s","type":"saved","ref":1}]}`}}
		})
		must(t, b.Start(ctx, c.ID))
		b.work(t)
		sent := func() string {
			t.Helper()
			rows, _, err := b.st.Deliveries(ctx, store.DeliveryQuery{State: ledger.Sent})
			must(t, err)
			out, err := b.View(ctx, rows[0].ID, dispatch.Sent{})
			must(t, err)
			return out.HTML
		}
		before := sent()
		block.Block = strings.Replace(block.Block, "nine", "ten", 1)
		must(t, b.st.SaveSavedBlock(ctx, &block, "Ana"))
		shop, err := b.st.Shop(ctx)
		must(t, err)
		shop.Light.Bg, shop.Font = "#123456", "Verdana, Geneva, sans-serif"
		must(t, b.st.SaveShop(ctx, shop))
		if html := sent(); html == before || !strings.Contains(html, "Open at ten") || !strings.Contains(html, "#123456") || !strings.Contains(html, "Verdana") {
			t.Errorf("the letter does not follow: %.2000s", html)
		}
	})
}
