package store_test

import (
	"fmt"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

var every = audience.Export{Fields: []string{"id", "email", "first_name", "last_name", "lang", "zone", "state", "source", "created_at", "attributes.note", "attributes.=x", "attributes.none"}}

func exportedRows(t *testing.T, st *store.Store, e audience.Export) (rows []string) {
	t.Helper()
	must(t, st.ExportRows(t.Context(), e, func(cells [][]byte) error {
		var line []string
		for _, c := range cells {
			line = append(line, string(c))
		}
		rows = append(rows, strings.Join(line, "|"))
		return nil
	}))
	return rows
}

func TestAnExportWritesEachCellAsItIs(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		notes := []string{"", "plain", `"quoted"`, `back\slash`, "two\nlines\ttab", "a{b}:c,\"d\"", "<b>&amp;</b>", "Ана 👩‍👧", "\x1f\x1e", "null"}
		for i, note := range notes {
			p := audience.Subscriber{Email: fmt.Sprintf("p%d@shop.test", i), FirstName: "Ана", LastName: "O'Hara", Zone: "Europe/Sofia", Lang: "bg", Source: "test",
				Attributes: map[string]string{"note": note, "=x": note, "other": `":"`}}
			must(t, p.Validate())
			must(t, st.SaveSubscriber(t.Context(), &p))
		}
		for i, got := range exportedRows(t, st, every) {
			want := fmt.Sprintf("%d|p%d@shop.test|Ана|O'Hara|bg|Europe/Sofia||test|2026-11-17T10:00:00Z|%s|%s|", i+1, i, notes[i], notes[i])
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

func TestCellsMayHoldTheSignsBetweenThem(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		for i, source := range []string{"a", "b\x1f", "c\x1ed", ""} { // nothing writes such a source
			p := audience.Subscriber{Email: fmt.Sprintf("p%d@shop.test", i), Source: source}
			must(t, p.Validate())
			must(t, st.SaveSubscriber(t.Context(), &p))
		}
		got := exportedRows(t, st, audience.Export{Fields: []string{"source", "email"}})
		if want := []string{"a|p0@shop.test", "b\x1f|p1@shop.test", "c\x1ed|p2@shop.test", "|p3@shop.test"}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestAnExportIsOfOneMoment(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		const n = 4100 // three pages
		people := make([]audience.ImportRow, n)
		for i := range people {
			people[i] = line(t, i+2, fmt.Sprintf("p%d@shop.test", i), "Before", "")
		}
		_, err := st.ImportBatch(t.Context(), people, importing(0))
		must(t, err)
		seen := 0
		must(t, st.ExportRows(t.Context(), audience.Export{Fields: []string{"email", "first_name"}}, func(cells [][]byte) error {
			if seen++; seen == 1 { // while it runs, everybody is renamed and one more comes
				for i := range people {
					people[i].Subscriber.FirstName = "After"
				}
				_, err := st.ImportBatch(t.Context(), append(people, line(t, n+2, "late@shop.test", "", "")), importing(0))
				must(t, err)
			}
			if string(cells[1]) != "Before" {
				t.Fatalf("%s is called %s", cells[0], cells[1])
			}
			return nil
		}))
		if seen != n {
			t.Errorf("%d people, not %d", seen, n)
		}
	})
}

func TestPeopleAreCountedAsTheyAreListed(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		must(t, st.Fill(t.Context(), fixture(3)))
		for _, q := range []store.SubscriberQuery{{}, {List: 1}, {List: 2, State: store.AnyState}, {List: 1, State: audience.Unsubscribed}, {List: 3, State: audience.Pending},
			{State: audience.Unsubscribed}, {State: audience.Confirmed}, {Lang: "bg"}, {List: 2, Lang: "ru"}, {Search: "PETROV"}, {Search: "o'hara", List: 1}} {
			q.Limit = 5000
			people, _, err := st.Subscribers(t.Context(), q)
			must(t, err)
			n, err := st.CountSubscribers(t.Context(), q)
			lately, err2 := st.CountLately(t.Context(), q)
			if err != nil || err2 != nil || int(n) != len(people) || lately != n || n == 0 {
				t.Errorf("%+v: %d people are listed, %d counted, %d lately, %v, %v", q, len(people), n, lately, err, err2)
			}
		}
	})
}
