package jobs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// wholeRecord is wholeBooks with what else an import may write: proof of consent, suppressions and when people were changed.
func wholeRecord(t *testing.T, st *store.Store) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(wholeBooks(t, st))
	people, _, err := st.Subscribers(t.Context(), store.SubscriberQuery{Limit: 5000})
	must(t, err)
	for _, p := range people {
		consents, err := st.Consents(t.Context(), p.ID)
		must(t, err)
		fmt.Fprintln(&b, p.ID, p.CreatedAt, p.UpdatedAt, consents)
	}
	suppressions, err := st.Suppressions(t.Context(), time.Time{}, 5000)
	must(t, err)
	fmt.Fprintln(&b, suppressions)
	return b.String()
}

// Whatever the file, the rules and the books before: the second time nothing is new, and nothing changes.
func TestImportingAnyFileTwiceChangesNothing(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 5)
		must(t, st.Suppress(t.Context(), "p2@shop.test", audience.Manual, "admin"))
		r := runner(st, t.TempDir())
		cell := rapid.SampledFrom([]string{"", "Ana", "Ана", "=1+1", "a;b", "'x", " ", "38"})
		rapid.Check(t, func(rt *rapid.T) {
			var file strings.Builder
			file.WriteString("email,first_name,status,tags,size\n")
			for range rapid.IntRange(1, 40).Draw(rt, "rows") {
				fmt.Fprintf(&file, "%s@shop.test,%s,%s,%s,%s\n", rapid.StringMatching("[pqP][0-9]").Draw(rt, "who"), cell.Draw(rt, "first"),
					rapid.SampledFrom([]string{"", "yes", "no", "unsubscribed", "bounced", "spam", "pending", "never subscribed", "who knows"}).Draw(rt, "status"),
					rapid.SampledFrom([]string{"", "vip", "vip; tea", "blog"}).Draw(rt, "tags"), cell.Draw(rt, "size"))
			}
			o := options(l.ID)
			o.Mapping, o.Types = []string{"email", "first_name", "state", "attributes.tags", "attributes.size"}, map[string]string{"tags": audience.ListAttribute}
			o.State = rapid.SampledFrom(audience.ImportStates).Draw(rt, "state")
			rule := rapid.SampledFrom([]string{audience.Overwrite, audience.FillEmpty, audience.KeepField})
			o.Rules = map[string]string{"first_name": rule.Draw(rt, "first rule"), "attributes.size": rule.Draw(rt, "size rule"), "attributes.tags": audience.AddItems}
			var before string
			for time2 := range 2 {
				clock.Add(time.Minute)
				j := queue(t, st, r, ledger.ImportJob, file.String(), o)
				must(t, r.Drain(t.Context(), ledger.ImportJob))
				j, rep := report(t, st, j)
				if j.State != ledger.JobFinished {
					rt.Fatalf("%s: %s", j.State, j.Error)
				}
				after := wholeRecord(t, st)
				if c := rep.ImportCounts; time2 == 1 && (after != before || c.New+c.Updated+c.Joined+c.Unsubscribed+c.Never != 0) {
					rt.Fatalf("the second time %+v\nbefore\n%s\nafter\n%s", c, before, after)
				}
				before = after
			}
		})
	})
}
