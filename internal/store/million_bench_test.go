package store_test

import (
	"errors"
	"os"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/internal/store"
)

// million fills books with a million people on one list and a million test letters that left
// for them, half of variant a, half of b, under twelve versions of the letter. "numbers" are
// of SQLite alone; the benchmarks are about it.
const million = `
CREATE TEMP TABLE numbers AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i FROM n;
INSERT INTO subscribers (id, email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at)
	SELECT i, 'p' || i || '@shop.test', 'p' || i || '@shop.test', CASE WHEN i % 50 = 0 THEN '' ELSE substr('Alexandra', 1, 3 + i % 7) END, CASE WHEN i % 3 = 0 THEN '' ELSE 'Petrova' END,
	CASE i % 10 WHEN 0 THEN 'ru' WHEN 1 THEN 'bg' ELSE 'en' END, '', CASE WHEN i % 5 = 0 THEN '{}' ELSE '{"city":"' || CASE i % 4 WHEN 0 THEN 'Sofia' ELSE 'Plovdiv' END || '","points":"' || (i % 500) || '","birthday":"1990-05-17"}' END,
	'import', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00' FROM numbers;
INSERT INTO lists (id, name, label, description, opt_in, confirmed, created_at) VALUES (1, 'All', 'all', '', 'single', 1000000, '2026-01-01 00:00:00+00:00');
INSERT INTO subscriptions (list_id, subscriber_id, state, created_at, updated_at) SELECT 1, i, 'confirmed', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00' FROM numbers;
INSERT INTO suppressions (email_norm, reason, source, at) SELECT 'p' || i || '@shop.test', 'manual', 'test', '2026-01-01 00:00:00+00:00' FROM numbers WHERE i % 1000 = 0;
INSERT INTO campaigns (id, name, kind, state, lists, lang, created_at, updated_at) VALUES (1, 'Big', 'newsletter', 'running', '[1]', 'en', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00');
INSERT INTO messages (id, campaign_id, position, name) VALUES (1, 1, 0, 'issue');
INSERT INTO contents (message_id, lang, mode, subject, preheader, document, html, version, updated_at) VALUES (1, 'en', 'html', 'Hello', '', '', '<p>Hello</p>', 12, '2026-01-01 00:00:00+00:00');
INSERT INTO content_versions (message_id, variant, lang, n, version, mode, subject, preheader, document, html, begun_at, saved_at, sent_at)
	SELECT 1, '', 'en', i, i, 'html', 'Hello', '', '', '<p>' || hex(randomblob(20000)) || '</p>', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', datetime('2026-01-02', '+' || i || ' hours') || '+00:00' FROM numbers WHERE i <= 12;
INSERT INTO runs (id, campaign_id, run_key, state, due_at, started_at, planned, sent) VALUES (1, 1, 'at', 'running', '2026-01-02 00:00:00+00:00', '2026-01-02 00:00:00+00:00', 1000000, 1000000);
INSERT INTO trials (id, campaign_id, run_id, message_id, variants, rule, one_by_one, began_at) VALUES (1, 1, 1, 1, '["a","b"]', '{"Measure":"clicks","Days":7}', FALSE, '2026-01-02 00:00:00+00:00');
INSERT INTO enrolments (id, campaign_id, run_id, subscriber_id, occasion, state, created_at) SELECT i, 1, 1, i, '', 'done', '2026-01-02 00:00:00+00:00' FROM numbers;
INSERT INTO deliveries (id, run_id, campaign_id, enrolment_id, message_id, subscriber_id, state, due_at, counted, sent_at, clicked_at, created_at, updated_at, variant, trial_id)
	SELECT i, 1, 1, i, 1, i, 'sent', '2026-01-02 00:00:00+00:00', TRUE, datetime('2026-01-02 01:00:00', '+' || (i / 24) || ' seconds') || '+00:00', CASE WHEN i % 30 = 0 THEN '2026-01-03 00:00:00+00:00' END,
	'2026-01-02 00:00:00+00:00', '2026-01-02 00:00:00+00:00', CASE i % 2 WHEN 0 THEN 'a' ELSE 'b' END, 1 FROM numbers;
INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, link_id, verdict, at) SELECT i, 1, i, 'click', 1, CASE WHEN i % 30 = 0 THEN 'human' ELSE 'machine' END, '2026-01-03 00:00:00+00:00' FROM numbers WHERE i % 30 < 2;
INSERT INTO orders (subscriber_id, number, state, currency, total_cents, channel, placed_at, updated_at) SELECT i, 'n' || i, 'fulfilled', 'EUR', i % 9000, 'web', '2026-01-03 08:00:00+00:00', '2026-01-03 08:00:00+00:00' FROM numbers WHERE i % 100 = 0;
INSERT INTO responses (enrolment_id, field, campaign_id, subscriber_id, value, created_at, updated_at) SELECT i, 'rating', 1, i, '9', '2026-01-03 09:00:00+00:00', '2026-01-03 09:00:00+00:00' FROM numbers WHERE i % 80 = 0;
INSERT INTO media (asset, name, type, bytes, width, height, created_at, deleted_at) SELECT printf('%024x', i) || '.png', 'x', 'image/png', 10, 1, 1, '2026-01-01 00:00:00+00:00', '2026-01-02 00:00:00+00:00' FROM numbers WHERE i <= 100;
INSERT INTO designs (name, kind, lang, mode, subject, preheader, document, html, version, created_at, updated_at)
	SELECT 'D' || i, 'newsletter', 'en', 'html', '', '', '', '<p>' || hex(randomblob(20000)) || '</p>', 1, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00' FROM numbers WHERE i <= 1000;
ANALYZE`

// aMillion opens the filled books, SQLite; KEEPSAKE_MILLION is the file they are kept in between runs.
func aMillion(b *testing.B) *store.Store {
	path := os.Getenv("KEEPSAKE_MILLION")
	if path == "" {
		b.Skip("KEEPSAKE_MILLION names no file for 700 MB")
	}
	_, err := os.Stat(path)
	fresh := errors.Is(err, os.ErrNotExist)
	st, err := store.Open(b.Context(), store.Options{DSN: path})
	must(b, err)
	b.Cleanup(func() { st.Close() })
	if fresh {
		must(b, st.ExecAll(b.Context(), million))
	}
	store.KeepNothing(b)
	b.ResetTimer()
	return st
}

// BenchmarkMillion is what a page of the composer or of a campaign asks of books of a million.
func BenchmarkMillion(b *testing.B) {
	st := aMillion(b)
	ctx := b.Context()
	who := store.Who{Audience: audience.Audience{Lists: []int64{1}}}
	conditions := []store.Condition{{Lacks: "subscriber.first_name"}, {Lacks: "subscriber.last_name"}, {Lacks: "subscriber.name"}, {Lacks: "subscriber.attributes.city"}, {Lacks: "subscriber.attributes.none"}}
	for _, show := range []document.Show{one("subscriber.lang", "is", "de"), one("subscriber.attributes.points", "above", "1000"), one("subscriber.attributes.city", "is", "Sofia"),
		one("subscriber.first_name", "starts", "alex"), one("subscriber.attributes.city", "is", "Varna"), one("subscriber.lang", "is", "bg")} {
		conditions = append(conditions, store.Condition{Show: show})
	}
	letter := store.Letter{Message: 1, Lang: "en"}
	versions, err := st.Versions(ctx, letter)
	must(b, err)
	test, err := st.Trial(ctx, 1, 1)
	must(b, err)
	for name, f := range map[string]func() error{
		"conditions":  func() error { _, err := st.Branches(ctx, who, conditions); return err },
		"all books":   func() error { _, err := st.Branches(ctx, store.Who{}, conditions); return err },
		"longest":     func() error { _, err := st.LongestNames(ctx, who, 1); return err },
		"versions":    func() error { _, err := st.SentTo(ctx, letter, versions, []string{"en"}, true); return err },
		"languages":   func() error { _, err := st.SentTo(ctx, letter, versions, []string{"en", "bg"}, true); return err },
		"test":        func() error { _, _, err := st.Arms(ctx, test); return err },
		"old picture": func() error { _, err := st.Unneeded(ctx, test.BeganAt.AddDate(1, 0, 0)); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				must(b, f())
			}
		})
	}
}
