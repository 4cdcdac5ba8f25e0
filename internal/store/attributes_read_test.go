package store_test

import (
	"fmt"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestItIsKnownWhatANewTypeMakesOfValues(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		for i, v := range []string{"Sofia", "12", "", "Sofia", "1,5", "many"} {
			must(t, st.AddPerson(t.Context(), fmt.Sprintf("u%d@shop.test", i), map[string]string{`a "b"`: v, "other": "x"}))
		}
		for kind, want := range map[string]store.ReadAs{"text": {}, "number": {Unread: 3, Changed: 1, Example: "Sofia", From: "1,5", To: "1.5"}, "date": {Unread: 5, Example: "1,5"}} {
			got, err := st.ReadAs(t.Context(), audience.Attribute{Key: `a "b"`, Type: kind})
			if got.Example = want.Example; err != nil || got != want { // databases put texts in orders of their own
				t.Errorf("%s: %+v, %v; want %+v", kind, got, err, want)
			}
		}
	})
}

// valuesOf are what people have for a key, in their order.
func valuesOf(t *testing.T, st *store.Store, key string) string {
	t.Helper()
	people, _, err := st.Subscribers(t.Context(), store.SubscriberQuery{Limit: 1000})
	must(t, err)
	values := make([]string, len(people))
	for _, p := range people {
		values[p.ID-1] = p.Attributes[key]
	}
	return strings.Join(values, "|")
}

func retype(t *testing.T, st *store.Store, key, kind string) {
	t.Helper()
	must(t, st.SaveAttribute(t.Context(), &audience.Attribute{Key: key, Type: kind}))
}

func TestANewTypeBringsWhatItCanReadIntoItsForm(t *testing.T) {
	store.FewRead(t, 2)
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		days := []string{"1990-02-03", "03.04.1985", "12/05", "05.12.1985", "1985-12-05"}
		sizes := []string{"12,5", "1 234,50", "10", "many", ""}
		for i := range days {
			must(t, st.AddPerson(ctx, fmt.Sprintf("u%d@shop.test", i), map[string]string{"birthday": days[i], "size": sizes[i], "city": "03.04.1985"}))
		}
		retype(t, st, "birthday", "date")
		retype(t, st, "size", "number")
		must(t, st.MakeIndexes(ctx))
		for key, want := range map[string]string{"birthday": "1990-02-03|1985-04-03|12/05|1985-12-05|1985-12-05", "size": "12.5|1234.5|10|many|", "city": strings.Repeat("|03.04.1985", 5)[1:]} {
			if got := valuesOf(t, st, key); got != want {
				t.Errorf("%s: %s; want %s", key, got, want)
			}
		}
		n, err := st.CountSegment(ctx, segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "attributes.birthday", Type: "date", Is: "before", Values: []string{"1991-01-01"}}}})
		if left, _ := st.Number(ctx, `SELECT COUNT(*) FROM settings WHERE name LIKE 'attribute_values_%'`); err != nil || n != 4 || left != 0 {
			t.Errorf("%d are found, %d settings are left, %v", n, left, err)
		}
	})
}

func TestATypeThatIsTakenBackOrDeletedReadsNothing(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		must(t, st.AddPerson(ctx, "a@shop.test", map[string]string{"size": "12,5", "born": "03.04.1985"}))
		retype(t, st, "size", "number")
		retype(t, st, "size", "text")
		retype(t, st, "born", "date")
		must(t, st.DeleteAttribute(ctx, "born"))
		must(t, st.MakeIndexes(ctx))
		if got := valuesOf(t, st, "size") + " " + valuesOf(t, st, "born"); got != "12,5 03.04.1985" {
			t.Errorf("they are %s", got)
		}
		retype(t, st, "born", "date") // which brings it back
		must(t, st.MakeIndexes(ctx))
		if got := valuesOf(t, st, "born"); got != "1985-04-03" {
			t.Errorf("brought back: %s", got)
		}
	})
}
