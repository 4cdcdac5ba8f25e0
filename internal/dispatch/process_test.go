package dispatch_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/internal/dispatch"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/store/storetest"
)

func TestTwoLeadersAtOncePlanEachRunOnce(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		const people, many = 20, 6
		l := storetest.People(t, b.st, people)
		for i := range many {
			c := storetest.Campaign(t, b.st, "newsletter", l.ID, func(c *campaigns.Campaign) {
				now(c)
				if i%2 == 0 {
					c.Trigger = campaigns.Trigger{Cron: "0 10 * * *", Zone: "UTC"}
				}
			})
			must(t, b.st.Start(t.Context(), c.ID))
		}
		b.clock.Add(24*time.Hour + time.Minute) // one moment of the schedules has passed
		stale := newDispatcher(t, b.st, b.smtp)
		var both sync.WaitGroup
		for _, d := range []*dispatch.Dispatcher{b.Dispatcher, stale, b.Dispatcher, stale} {
			both.Go(func() {
				for range 3 {
					if err := d.Tick(context.Background()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		both.Wait()
		b.work(t)
		if n := len(b.smtp.Letters()); n != people*many {
			t.Errorf("%d letters left; want one a person and run, %d", n, people*many)
		}
	})
}

// A process plans and sends only while it may, and what it may not stays where it is.
func TestAProcessDoesWhatItsRolesSay(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 2)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, now)
		must(t, b.st.Start(t.Context(), c.ID))
		var plans, sends atomic.Bool
		turned := make(chan struct{})
		d := withRoles(t, b, func(context.Context) bool { return plans.Load() }, func(ctx context.Context) bool {
			select {
			case turned <- struct{}{}:
			case <-ctx.Done():
			}
			return sends.Load()
		})
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { d.Run(ctx) })
		until := func(true func() bool) { // turn after turn; how many it takes is the scheduler's affair
			for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
				d.Wake()
				if <-turned; true() {
					return
				}
			}
		}
		turns := 0
		until(func() bool { turns++; return turns == 3 })
		if n := b.counts(t, c.ID).Planned; n != 0 {
			t.Errorf("%d letters are planned by a process that does not plan", n)
		}
		plans.Store(true)
		until(func() bool { return b.counts(t, c.ID).Planned > 0 })
		until(func() bool { turns++; return turns == 6 })
		if n := b.counts(t, c.ID); n.Planned != 2 || n.Sent != 0 {
			t.Errorf("planned %d and sent %d; want 2 and none", n.Planned, n.Sent)
		}
		sends.Store(true)
		until(func() bool { return b.counts(t, c.ID).Sent == 2 })
		stop()
		run.Wait()
		if n := b.counts(t, c.ID).Sent; n != 2 {
			t.Errorf("%d letters are sent; want 2", n)
		}
	})
}

func withRoles(t *testing.T, b bench, plans, sends func(context.Context) bool) *dispatch.Dispatcher {
	t.Helper()
	catalog, err := loadCatalog()
	must(t, err)
	pool := mailer.New(mailer.Config{Host: b.smtp.Host, Port: b.smtp.Port, TLS: mailer.TLSNone, HELO: "keepsake.test"})
	t.Cleanup(func() { pool.Close() })
	return dispatch.New(b.st, pool, link.New([]byte("0123456789abcdef0123456789abcdef"), "https://mail.tea.test"), catalog,
		dispatch.Options{BaseURL: "https://mail.tea.test", Plans: plans, Sends: sends})
}

func TestOwnersAreUniqueForEachStart(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		var names []string
		for range 20 {
			names = append(names, newDispatcher(t, b.st, b.smtp).Owner())
		}
		slices.Sort(names)
		if len(slices.Compact(names)) != 20 {
			t.Errorf("a name was given twice: %v", names)
		}
	})
}
