package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// filled opens a database as the migrations up to 0018 left it, with something in every table
// that later ones touch.
func filled(t *testing.T, test func(t *testing.T, st *store.Store)) {
	clock := storetest.NewClock(tuesday)
	fill, err := os.ReadFile("testdata/filled_0018.sql")
	must(t, err)
	each := func(name string, dsn func(t *testing.T) string) {
		t.Run(name, func(t *testing.T) {
			st, err := store.Open(t.Context(), store.Options{DSN: dsn(t), Now: clock.Now, Look: true})
			must(t, err)
			t.Cleanup(func() { st.Close() })
			must(t, st.MigrateTo(t.Context(), 18))
			must(t, st.ExecAll(t.Context(), string(fill)))
			test(t, st)
		})
	}
	each("sqlite", func(t *testing.T) string { return filepath.Join(t.TempDir(), "keepsake.db") })
	if server := os.Getenv("KEEPSAKE_TEST_POSTGRES"); server != "" {
		each("postgres", func(t *testing.T) string { return storetest.PostgresDSN(t, server) })
	}
}

// keeps looks whether every row of before stands there still, in the columns it had then.
func keeps(t *testing.T, st *store.Store, before map[string]store.Rows) {
	t.Helper()
	for name, was := range before {
		is, err := st.Table(t.Context(), name, strings.Join(was.Columns, ", "))
		must(t, err)
		if !slices.Equal(is.Rows, was.Rows) {
			t.Errorf("%s: there was\n%s\nthere is\n%s", name, strings.Join(was.Rows, "\n"), strings.Join(is.Rows, "\n"))
		}
	}
}

func TestMigrationsOfAShopInUseLoseNothing(t *testing.T) {
	filled(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		before, err := st.Everything(ctx)
		must(t, err)
		for _, name := range []string{"contents", "deliveries", "media", "messages", "subscribers", "leases"} {
			if len(before[name].Rows) == 0 {
				t.Fatalf("%s is empty: nothing is tried", name)
			}
		}
		must(t, st.MigrateTo(ctx, 0))
		keeps(t, st, before)
		must(t, st.Ready(ctx))
		lines, err := st.Table(ctx, "order_items", "order_id, line, subscriber_id, sku, name, quantity, price_cents, ended")
		must(t, err)
		if len(lines.Rows) != 2 {
			t.Errorf("the lines of the orders are %s", lines.Rows)
		}
		if o, err := st.Order(ctx, "1002"); err != nil || o.RefundedCents != 900 {
			t.Errorf("a refunded order is read as %+v, %v", o, err)
		}
		readFilled(t, st)
		changeFilled(t, st)
	})
}

// readFilled reads what the migrations rewrote the way the program does.
func readFilled(t *testing.T, st *store.Store) {
	t.Helper()
	ctx := t.Context()
	c, err := st.Campaign(ctx, 1)
	must(t, err)
	if len(c.Messages) != 1 || len(c.Messages[0].Contents) != 3 || c.Messages[0].Test != nil {
		t.Fatalf("the campaign is read as %+v", c.Messages)
	}
	for _, k := range c.Messages[0].Contents {
		if k.Variant != "" || k.SenderName != "" {
			t.Errorf("%s became variant %q of %q", k.Lang, k.Variant, k.SenderName)
		}
		list, err := st.Versions(ctx, store.Letter{Message: c.Messages[0].ID, Lang: k.Lang})
		must(t, err)
		first, err := st.Version(ctx, store.Letter{Message: c.Messages[0].ID, Lang: k.Lang}, 1)
		if err != nil || len(list) != 1 || list[0].SentAt != nil || first.Content.Version != k.Version || first.Content.Document != k.Document ||
			first.Content.HTML != k.HTML || first.Content.Subject != k.Subject || !first.SavedAt.Equal(k.UpdatedAt) {
			t.Errorf("the history of %s begins with %+v, %v", k.Lang, first, err)
		}
	}
	for state, n := range map[ledger.State]int{"sent": 2, "skipped": 1, "failed": 1, "planned": 1, "leased": 1, "sending": 1, "queued": 1} {
		rows, _, err := st.Deliveries(ctx, store.DeliveryQuery{State: state, Limit: 10})
		if err != nil || len(rows) != n {
			t.Errorf("%d letters are %s, %v; want %d", len(rows), state, err, n)
		}
	}
	pictures, _, err := st.Assets(ctx, store.AssetQuery{Limit: 10})
	if err != nil || len(pictures) != 2 || pictures[1].Original != 1200 || pictures[1].Stored != 1200 || pictures[1].Frames != 1 || pictures[1].Thumb() != pictures[1].Asset {
		t.Errorf("the pictures are %+v, %v", pictures, err)
	}
	uses, err := st.AssetUses(ctx, pictures[1].Asset)
	if err != nil || len(uses) != 2 {
		t.Errorf("the logo is used by %+v, %v", uses, err)
	}
}

// changeFilled writes what only the newest version knows.
func changeFilled(t *testing.T, st *store.Store) {
	t.Helper()
	ctx := t.Context()
	c, err := st.Campaign(ctx, 1)
	must(t, err)
	b := campaigns.Content{Lang: "en", Variant: "b", Mode: "html", Subject: "B", HTML: "<p>B</p>"}
	must(t, st.SaveContent(ctx, c.Messages[0].ID, &b, "Ana"))
	a := c.Messages[0].Contents[1]
	a.Subject = "Later"
	must(t, st.SaveContent(ctx, c.Messages[0].ID, &a, "Ana"))
	must(t, st.KeepSent(ctx, store.Letter{Message: c.Messages[0].ID, Lang: a.Lang}, a))
	d := campaigns.Design{Name: "D", Kind: "newsletter", Content: campaigns.Content{Lang: "en"}}
	must(t, st.CreateDesign(ctx, &d, "Ana"))
	must(t, st.CreateSavedBlock(ctx, &campaigns.SavedBlock{Name: "S", Block: "{}"}, "Ana"))
	must(t, st.EditAsset(ctx, store.Asset{ID: 1, Name: "tea.png", Alt: "Tea", Tags: []string{"tea"}}))
}

func TestMigrationsGoBackAndForthWithoutLosingALetterOrAPerson(t *testing.T) {
	filled(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		before, err := st.Everything(ctx)
		must(t, err)
		must(t, st.MigrateTo(ctx, 0))
		must(t, st.MigrateTo(ctx, 18))
		back, err := st.Everything(ctx)
		must(t, err)
		for name := range back {
			if _, known := before[name]; !known {
				t.Errorf("%s is left behind", name)
			}
			if slices.Sort(back[name].Columns); !slices.Equal(back[name].Columns, sorted(before[name].Columns)) {
				t.Errorf("%s has %q, had %q", name, back[name].Columns, before[name].Columns)
			}
		}
		keeps(t, st, before)
		must(t, st.MigrateTo(ctx, 0))
		keeps(t, st, before)
		readFilled(t, st)
	})
}

func sorted(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return all
}

func TestGoingBackGivesThoseWhoWaitForAWinnerTheirLetter(t *testing.T) {
	filled(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		must(t, st.MigrateTo(ctx, 0))
		changeFilled(t, st)
		must(t, st.ExecAll(ctx, `INSERT INTO trials (campaign_id, run_id, message_id, variants, rule, one_by_one, began_at) VALUES (1, 1, 1, '["a","b"]', '{}', FALSE, '2026-10-10 08:00:00+00:00');
INSERT INTO trials (campaign_id, run_id, message_id, variants, rule, one_by_one, began_at, winner, decided_at) VALUES (3, 3, 4, '["a","b"]', '{}', FALSE, '2026-11-10 08:00:00+00:00', 'b', '2026-11-11 08:00:00+00:00');
UPDATE deliveries SET state = 'planned', due_at = '9999-01-01 00:00:00+00:00', trial_id = 1 WHERE id IN (2, 3);
UPDATE deliveries SET state = 'planned', due_at = '9999-01-01 00:00:00+00:00', trial_id = 2 WHERE id = 8`))
		must(t, st.MigrateTo(ctx, 21))
		decided, err := st.Table(ctx, "deliveries WHERE id = 8 AND variant = 'b' AND trial_id IS NULL AND due_at < '2026-11-11 08:00:01+00:00'", "id")
		if err != nil || len(decided.Rows) != 1 {
			t.Errorf("who waited for the decided winner: %+v, %v", decided, err)
		}
		must(t, st.MigrateTo(ctx, 18))
		waiting, err := st.Table(ctx, "deliveries WHERE due_at > '9000-01-01 00:00:00+00:00'", "id")
		if err != nil || len(waiting.Rows) != 0 {
			t.Errorf("these wait for good: %+v, %v", waiting, err)
		}
		letters, err := st.Table(ctx, "contents WHERE message_id = 1", "lang, subject")
		if err != nil || len(letters.Rows) != 3 {
			t.Errorf("the letters are %+v, %v", letters, err)
		}
	})
}
