package dispatch_test

import (
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/store/storetest"
)

func TestEachPersonSeesWhatTheyBoughtAndElseWhatSellsBest(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 2)
		ana := storetest.Join(t, b.st, l.ID, "ana@shop.test")
		must(t, b.st.RecordOrder(t.Context(), &ana, &audience.Order{Number: "1", State: "paid", Currency: "EUR", PlacedAt: tuesday, UpdatedAt: tuesday,
			Items: []audience.Item{{SKU: "pot", Name: "Teapot", Quantity: 1, PriceCents: 1290}}}))
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, func(c *campaigns.Campaign) {
			letter("News", "shop.name")(c)
			c.Messages[0].Contents[0].Document = `{"v":1,"blocks":[{"id":"p","type":"products","source":"last_order"},{"id":"q","type":"products","source":"bestsellers","showPrice":true}]}`
		})
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		letters := b.smtp.Letters()
		if len(letters) != 3 {
			t.Fatalf("%d letters", len(letters))
		}
		for _, got := range letters {
			want := 2 // in the HTML and in the text
			if got.To == "ana@shop.test" {
				want = 4
			}
			if n := strings.Count(string(got.Data), "Teapot"); n != want {
				t.Errorf("%s: %d teapots; want %d", got.To, n, want)
			}
		}
	})
}
