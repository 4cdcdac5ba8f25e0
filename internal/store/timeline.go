package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"keepsake/campaigns/fault"
)

// Moment is one line of a person's time line.
type Moment struct {
	At       time.Time `json:"at"`
	Group    string    `json:"group"` // one of TimelineGroups
	Kind     string    `json:"kind"`  // what happened: delivery, open, order, consent …
	Title    string    `json:"title"` // the campaign's, the order's number, the event's or the list's name
	Detail   string    `json:"detail,omitempty"`
	Message  string    `json:"message,omitempty"`  // a delivery's
	Reason   string    `json:"reason,omitempty"`   // why a delivery is in its state, what a response answers: a catalogue id
	Reply    string    `json:"reply,omitempty"`    // the mail server's words, or what the reason is about
	Verdict  string    `json:"verdict,omitempty"`  // who opened or clicked: human, machine, proxy
	Cents    int64     `json:"cents,omitempty"`    // an order's total, in minor units of Currency
	Refunded int64     `json:"refunded,omitempty"` // what was given back of it so far
	Currency string    `json:"currency,omitempty"`
	Campaign int64     `json:"campaign_id,omitempty"`
	Delivery int64     `json:"delivery_id,omitempty"`
}

// TimelineGroups are what a time line is filtered by.
var TimelineGroups = []string{"letters", "opens", "trouble", "lists", "orders", "responses", "events", "changes"}

// waits is a delivery kept back for the winner of a test: it is due when there is one.
const waits = `d.trial_id IS NOT NULL AND d.variant = '' AND d.state = 'planned'`

// A source is a table in which something happened to people. rows finds a person's rows, each with its number and moment
// ("when"), of which a page is taken; what then says the rest of those few, x.
type source struct{ group, rows, what string }

// timeline are the sources, in the order in which moments of the same time stand.
var timeline = []source{
	{"letters", `SELECT d.*, COALESCE(d.sent_at, CASE WHEN d.state = 'planned' AND NOT (` + waits + `) THEN d.due_at ELSE d.updated_at END) AS "when" FROM deliveries d WHERE d.subscriber_id = ?`,
		`SELECT x.id, x."when", 'delivery' AS kind, c.name AS title, m.name AS message, x.state AS detail, x.reply,
		CASE WHEN ` + strings.ReplaceAll(waits, "d.", "x.") + ` THEN 'waits for the winner of the test' ELSE x.reason END AS reason, x.campaign_id AS campaign, x.id AS delivery
		FROM (…) x JOIN campaigns c ON c.id = x.campaign_id JOIN messages m ON m.id = x.message_id`},
	{"opens", `SELECT a.*, a.at AS "when" FROM activities a WHERE a.subscriber_id = ? AND a.kind IN ('open', 'click')`,
		`SELECT x.id, x."when", x.kind, c.name AS title, COALESCE(l.url, '') AS detail, x.verdict, x.campaign_id AS campaign, x.delivery_id AS delivery
		FROM (…) x JOIN campaigns c ON c.id = x.campaign_id LEFT JOIN links l ON l.id = x.link_id`},
	{"trouble", `SELECT a.*, a.at AS "when" FROM activities a WHERE a.subscriber_id = ? AND a.kind IN ('bounce', 'complaint', 'unsubscribe')`,
		`SELECT x.id, x."when", x.kind, c.name AS title, CASE WHEN x.kind = 'unsubscribe' THEN '' ELSE x.why END AS reply, x.campaign_id AS campaign, x.delivery_id AS delivery
		FROM (…) x JOIN campaigns c ON c.id = x.campaign_id`},
	{"trouble", `SELECT r.*, ROW_NUMBER() OVER (ORDER BY r.at, r.report_key) AS id, r.at AS "when" FROM reports r WHERE r.subscriber_id = ? AND r.delivery_id = 0`,
		`SELECT x.id, x."when", CASE WHEN x.verdict = 'complaint' THEN 'complaint' ELSE 'bounce' END AS kind, x.words AS reply FROM (…) x`},
	{"trouble", `SELECT p.*, 0 AS id, p.at AS "when" FROM suppressions p WHERE p.email_norm = (SELECT email_norm FROM subscribers WHERE id = ?)`,
		`SELECT x.id, x."when", 'suppressed' AS kind, x.reason AS detail, x.source AS title FROM (…) x`},
	{"lists", `SELECT c.*, c.at AS "when" FROM consents c WHERE c.subscriber_id = ?`,
		`SELECT x.id, x."when", CASE WHEN x.given THEN 'consent' ELSE 'withdrawal' END AS kind, COALESCE(l.name, '') AS title,
		x.source || CASE WHEN x.wording <> '' THEN ': ' || x.wording ELSE '' END AS detail FROM (…) x LEFT JOIN lists l ON l.id = x.list_id`},
	{"lists", `SELECT y.*, y.list_id AS id, y.updated_at AS "when" FROM subscriptions y WHERE y.subscriber_id = ? AND y.state = 'pending'`,
		`SELECT x.id, x."when", 'asked' AS kind, l.name AS title FROM (…) x JOIN lists l ON l.id = x.list_id`},
	{"orders", `SELECT o.*, o.placed_at AS "when" FROM orders o WHERE o.subscriber_id = ?`,
		`SELECT x.id, x."when", 'order' AS kind, x.number AS title, x.state AS detail, x.total_cents AS cents, x.refunded_cents AS refunded, x.currency FROM (…) x`},
	{"orders", `SELECT e.*, e.at AS "when" FROM events e WHERE e.subscriber_id = ? AND e.name LIKE 'order.%' AND e.name <> 'order.placed'`,
		`SELECT x.id, x."when", 'order-state' AS kind, COALESCE(o.number, '') AS title, substr(x.name, 7) AS detail FROM (…) x LEFT JOIN orders o ON o.id = x.order_id`},
	{"responses", `SELECT r.*, r.enrolment_id * 100 + ROW_NUMBER() OVER (PARTITION BY r.enrolment_id ORDER BY r.field) AS id, r.updated_at AS "when" FROM responses r WHERE r.subscriber_id = ? AND r.value <> ''`,
		`SELECT x.id, x."when", 'response' AS kind, c.name AS title, x.field AS reason, x.value AS detail, x.campaign_id AS campaign FROM (…) x JOIN campaigns c ON c.id = x.campaign_id`},
	{"responses", `SELECT k.*, k.issued_at AS "when" FROM codes k WHERE k.subscriber_id = ? AND k.issued_at IS NOT NULL`,
		`SELECT x.id, x."when", 'code' AS kind, c.name AS title, x.code AS detail, x.campaign_id AS campaign FROM (…) x JOIN campaigns c ON c.id = x.campaign_id`},
	{"responses", `SELECT k.*, k.redeemed_at AS "when" FROM codes k WHERE k.subscriber_id = ? AND k.redeemed_at IS NOT NULL`,
		`SELECT x.id, x."when", 'redeemed' AS kind, c.name AS title, x.code AS detail, x.campaign_id AS campaign FROM (…) x JOIN campaigns c ON c.id = x.campaign_id`},
	{"events", `SELECT e.*, e.at AS "when" FROM events e WHERE e.subscriber_id = ? AND e.name NOT LIKE 'order.%' AND e.name <> 'subscribed'`,
		`SELECT x.id, x."when", 'event' AS kind, x.name AS title, x.data AS detail FROM (…) x`},
	{"changes", `SELECT u.*, u.at AS "when" FROM audits u WHERE u.object = 'subscriber:' || CAST(CAST(? AS BIGINT) AS TEXT)`,
		`SELECT x.id, x."when", 'change' AS kind, x.action AS detail, COALESCE(u.name, x.token) AS title FROM (…) x LEFT JOIN users u ON u.id = x.user_id`},
	{"changes", `SELECT f.*, ROW_NUMBER() OVER (ORDER BY f.at, f.email_norm) AS id, f.at AS "when" FROM former_addresses f WHERE f.subscriber_id = ?`,
		`SELECT x.id, x."when", 'merged' AS kind, x.email AS title FROM (…) x`},
	{"changes", `SELECT s.*, s.created_at AS "when" FROM subscribers s WHERE s.id = ?`,
		`SELECT x.id, x."when", 'created' AS kind, x.source AS title FROM (…) x`},
}

// TimelineQuery says which part of a person's time line.
type TimelineQuery struct {
	Subscriber int64
	Group      string // one of TimelineGroups, "" is all
	Before     string // what the page before returned as next; "" from the newest
	Limit      int    // 0 is 30
}

// place is where a page of a time line ends: no two moments have the same.
type place struct {
	at     time.Time
	source int
	id     int64
}

func (p place) String() string { return fmt.Sprintf("%d.%d.%d", p.at.UnixMicro(), p.source, p.id) }

func placeOf(text string) (p place, err error) {
	parts := strings.Split(text, ".")
	var n [3]int64
	for i := 0; i < len(parts) && i < 3 && err == nil; i++ {
		n[i], err = strconv.ParseInt(parts[i], 10, 64)
	}
	if err != nil || len(parts) != 3 || n[1] < 0 || n[1] >= int64(len(timeline)) {
		return p, fault.New(fault.NotFound, "There is no such page.")
	}
	return place{time.UnixMicro(n[0]).UTC(), int(n[1]), n[2]}, nil
}

// older is the condition that a source's rows stand behind the place, and its values.
func (p place) older(source int) (string, []any) {
	switch {
	case p.at.IsZero():
		return `TRUE`, nil
	case source > p.source:
		return `p."when" <= ?`, []any{p.at}
	case source < p.source:
		return `p."when" < ?`, []any{p.at}
	}
	return `(p."when" < ? OR p."when" = ? AND p.id < ?)`, []any{p.at, p.at, p.id}
}

// Timeline is one page of what happened to a person, newest first; next is the Before of the older page, "" at the end.
func (s *Store) Timeline(ctx context.Context, q TimelineQuery) (page []Moment, next string, err error) {
	if q.Limit <= 0 {
		q.Limit = 30
	}
	var from place
	if q.Before != "" {
		if from, err = placeOf(q.Before); err != nil {
			return nil, "", err
		}
	}
	var all []momentRow
	for i, src := range timeline {
		if q.Group != "" && q.Group != src.group {
			continue
		}
		condition, args := from.older(i)
		rows := strings.Replace(src.what, "(…)", `(SELECT * FROM (`+src.rows+`) p WHERE `+condition+` ORDER BY p."when" DESC, p.id DESC LIMIT ?)`, 1)
		var some []momentRow
		if err := s.read.WithContext(ctx).Raw(rows, slices.Concat([]any{q.Subscriber}, args, []any{q.Limit + 1})...).Scan(&some).Error; err != nil {
			return nil, "", fmt.Errorf("time line, %s: %w", src.group, err)
		}
		for _, r := range some {
			r.source = i
			all = append(all, r)
		}
	}
	slices.SortFunc(all, momentRow.compare)
	if len(all) > q.Limit {
		all = all[:q.Limit]
		next = all[q.Limit-1].place().String()
	}
	for _, r := range all {
		page = append(page, r.moment())
	}
	return page, next, nil
}

type momentRow struct {
	ID                           int64
	When                         timeText
	Kind, Title, Detail, Verdict string
	Message, Reason, Reply       string
	Currency                     string
	Cents, Refunded              int64
	Campaign, Delivery           int64
	source                       int
}

func (r momentRow) place() place { return place{r.When.Time, r.source, r.ID} }

func (r momentRow) compare(o momentRow) int {
	if c := o.When.Compare(r.When.Time); c != 0 {
		return c
	}
	if r.source != o.source {
		return r.source - o.source
	}
	return int(o.ID - r.ID)
}

func (r momentRow) moment() Moment {
	m := Moment{At: r.When.Time, Group: timeline[r.source].group, Kind: r.Kind, Title: r.Title, Detail: r.Detail, Message: r.Message, Reason: r.Reason, Reply: r.Reply,
		Verdict: r.Verdict, Cents: r.Cents, Refunded: r.Refunded, Currency: r.Currency, Campaign: r.Campaign, Delivery: r.Delivery}
	if r.Kind == "event" {
		m.Detail = pairs(r.Detail)
	}
	return m
}

// pairs writes an event's data in one short line.
func pairs(data string) string {
	var values map[string]string
	if json.Unmarshal([]byte(data), &values) != nil {
		return ""
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, name+": "+values[name])
	}
	return cut(strings.Join(all, ", "), 200)
}
