package store_test

import (
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestThoseWhoLackAValueAreCountedInTheirAudience(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC))
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		for _, p := range []audience.Subscriber{
			{Email: "a@tea.test", FirstName: "Ana", LastName: "Petrova", Lang: "en", Attributes: map[string]string{"city": "Sofia"}},
			{Email: "b@tea.test", FirstName: "Божидара-Александрина", Lang: "bg", Attributes: map[string]string{"city": ""}},
			{Email: "c@tea.test", LastName: "Ivanov", Lang: "bg"},
			{Email: "d@tea.test", Lang: "ru", Attributes: map[string]string{"city's": "x"}},
			{Email: "out@tea.test", Lang: "ru"},
		} {
			must(t, p.Validate())
			must(t, st.SaveSubscriber(t.Context(), &p))
			if p.Email != "out@tea.test" {
				must(t, st.Subscribe(t.Context(), p.ID, l.ID, audience.Confirmed, audience.Consent{Source: "test", Wording: "yes"}))
			}
		}
		who := store.Who{Audience: audience.Audience{Lists: []int64{l.ID}}}
		paths := []string{"subscriber.first_name", "subscriber.last_name", "subscriber.name", "subscriber.attributes.city", "subscriber.attributes.none"}
		var lacking []store.Condition
		for _, path := range paths {
			lacking = append(lacking, store.Condition{Lacks: path})
		}
		for _, c := range []struct {
			who    store.Who
			people int64
			want   []int64
		}{
			{who, 4, []int64{2, 2, 1, 3, 4}},
			{store.Who{Audience: who.Audience, Lang: "bg"}, 2, []int64{1, 1, 0, 2, 2}},
			{store.Who{Audience: who.Audience, NotLangs: []string{"bg", "ru"}}, 1, []int64{0, 0, 0, 0, 1}},
			{store.Who{}, 5, []int64{3, 3, 2, 4, 5}},
		} {
			got, err := st.Branches(t.Context(), c.who, lacking)
			must(t, err)
			if got.People != c.people || got.Estimate {
				t.Errorf("%+v: %+v", c.who, got)
			}
			for i, path := range paths {
				if got.Shown[i].People != c.want[i] {
					t.Errorf("%+v: %d lack %s; want %d", c.who, got.Shown[i].People, path, c.want[i])
				}
			}
		}
		longest, err := st.LongestNames(t.Context(), who, 1)
		must(t, err)
		got, err := st.Branches(t.Context(), who, lacking)
		must(t, err)
		people, err := st.People(t.Context(), []int64{got.Shown[3].Kept, got.Shown[3].Left})
		must(t, err)
		if len(longest) != 1 || longest[0].Email != "b@tea.test" || people[got.Shown[3].Kept].Email != "d@tea.test" || people[got.Shown[3].Left].Email != "a@tea.test" {
			t.Errorf("%+v, %+v", longest, people)
		}
	})
}

func TestOnlyPlainPathsAreCountedByTheDatabase(t *testing.T) {
	for path, want := range map[string]bool{"subscriber.first_name": true, "subscriber.attributes.city": true, "subscriber.email": false, "subscriber.attributes": false,
		"subscriber.attributes.": false, "subscriber.attributes.a.b": false, `subscriber.attributes.a"b`: false, "subscriber.attributes.a\x00b": false, "order.number": false, "data.code": false, "subscriber.attributes.a[0]": false} {
		if got := store.Countable(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
