package dispatch_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/dispatch"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// byState counts a campaign's deliveries by state and reason.
func (b bench) byState(t *testing.T, campaign int64) map[string]int {
	t.Helper()
	rows, _, err := b.st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: campaign, Limit: 1000})
	must(t, err)
	n := map[string]int{}
	for _, r := range rows {
		n[strings.TrimSpace(string(r.State)+" "+r.Reason)]++
	}
	return n
}

func TestALetterThatCannotBeWorkedOutLeavesItsReaderOutAlone(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 20)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, func(c *campaigns.Campaign) {
			now(c)
			for i := range c.Messages {
				c.Messages[i].Contents = []campaigns.Content{{Lang: "en", Mode: "html", Subject: "Hi",
					HTML: `<p>{% if subscriber.email contains "p7@" %}{{ 1 | divided_by: 0 }}{% endif %}Hello</p><a href="{{ links.unsubscribe }}">u</a>`}}
			}
		})
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		if got := b.counts(t, c.ID); got.Sent != 19 || got.Skipped != 1 {
			t.Errorf("counts %+v: %v", got, b.byState(t, c.ID))
		}
	})
}

// A paused campaign's leased letters do not each open an envelope to be refused.
func TestAPausedCampaignLeavesTheServerAlone(t *testing.T) {
	var pause func() error
	var n atomic.Int64
	each(t, func(t *testing.T, b bench) {
		n.Store(0)
		l := storetest.People(t, b.st, 300)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hi", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		pause = func() error { return b.st.Pause(context.Background(), c.ID) }
		must(t, b.Tick(t.Context()))
		must(t, b.Drain(t.Context()))
		got, sent := b.byState(t, c.ID), len(b.smtp.Letters())
		if total, _ := b.smtp.Sessions(); total > 20 || got["sent"] != sent || got["queued"] != 300-sent {
			t.Errorf("%d connections for %d letters, %v", total, sent, got)
		}
	}, smtptest.OnData(func(smtptest.Letter) error {
		if n.Add(1) == 10 {
			return pause()
		}
		return nil
	}))
}

func TestSendingStopsWhenItMayNotGoOn(t *testing.T) {
	var held atomic.Bool
	var n atomic.Int64
	st := storetest.SQLite(t, storetest.NewClock(tuesday))
	server := smtptest.Start(t, smtptest.OnData(func(smtptest.Letter) error {
		held.Store(n.Add(1) >= 10)
		return nil
	}))
	d := newDispatcherWith(t, st, server, func(o *dispatch.Options) { o.Sends = func(context.Context) bool { return !held.Load() } })
	b := bench{d, st, server, nil}
	l := storetest.People(t, st, 200)
	c := storetest.Campaign(t, st, "newsletter", l.ID, letter("Hi", "shop.name"))
	must(t, b.Start(t.Context(), c.ID))
	must(t, b.Tick(t.Context()))
	_ = b.Drain(t.Context())
	if sent := len(server.Letters()); sent > 20 || b.byState(t, c.ID)["queued"] != 200-sent {
		t.Errorf("%d left, %v", sent, b.byState(t, c.ID))
	}
}

// Two holders of one letter in one commit: the one that is answered first hands it over.
func TestALetterIsBegunOnce(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 1)
		c := storetest.Campaign(t, st, "newsletter", l.ID, letter("Hi", "shop.name"))
		d := newDispatcherWith(t, st, smtptest.Start(t), nil)
		must(t, d.Start(t.Context(), c.ID))
		must(t, d.Tick(t.Context()))
		work, err := st.Lease(t.Context(), d.Owner(), 10)
		must(t, err)
		if begun := d.BeginTwice(t.Context(), work[0].ID); begun != 1 {
			t.Errorf("begun %d times", begun)
		}
	})
}

func TestALateAnswerIsBetterThanADoubt(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 2)
		c := storetest.Campaign(t, st, "newsletter", l.ID, letter("Hi", "shop.name"))
		d := newDispatcherWith(t, st, smtptest.Start(t), nil)
		must(t, d.Start(t.Context(), c.ID))
		must(t, d.Tick(t.Context()))
		work, err := st.Lease(t.Context(), "me", 10)
		must(t, err)
		_, err = st.Record(t.Context(), "me", []int64{work[0].ID, work[1].ID}, nil)
		must(t, err)
		n, err := st.RecoverAll(t.Context()) // somebody believes us lost
		must(t, err)
		if n != 2 {
			t.Fatalf("%d unsure", n)
		}
		_, err = st.Record(t.Context(), "me", nil, []ledger.Outcome{{DeliveryID: work[0].ID, State: ledger.Sent, Reply: "2.0.0 Ok"}})
		must(t, err)
		totals, err := st.Totals(t.Context(), c.ID)
		must(t, err)
		if got := totals[c.ID]; got.Sent != 1 || got.Unsure != 1 {
			t.Errorf("counts %+v", got)
		}
	})
}

// A server that dies leaves doubt where a whole letter had left, and nothing held anywhere.
func TestNothingStaysHeldWhenTheServerDies(t *testing.T) {
	for range 5 {
		var stop func()
		var n atomic.Int64
		st := storetest.SQLite(t, storetest.NewClock(tuesday))
		server := smtptest.Start(t, smtptest.Slow(2*time.Millisecond), smtptest.OnData(func(smtptest.Letter) error {
			if n.Add(1) == 60 {
				go stop()
			}
			return nil
		}))
		stop = server.Stop
		d := newDispatcherWith(t, st, server, func(o *dispatch.Options) { o.Transport.Connections = 10 })
		b := bench{d, st, server, nil}
		l := storetest.People(t, st, 200)
		c := storetest.Campaign(t, st, "newsletter", l.ID, letter("Hi", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		must(t, b.Tick(t.Context()))
		_ = b.Drain(t.Context())
		if n := held(t, st, c.ID); n != 0 {
			t.Errorf("%d are held: %v", n, b.byState(t, c.ID))
		}
	}
}
