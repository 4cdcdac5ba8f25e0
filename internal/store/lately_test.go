package store_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/trial"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// left is a campaign whose letters left to six people, one each hour from tuesday on, the first half in
// English; its letter was sent as two versions, the second from the fourth hour on.
func left(t *testing.T, st *store.Store, clock *storetest.Clock) (campaigns.Campaign, store.Letter) {
	t.Helper()
	ctx := t.Context()
	clock.Set(tuesday)
	l := storetest.People(t, st, 6)
	c := storetest.Campaign(t, st, "newsletter", l.ID, nil)
	m, content := c.Messages[0], c.Messages[0].Contents[0]
	letter := store.Letter{Message: m.ID, Lang: "en"}
	must(t, st.KeepSent(ctx, letter, content))
	must(t, st.ExecAll(ctx, fmt.Sprintf(`INSERT INTO runs (campaign_id, run_key, state, due_at, started_at) VALUES (%d, 'at', 'running', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00');
UPDATE subscribers SET lang = 'bg' WHERE id > 3`, c.ID)))
	for i := range 6 {
		send(t, st, c, int64(i+1), tuesday.Add(time.Duration(i)*time.Hour))
	}
	clock.Set(tuesday.Add(3 * time.Hour))
	content.Subject = "Second"
	must(t, st.SaveContent(ctx, m.ID, &content, "Ana"))
	must(t, st.KeepSent(ctx, letter, content))
	clock.Set(tuesday.Add(24 * time.Hour))
	must(t, st.ExecAll(ctx, fmt.Sprintf(`INSERT INTO trials (campaign_id, run_id, message_id, variants, rule, one_by_one, began_at) VALUES (%d, 1, %d, '["a","b"]', '{"Days":7}', FALSE, '2026-01-01 00:00:00+00:00')`, c.ID, m.ID)))
	return c, letter
}

// send enters a letter that left.
func send(t *testing.T, st *store.Store, c campaigns.Campaign, person int64, at time.Time) {
	t.Helper()
	sent := at.Format("2006-01-02 15:04:05+00:00")
	must(t, st.ExecAll(t.Context(), fmt.Sprintf(`INSERT INTO deliveries (run_id, campaign_id, enrolment_id, message_id, subscriber_id, state, due_at, sent_at, created_at, updated_at, variant, trial_id)
		VALUES (1, %d, %d, %d, %d, 'sent', '%s', '%s', '%s', '%s', 'a', 1)`, c.ID, person, c.Messages[0].ID, person, sent, sent, sent, sent)))
}

func TestEachVersionKnowsToHowManyItWent(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		_, letter := left(t, st, clock)
		list, err := st.Versions(t.Context(), letter)
		must(t, err)
		for name, c := range map[string]struct {
			langs  []string
			others bool
			want   map[int]int64
		}{
			"of one language":              {[]string{"en"}, true, map[int]int64{1: 3, 2: 3}},
			"for English alone":            {[]string{"en", "bg"}, false, map[int]int64{1: 3}},
			"for those who read no other":  {[]string{"en", "bg"}, true, map[int]int64{1: 3}},
			"for all but those of Russian": {[]string{"en", "ru"}, true, map[int]int64{1: 3, 2: 3}},
		} {
			got, err := st.SentTo(t.Context(), letter, list, c.langs, c.others)
			if err != nil || !maps.Equal(got, c.want) {
				t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
			}
		}
	})
}

func TestFiguresOfManyLettersAreCountedOnceInAWhile(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		store.KeepAll(t)
		ctx := t.Context()
		c, letter := left(t, st, clock)
		test, err := st.Trial(ctx, c.ID, 1)
		must(t, err)
		people := func(f func() ([]trial.Arm, string, error)) int64 {
			arms, _, err := f()
			must(t, err)
			return arms[0].People
		}
		now := func() ([]trial.Arm, string, error) { return st.Arms(ctx, test) }
		page := func() ([]trial.Arm, string, error) { return st.ArmsLately(ctx, test) }
		versions := func() int64 {
			list, err := st.Versions(ctx, letter)
			must(t, err)
			got, err := st.SentTo(ctx, letter, list, []string{"en"}, true)
			must(t, err)
			return got[2]
		}
		if people(page) != 6 || versions() != 3 {
			t.Fatal("the first look is wrong")
		}
		send(t, st, c, 7, clock.Now())
		if people(page) != 6 || versions() != 3 || people(now) != 7 {
			t.Error("a second look within seconds counts anew, or a decision does not")
		}
		clock.Add(30 * time.Second)
		if people(page) != 7 || versions() != 4 {
			t.Error("what was counted is not counted again")
		}
	})
}

func TestFiguresOfFewLettersAreNeverOld(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	st := storetest.SQLite(t, clock)
	c, _ := left(t, st, clock)
	test, err := st.Trial(t.Context(), c.ID, 1)
	must(t, err)
	for want := range int64(3) {
		arms, _, err := st.ArmsLately(t.Context(), test)
		if err != nil || arms[0].People != want+6 {
			t.Errorf("got %+v, %v", arms, err)
		}
		send(t, st, c, want+7, clock.Now())
	}
}

func TestAnImportThatEndedIsInEveryCountAtOnce(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		store.KeepAll(t)
		ctx := t.Context()
		count := func() int64 {
			n, err := st.CountLately(ctx, store.SubscriberQuery{})
			must(t, err)
			return n
		}
		job := ledger.Job{Kind: ledger.ImportJob, Params: "{}"}
		must(t, st.CreateJob(ctx, &job))
		leased, err := st.LeaseJob(ctx, ledger.ImportJob)
		must(t, err)
		before := count()
		must(t, st.AddPerson(ctx, "new@shop.test", map[string]string{"city": "Sofia"}))
		if count() != before {
			t.Error("many people are counted at every look")
		}
		must(t, st.FinishJob(ctx, leased.Lease(), ledger.JobFinished, ""))
		if counts, err := st.AttributeCounts(ctx); count() != before+1 || err != nil || counts["city"].People != 1 {
			t.Errorf("after the import %d people, %+v, %v", count(), counts, err)
		}
	})
}
