package admin

import (
	"database/sql"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
	"keepsake/web/page"
)

func TestAPageAmongManyPeopleDoesNotWaitForTheirNumber(t *testing.T) {
	storetest.Each(t, storetest.NewClock(time.Now()), func(t *testing.T, st *store.Store) {
		storetest.People(t, st, 3)
		driver := map[bool]string{true: "pgx", false: "sqlite3"}[strings.HasPrefix(storetest.DSN(st), "postgres")]
		beside, err := sql.Open(driver, storetest.DSN(st))
		if err != nil {
			t.Fatal(err)
		}
		defer beside.Close()
		_, err = beside.ExecContext(t.Context(), `INSERT INTO subscribers (id, email, email_norm, first_name, last_name, lang, zone, source, created_at, updated_at)
			VALUES (200000, 'late@shop.test', 'late@shop.test', '', '', 'en', '', 'test', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00')`)
		if err != nil {
			t.Fatal(err)
		}
		a := New(&page.Site{Store: st})
		for address, want := range map[string]struct {
			count    int64
			counting bool
		}{
			"/subscribers":                     {4, false}, // all are on the page
			"/subscribers?after=200000":        {0, true},
			"/subscribers?after=50&count=wait": {4, false},
		} {
			c, _ := gin.CreateTestContext(httptest.NewRecorder())
			c.Request = httptest.NewRequestWithContext(t.Context(), "GET", address, nil)
			p := subscribersPage{Query: subscriberQuery(c), People: make([]audience.Subscriber, 4)}
			if err := a.count(c, &p, 0); err != nil {
				t.Fatal(address, err)
			}
			if p.Count != want.count || p.Counting != want.counting {
				t.Errorf("%s: %d, counting %t; want %d, %t", address, p.Count, p.Counting, want.count, want.counting)
			}
		}
	})
}
