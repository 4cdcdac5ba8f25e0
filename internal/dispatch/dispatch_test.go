package dispatch_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/dispatch"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/render"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
	"keepsake/templates"
)

var tuesday = time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)

// bench is a dispatcher on a real database and a real SMTP server; only the clock is a fake.
type bench struct {
	*dispatch.Dispatcher
	st    *store.Store
	smtp  *smtptest.Server
	clock *storetest.Clock
}

func each(t *testing.T, test func(t *testing.T, b bench), opts ...smtptest.Option) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		server := smtptest.Start(t, opts...)
		test(t, bench{newDispatcher(t, st, server), st, server, clock})
	})
}

// What the program reads once at its start is read once for all tests.
var (
	loadCatalog = sync.OnceValues(func() (*render.Catalog, error) { return render.LoadCatalog(templates.FS) })
	loadSamples = sync.OnceValues(func() (*render.Samples, error) { return render.LoadSamples(templates.FS) })
)

func newDispatcher(t *testing.T, st *store.Store, server *smtptest.Server) *dispatch.Dispatcher {
	t.Helper()
	return newDispatcherWith(t, st, server, nil)
}

func newDispatcherWith(t *testing.T, st *store.Store, server *smtptest.Server, change func(*dispatch.Options)) *dispatch.Dispatcher {
	t.Helper()
	must(t, st.SaveShop(t.Context(), store.Shop{Name: "Tea House", Address: "1 Leaf Street, Sofia", SenderEmail: "hello@tea.test", Lang: "en", Zone: "Europe/Sofia"}))
	catalog, err := loadCatalog()
	must(t, err)
	pool := mailer.New(mailer.Config{Host: server.Host, Port: server.Port, TLS: mailer.TLSNone, HELO: "keepsake.test"})
	t.Cleanup(func() { pool.Close() })
	links := link.New([]byte("0123456789abcdef0123456789abcdef"), "https://mail.tea.test")
	o := dispatch.Options{BaseURL: "https://mail.tea.test", TrackOpens: true, TrackClicks: true, BounceDomain: "bounces.tea.test",
		UnsubscribeMail: "unsub@bounces.tea.test"}
	o.Samples, err = loadSamples()
	must(t, err)
	if change != nil {
		change(&o)
	}
	return dispatch.New(st, pool, links, catalog, o)
}

// work lets the dispatcher do all that is due.
func (b bench) work(t *testing.T) {
	t.Helper()
	must(t, b.Tick(t.Context()))
	must(t, b.Drain(t.Context()))
	must(t, b.Tick(t.Context()))
}

func (b bench) counts(t *testing.T, campaign int64) ledger.Counts {
	t.Helper()
	totals, err := b.st.Totals(t.Context(), campaign)
	must(t, err)
	return totals[campaign]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func now(c *campaigns.Campaign) {
	at := tuesday
	c.Trigger = campaigns.Trigger{At: &at}
}

// letter is a small letter with one merge tag and one link.
func letter(subject, path string) func(*campaigns.Campaign) {
	document := fmt.Sprintf(`{"v":1,"lang":"en","blocks":[
		{"id":"b1","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"chip","attrs":{"path":%q,"fallback":""}}]}]}},
		{"id":"b2","type":"button","label":"Look","action":"url","href":"https://tea.test/new"}]}`, path)
	return func(c *campaigns.Campaign) {
		now(c)
		for i := range c.Messages {
			c.Messages[i].Contents = []campaigns.Content{{Lang: "en", Mode: "blocks", Subject: subject, Document: document}}
		}
	}
}

func TestEachPersonGetsOneLetterWithEveryHeader(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 40)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Здравей, {{ subscriber.first_name }}", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		letters := b.smtp.Letters()
		to := map[string]int{}
		for _, got := range letters {
			to[got.To]++
		}
		if len(letters) != 40 || len(to) != 40 {
			t.Fatalf("%d letters to %d people; want 40 to 40", len(letters), len(to))
		}
		raw := string(letters[0].Data)
		for _, h := range []string{"List-Unsubscribe: <https://mail.tea.test/u/", "<mailto:unsub+", "@bounces.tea.test>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click", "List-ID:", "Feedback-ID:", "Message-ID: <", "Date: ", "Precedence: bulk"} {
			if strings.Count(raw, h) != 1 {
				t.Errorf("%q is there %d times; want once", h, strings.Count(raw, h))
			}
		}
		if got := b.counts(t, c.ID); got.Sent != 40 || got.Waiting() != 0 {
			t.Errorf("counts %+v", got)
		}
		if c, err := b.st.Campaign(t.Context(), c.ID); err != nil || c.State != campaigns.Finished {
			t.Errorf("campaign is %s, %v", c.State, err)
		}
	})
}

func TestFiftyCodesForSixtyPeople(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 60)
		c := storetest.Campaign(t, b.st, "gift", l.ID, func(c *campaigns.Campaign) {
			must(t, c.Keep(&campaigns.Gift{Reward: "a bag of tea", ValidDays: 30}))
			c.Messages = c.Messages[:1]
			letter("A gift", "data.code")(c)
		})
		var codes []string
		for i := range 50 {
			codes = append(codes, fmt.Sprintf("TEA-%02d", i))
		}
		_, err := b.st.AddCodes(t.Context(), c.ID, codes)
		must(t, err)
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		seen := map[string]int{}
		for _, got := range b.smtp.Letters() {
			for _, code := range slices.Compact(regexp.MustCompile(`TEA-\d\d`).FindAllString(string(got.Data), -1)) {
				seen[code]++
			}
		}
		if len(seen) != 50 || slices.Max(slices.Collect(maps.Values(seen))) != 1 {
			t.Errorf("%d different codes, the commonest %d times; want 50, once", len(seen), slices.Max(slices.Collect(maps.Values(seen))))
		}
		rows, _, err := b.st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: c.ID, State: ledger.Skipped})
		must(t, err)
		if len(rows) != 10 || rows[0].Reason != "no gifts left" {
			t.Errorf("%d skipped; want 10 with “no gifts left”", len(rows))
		}
	})
}

func TestACronCampaignOverAClockThatJumps(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 1)
		b.clock.Set(time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC))
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, func(c *campaigns.Campaign) {
			letter("Daily", "shop.name")(c)
			c.Trigger = campaigns.Trigger{Cron: "30 3 * * *", Zone: "Europe/Sofia"}
		})
		must(t, b.Start(t.Context(), c.ID))
		runs := func(want int, why string) {
			t.Helper()
			b.work(t)
			b.work(t) // a second look fires nothing twice
			got, err := b.st.Runs(t.Context(), c.ID, 100)
			if err != nil || len(got) != want || len(b.smtp.Letters()) != want {
				t.Fatalf("%s: %d runs, %d letters, %v; want %d", why, len(got), len(b.smtp.Letters()), err, want)
			}
		}
		runs(0, "before the first moment")
		b.clock.Set(time.Date(2026, 3, 28, 1, 30, 0, 0, time.UTC))
		runs(1, "03:30 on the day before the clock moves")
		b.clock.Set(time.Date(2026, 3, 29, 0, 59, 0, 0, time.UTC))
		runs(1, "02:59 on the night the hour is skipped")
		b.clock.Set(time.Date(2026, 3, 29, 1, 31, 0, 0, time.UTC))
		runs(2, "04:30, since there is no 03:30")
		b.clock.Set(time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC))
		runs(3, "the process was down for three periods: caught up once")
		b.clock.Set(time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC))
		runs(3, "the clock was set back")
		b.clock.Set(time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC))
		runs(4, "a long sleep")
		for h := range 5 {
			b.clock.Set(time.Date(2026, 10, 25, h, 31, 0, 0, time.UTC))
			b.work(t)
		}
		runs(5, "the hour that comes twice")
	})
}

func TestAnEmptyAudienceAndNoNewsSaySo(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 0)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		storetest.Join(t, b.st, storetest.People(t, b.st, 0).ID, "x@shop.test")
		l2 := storetest.People(t, b.st, 1)
		k := storetest.Campaign(t, b.st, "knowledge", l2.ID, letter("News", "shop.name"))
		must(t, b.Start(t.Context(), k.ID))
		b.work(t)
		for id, want := range map[int64]string{c.ID: "nobody is in the audience", k.ID: "nothing new since the last run"} {
			runs, err := b.st.Runs(t.Context(), id, 10)
			if err != nil || len(runs) != 1 || runs[0].State != ledger.RunSkipped || runs[0].Note != want {
				t.Errorf("runs %+v, %v; want one skipped with %q", runs, err, want)
			}
		}
	})
}

func TestAServerThatSaysLaterIsAskedAgain(t *testing.T) {
	var mu sync.Mutex // the server asks on several connections at once
	asked := map[string]int{}
	each(t, func(t *testing.T, b bench) {
		clear(asked)
		l := storetest.People(t, b.st, 5)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		if got := b.counts(t, c.ID); got.Sent != 3 || got.Failed != 1 || got.Waiting() != 1 {
			t.Fatalf("counts %+v; want 3 sent, 1 failed, 1 waiting", got)
		}
		b.clock.Add(6 * time.Minute)
		b.work(t)
		if got := b.counts(t, c.ID); got.Sent != 4 || got.Waiting() != 0 {
			t.Errorf("counts %+v; want 4 sent, none waiting", got)
		}
		if s, err := b.st.Suppression(t.Context(), "p2@shop.test"); err != nil || s.Reason != audience.HardBounce {
			t.Errorf("suppression %+v, %v; want a hard bounce", s, err)
		}
	}, smtptest.OnRcpt(func(to string) error {
		mu.Lock()
		defer mu.Unlock()
		asked[to]++
		switch {
		case strings.HasPrefix(to, "p1@") && asked[to] == 1:
			return smtptest.Reply(450, "4.2.0 busy")
		case strings.HasPrefix(to, "p2@"):
			return smtptest.Reply(550, "5.1.1 no such user")
		}
		return nil
	}))
}

func TestNobodyIsLostWhenTheServerIsAway(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 5)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		b.smtp.Stop()
		must(t, b.Start(t.Context(), c.ID))
		must(t, b.Tick(t.Context()))
		if err := b.Drain(t.Context()); err == nil {
			t.Error("an unreachable server is no error")
		}
		if got := b.counts(t, c.ID); got.Waiting() != 5 || got.Sent != 0 {
			t.Errorf("counts %+v; want all 5 waiting", got)
		}
	})
}

func TestAContestIsDrawnOnceAndItsWinnerIsWritten(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		l := storetest.People(t, b.st, 8)
		contest := &campaigns.Contest{Prize: "a kettle", Starts: tuesday, Ends: tuesday.Add(48 * time.Hour), Winners: 2, Organiser: "Tea House", Eligible: "customers"}
		c := storetest.Campaign(t, b.st, "contest", l.ID, func(c *campaigns.Campaign) {
			must(t, c.Keep(contest))
			letter("Win", "data.prize")(c)
		})
		must(t, b.Start(ctx, c.ID))
		b.work(t)
		desk := b.Desk(c)
		if v, err := desk.Record(ctx, "commitment", ""); err != nil || v == "" {
			t.Fatalf("commitment %q, %v; want one at the start", v, err)
		}
		rows, _, err := b.st.Deliveries(ctx, store.DeliveryQuery{Campaign: c.ID})
		must(t, err)
		for _, d := range rows[:6] {
			enter(t, b, c, contest, d.ID)
		}
		b.clock.Add(49 * time.Hour)
		b.work(t)
		b.work(t)
		page, err := contest.Public(ctx, desk, "record.json", b.clock.Now())
		must(t, err)
		r := page.JSON.(*campaigns.DrawRecord)
		if len(r.Entries) != 6 || len(r.Drawn) != 2 || !r.Check() {
			t.Errorf("record %+v, true %v", r, r.Check())
		}
		r.Entries[0] = strings.Repeat("0", 32)
		if r.Check() {
			t.Error("a record with one entry changed is still true")
		}
		if got := b.counts(t, c.ID); got.Sent != 10 {
			t.Errorf("%d letters; want 8 invitations and 2 to winners", got.Sent)
		}
		if c, err := b.st.Campaign(ctx, c.ID); err != nil || c.State != campaigns.Finished {
			t.Errorf("campaign is %s, %v; want finished", c.State, err)
		}
	})
}

func enter(t *testing.T, b bench, c campaigns.Campaign, k campaigns.Responder, delivery int64) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	w, err := b.st.Work(ctx, delivery)
	must(t, err)
	reply, err := k.Respond(ctx, b.Desk(c), b.Recipient(c, w), nil)
	must(t, err)
	must(t, b.st.Apply(ctx, w, reply))
}

func TestALetterThatCannotBeMadePausesItsCampaignAlone(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		l := storetest.People(t, b.st, 3)
		broken := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Broken", "shop.name"))
		sound := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Sound", "shop.name"))
		must(t, b.Start(ctx, broken.ID))
		must(t, b.Start(ctx, sound.ID))
		content := broken.Messages[0].Contents[0]
		content.Subject = "{% endif %}"
		must(t, b.st.SaveContent(ctx, broken.Messages[0].ID, &content, "test"))
		b.work(t)
		if got := b.counts(t, sound.ID); got.Sent != 3 {
			t.Errorf("the sound campaign sent %d; want 3", got.Sent)
		}
		if got := b.counts(t, broken.ID); got.Waiting() != 3 {
			t.Errorf("the broken campaign has %d waiting; want all 3", got.Waiting())
		}
		alerts, err := b.st.Alerts(ctx, 10)
		if err != nil || len(alerts) != 1 {
			t.Errorf("%d alerts, %v; want 1", len(alerts), err)
		}
		content.Subject = "Mended"
		must(t, b.st.SaveContent(ctx, broken.Messages[0].ID, &content, "test"))
		must(t, b.st.Resume(ctx, broken.ID))
		b.work(t)
		if got := b.counts(t, broken.ID); got.Sent != 3 {
			t.Errorf("after the correction %d were sent; want 3", got.Sent)
		}
	})
}

func TestASenderThatIsRefusedSuppressesNobody(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 3)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		if got := b.counts(t, c.ID); got.Failed != 3 || got.Bounced != 0 {
			t.Errorf("counts %+v; want 3 failed and none bounced", got)
		}
		if all, err := b.st.Suppressions(t.Context(), time.Time{}, 10); err != nil || len(all) != 0 {
			t.Errorf("%d suppressed, %v; want none", len(all), err)
		}
	}, smtptest.OnMail(func(string) error { return smtptest.Reply(550, "5.1.8 bad sender, 5.1.1 as some say") }))
}
