package store_test

import (
	"fmt"
	"slices"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestValuesAreSuggestedFromWhatPeopleHave(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		list := storetest.People(t, st, 3)
		p, err := st.Subscriber(ctx, 1)
		must(t, err)
		p.Attributes = map[string]string{`ci"ty`: "София", "x": "y"}
		must(t, st.UpdateSubscriber(ctx, &p))
		for i := range 4 {
			o := audience.Order{Number: fmt.Sprint("n", i), State: "paid", Currency: "EUR", TotalCents: 100, Country: []string{"BG", "BG", "DE", ""}[i], PlacedAt: tuesday,
				Items: []audience.Item{{SKU: fmt.Sprint("SKU-", i), Name: "Green tea", Category: []string{"tea", "Tea", "чай", "cups"}[i], Quantity: 1, PriceCents: 100}}}
			must(t, st.RecordOrder(ctx, &p, &o))
		}
		for _, one := range []struct {
			of, field, search string
			want              []string
			sampled           bool
		}{
			{"bought", "category", "", []string{"Tea", "cups", "tea", "чай"}, false}, {"bought", "category", "TEA", []string{"Tea", "tea"}, false}, {"ordered", "category", "ЧАЙ", []string{"чай"}, false},
			{"ordered", "country", "", []string{"BG", "DE"}, true}, {"bought", "product", "tea", []string{"Green tea"}, true}, {"bought", "sku", "2", []string{"SKU-2"}, false},
			{"", `attributes.ci"ty`, "", []string{"София"}, true}, {"", "attributes.none", "", nil, true}, {"", "list", "", []string{fmt.Sprint(list.ID)}, false},
			{"", "nothing", "", nil, false}, {"nothing", "category; --", "", nil, false}, {"", "email", "", nil, false},
		} {
			got, sampled, err := st.Suggest(ctx, one.of, one.field, one.search, 10)
			var values []string
			for _, v := range got {
				values = append(values, v.Value)
			}
			slices.Sort(values)
			slices.Sort(one.want)
			if err != nil || !slices.Equal(values, one.want) || sampled != one.sampled {
				t.Errorf("%s.%s %q: %v, sampled %v, %v; want %v", one.of, one.field, one.search, values, sampled, err, one.want)
			}
		}
		if got, _, err := st.Suggest(ctx, "ordered", "country", "", 1); err != nil || len(got) != 1 || got[0] != (store.Suggestion{Value: "BG", Count: 2}) {
			t.Errorf("the most frequent: %+v, %v", got, err)
		}
	})
}

func TestMembersAreFoundInPagesWithinAnyRule(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		storetest.People(t, st, 12)
		either := segment.Rule{Match: segment.Any, Rules: []segment.Rule{{Field: "email", Is: "contains", Values: []string{"@shop"}}, {Field: "lang", Is: "is", Values: []string{"xx", "yy"}}}}
		var got []string
		for after, pages := int64(0), 0; pages == 0 || after != 0; pages++ {
			people, next, err := st.FindMembers(t.Context(), either, "P1", after, 2)
			must(t, err)
			for _, p := range people {
				got = append(got, p.Email)
			}
			after = next
		}
		if want := []string{"p12@shop.test", "p11@shop.test", "p10@shop.test", "p1@shop.test"}; !slices.Equal(got, want) {
			t.Errorf("found %v, want %v", got, want)
		}
	})
}
