package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func one(path, is, value string) document.Show {
	return document.Show{Rules: []document.Rule{{Path: path, Is: is, Value: value}}}
}

// crowd puts seven people on a list, one of them suppressed and one of them hostile.
func crowd(t *testing.T, st *store.Store) audience.List {
	t.Helper()
	l := storetest.People(t, st, 0)
	for i, p := range []audience.Subscriber{
		{FirstName: "Maria", Lang: "bg", Attributes: map[string]string{"city": "Sofia", "points": "120"}},
		{FirstName: "Ivan", Lang: "bg", Attributes: map[string]string{"city": "Plovdiv", "name": "Иван", "points": " 80.5 "}},
		{FirstName: "", Lang: "en", Attributes: map[string]string{"city": "Sofia park", "points": "1e9"}},
		{FirstName: "Olga", Lang: "ru", Attributes: map[string]string{"city": "", "points": "-5"}},
		{FirstName: "It's", Lang: "en", Attributes: map[string]string{"a' OR '1'='1": "x", `q"?`: "1", "points": "1.2.3"}},
		{FirstName: "Null", Lang: "en", Attributes: map[string]string{"nul": "\x00"}},
		{FirstName: "Gone", Lang: "bg", Attributes: map[string]string{"city": "Sofia", "points": "500"}},
	} {
		p.Email, p.Source = fmt.Sprintf("p%d@shop.test", i), "test"
		must(t, p.Validate())
		must(t, st.SaveSubscriber(t.Context(), &p))
		must(t, st.Subscribe(t.Context(), p.ID, l.ID, audience.Confirmed, audience.Consent{Source: "test"}))
	}
	must(t, st.Suppress(t.Context(), "p6@shop.test", audience.Manual, "test"))
	return l
}

func TestBranchesAreCountedByWhatPeopleAre(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC))
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		l := crowd(t, st)
		const city, points = "subscriber.attributes.city", "subscriber.attributes.points"
		cases := []struct {
			show document.Show
			want int64
		}{
			{one("subscriber.lang", "is", "bg"), 2}, {one("subscriber.lang", "not", "bg"), 4},
			{one("subscriber.first_name", "empty", ""), 1}, {one("subscriber.first_name", "filled", ""), 5}, {one("subscriber.first_name", "is", "It's"), 1},
			{one(city, "is", "Sofia"), 1}, {one(city, "is", " SOFIA "), 1}, {one("subscriber.attributes.name", "is", "ИВАН"), 1}, {one("subscriber.attributes.name", "starts", "ив"), 1}, {one(city, "starts", "Sofia"), 2}, {one(city, "contains", "park"), 1}, {one(city, "contains", "%"), 0}, {one(city, "empty", ""), 3},
			{one(points, "above", "100"), 1}, {one(points, "below", "100"), 2}, {one(points, "above", "many"), 0}, {one(points, "above", "-6"), 3},
			{one("subscriber.attributes.a' OR '1'='1", "filled", ""), 1}, {one(`subscriber.attributes.q"?`, "is", "1"), 1}, {one(`subscriber.attributes.q"?`, "above", "0"), 1}, {one("subscriber.attributes.x') OR 1=1 --", "filled", ""), 0},
			{one(city, "is", "' OR 1=1 --"), 0}, {one("subscriber.attributes.\x00", "filled", ""), 0},
			{document.Show{Match: "any", Rules: []document.Rule{{Path: "subscriber.lang", Is: "is", Value: "ru"}, {Path: city, Is: "is", Value: "Sofia"}}}, 2},
			{document.Show{Match: "all", Rules: []document.Rule{{Path: "subscriber.lang", Is: "is", Value: "bg"}, {Path: city, Is: "is", Value: "Sofia"}}}, 1},
			{document.Show{}, 6},
		}
		var shows []store.Condition
		for _, c := range cases {
			shows = append(shows, store.Condition{Show: c.show})
		}
		for _, a := range []audience.Audience{{Lists: []int64{l.ID}}, {}} {
			got, err := st.Branches(t.Context(), store.Who{Audience: a}, shows)
			if err != nil || got.People != 6 || got.Estimate {
				t.Fatalf("%+v: got %+v, %v", a, got, err)
			}
			for i, c := range cases {
				if got.Shown[i].People != c.want || (got.Shown[i].Kept != 0) != (c.want > 0) || (got.Shown[i].Left != 0) != (c.want < 6) {
					t.Errorf("%+v: got %+v, want %d", c.show, got.Shown[i], c.want)
				}
			}
		}
	})
}

func TestTooManyPeopleAreEstimatedFromThoseSpreadOverAll(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC))
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		store.FewBranches(t, 50, 20)
		l := storetest.People(t, st, 400)
		shows := []store.Condition{{Show: one("subscriber.lang", "is", "en")}, {Show: one("subscriber.lang", "is", "ru")}, {Lacks: "subscriber.first_name"}}
		for _, a := range []audience.Audience{{Lists: []int64{l.ID}}, {}} {
			got, err := st.Branches(t.Context(), store.Who{Audience: a}, shows)
			if err != nil || !got.Estimate || got.People != 400 || len(got.Shown) != 3 || got.Shown[0].People != 400 || got.Shown[1].People != 0 || got.Shown[0].Kept == 0 || got.Shown[0].Left != 0 || got.Shown[2].People != 0 {
				t.Errorf("%+v: got %+v, %v", a, got, err)
			}
		}
	})
}

func TestOneAmongManyIsFoundHoweverFewAreAsked(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC))
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		store.FewBranches(t, 50, 5)
		l := storetest.People(t, st, 70)
		conditions := []store.Condition{{}, {Show: one("subscriber.email", "is", "p33@shop.test")}, {Show: one("subscriber.email", "is", "p34@shop.test")}, {Show: one("subscriber.lang", "is", "de")}}
		for _, a := range []audience.Audience{{Lists: []int64{l.ID}}, {}} {
			b, err := st.Rare(t.Context(), store.Who{Audience: a}, conditions)
			var people []int64
			for _, one := range b.Shown {
				people = append(people, one.People)
			}
			if err != nil || !b.Estimate || !slices.Equal(people, []int64{70, 1, 1, 0}) {
				t.Errorf("%+v: %v, %v", a, people, err)
			}
		}
	})
}

func TestNoConditionIsNoCount(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC))
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 3)
		got, err := st.Branches(t.Context(), store.Who{Audience: audience.Audience{Lists: []int64{l.ID}}}, nil)
		if err != nil || got.People != 3 || len(got.Shown) != 0 {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := st.Branches(t.Context(), store.Who{Audience: audience.Audience{Lists: []int64{999}}}, []store.Condition{{Show: one("subscriber.lang", "is", "en")}}); err != nil {
			t.Error(err)
		}
	})
}

func TestConditionsOnAnOrderAreDecidedByTheLetter(t *testing.T) {
	for path, want := range map[string]bool{"subscriber.lang": false, "subscriber.attributes.city": false, "order.total": true, "data.code": true, "subscriber.last_order.total": true} {
		if got := store.ByLetter(one(path, "is", "x")); got != want {
			t.Errorf("%s: got %v", path, got)
		}
	}
}
