package store_test

import (
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestFiltersSavedAsASegmentMeanTheSamePeople(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		must(t, st.Fill(t.Context(), fixture(3)))
		for _, q := range []store.SubscriberQuery{{List: 1}, {List: 2, State: store.AnyState}, {List: 1, State: audience.Unsubscribed}, {List: 3, State: audience.Pending},
			{State: audience.Unsubscribed}, {State: audience.Confirmed}, {Lang: "bg"}, {List: 2, Lang: "ru"}, {Search: "PETROV"}, {Search: "o'hara", List: 1}, {Search: "@example"},
			{Attribute: "sample"}, {Attribute: "sample", Value: "yes", Lang: "en"}} {
			want, err := st.CountSubscribers(t.Context(), q)
			must(t, err)
			rule, err := st.RuleOf(t.Context(), q)
			must(t, err)
			got, err := st.CountSegment(t.Context(), rule)
			if err != nil || got != want || want == 0 {
				t.Errorf("%+v shows %d, the segment %+v means %d, %v", q, want, rule, got, err)
			}
		}
		if _, err := st.RuleOf(t.Context(), store.SubscriberQuery{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("of no filters: %v", err)
		}
	})
}
