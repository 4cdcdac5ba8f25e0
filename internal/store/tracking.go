package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/fault"
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

// Link is the address behind a link of the message that this delivery carried; NotFound
// for any other, so that nobody can be led where no letter of ours pointed.
func (s *Store) Link(ctx context.Context, delivery, link int64) (url string, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT l.url FROM links l JOIN deliveries d ON d.message_id = l.message_id WHERE l.id = ? AND d.id = ?`, link, delivery).Scan(&url).Error
	if err == nil && url == "" {
		err = fault.New(fault.NotFound, "This link is not valid.")
	}
	return url, err
}

// RecordActivity stores an open or a click on a delivery. The first one by a person (or
// through an image proxy, which stands for one) counts in the run's figures.
func (s *Store) RecordActivity(ctx context.Context, a ledger.Activity) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var d ledger.Delivery
		if err := tx.Table("deliveries").Where("id = ?", a.DeliveryID).Limit(1).Find(&d).Error; err != nil || d.ID == 0 {
			return err
		}
		err := tx.Exec(`INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, link_id, verdict, why, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			d.ID, d.CampaignID, d.SubscriberID, a.Kind, a.LinkID, a.Verdict, a.Why, s.now()).Error
		if err != nil {
			return err
		}
		return s.countActivity(tx, d, a)
	})
}

func (s *Store) countActivity(tx *gorm.DB, d ledger.Delivery, a ledger.Activity) error {
	if a.Verdict == "machine" {
		if a.Kind == "open" {
			return tx.Exec(`UPDATE runs SET machine_opened = machine_opened + 1 WHERE id = ? AND 1 = (SELECT COUNT(*) FROM activities WHERE delivery_id = ? AND kind = 'open' AND verdict = 'machine')`, d.RunID, d.ID).Error
		}
		return nil
	}
	if a.Kind == "click" && d.ClickedAt == nil {
		if err := s.first(tx, d, "clicked"); err != nil {
			return err
		}
	}
	if d.OpenedAt == nil { // a click proves an open
		return s.first(tx, d, "opened")
	}
	return nil
}

func (s *Store) first(tx *gorm.DB, d ledger.Delivery, what string) error {
	r := tx.Exec(`UPDATE deliveries SET `+what+`_at = ? WHERE id = ? AND `+what+`_at IS NULL`, s.now(), d.ID)
	if r.Error != nil || r.RowsAffected == 0 {
		return r.Error
	}
	return tx.Exec(`UPDATE runs SET `+what+` = `+what+` + 1 WHERE id = ?`, d.RunID).Error
}

// LinkClicks are how many deliveries of a campaign were clicked by people, by address.
type LinkClicks struct {
	URL    string
	People int64
}

// Clicks counts a campaign's clicks by link, most first.
func (s *Store) Clicks(ctx context.Context, campaign int64) (rows []LinkClicks, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT l.url, COUNT(DISTINCT a.delivery_id) AS people FROM activities a JOIN links l ON l.id = a.link_id
		WHERE a.campaign_id = ? AND a.kind = 'click' AND a.verdict <> 'machine' AND a.link_id <> 0 GROUP BY l.url ORDER BY people DESC, l.url LIMIT 50`, campaign).Scan(&rows).Error
	return rows, err
}

// HandedOver is when a delivery left: the moment the server took it, or when that is not
// known the last moment we do know; NotFound for no delivery.
func (s *Store) HandedOver(ctx context.Context, delivery int64) (time.Time, error) {
	var d ledger.Delivery
	err := s.read.WithContext(ctx).Table("deliveries").Where("id = ?", delivery).Take(&d).Error
	at := d.UpdatedAt
	if d.SentAt != nil {
		at = *d.SentAt
	}
	return at.UTC(), notFound(err, "This letter is no longer on record.")
}

// RecentClicks counts clicks on a delivery since a moment: several within seconds are a scanner's.
func (s *Store) RecentClicks(ctx context.Context, delivery int64, since time.Time) (n int64, err error) {
	err = s.read.WithContext(ctx).Table("activities").Where("delivery_id = ? AND kind = 'click' AND at >= ?", delivery, since.UTC()).Count(&n).Error
	return n, err
}

// DeliveryQuery says which deliveries of a campaign.
type DeliveryQuery struct {
	Campaign, Run, Subscriber int64
	State                     ledger.State
	Reason                    string // "" is any
	Event                     string // opened, clicked, bounced, complained
	SentSince                 time.Time
	After                     int64
	Limit                     int // 0 is 50
}

// DeliveryRow is a delivery with its recipient's address and its message's name.
type DeliveryRow struct {
	ledger.Delivery
	Email     string `json:"email"`
	Message   string `json:"message"`
	Bounce    string `json:"bounce,omitempty"`    // how the letter came back, in the server's words
	Complaint string `json:"complaint,omitempty"` // that the person reported it as spam
}

// reportedAs are the verdicts of a query's events.
var reportedAs = map[string][]ledger.Verdict{"bounced": {ledger.HardBounce, ledger.SoftBounce}, "complained": {ledger.Complaint}}

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
	if q.State != "" {
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
	err = db.Find(&rows).Error
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		next = rows[q.Limit-1].ID
	}
	return rows, next, err
}

// Reasons counts a campaign's deliveries that were not sent by state and reason.
func (s *Store) Reasons(ctx context.Context, campaign int64) (rows []struct {
	State  ledger.State
	Reason string
	N      int64
}, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT state, reason, COUNT(*) AS n FROM deliveries WHERE campaign_id = ? AND state IN ('skipped', 'failed', 'unsure', 'cancelled')
		GROUP BY state, reason ORDER BY n DESC LIMIT 50`, campaign).Scan(&rows).Error
	return rows, err
}
