package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// erasure says of each table that knows people what erasing one does to it. ? is the person's number.
// Campaigns' figures stay: a letter stays in the ledger as one to nobody, a rating as nobody's, a click in its link's count.
var erasure = []struct{ table, sql string }{
	{"kept_clicks", foldClicks},
	{"activities", `DELETE FROM activities WHERE subscriber_id = ?`},
	{"responses", `UPDATE responses SET subscriber_id = 0 WHERE subscriber_id = ? AND field = 'rating' AND length(value) <= 2`},
	{"responses", `DELETE FROM responses WHERE subscriber_id = ?`}, // whatever else may be a text
	{"alerts", `DELETE FROM alerts WHERE subscriber_id = ?`},
	{"reports", `UPDATE reports SET email_norm = '', subscriber_id = 0, words = '' WHERE subscriber_id = ?`},
	{"deliveries", `UPDATE deliveries SET reply = '', stage = '' WHERE subscriber_id = ?`}, // servers repeat the address in their answers
	{"enrolments", `UPDATE enrolments SET occasion = 'erased:' || id, order_id = 0 WHERE subscriber_id = ? AND occasion NOT LIKE 'run:%'`},
	{"codes", `UPDATE codes SET subscriber_id = NULL, redeemed_by = '' WHERE subscriber_id = ?`},
	{"erased_orders", `INSERT INTO erased_orders (currency, month, orders, total_cents, refunded_cents)
		SELECT currency, {{month}}, COUNT(*), SUM(total_cents), SUM(refunded_cents) FROM orders WHERE subscriber_id = ? GROUP BY 1, 2
		ON CONFLICT (currency, month) DO UPDATE SET orders = erased_orders.orders + excluded.orders,
		total_cents = erased_orders.total_cents + excluded.total_cents, refunded_cents = erased_orders.refunded_cents + excluded.refunded_cents`},
	{"merges", mergedInto + ` DELETE FROM merges WHERE kept_id IN (SELECT id FROM one) OR gone_id IN (SELECT id FROM one)`},
	{"subscribers", `DELETE FROM subscribers WHERE id = ?`},
}

// erasedWith are the tables whose rows go with the row of the person they refer to.
var erasedWith = []string{"subscriptions", "consents", "orders", "order_items", "events", "confirmations", "unproven_reports",
	"subscriber_value", "subscriber_moods", "former_addresses", "bulk_people", "subscriber_latest", "import_changes"}

// erasedByAddress are the tables that know an address without a number. ? is the address, in lower case.
var erasedByAddress = []struct{ table, sql string }{
	{"letters", `DELETE FROM letters WHERE lower(recipient) = ? OR {{holds}}`},
	{"self_tests", `DELETE FROM self_tests WHERE lower(recipient) = ?`},
	{"reports", `UPDATE reports SET email_norm = '', words = '' WHERE email_norm = ?`},
}

// foldClicks adds a person's clicks to what is kept of their links: one for each letter.
const foldClicks = `INSERT INTO kept_clicks (campaign_id, link_id, letters)
	SELECT campaign_id, link_id, COUNT(DISTINCT delivery_id) FROM activities WHERE subscriber_id = ? AND kind = 'click' AND verdict <> 'machine' AND link_id <> 0
	 GROUP BY campaign_id, link_id
	ON CONFLICT (campaign_id, link_id) DO UPDATE SET letters = kept_clicks.letters + excluded.letters`

// Erase takes a person off the books for good (GDPR art. 17). What stays is the hash of each address they had, as
// suppressed, so that no import brings them back (art. 21(3)); the sums of their orders, and campaigns' figures, with
// nobody in them. It returns the words that stood for the person, and keeps them (ToForget) until what lies outside the
// database was looked through. A letter that is
// leaving at this moment is a Conflict: the server's answer would bring the address back.
func (s *Store) Erase(ctx context.Context, id int64, source string) (words []string, err error) {
	if len(s.key) == 0 {
		return nil, errNoKey
	}
	err = s.thorough(ctx, func(tx *gorm.DB) error {
		var r subscriberRow
		if id, err = current(tx, id); err != nil {
			return err
		}
		if err := tx.First(&r, id).Error; err != nil {
			return notFound(err, noSubscriber)
		}
		if err := s.still(tx, id); err != nil {
			return err
		}
		norms, err := addressesOf(tx, r)
		if err != nil {
			return err
		}
		words = append(norms, r.Email)
		for _, step := range []func() error{
			func() error { return s.holdCustomers(tx, id) },
			func() error { return s.leaveLists(tx, id, 0) },
			func() error { return s.endAll(tx, id) },
			func() error { return s.unvalue(tx, id) },
			func() error { return tx.Exec(`DELETE FROM value_sums WHERE customers = 0`).Error }, // names of goods may be of one person
			func() error { return s.eraseRows(tx, id, norms) },
			func() error { return s.toForget(tx, words) },
			func() error { return s.eraseFromTexts(tx, words, r.subscriber().Name()) },
		} {
			if err := step(); err != nil {
				return fmt.Errorf("erase subscriber %d: %w", id, err)
			}
		}
		for _, norm := range norms {
			if err := s.keepErased(tx, norm, source); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && s.answers != nil {
		if err := s.answers.erase(words); err != nil {
			slog.Warn("servers' answers about an erased person", "error", err)
		}
	}
	return words, err
}

// endAll ends what a person is on the way through, also where no list is asked.
func (s *Store) endAll(tx *gorm.DB, id int64) error {
	const reason = "the person was erased"
	if err := tx.Exec(`UPDATE enrolments SET state = 'ended', reason = ? WHERE subscriber_id = ? AND state = 'active'`, reason, id).Error; err != nil {
		return err
	}
	return s.closeDeliveries(tx, ledger.Skipped, reason, "d.subscriber_id = ?", id)
}

// thorough is tx that leaves nothing of what it deletes in SQLite's file and log: freed pages are written over.
func (s *Store) thorough(ctx context.Context, f func(tx *gorm.DB) error) error {
	if s.d.name != goose.DialectSQLite3 {
		return s.txAgain(ctx, f)
	}
	return s.db.WithContext(ctx).Connection(func(conn *gorm.DB) error {
		conn = conn.Session(&gorm.Session{})
		if err := conn.Exec(`PRAGMA secure_delete = ON`).Error; err != nil {
			return err
		}
		defer conn.WithContext(context.WithoutCancel(ctx)).Exec(`PRAGMA secure_delete = OFF`)
		if err := conn.Transaction(f); err != nil {
			return err
		}
		_ = s.emptyLog(conn) // the person is erased: what did not go is tried again
		return nil
	})
}

// addressesOf are a person's address and those of whoever was merged into them, normalised.
func addressesOf(tx *gorm.DB, r subscriberRow) ([]string, error) {
	var former []string
	err := tx.Raw(`SELECT email_norm FROM former_addresses WHERE subscriber_id = ? ORDER BY email_norm`, r.ID).Scan(&former).Error
	return append([]string{r.EmailNorm}, former...), err
}

// still refuses while a letter to one of these people is on its way to a server.
func (s *Store) still(tx *gorm.DB, ids ...int64) error {
	var states []string
	err := tx.Raw(s.sql(`SELECT state FROM deliveries WHERE subscriber_id IN ? {{lock}}`), ids).Scan(&states).Error
	for _, state := range states {
		if err == nil && (state == "leased" || state == "sending") {
			return fault.New(fault.Conflict, "A letter to this person is leaving at this moment. Try again in a minute.")
		}
	}
	return err
}

func (s *Store) eraseRows(tx *gorm.DB, id int64, norms []string) error {
	month, holds := `(EXTRACT(YEAR FROM placed_at AT TIME ZONE 'UTC') * 12 + EXTRACT(MONTH FROM placed_at AT TIME ZONE 'UTC') - 1)::int`, `position(convert_to(?, 'UTF8') IN data) > 0`
	if s.d.name == goose.DialectSQLite3 {
		month, holds = `CAST(substr(placed_at, 1, 4) AS INTEGER) * 12 + CAST(substr(placed_at, 6, 2) AS INTEGER) - 1`, `instr(data, CAST(? AS BLOB)) > 0`
	}
	for _, e := range erasedByAddress {
		for _, norm := range norms {
			args := []any{norm}
			if strings.Contains(e.sql, "{{holds}}") {
				args = append(args, norm)
			}
			if err := tx.Exec(strings.ReplaceAll(e.sql, "{{holds}}", holds), args...).Error; err != nil {
				return fmt.Errorf("%s: %w", e.table, err)
			}
		}
	}
	for _, e := range erasure {
		if err := tx.Exec(strings.ReplaceAll(e.sql, "{{month}}", month), id).Error; err != nil {
			return fmt.Errorf("%s: %w", e.table, err)
		}
	}
	return nil
}

// ErasedOrders are the sums of erased people's orders in one currency.
type ErasedOrders struct {
	Currency                          string
	Orders, TotalCents, RefundedCents int64
}

// ErasedOrders adds up what erased people had bought, by currency.
func (s *Store) ErasedOrders(ctx context.Context) (rows []ErasedOrders, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT currency, SUM(orders) AS orders, SUM(total_cents) AS total_cents, SUM(refunded_cents) AS refunded_cents
		FROM erased_orders GROUP BY currency ORDER BY currency`).Scan(&rows).Error
	return rows, err
}

// CountErased counts the addresses that stand as hashes.
func (s *Store) CountErased(ctx context.Context) (n int64, err error) {
	err = s.read.WithContext(ctx).Table("suppressions").Where("reason = ?", audience.Erased).Count(&n).Error
	return n, err
}
