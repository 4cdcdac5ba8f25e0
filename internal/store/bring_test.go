package store_test

import (
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// sharer is somebody who was sent a letter of a running campaign, whose link a friend follows.
func sharer(t *testing.T, st *store.Store) (campaigns.Campaign, ledger.Run, ledger.Work) {
	t.Helper()
	l := storetest.People(t, st, 1)
	at := st.Now()
	c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { c.Trigger = campaigns.Trigger{At: &at} })
	must(t, st.Start(t.Context(), c.ID))
	c, err := st.Campaign(t.Context(), c.ID)
	must(t, err)
	run, planned, err := st.Plan(t.Context(), c, at)
	if err != nil || !planned {
		t.Fatal(run, planned, err)
	}
	rows, _, err := st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	by, err := st.EnrolmentWork(t.Context(), rows[0].EnrolmentID)
	must(t, err)
	return c, run, by
}

func TestWhoIsBroughtIsOwedOneLetter(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		at := st.Now()
		c, _, by := sharer(t, st)
		friend := audience.Subscriber{Email: "friend@mail.test", EmailNorm: "friend@mail.test", Lang: "en"}
		if err := st.SaveSubscriber(t.Context(), &friend); err != nil {
			t.Fatal(err)
		}
		first, err := st.Bring(t.Context(), by, friend)
		again, errAgain := st.Bring(t.Context(), by, friend)
		if err != nil || errAgain != nil || first == 0 || again != first {
			t.Errorf("%d, %v; again %d, %v", first, err, again, errAgain)
		}
		own, err := st.Bring(t.Context(), by, by.Subscriber)
		if err != nil || own != by.EnrolmentID {
			t.Errorf("who brings themselves gets enrolment %d, %v", own, err)
		}
		if rows, _, err := st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID}); err != nil || len(rows) != 2 || rows[1].EnrolmentID != first || rows[1].DueAt.After(at.Add(time.Minute)) {
			t.Errorf("%+v, %v", rows, err)
		}
		for id, want := range map[int64]bool{first: true, own: false} {
			if note, err := st.Note(t.Context(), c.ID, campaigns.BroughtBy(id), ""); err != nil || (note != "") != want {
				t.Errorf("enrolment %d: note %q, %v", id, note, err)
			}
		}
	})
}

func TestACampaignThatIsOverTakesNobodyMore(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		c, run, by := sharer(t, st)
		if err := st.Cancel(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		friend := audience.Subscriber{Email: "friend@mail.test", EmailNorm: "friend@mail.test", Lang: "en"}
		if err := st.SaveSubscriber(t.Context(), &friend); err != nil {
			t.Fatal(err)
		}
		if id, err := st.Bring(t.Context(), by, friend); err != nil || id != 0 {
			t.Errorf("enrolment %d, %v", id, err)
		}
		after, err := st.Run(t.Context(), run.ID)
		if rows, _, listErr := st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID}); err != nil || listErr != nil || len(rows) != 1 || after.State != ledger.RunCancelled {
			t.Errorf("%d letters, the run is %s, %v, %v", len(rows), after.State, err, listErr)
		}
	})
}
