package store_test

import (
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestASearchFindsLettersOfEitherCase(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		p := audience.Subscriber{Email: "ivan_1@shop.test", FirstName: "Иван", LastName: "Öz", Lang: "bg", Source: "test"}
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		if err := st.SaveSubscriber(t.Context(), &p); err != nil {
			t.Fatal(err)
		}
		l := storetest.People(t, st, 1)
		c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { c.Name = "Нова Година 100%" })
		if err := st.KeepLetter(t.Context(), store.BoxLetter{Sender: "a@shop.test", Recipient: "b@shop.test", Subject: "Честита Баба Марта", Data: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		for _, search := range []string{"иван", "ИВАН", "öz", "IVAN_1@", "ivan_"} {
			got, _, err := st.Subscribers(t.Context(), store.SubscriberQuery{Search: search})
			if err != nil || len(got) != 1 || got[0].ID != p.ID {
				t.Errorf("%q found %+v, %v", search, got, err)
			}
		}
		for search, want := range map[string]int{"нова година": 1, "100%": 1, "100_": 0} {
			got, _, err := st.Campaigns(t.Context(), store.CampaignQuery{Search: search})
			if err != nil || len(got) != want || want == 1 && got[0].ID != c.ID {
				t.Errorf("%q found %d campaigns, %v; want %d", search, len(got), err, want)
			}
		}
		if got, err := st.Letters(t.Context(), "баба марта", 0, 10); err != nil || len(got) != 1 {
			t.Errorf("%d letters, %v", len(got), err)
		}
	})
}
