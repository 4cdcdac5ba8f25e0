package jobs_test

import (
	"fmt"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// TestLinesThatRepeatAnAddressAreTold: in one batch and far apart, of people who are new, known and unchanged, tried out and done.
func TestLinesThatRepeatAnAddressAreTold(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 3)
		var b strings.Builder
		b.WriteString("email,first_name\nnew@shop.test,A\nNEW@shop.test,B\np1@shop.test,C\np2@shop.test,\n")
		for i := range 2500 {
			fmt.Fprintf(&b, "x%d@shop.test,X\n", i)
		}
		b.WriteString("new@shop.test,D\np1@shop.test,E\np2@shop.test,\np3@shop.test,\nx7@shop.test,X\n")
		r := runner(st, t.TempDir())
		var counts [2]audience.ImportCounts
		for n, dry := range []bool{true, false} {
			j := queue(t, st, r, "import", b.String(), suggestedImport(t, st, b.String(), audience.Import{List: l.ID, Wording: "till", Dry: dry}))
			must(t, r.Drain(t.Context(), "import"))
			if _, rep := report(t, st, j); rep.Repeated != 5 || rep.Rows != 2509 || rep.Wrong != 0 {
				t.Errorf("dry %v: %+v", dry, rep.ImportCounts)
			} else {
				counts[n] = rep.ImportCounts
			}
		}
		if dry, done := counts[0], counts[1]; dry.New != done.New || dry.Joined != done.Joined || dry.Updated+2 != done.Updated { // two lines far below tell another name, which only a row would remember
			t.Errorf("tried out: %+v\ndone: %+v", dry, done)
		}
		j := queue(t, st, r, "import", "email\np1@shop.test\nnew@shop.test\n", suggestedImport(t, st, "email\np1@shop.test\nnew@shop.test\n", audience.Import{List: l.ID, Wording: "till"}))
		must(t, r.Drain(t.Context(), "import"))
		if _, rep := report(t, st, j); rep.Repeated != 0 {
			t.Errorf("another file: %+v", rep.ImportCounts)
		}
		p, err := st.SubscriberByEmail(t.Context(), "new@shop.test")
		must(t, err)
		if p.FirstName != "D" {
			t.Errorf("the earlier line counts: %s", p.FirstName)
		}
	})
}

func TestALineThatOverwritesWhatAnEarlierOneToldIsCountedAsAnUpdate(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 2)
		r := runner(st, t.TempDir())
		was, err := st.SubscriberByEmail(t.Context(), "p2@shop.test")
		must(t, err)
		file := "email,first_name,phone\nnew@shop.test,A,1\np1@shop.test,B,2\nNEW@shop.test,C,3\np1@shop.test,D,4\np1@shop.test,D,4\np2@shop.test,X,\np2@shop.test," + was.FirstName + ",\n"
		for _, dry := range []bool{true, false} {
			j := queue(t, st, r, "import", file, suggestedImport(t, st, file, audience.Import{List: l.ID, Wording: "till", Dry: dry}))
			must(t, r.Drain(t.Context(), "import"))
			want := audience.ImportCounts{Rows: 7, New: 1, Updated: 3, Same: 3, Joined: 1, Repeated: 4}
			if _, rep := report(t, st, j); rep.ImportCounts != want {
				t.Errorf("dry %v: %+v, want %+v", dry, rep.ImportCounts, want)
			}
		}
	})
}
