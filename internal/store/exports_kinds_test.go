package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// allOf is an export of all fields of a kind.
func allOf(kind audience.ExportKind) audience.Export {
	e := audience.Export{What: kind.What}
	for _, f := range kind.Fields {
		e.Fields = append(e.Fields, f.Name)
	}
	return e
}

func TestEachKindOfExportHoldsEachOfItsFields(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		must(t, st.Fill(t.Context(), fixture(3)))
		bulgarian := segment.Segment{Name: "bg", Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "lang", Is: "is", Values: []string{"bg"}}}}}
		must(t, bulgarian.Validate())
		must(t, st.SaveSegment(t.Context(), &bulgarian, "Ana"))
		for _, kind := range audience.ExportKinds {
			narrowed := []audience.Export{{}}
			if kind.People {
				narrowed = append(narrowed, audience.Export{Lang: "bg"}, audience.Export{List: 1, State: "any"}, audience.Export{Segment: bulgarian.ID}, audience.Export{Segment: bulgarian.ID, List: 1, Search: "petrov"})
			}
			if kind.Campaigns {
				narrowed = append(narrowed, audience.Export{Campaign: 1})
			}
			if kind.Lately {
				narrowed = append(narrowed, audience.Export{Days: 90})
			}
			counts := map[string]int64{}
			for _, e := range narrowed {
				what := fmt.Sprintf("%s %+v", kind.What, e)
				e.What, e.Fields = kind.What, allOf(kind).Fields
				must(t, e.Validate())
				rows := exportedRows(t, st, e)
				n, err := st.CountExport(t.Context(), e)
				lately, err2 := st.CountExportLately(t.Context(), e)
				if err != nil || err2 != nil || n != int64(len(rows)) || lately != n || n == 0 && kind.What != "events" && kind.What != "responses" {
					t.Errorf("%s: %d rows, %d counted, %d lately, %v, %v", what, len(rows), n, lately, err, err2)
				}
				counts[what] = n
			}
			if kind.People && counts[fmt.Sprintf("%s %+v", kind.What, narrowed[1])] != counts[fmt.Sprintf("%s %+v", kind.What, narrowed[3])] {
				t.Errorf("%s: a segment of a language and the language differ: %v", kind.What, counts)
			}
		}
	})
}

func TestOrdersAreExportedAsTheyWereReported(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		for i, cents := range []int64{1999, 100, 12345} {
			p := audience.Subscriber{Email: fmt.Sprintf("p%d@shop.test", i%2), FirstName: "Ана", Source: "order"}
			o := audience.Order{Number: fmt.Sprintf("=%d", i), State: "paid", Currency: []string{"EUR", "JPY", "KWD"}[i], TotalCents: cents, RefundedCents: 5, Channel: "web", Coupon: "A,B", Country: "BG",
				PlacedAt: tuesday.Add(-time.Hour), Items: []audience.Item{{SKU: "s\x1f1", Name: "Tea \"x\"\nnew", Category: "tea", Quantity: 2, PriceCents: 500}, {Name: "Cup", Quantity: 1, PriceCents: cents}}}
			must(t, fault.Join(p.Validate(), o.Validate(tuesday)))
			must(t, st.RecordOrder(t.Context(), &p, &o))
		}
		got := exportedRows(t, st, audience.Export{What: "orders", Fields: []string{"number", "email", "first_name", "currency", "total", "refunded", "coupon", "placed_at"}})
		want := []string{"=0|p0@shop.test|Ана|EUR|19.99|0.05|A,B|2026-11-17T09:00:00Z", "=1|p1@shop.test|Ана|JPY|100|5|A,B|2026-11-17T09:00:00Z", "=2|p0@shop.test|Ана|KWD|12.345|0.005|A,B|2026-11-17T09:00:00Z"}
		if !slices.Equal(got, want) {
			t.Errorf("orders:\n%q, want\n%q", got, want)
		}
		got = exportedRows(t, st, audience.Export{What: "order_lines", Fields: []string{"number", "item_line", "item_sku", "item_name", "item_quantity", "item_price"}})
		want = []string{"=0|1|s 1|Tea \"x\" new|2|5.00", "=0|2||Cup|1|19.99", "=1|1|s 1|Tea \"x\" new|2|500", "=1|2||Cup|1|100", "=2|1|s 1|Tea \"x\" new|2|0.500", "=2|2||Cup|1|12.345"}
		if !slices.Equal(got, want) {
			t.Errorf("lines:\n%q, want\n%q", got, want)
		}
		got = exportedRows(t, st, audience.Export{What: "order_lines", Search: "p0@", Fields: []string{"email", "number", "item_line"}})
		if want = []string{"p0@shop.test|=0|1", "p0@shop.test|=0|2", "p0@shop.test|=2|1", "p0@shop.test|=2|2"}; !slices.Equal(got, want) {
			t.Errorf("one person's lines: %q, want %q", got, want)
		}
		var items []audience.Item
		if got = exportedRows(t, st, audience.Export{What: "orders", Fields: []string{"items"}}); json.Unmarshal([]byte(got[0]), &items) != nil || len(items) != 2 || items[1].Name != "Cup" {
			t.Errorf("items: %q", got[0])
		}
	})
}

func TestPeopleAreExportedWithTheirListsAndConsent(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 0)
		for i, state := range []audience.State{audience.Confirmed, audience.Pending, ""} {
			p := audience.Subscriber{Email: fmt.Sprintf("p%d@shop.test", i), Source: "test", Attributes: map[string]string{"a": "1", "b": ""}}
			must(t, p.Validate())
			must(t, st.SaveSubscriber(ctx, &p))
			if state != "" {
				must(t, st.Subscribe(ctx, p.ID, l.ID, state, audience.Consent{Source: "form", Wording: "Yes, please"}))
			}
		}
		e := audience.Export{What: "subscribers", Fields: []string{"email", "lists." + l.Label, "consent_source", "consent_wording", "consent_at", "attributes"}}
		must(t, e.Validate())
		got := exportedRows(t, st, e)
		yes := "|form|Yes, please|2026-11-17T10:00:00Z|"
		for i, want := range []string{"p0@shop.test|confirmed" + yes, "p1@shop.test|pending", "p2@shop.test|||||"} {
			if !strings.HasPrefix(got[i], want) || !strings.HasSuffix(got[i], `|{"a":"1","b":""}`) {
				t.Errorf("%q, want %q", got[i], want)
			}
		}
		if e.List = l.ID; len(exportedRows(t, st, e)) != 1 {
			t.Errorf("of the list: %q", exportedRows(t, st, e))
		}
		e.Fields = []string{"lists.none"}
		if err := st.ExportRows(ctx, e, func([][]byte) error { return nil }); !fault.Is(err, fault.Invalid) {
			t.Errorf("a list that there is not: %v", err)
		}
		missing := 0
		must(t, st.ExportRows(ctx, audience.Export{Fields: []string{"attributes.b", "attributes.c"}}, func(cells [][]byte) error {
			if cells[0] != nil && len(cells[0]) == 0 && cells[1] == nil {
				missing++
			}
			return nil
		}))
		if missing != 3 {
			t.Errorf("an empty value and a missing one are told apart for %d of 3", missing)
		}
	})
}

// TestCustomersAreExportedWithTheFiguresOfTheirPages compares each cell with what a person's page says.
func TestCustomersAreExportedWithTheFiguresOfTheirPages(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		must(t, st.Fill(t.Context(), fixture(5)))
		must(t, st.SaveMargin(t.Context(), store.Margin{Kind: store.OfDefault, ShareBP: 3333}))
		for id, mood := range map[int]int{1: 1, 2: 3, 3: 2} {
			must(t, st.RunSQL(t.Context(), `INSERT INTO subscriber_moods (subscriber_id, mood, rated_at) VALUES (?, ?, ?)`, id, mood, tuesday))
		}
		got := exportedRows(t, st, audience.Export{What: "customers", Fields: []string{"subscriber_id", "currency", "order_count", "spent", "average", "ltv", "recency", "frequency", "money", "rhythm", "mood"}})
		var want []string
		for id := int64(1); id <= 200; id++ {
			f, err := st.Facts(t.Context(), id)
			if fault.Is(err, fault.NotFound) {
				break
			}
			must(t, err)
			all, err := st.ValueOf(t.Context(), id)
			must(t, err)
			slices.SortFunc(all, func(a, b store.PersonValue) int { return strings.Compare(a.Currency, b.Currency) })
			for _, p := range all {
				at := slices.IndexFunc(f.Worth, func(w segment.Worth) bool { return w.Currency == p.Currency })
				money := func(cents int64) string { return audience.FormatMoney(cents, p.Currency) }
				want = append(want, fmt.Sprintf("%d|%s|%d|%s|%s|%s|%d|%d|%d|%s|%s", id, p.Currency, p.Orders, money(p.NetCents), money(p.Average()), money((f.Worth[at].LTV+5000)/10000),
					p.Recency, p.Frequency, p.Money, p.Keeps(), p.MoodWord()))
			}
		}
		if len(want) < 50 || len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("exported:\n%s\nwant:\n%s", strings.Join(got[:min(5, len(got))], "\n"), strings.Join(want[:min(5, len(want))], "\n"))
		}
	})
}
