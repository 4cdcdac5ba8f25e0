package store_test

import (
	"fmt"
	"slices"
	"strings"
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
		for _, search := range []string{"иван", "ИВАН", "öz", "IVAN_1@", "ivan_", "вАн"} {
			got, _, err := st.Subscribers(t.Context(), store.SubscriberQuery{Search: search})
			if err != nil || len(got) != 1 || got[0].ID != p.ID {
				t.Errorf("%q found %+v, %v", search, got, err)
			}
		}
		for _, search := range []string{"ив*", "[и]", "ив?н", "^иван", "и-н", "]"} {
			if got, _, err := st.Subscribers(t.Context(), store.SubscriberQuery{Search: search}); err != nil || len(got) != 0 {
				t.Errorf("%q, whose signs mean themselves, found %+v, %v", search, got, err)
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

func TestASearchAmongManyFindsThemNewestFirstPageByPage(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		var people []string
		for i := range 40 {
			id, name := i+1+i/20*80_000, map[bool]string{true: "Rare"}[i%3 == 2]
			people = append(people, fmt.Sprintf(`(%d, 'p%[1]d@shop.test', 'p%[1]d@shop.test', '', '%s', 'en', '', 'test', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00')`, id, name))
		}
		must(t, st.ExecAll(t.Context(), `INSERT INTO subscribers (id, email, email_norm, first_name, last_name, lang, zone, source, created_at, updated_at) VALUES `+strings.Join(people, ", ")))
		q := store.SubscriberQuery{Search: "rare", Limit: 4}
		var found []int64
		for {
			page, next, err := st.Subscribers(t.Context(), q)
			must(t, err)
			for _, p := range page {
				found = append(found, p.ID)
			}
			if q.After = next; next == 0 {
				break
			}
		}
		want := []int64{80039, 80036, 80033, 80030, 80027, 80024, 80021, 18, 15, 12, 9, 6, 3}
		if !slices.Equal(found, want) {
			t.Errorf("found %v, want %v", found, want)
		}
	})
}
