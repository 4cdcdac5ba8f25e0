package store_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func fixture(seed int64) store.Fixture { return fixtureOf(seed, 500) }

func fixtureOf(seed, people int64) store.Fixture {
	return store.Fixture{People: people, Orders: 3 * people, Events: 20 * people, Seed: seed, Say: func(string, int64, int64) {}}
}

// whole is what must be true of invented books, each a question that counts its exceptions.
var whole = map[string]string{
	"people without a sample's mark":      `SELECT COUNT(*) FROM subscribers WHERE source <> 'sample' OR email NOT LIKE '%@example.com' OR attributes NOT LIKE '%"sample":"yes"%'`,
	"orders before their customer joined": `SELECT COUNT(*) FROM orders o JOIN subscribers s ON s.id = o.subscriber_id WHERE o.placed_at < s.created_at OR o.updated_at < o.placed_at`,
	"orders that are not their lines":     `SELECT COUNT(*) FROM orders o WHERE total_cents <> (SELECT SUM(l.quantity * l.price_cents) FROM order_items l WHERE l.order_id = o.id)`,
	"ended orders that kept money":        `SELECT COUNT(*) FROM orders WHERE (state IN ('refunded', 'cancelled')) AND refunded_cents <> total_cents OR refunded_cents > total_cents`,
	"letters without an enrolment":        `SELECT COUNT(*) FROM deliveries d LEFT JOIN enrolments e ON e.id = d.enrolment_id WHERE e.id IS NULL OR e.subscriber_id <> d.subscriber_id`,
	"opens that no person made":           `SELECT COUNT(*) FROM deliveries d WHERE (opened_at IS NOT NULL) <> EXISTS (SELECT 1 FROM activities a WHERE a.delivery_id = d.id AND a.kind = 'open' AND a.verdict <> 'machine')`,
	"clicks that no person made":          `SELECT COUNT(*) FROM deliveries d WHERE (clicked_at IS NOT NULL) <> EXISTS (SELECT 1 FROM activities a WHERE a.delivery_id = d.id AND a.kind = 'click' AND a.verdict <> 'machine')`,
	"moments to come":                     `SELECT COUNT(*) FROM activities a JOIN deliveries d ON d.id = a.delivery_id WHERE a.at < d.sent_at OR a.at > '2026-11-17 10:00:00+00:00'`,
	"runs with other counts":              `SELECT COUNT(*) FROM runs r WHERE sent <> (SELECT COUNT(*) FROM deliveries d WHERE d.run_id = r.id AND d.state = 'sent') OR planned <> sent + skipped + failed`,
	"lists with other counts":             `SELECT COUNT(*) FROM lists l WHERE confirmed <> (SELECT COUNT(*) FROM subscriptions x WHERE x.list_id = l.id AND x.state = 'confirmed')`,
	"no consent of who is on a list":      `SELECT COUNT(*) FROM subscriptions x WHERE state = 'confirmed' AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.subscriber_id = x.subscriber_id AND c.list_id = x.list_id AND c.given)`,
}

func TestAFixtureIsWholeAndFillsOnlyWhatIsEmpty(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		before, err := st.Indexes(t.Context())
		must(t, err)
		must(t, st.Fill(t.Context(), fixtureOf(1, 2000)))
		if c, err := st.CheckValue(t.Context()); err != nil || c.Mismatches != 0 || c.Rows < 1000 {
			t.Errorf("value: %+v, %v", c, err)
		}
		for what, question := range whole {
			if n, err := st.Number(t.Context(), question); err != nil || n != 0 {
				t.Errorf("%d %s, %v", n, what, err)
			}
		}
		for table, want := range map[string]int64{"subscribers": 2000, "orders": 6000, "activities": 40000} {
			if n, err := st.Number(t.Context(), `SELECT COUNT(*) FROM `+table); err != nil || n < want || n > want*11/10 {
				t.Errorf("%s: %d, %v; want %d", table, n, err, want)
			}
		}
		if n, err := st.Number(t.Context(), `SELECT COUNT(DISTINCT currency) FROM orders`); err != nil || n != 3 {
			t.Errorf("%d currencies, %v", n, err)
		}
		after, err := st.Indexes(t.Context())
		if must(t, err); !reflect.DeepEqual(before, after) {
			t.Errorf("the indexes were %v and are %v", before, after)
		}
		if c, err := st.CheckValue(t.Context()); err != nil || c.Mismatches != 0 || c.People == 0 {
			t.Errorf("the figures of value: %+v, %v", c, err)
		}
		storetest.Join(t, st, 1, "new@shop.test") // numbers go on
		if err := st.Fill(t.Context(), fixture(1)); !fault.Is(err, fault.Conflict) {
			t.Errorf("filled twice: %v", err)
		}
	})
}

func TestAFixtureIsTheSameForItsSeedOnBothDatabases(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	read := func(st *store.Store, seed int64) (all [][]string) {
		must(t, st.Fill(context.Background(), fixture(seed)))
		for table, columns := range map[string]string{"subscribers": "id, email, first_name, last_name, lang, zone, attributes", "orders": "id, subscriber_id, number, state, currency, total_cents, refunded_cents, items",
			"deliveries": "id, subscriber_id, state, message_id", "activities": "delivery_id, subscriber_id, kind, link_id, verdict"} {
			rows, err := st.Table(context.Background(), table, columns)
			must(t, err)
			all = append(all, append([]string{table}, rows.Rows...))
		}
		return all
	}
	sum := func(all [][]string) map[string]string { return digests(all) }
	first := sum(read(storetest.SQLite(t, clock), 7))
	if again := sum(read(storetest.SQLite(t, clock), 7)); !reflect.DeepEqual(first, again) {
		t.Errorf("the same seed made %v and %v", first, again)
	}
	if other := sum(read(storetest.SQLite(t, clock), 8)); first["subscribers"] == other["subscribers"] {
		t.Error("another seed made the same people")
	}
	if dsn := os.Getenv("KEEPSAKE_TEST_POSTGRES"); dsn != "" {
		if there := sum(read(storetest.Postgres(t, dsn, clock), 7)); !reflect.DeepEqual(first, there) {
			t.Errorf("SQLite has %v, PostgreSQL %v", first, there)
		}
	}
}

// digests are a hash of each table's rows, in whatever order they came.
func digests(tables [][]string) map[string]string {
	out := map[string]string{}
	for _, rows := range tables {
		slices.Sort(rows[1:])
		out[rows[0]] = fmt.Sprintf("%d %x", len(rows)-1, sha256.Sum256([]byte(strings.Join(rows[1:], "\n"))))
	}
	return out
}
