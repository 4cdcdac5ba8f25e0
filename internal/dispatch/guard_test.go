package dispatch_test

import (
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestACampaignThatIsRefusedEverywherePausesItselfWhileItIsSent(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, plain *store.Store) {
		st, err := store.Open(t.Context(), store.Options{DSN: storetest.DSN(plain), Beside: true, Now: clock.Now, Guard: ledger.Guard{After: 1000, Hard: 5}})
		must(t, err)
		t.Cleanup(func() { st.Close() })
		server := smtptest.Start(t, smtptest.OnRcpt(func(string) error { return smtptest.Reply(550, "5.1.1 no such user") }))
		b := bench{newDispatcher(t, st, server), st, server, clock}
		l := storetest.People(t, st, 400)
		c := storetest.Campaign(t, st, "newsletter", l.ID, letter("Hello", "shop.name"))
		must(t, b.Start(t.Context(), c.ID))
		b.work(t)
		c, err = st.Campaign(t.Context(), c.ID)
		must(t, err)
		n := b.counts(t, c.ID)
		if c.State != campaigns.Paused || n.HardBounced < ledger.HardFloor || n.Waiting() < 200 {
			t.Errorf("%s after %d refusals, %d waiting; want it paused soon after %d", c.State, n.HardBounced, n.Waiting(), ledger.HardFloor)
		}
		alerts, err := st.Alerts(t.Context(), 10)
		must(t, err)
		if len(alerts) != 1 {
			t.Errorf("%d alerts; want one", len(alerts))
		}
		t.Logf("refused %d, waiting %d", n.HardBounced, n.Waiting())
	})
}
