package dispatch_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// A disk that is full lets nobody be forgotten, nobody be written to twice, and nobody be in doubt.
func TestLettersHandedOverWhileTheLedgerIsAwayAreSettledLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keepsake.db")
	st, err := store.Open(t.Context(), store.Options{DSN: path, Now: storetest.NewClock(tuesday).Now})
	must(t, err)
	defer st.Close()
	beside, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
	must(t, err)
	defer beside.Close()
	var fill sync.Once
	server := smtptest.Start(t, smtptest.OnData(func(smtptest.Letter) (err error) {
		fill.Do(func() {
			_, err = beside.Exec(`CREATE TRIGGER full BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`)
		})
		return err
	}))
	b := bench{newDispatcher(t, st, server), st, server, nil}
	l := storetest.People(t, st, 30)
	c := storetest.Campaign(t, st, "newsletter", l.ID, letter("Hello", "shop.name"))
	must(t, b.Start(t.Context(), c.ID))
	must(t, b.Tick(t.Context()))
	for range 2 {
		if err := b.Drain(t.Context()); err == nil {
			t.Fatal("a full disk is no error")
		}
	}
	if n := len(server.Letters()); n == 0 || n > 4 { // those on their way when it filled up
		t.Errorf("%d letters left; want at most one a connection", n)
	}
	if got := b.counts(t, c.ID); got.Sent != 0 {
		t.Errorf("%d are counted that could not be written", got.Sent)
	}
	_, err = beside.Exec(`DROP TRIGGER full`)
	must(t, err)
	b.work(t)
	if got := b.counts(t, c.ID); got.Sent != 30 || got.Unsure != 0 || len(server.Letters()) != 30 {
		t.Errorf("%d letters came, counts %+v", len(server.Letters()), got)
	}
}

// A long campaign does not keep the others' moments waiting.
func TestSchedulesAreKeptWhileALongCampaignSends(t *testing.T) {
	st := storetest.SQLite(t, storetest.NewClock(tuesday))
	l := storetest.People(t, st, 150)
	long := storetest.Campaign(t, st, "newsletter", l.ID, letter("Long", "shop.name"))
	short := storetest.Campaign(t, st, "newsletter", l.ID, letter("Short", "shop.name"))
	var b bench
	var began atomic.Bool
	planned := make(chan int64, 150)
	server := smtptest.Start(t, smtptest.Slow(30*time.Millisecond), smtptest.OnData(func(smtptest.Letter) error {
		if began.CompareAndSwap(false, true) {
			return b.Start(context.Background(), short.ID)
		}
		totals, err := st.Totals(context.Background(), short.ID, long.ID)
		if totals[short.ID].Planned > 0 {
			planned <- totals[long.ID].Waiting()
		}
		return err
	}))
	b = bench{newDispatcher(t, st, server), st, server, nil}
	must(t, b.Start(t.Context(), long.ID))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.Run(ctx); close(ended) }()
	select {
	case waiting := <-planned:
		if waiting == 0 {
			t.Error("the short campaign was planned when the long one was over")
		}
	case <-time.After(20 * time.Second):
		t.Error("the short campaign was never planned")
	}
	stop()
	<-ended
	got := b.counts(t, long.ID)
	if sent := len(server.Letters()); got.Unsure != 0 || int(got.Sent) > sent || held(t, st, long.ID) != 0 {
		t.Errorf("after an orderly stop %d came, counts %+v, %d are held", sent, got, held(t, st, long.ID))
	}
}

func held(t *testing.T, st *store.Store, campaign int64) (n int) {
	t.Helper()
	for _, state := range []ledger.State{ledger.Leased, ledger.Sending} {
		rows, _, err := st.Deliveries(t.Context(), store.DeliveryQuery{Campaign: campaign, State: state})
		must(t, err)
		n += len(rows)
	}
	return n
}

func TestTickForgetsSignUpsThatNobodyConfirmed(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 0)
		p := audience.Subscriber{Email: "nora@shop.test", Lang: "en", Source: "form"}
		must(t, p.Validate())
		must(t, b.st.SaveSubscriber(t.Context(), &p))
		must(t, b.st.Subscribe(t.Context(), p.ID, l.ID, audience.Pending, audience.Consent{}))
		must(t, b.Tick(t.Context()))
		b.clock.Add(31 * 24 * time.Hour)
		must(t, b.Tick(t.Context()))
		if _, err := b.st.Subscriber(t.Context(), p.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("kept for ever: %v", err)
		}
	})
}
