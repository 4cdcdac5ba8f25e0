package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// TestReachCountsEveryoneOnce compares the counts with people looked at one by one.
func TestReachCountsEveryoneOnce(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC))
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		random := rand.New(rand.NewPCG(1, 2))
		lists := []int64{storetest.People(t, st, 3).ID, storetest.People(t, st, 0).ID, storetest.People(t, st, 0).ID}
		var people []person
		for i := range 60 {
			people = append(people, newPerson(t, st, random, lists, i))
		}
		for _, a := range []audience.Audience{{Lists: lists[1:2]}, {Lists: lists}, {Lists: lists[1:], NotLists: lists[:1]}, {Lists: lists[:2], Lang: "bg"}, {Lists: lists[2:], NotLists: lists[:2]}} {
			got, err := st.Reach(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			want := slowReach(people, a, lists[0])
			if got != want {
				t.Errorf("%+v: got %+v, want %+v", a, got, want)
			}
			sample, err := st.Sample(t.Context(), a, 1000)
			if err != nil || int64(len(sample)) != want.People {
				t.Errorf("%+v: a sample of all has %d, %v; want %d", a, len(sample), err, want.People)
			}
		}
	})
}

type person struct {
	lang       string
	suppressed bool
	states     map[int64]audience.State
}

func newPerson(t *testing.T, st *store.Store, random *rand.Rand, lists []int64, i int) person {
	t.Helper()
	p := audience.Subscriber{Email: fmt.Sprintf("q%d@shop.test", i), Lang: audience.Languages[random.IntN(3)], Source: "test"}
	must(t, p.Validate())
	must(t, st.SaveSubscriber(t.Context(), &p))
	out := person{lang: p.Lang, states: map[int64]audience.State{}}
	for _, list := range lists {
		switch random.IntN(4) {
		case 0:
			must(t, st.Subscribe(t.Context(), p.ID, list, audience.Pending, audience.Consent{Source: "test"}))
			out.states[list] = audience.Pending
		case 1:
			must(t, st.Subscribe(t.Context(), p.ID, list, audience.Confirmed, audience.Consent{Source: "test"}))
			out.states[list] = audience.Confirmed
		case 2:
			must(t, st.Subscribe(t.Context(), p.ID, list, audience.Confirmed, audience.Consent{Source: "test"}))
			must(t, st.Unsubscribe(t.Context(), store.Leave{Subscriber: p.ID, List: list, Source: "test"}))
			out.states[list] = audience.Unsubscribed
		}
	}
	if random.IntN(5) == 0 {
		must(t, st.Suppress(t.Context(), p.Email, audience.Manual, "test"))
		out.suppressed = true
	}
	return out
}

// slowReach counts by looking at each; the first list has three people more.
func slowReach(people []person, a audience.Audience, first int64) (r audience.Reach) {
	for range 3 {
		people = append(people, person{lang: "en", states: map[int64]audience.State{first: audience.Confirmed}})
	}
	for _, p := range people {
		in := count(p, a.Lists)
		switch {
		case len(in) == 0:
		case p.suppressed:
			r.Suppressed++
		case in[audience.Confirmed] > 0:
			if count(p, a.NotLists)[audience.Confirmed] == 0 && (a.Lang == "" || a.Lang == p.lang) {
				r.People++
			}
		case in[audience.Pending] > 0:
			r.Pending++
		default:
			r.Unsubscribed++
		}
	}
	return r
}

func count(p person, lists []int64) map[audience.State]int {
	n := map[audience.State]int{}
	for _, l := range lists {
		if s := p.states[l]; s != "" {
			n[s]++
		}
	}
	return n
}
