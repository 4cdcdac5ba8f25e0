package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/ledger"
)

// LinkIDs numbers the addresses of a message; the same address keeps its number.
func (s *Store) LinkIDs(ctx context.Context, message int64, urls []string) ([]int64, error) {
	ids := make([]int64, len(urls))
	err := s.tx(ctx, func(tx *gorm.DB) error {
		for i, u := range urls {
			err := tx.Raw(`INSERT INTO links (message_id, url) VALUES (?, ?) ON CONFLICT (message_id, url) DO UPDATE SET url = excluded.url RETURNING id`, message, u).Scan(&ids[i]).Error
			if err != nil {
				return fmt.Errorf("number links of message %d: %w", message, err)
			}
		}
		return nil
	})
	return ids, err
}

// LinkTo is the number of one address of a message, which gets one when it is new.
func (s *Store) LinkTo(ctx context.Context, message int64, url string) (id int64, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT id FROM links WHERE message_id = ? AND url = ?`, message, url).Scan(&id).Error
	if err != nil || id != 0 {
		return id, err
	}
	ids, err := s.LinkIDs(ctx, message, []string{url})
	return ids[0], err
}

// LinkClicks are how many deliveries of a campaign were clicked by people, by address.
type LinkClicks struct {
	URL    string
	Title  string // of the article that stands there; "" for any other address
	People int64
}

// Clicks counts a campaign's clicks by link, most first: those on record and those that are only counted still.
func (s *Store) Clicks(ctx context.Context, campaign int64) (rows []LinkClicks, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT url, SUM(people) AS people FROM (
		SELECT l.url, COUNT(DISTINCT a.delivery_id) AS people FROM activities a JOIN links l ON l.id = a.link_id
		 WHERE a.campaign_id = ? AND a.kind = 'click' AND a.verdict <> 'machine' AND a.link_id <> 0 GROUP BY l.url
		UNION ALL SELECT l.url, k.letters FROM kept_clicks k JOIN links l ON l.id = k.link_id WHERE k.campaign_id = ?) c
		GROUP BY url ORDER BY people DESC, url LIMIT 50`, campaign, campaign).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return rows, err
	}
	return rows, s.titled(ctx, rows)
}

// titled gives the addresses of articles their titles.
func (s *Store) titled(ctx context.Context, rows []LinkClicks) error {
	urls := make([]string, len(rows))
	for i, r := range rows {
		urls[i] = r.URL
	}
	var items []itemRow
	if err := s.read.WithContext(ctx).Table("items").Select("url, title").Where("url IN ?", urls).Find(&items).Error; err != nil {
		return fmt.Errorf("titles of articles: %w", err)
	}
	for i := range rows {
		for _, item := range items {
			if item.URL == rows[i].URL {
				rows[i].Title = item.Title
			}
		}
	}
	return nil
}

// DeliveryQuery says which deliveries of a campaign.
type DeliveryQuery struct {
	Campaign, Run, Subscriber int64
	State                     ledger.State
	Reason                    string // "" is any
	Event                     string // opened, clicked, bounced, hard or soft of it, complained
	SentSince                 time.Time
	After                     int64
	Limit                     int // 0 is 50
}

// DeliveryRow is a delivery with its recipient's address and its message's name.
type DeliveryRow struct {
	ledger.Delivery
	Email     string `json:"email"`
	Message   string `json:"message"`
	Bounce    string `json:"bounce,omitempty"`             // how the letter came back, in the server's words
	Complaint string `json:"complaint,omitempty"`          // that the person reported it as spam
	WaitsFor  string `json:"waits_for,omitempty" gorm:"-"` // in words, of a planned one that no moment makes due
}

// reportedAs are the verdicts of a query's events.
var reportedAs = map[string][]ledger.Verdict{"bounced": {ledger.HardBounce, ledger.SoftBounce}, "hard": {ledger.HardBounce},
	"soft": {ledger.SoftBounce}, "complained": {ledger.Complaint}}

// reported selects the latest words of a bounce or a complaint, or that there was one.
func reported(kind string) string {
	return `COALESCE((SELECT CASE WHEN a.why <> '' THEN a.why ELSE a.kind END FROM activities a WHERE a.delivery_id = d.id AND a.kind = '` + kind + `'
		ORDER BY a.id DESC LIMIT 1), '') AS ` + kind
}

// Deliveries lists deliveries by number, one page; next is the After of the following page.
func (s *Store) Deliveries(ctx context.Context, q DeliveryQuery) (rows []DeliveryRow, next int64, err error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	db := s.read.WithContext(ctx).Table("deliveries d").Select("d.*, COALESCE(s.email, '') AS email, m.name AS message, "+reported("bounce")+", "+reported("complaint")).
		Joins("LEFT JOIN subscribers s ON s.id = d.subscriber_id").Joins("JOIN messages m ON m.id = d.message_id").
		Where("d.id > ?", q.After).Order("d.id").Limit(q.Limit + 1)
	for column, id := range map[string]int64{"campaign_id": q.Campaign, "run_id": q.Run, "subscriber_id": q.Subscriber} {
		if id != 0 {
			db = db.Where("d."+column+" = ?", id)
		}
	}
	if resting[q.State] { // written out: for a value SQLite does not look into a part of an index
		db = db.Where(s.sql("d.{{resting}} = '" + string(q.State) + "'"))
	} else if q.State != "" {
		db = db.Where("d.state = ?", q.State)
	}
	if !q.SentSince.IsZero() {
		db = db.Where("d.sent_at >= ?", q.SentSince.UTC())
	}
	if q.Reason != "" {
		db = db.Where("d.reason = ?", q.Reason)
	}
	if q.Event == "opened" || q.Event == "clicked" {
		db = db.Where("d." + q.Event + "_at IS NOT NULL")
	}
	if verdicts := reportedAs[q.Event]; verdicts != nil {
		db = db.Where("d.id IN (SELECT r.delivery_id FROM reports r WHERE r.campaign_id = d.campaign_id AND r.verdict IN ?)", verdicts)
	}
	if q.Event == "soft" { // what came back for good in the end is counted there
		db = db.Where("d.id NOT IN (SELECT r.delivery_id FROM reports r WHERE r.campaign_id = d.campaign_id AND r.verdict = ?)", ledger.HardBounce)
	}
	err = db.Find(&rows).Error
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		next = rows[q.Limit-1].ID
	}
	return rows, next, err
}

// resting are the states that deliveries_odd lists, one campaign's in their order.
var resting = map[ledger.State]bool{ledger.Skipped: true, ledger.Failed: true, ledger.Unsure: true, ledger.Cancelled: true}

// CameBack counts a campaign's letters that a server took and that came back for good.
func (s *Store) CameBack(ctx context.Context, campaign int64) (n int64, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT COUNT(*) FROM deliveries d WHERE d.campaign_id = ? AND d.state = ?
		AND d.id IN (SELECT r.delivery_id FROM reports r WHERE r.campaign_id = ? AND r.verdict = ?)`, campaign, ledger.Sent, campaign, ledger.HardBounce).Scan(&n).Error
	return n, err
}

const reasons = `SELECT state, reason, COUNT(*) AS n FROM deliveries
	 WHERE campaign_id = ? AND ({{resting}} = 'skipped' OR {{resting}} = 'failed' OR {{resting}} = 'unsure' OR {{resting}} = 'cancelled')
	 GROUP BY state, reason ORDER BY n DESC LIMIT 50`

// Reasons counts a campaign's deliveries that were not sent by state and reason.
func (s *Store) Reasons(ctx context.Context, campaign int64) (rows []struct {
	State  ledger.State
	Reason string
	N      int64
}, err error) {
	err = s.read.WithContext(ctx).Raw(s.sql(reasons), campaign).Scan(&rows).Error
	return rows, err
}
