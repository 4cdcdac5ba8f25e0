package store

import (
	"context"
	"sort"
	"time"
)

// Moment is one line of a person's time line.
type Moment struct {
	At       time.Time
	Kind     string // delivery, open, click, unsubscribe, order, event, response, consent, withdrawal, code
	Title    string // the campaign's, the order's number, the event's or the list's name
	Detail   string // a delivery's state, a response's value, a consent's wording
	Message  string // a delivery's
	Reason   string // why a delivery is in its state, what a response answers: a catalogue id
	Reply    string // the mail server's words, or what the reason is about
	Verdict  string
	Campaign int64
	Delivery int64
}

// waits is a delivery kept back for the winner of a test: it is due when there is one.
const waits = `d.trial_id IS NOT NULL AND d.variant = '' AND d.state = 'planned'`

// timeline gathers what happened to one person from each table, newest first.
var timeline = []string{
	`SELECT 'delivery' AS kind, c.name AS title, m.name AS message, d.state AS detail, d.reply,
		CASE WHEN ` + waits + ` THEN 'waits for the winner of the test' ELSE d.reason END AS reason,
		COALESCE(d.sent_at, CASE WHEN d.state = 'planned' AND NOT (` + waits + `) THEN d.due_at ELSE d.updated_at END) AS "when", d.campaign_id AS campaign, d.id AS delivery
		FROM deliveries d JOIN campaigns c ON c.id = d.campaign_id JOIN messages m ON m.id = d.message_id WHERE d.subscriber_id = ? ORDER BY d.id DESC LIMIT ?`,
	`SELECT a.kind, c.name AS title, COALESCE(l.url, '') AS detail, a.verdict, CASE WHEN a.kind IN ('bounce', 'complaint') THEN a.why ELSE '' END AS reply, a.at AS "when", a.campaign_id AS campaign, a.delivery_id AS delivery
		FROM activities a JOIN campaigns c ON c.id = a.campaign_id LEFT JOIN links l ON l.id = a.link_id WHERE a.subscriber_id = ? ORDER BY a.at DESC LIMIT ?`,
	`SELECT 'event' AS kind, e.name AS title, e.occasion AS detail, e.at AS "when" FROM events e WHERE e.subscriber_id = ? AND e.name <> 'subscribed' ORDER BY e.at DESC LIMIT ?`,
	`SELECT 'response' AS kind, c.name AS title, r.field AS reason, r.value AS detail, r.updated_at AS "when", r.campaign_id AS campaign
		FROM responses r JOIN campaigns c ON c.id = r.campaign_id WHERE r.subscriber_id = ? AND r.value <> '' ORDER BY r.updated_at DESC LIMIT ?`,
	`SELECT CASE WHEN c.given THEN 'consent' ELSE 'withdrawal' END AS kind, COALESCE(l.name, '') AS title, c.source || CASE WHEN c.wording <> '' THEN ': ' || c.wording ELSE '' END AS detail, c.at AS "when"
		FROM consents c LEFT JOIN lists l ON l.id = c.list_id WHERE c.subscriber_id = ? ORDER BY c.id DESC LIMIT ?`,
}

// Timeline is the latest n things that happened to a person, newest first.
func (s *Store) Timeline(ctx context.Context, subscriber int64, n int) ([]Moment, error) {
	var all []Moment
	for _, sql := range timeline {
		var rows []momentRow
		if err := s.read.WithContext(ctx).Raw(sql, subscriber, n).Scan(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			all = append(all, r.moment())
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].At.After(all[j].At) })
	if len(all) > n {
		all = all[:n]
	}
	return all, nil
}

type momentRow struct {
	When                         timeText
	Kind, Title, Detail, Verdict string
	Message, Reason, Reply       string
	Campaign, Delivery           int64
}

func (r momentRow) moment() Moment {
	return Moment{At: r.When.Time, Kind: r.Kind, Title: r.Title, Detail: r.Detail, Message: r.Message, Reason: r.Reason, Reply: r.Reply,
		Verdict: r.Verdict, Campaign: r.Campaign, Delivery: r.Delivery}
}
