package dispatch_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/sending"
	"keepsake/internal/dispatch"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/render"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
	"keepsake/templates"
)

// BenchmarkSend sends letters of about 10 KB with three tracked links and a pixel to
// whatever listens on KEEPSAKE_BENCH_SMTP: one operation is one letter, from the queue to
// its settled row. KEEPSAKE_TEST_POSTGRES chooses the database.
func BenchmarkSend(b *testing.B) {
	host, port, err := net.SplitHostPort(os.Getenv("KEEPSAKE_BENCH_SMTP"))
	if err != nil {
		b.Skip("KEEPSAKE_BENCH_SMTP is not set")
	}
	n, _ := strconv.Atoi(port)
	st := benchStore(b)
	d := benchDispatcher(b, st, mailer.Config{Host: host, Port: n, TLS: mailer.TLSNone, HELO: "keepsake.test", Connections: 64, PerConnection: 5000})
	list := benchPeople(b, st, b.N)
	c := storetest.Campaign(b, st, "newsletter", list, tenKB)
	if err := st.Start(b.Context(), c.ID); err != nil {
		b.Fatal(err)
	}
	planning := cpu()
	if err := d.Tick(b.Context()); err != nil {
		b.Fatal(err)
	}
	before := cpu()
	b.ResetTimer()
	b.ReportMetric((before-planning).Seconds()*1e6/float64(b.N), "plan-µs/letter")
	if err := d.Drain(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "letters/s")
	b.ReportMetric((cpu()-before).Seconds()*1e6/float64(b.N), "cpu-µs/letter")
	totals, err := st.Totals(b.Context(), c.ID)
	if got := totals[c.ID]; err != nil || got.Sent != int64(b.N) {
		b.Fatalf("%d sent of %d, %v", got.Sent, b.N, err)
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchStore(b *testing.B) *store.Store {
	if dsn := os.Getenv("KEEPSAKE_TEST_POSTGRES"); dsn != "" {
		return storetest.Postgres(b, dsn, nil)
	}
	st, err := store.Open(b.Context(), store.Options{DSN: filepath.Join(b.TempDir(), "keepsake.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	return st
}

func benchDispatcher(b *testing.B, st *store.Store, smtp mailer.Config) *dispatch.Dispatcher {
	err := st.SaveShop(b.Context(), store.Shop{Name: "Tea House", Address: "1 Leaf Street, Sofia", SenderEmail: "hello@tea.test", Lang: "en", Zone: "Europe/Sofia"})
	if err != nil {
		b.Fatal(err)
	}
	catalog, err := render.LoadCatalog(templates.FS)
	if err != nil {
		b.Fatal(err)
	}
	pool := mailer.New(smtp)
	b.Cleanup(func() { pool.Close() })
	links := link.New([]byte("0123456789abcdef0123456789abcdef"), "https://mail.tea.test")
	return dispatch.New(st, pool, links, catalog, dispatch.Options{BaseURL: "https://mail.tea.test", BounceDomain: "bounces.tea.test",
		Transport: sending.Transport{Connections: smtp.Connections}, TrackOpens: true, TrackClicks: true})
}

func benchPeople(b *testing.B, st *store.Store, n int) (list int64) {
	l := audience.List{Name: "Customers"}
	if err := l.Validate(); err != nil {
		b.Fatal(err)
	}
	if err := st.CreateList(b.Context(), &l); err != nil {
		b.Fatal(err)
	}
	im := audience.Import{List: l.ID, State: audience.Confirmed, Lang: "en", Wording: "sample"}
	for at := 0; at < n; at += 1000 {
		var rows []audience.ImportRow
		for i := at; i < min(n, at+1000); i++ {
			p := audience.Subscriber{Email: fmt.Sprintf("user%d@example.test", i), FirstName: fmt.Sprint("Ann", i), Lang: "en", Source: "sample"}
			if err := p.Validate(); err != nil {
				b.Fatal(err)
			}
			rows = append(rows, audience.ImportRow{Line: i + 1, Subscriber: p})
		}
		if _, err := st.ImportBatch(b.Context(), rows, ledger.Batch{Import: im, Source: "sample"}); err != nil {
			b.Fatal(err)
		}
	}
	return l.ID
}

// tenKB shapes a letter of blocks: a greeting by name, words and three links.
func tenKB(c *campaigns.Campaign) {
	at := time.Now().Add(-time.Minute)
	c.Trigger = campaigns.Trigger{At: &at}
	var blocks []string
	text := strings.Repeat("Tea leaves keep their scent for a year in a closed tin, away from light. ", 7)
	for i := range 6 {
		blocks = append(blocks, fmt.Sprintf(`{"id":"t%d","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[
			{"type":"text","text":%q}]}]}}`, i, text))
	}
	for i := range 3 {
		blocks = append(blocks, fmt.Sprintf(`{"id":"l%d","type":"button","label":"Look","action":"url","href":"https://tea.test/new/%d"}`, i, i))
	}
	hello := `{"id":"h","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Dear "},
		{"type":"chip","attrs":{"path":"subscriber.first_name","fallback":"friend"}}]}]}}`
	c.Messages[0].Contents = []campaigns.Content{{Lang: "en", Mode: "blocks", Subject: "News for {{ subscriber.first_name | default: \"you\" }}",
		Document: `{"v":1,"lang":"en","blocks":[` + hello + "," + strings.Join(blocks, ",") + `]}`}}
}
