package jobs_test

import (
	"io"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestWhoLeftIsTakenOffTheListThoughTheLineIsWrong(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 6)
		file := "email,status,more,note\np1@shop.test,unsubscribed,{,x\np2@shop.test,cleaned,1980-02-03,x,,y\np3@shop.test,x,y,spam,1980-02-03,x\n" +
			"p4@shop.test,confirmed,{,x\nnobody,unsubscribed,{,x\nnew@shop.test,unsubscribed,{,x\np5@shop.test,no\np6@shop.test,0\n"
		o := options(l.ID)
		o.Mapping = []string{"email", "state", "attributes", "attributes.note"}
		want := audience.ImportCounts{Rows: 8, New: 1, Never: 2, Unsubscribed: 2, Wrong: 8, WrongLeft: 4}
		for _, o.Dry = range []bool{true, false} {
			r := runner(st, t.TempDir())
			j := queue(t, st, r, ledger.ImportJob, file, o)
			must(t, r.Drain(ctx, ledger.ImportJob))
			j, rep := report(t, st, j)
			if rep.ImportCounts != want {
				t.Errorf("dry %v: %s %+v, want %+v", o.Dry, j.Error, rep.ImportCounts, want)
			}
			f, err := r.Reasons(j)
			must(t, err)
			b, _ := io.ReadAll(f)
			f.Close()
			if n := strings.Count(string(b), "That this person left counts all the same."); n != 4 {
				t.Errorf("%d of 4 are named in\n%s", n, b)
			}
		}
		row, err := st.List(ctx, l.ID)
		must(t, err)
		n, err := st.CountSubscribers(ctx, store.SubscriberQuery{List: l.ID, State: audience.Unsubscribed})
		must(t, err)
		if row.Confirmed != 5 || n != 2 { // p2 and p3 are suppressed; of p5 and p6 nobody knows whose cell the no is
			t.Errorf("%d are confirmed, %d have left", row.Confirmed, n)
		}
	})
}
