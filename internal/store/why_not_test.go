package store_test

import (
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestItIsSaidWhyAPersonGetsNoLetter(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 1)
		c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) {
			now(t, c)
			c.Audience.Lang = "bg"
		})
		p, err := st.Subscriber(ctx, 1)
		must(t, err)
		said := func() string {
			why, err := st.WhyNot(ctx, p, c)
			must(t, err)
			var all []string
			for _, w := range why {
				all = append(all, w.Error())
			}
			return strings.Join(all, " ")
		}
		if got := said(); !strings.Contains(got, "another language") || !strings.Contains(got, "has not been started") {
			t.Error(got)
		}
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: 1, Source: "page"}))
		must(t, st.Start(ctx, c.ID))
		c, err = st.Campaign(ctx, c.ID)
		must(t, err)
		if got := said(); !strings.Contains(got, "confirmed on none") || !strings.Contains(got, "unsubscribed from everything") || !strings.Contains(got, "not begun") {
			t.Error(got)
		}
		must(t, st.Subscribe(ctx, 1, l.ID, audience.Confirmed, audience.Consent{Source: "page"}))
		c.Audience.Lang, c.State = "", campaigns.Finished
		if got := said(); !strings.HasPrefix(got, "Nothing stands in the way now") {
			t.Error(got)
		}
	})
}
