package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"keepsake/campaigns/audience"
)

// record says, section by section, what is on record of a person. ? is the person's number, each time.
var record = []struct{ section, table, sql string }{
	{"subscriber", "subscribers", `SELECT id, email, first_name, last_name, lang, zone, attributes, source, created_at, updated_at FROM subscribers WHERE id = ?`},
	{"former_addresses", "former_addresses", `SELECT email, at FROM former_addresses WHERE subscriber_id = ? ORDER BY at`},
	{"merges", "merges", mergedInto + ` SELECT at, gone_id AS merged_id, undone_at, record FROM merges WHERE kept_id IN (SELECT id FROM one) ORDER BY id`},
	{"lists", "subscriptions", `SELECT l.name AS list, x.state, x.created_at, x.updated_at FROM subscriptions x JOIN lists l ON l.id = x.list_id WHERE x.subscriber_id = ? ORDER BY l.name, l.id`},
	{"consents", "consents", `SELECT c.at, c.given, COALESCE(l.name, '') AS list, c.source, c.wording, c.address FROM consents c LEFT JOIN lists l ON l.id = c.list_id WHERE c.subscriber_id = ? ORDER BY c.id`},
	{"confirmations", "confirmations", `SELECT asked_at FROM confirmations WHERE subscriber_id = ?`},
	{"suppressions", "suppressions", `SELECT at, reason, source FROM suppressions WHERE email_norm = (SELECT email_norm FROM subscribers WHERE id = ?)`},
	{"orders", "orders", `SELECT placed_at, number, state, total_cents, refunded_cents, currency, channel, coupon, country, updated_at FROM orders WHERE subscriber_id = ? ORDER BY placed_at, id`},
	{"order_lines", "order_items", `SELECT o.number AS "order", i.line, i.sku, i.name, i.category, i.quantity, i.price_cents, o.currency FROM order_items i JOIN orders o ON o.id = i.order_id WHERE o.subscriber_id = ? ORDER BY o.placed_at, o.id, i.line`},
	{"value", "subscriber_value", `SELECT currency, orders, net_cents, first_at, last_at, next_at, channel, country, product FROM subscriber_value WHERE subscriber_id = ? ORDER BY currency`},
	{"mood", "subscriber_moods", `SELECT rated_at, mood FROM subscriber_moods WHERE subscriber_id = ?`},
	{"letters", "deliveries", `SELECT d.id, d.created_at, c.name AS campaign, m.name AS message, d.variant, d.state, d.reason, d.reply, d.sent_at, d.opened_at, d.clicked_at
		FROM deliveries d JOIN campaigns c ON c.id = d.campaign_id JOIN messages m ON m.id = d.message_id WHERE d.subscriber_id = ? ORDER BY d.id`},
	{"campaigns", "enrolments", `SELECT e.created_at, c.name AS campaign, e.occasion, e.state, e.reason FROM enrolments e JOIN campaigns c ON c.id = e.campaign_id WHERE e.subscriber_id = ? ORDER BY e.id`},
	{"activities", "activities", `SELECT a.at, a.kind, c.name AS campaign, COALESCE(l.url, '') AS url, a.verdict, a.why, a.delivery_id AS letter
		FROM activities a JOIN campaigns c ON c.id = a.campaign_id LEFT JOIN links l ON l.id = a.link_id WHERE a.subscriber_id = ? ORDER BY a.at, a.id`},
	{"responses", "responses", `SELECT r.created_at, c.name AS campaign, r.field, r.value, r.updated_at FROM responses r JOIN campaigns c ON c.id = r.campaign_id WHERE r.subscriber_id = ? ORDER BY r.created_at, r.field`},
	{"codes", "codes", `SELECT k.issued_at, c.name AS campaign, k.code, k.state, k.expires_at, k.redeemed_at, k.redeemed_by FROM codes k JOIN campaigns c ON c.id = k.campaign_id WHERE k.subscriber_id = ? ORDER BY k.id`},
	{"events", "events", `SELECT at, name, occasion, data FROM events WHERE subscriber_id = ? ORDER BY at, id`},
	{"reports", "reports", `SELECT r.at, r.verdict, r.status, r.words, r.source, COALESCE(c.name, '') AS campaign FROM reports r LEFT JOIN campaigns c ON c.id = r.campaign_id WHERE r.subscriber_id = ? ORDER BY r.at`},
	{"unproven_reports", "unproven_reports", `SELECT at, verdict, status, words, source FROM unproven_reports WHERE subscriber_id = ? ORDER BY at`},
	{"latest", "subscriber_latest", `SELECT orders, first_order_at, last_order_at, last_open_at, last_click_at FROM subscriber_latest WHERE subscriber_id = ?`},
	{"imports", "import_changes", `SELECT j.created_at AS at, c.kind, c.was, c.became FROM import_changes c JOIN jobs j ON j.id = c.job_id WHERE c.subscriber_id = ? ORDER BY c.id`},
	{"bulk", "bulk_people", `SELECT j.created_at AS at, b.was FROM bulk_people b JOIN jobs j ON j.id = b.job_id WHERE b.subscriber_id = ? AND b.was IS NOT NULL ORDER BY b.job_id`},
	{"alerts", "alerts", `SELECT a.at, COALESCE(c.name, '') AS campaign, a.text, a.done_at FROM alerts a LEFT JOIN campaigns c ON c.id = a.campaign_id WHERE a.subscriber_id = ? ORDER BY a.id`},
	{"mailbox", "letters", `SELECT at, sender, subject FROM letters WHERE recipient = (SELECT email FROM subscribers WHERE id = ?) ORDER BY id`},
	{"self_tests", "self_tests", `SELECT sent_at, sender, arrived_at FROM self_tests WHERE recipient = (SELECT email FROM subscribers WHERE id = ?) ORDER BY id`},
	{"changes", "audits", `SELECT at, action FROM audits WHERE object = 'subscriber:' || CAST(CAST(? AS BIGINT) AS TEXT) ORDER BY id`},
}

// jsonColumns hold JSON, and are written as what they hold.
var jsonColumns = []string{"attributes", "data", "record", "was", "became"}

// RecordSections are the sections of a person's record, in order.
func RecordSections() []string {
	all := make([]string, len(record))
	for i, r := range record {
		all[i] = r.section
	}
	return all
}

// WriteRecord writes all that is on record of a person, of one moment, row by row: its memory does not grow with their
// number. Whom the number belonged to before a merge is the person they became. Sections narrow it.
func (s *Store) WriteRecord(ctx context.Context, id int64, out audience.RecordWriter, sections ...string) error {
	id, err := s.Current(ctx, id)
	if err != nil {
		return err
	}
	if _, err := s.Subscriber(ctx, id); err != nil {
		return err
	}
	return s.read.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, r := range record {
			if len(sections) > 0 && !slices.Contains(sections, r.section) {
				continue
			}
			if err := writeSection(tx, r.section, r.sql, id, out); err != nil {
				return fmt.Errorf("record of subscriber %d, %s: %w", id, r.section, err)
			}
		}
		return nil
	}, &sql.TxOptions{Isolation: s.d.snapshot, ReadOnly: s.d.name == goose.DialectPostgres})
}

func writeSection(tx *gorm.DB, name, query string, id int64, out audience.RecordWriter) error {
	rows, err := tx.Raw(query, id).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	if err := out.Section(name, columns); err != nil {
		return err
	}
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, c := range cells {
			cells[i] = recorded(columns[i], c)
		}
		if err := out.Row(cells); err != nil {
			return err
		}
	}
	return rows.Err()
}

// recorded is a cell as it is written: moments in UTC, JSON as JSON, other bytes as text.
func recorded(column string, cell any) any {
	if b, ok := cell.([]byte); ok {
		cell = string(b)
	}
	switch c := cell.(type) {
	case time.Time:
		return c.UTC()
	case string:
		if slices.Contains(jsonColumns, column) && json.Valid([]byte(c)) {
			return json.RawMessage(c)
		}
	}
	return cell
}
