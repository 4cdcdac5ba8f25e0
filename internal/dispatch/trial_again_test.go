package dispatch_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/trial"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// orders lets people order, one after the other, each for the first time.
func (b bench) orders(t *testing.T, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		p := audience.Subscriber{Email: fmt.Sprintf("p%d@shop.test", i), Source: "test"}
		must(t, p.Validate())
		o := audience.Order{Number: fmt.Sprint("N", i), State: "placed", Currency: "EUR", PlacedAt: b.clock.Now(), UpdatedAt: b.clock.Now()}
		must(t, b.st.RecordOrder(t.Context(), &p, &o))
	}
}

// oneByOne is a started campaign with a test that people come to when they order.
func (b bench) oneByOne(t *testing.T) campaigns.Campaign {
	t.Helper()
	l := storetest.People(t, b.st, 80)
	c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, func(c *campaigns.Campaign, r *trial.Rule) {
		c.Trigger, r.After = campaigns.Trigger{On: "order.placed"}, 24*time.Hour
	}))
	must(t, b.Start(t.Context(), c.ID))
	return c
}

func TestATestOfOneReaderIsNotDecided(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		c := b.oneByOne(t)
		b.orders(t, 1, 1)
		b.work(t)
		b.clock.Add(25 * time.Hour)
		b.work(t)
		if got := b.trial(t, c.ID); !got.Open() {
			t.Fatalf("one reader decided: %+v", got)
		}
		b.orders(t, 2, 40)
		b.work(t)
		if got := b.subjects(t); got["b"] < 10 {
			t.Errorf("the variants are not tried on: %v", got)
		}
	})
}

func TestANewTestBeginsWhenSomebodyStartsIt(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		c := b.oneByOne(t)
		b.orders(t, 1, 20)
		b.work(t)
		first := b.trial(t, c.ID)
		if err := b.st.RetireTrial(t.Context(), c.ID, first.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("an open test was retired: %v", err)
		}
		must(t, b.Choose(t.Context(), c.ID, first.ID, "a", "Maria"))
		b.orders(t, 21, 40)
		b.work(t)
		before := b.subjects(t)
		must(t, b.st.RetireTrial(t.Context(), c.ID, first.ID))
		if err := b.st.RetireTrial(t.Context(), c.ID, first.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("it was retired twice: %v", err)
		}
		if err := b.st.RetireTrial(t.Context(), c.ID+1, first.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("it was retired through another campaign: %v", err)
		}
		b.orders(t, 41, 80)
		b.work(t)
		if got := b.subjects(t); got["b"] <= before["b"]+5 {
			t.Errorf("the new test tries nothing: %v, then %v", before, got)
		}
		if got := b.trial(t, c.ID); got.ID == first.ID || !got.Open() {
			t.Errorf("there is no new test: %+v", got)
		}
	})
}

func TestAWinnerWhoseTestWasChangedIsRetired(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		c := b.oneByOne(t)
		decided := func() ledger.Trial {
			t.Helper()
			test := b.trial(t, c.ID)
			must(t, b.Choose(t.Context(), c.ID, test.ID, "b", "Maria"))
			must(t, b.st.Pause(t.Context(), c.ID))
			return test
		}
		change := func(do func(m *campaigns.Message)) {
			t.Helper()
			now, err := b.st.Campaign(t.Context(), c.ID)
			must(t, err)
			do(&now.Messages[0])
			must(t, b.st.SaveCampaign(t.Context(), &now))
		}
		retired := func(test ledger.Trial) bool {
			t.Helper()
			now, err := b.st.Trial(t.Context(), c.ID, test.ID)
			must(t, err)
			return now.RetiredAt != nil
		}
		b.orders(t, 1, 10)
		b.work(t)
		test := decided()
		if change(func(*campaigns.Message) {}); retired(test) {
			t.Error("a save without a change retired it")
		}
		if change(func(m *campaigns.Message) { m.Test.After = 48 * time.Hour }); !retired(test) {
			t.Error("another rule did not retire it")
		}
		must(t, b.st.Resume(t.Context(), c.ID))
		b.orders(t, 11, 20)
		b.work(t)
		test = decided()
		must(t, b.st.DeleteVariant(t.Context(), c.Messages[0].ID, "b"))
		if !retired(test) {
			t.Error("a winner that is gone still counts")
		}
		spent, err := b.st.SpentVariants(t.Context(), c.Messages[0].ID)
		must(t, err)
		change(func(m *campaigns.Message) {
			if v, err := m.AddVariant("a", spent...); err != nil || v != "c" {
				t.Errorf("the new variant is %q, %v; deliveries name b", v, err)
			}
		})
		must(t, b.st.Resume(t.Context(), c.ID))
		b.orders(t, 21, 60)
		b.work(t)
		if got := b.trial(t, c.ID); !got.Open() || strings.Join(got.Variants, "") != "ac" {
			t.Errorf("the new test is of %v", got.Variants)
		}
	})
}

func TestNothingIsTakenThatLettersAreStillMadeOf(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		c := b.oneByOne(t)
		m := c.Messages[0].ID
		b.orders(t, 1, 20)
		if err := b.st.DeleteVariant(t.Context(), m, "b"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a variant of a running test was taken: %v", err)
		}
		content := c.Messages[0].Contents[0]
		if err := b.st.SaveContent(t.Context(), m, &content, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("a letter of a running test was changed: %v", err)
		}
		must(t, b.Choose(t.Context(), c.ID, b.trial(t, c.ID).ID, "b", "Maria"))
		if err := b.st.DeleteVariant(t.Context(), m, "b"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a variant that letters wait for was taken: %v", err)
		}
		if err := b.st.DeleteContent(t.Context(), m, "en"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a language that letters wait for was taken: %v", err)
		}
		b.work(t)
		if got := b.subjects(t); got["a"]+got["b"] != 20 {
			t.Errorf("%v left", got)
		}
		must(t, b.st.SaveContent(t.Context(), m, &content, ""))
		must(t, b.st.DeleteVariant(t.Context(), m, "b"))
	})
}

func TestAnIncompleteCampaignDoesNotGoOn(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		c := b.oneByOne(t)
		must(t, b.st.Pause(t.Context(), c.ID))
		bg := c.Messages[0].Contents[0]
		bg.Lang, bg.Version = "bg", 0
		must(t, b.st.SaveContent(t.Context(), c.Messages[0].ID, &bg, ""))
		if err := b.st.Resume(t.Context(), c.ID); err == nil || !strings.Contains(err.Error(), "lacks a language") {
			t.Errorf("it went on: %v", err)
		}
		must(t, b.st.DeleteContent(t.Context(), c.Messages[0].ID, "bg"))
		must(t, b.st.Resume(t.Context(), c.ID))
	})
}

func TestALetterThatComesBackIsNotTakenForTheOneThatWent(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		c := b.oneByOne(t)
		m := c.Messages[0].ID
		b.orders(t, 1, 30)
		b.work(t)
		must(t, b.Choose(t.Context(), c.ID, b.trial(t, c.ID).ID, "a", "Maria"))
		old := c.Messages[0].Of("b")[0]
		must(t, b.st.DeleteVariant(t.Context(), m, "b"))
		next := old
		next.Version, next.Subject = 0, "subject new"
		must(t, b.st.SaveContent(t.Context(), m, &next, ""))
		if next.Version <= old.Version {
			t.Errorf("version %d again", next.Version)
		}
		b.orders(t, 31, 60)
		b.work(t)
		if got := b.subjects(t); got["n"] < 5 {
			t.Errorf("the old letter left again: %v", got)
		}
	})
}

func TestACampaignThatRecursTriesItsVariantsOnOthersEachTime(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 100)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, tested(2, func(c *campaigns.Campaign, _ *trial.Rule) {
			c.Trigger = campaigns.Trigger{Cron: "0 12 * * *", Zone: "UTC"}
		}))
		must(t, b.Start(t.Context(), c.ID))
		tries := func() map[int64]bool {
			t.Helper()
			b.clock.Add(24 * time.Hour)
			must(t, b.Tick(t.Context()))
			rows, _, err := b.st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, Run: b.trial(t, c.ID).RunID, Limit: 1000})
			must(t, err)
			out := map[int64]bool{}
			for _, d := range rows {
				if d.Variant != "" {
					out[d.SubscriberID] = true
				}
			}
			return out
		}
		first, second := tries(), tries()
		if len(first) != 20 || len(second) != 20 || maps.Equal(first, second) {
			t.Errorf("%d, then %d try: the same", len(first), len(second))
		}
	})
}
