package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
)

// factRow is one thing that happened, of whatever sort.
type factRow struct {
	At                       timeText
	Delivery, Campaign, List int64
	Link, Question, Answer   string
	Name, Source, Wording    string
}

// factColumns are what each sort of happening tells beside when.
var factColumns = map[string]string{
	"sent":      `a.id AS delivery, a.campaign_id AS campaign`,
	"clicked":   `a.delivery_id AS delivery, a.campaign_id AS campaign, COALESCE((SELECT l.url FROM links l WHERE l.id = a.link_id), '') AS link`,
	"responded": `a.campaign_id AS campaign, a.field AS question, a.value AS answer`,
	"entered":   `a.campaign_id AS campaign`,
	"won":       `a.campaign_id AS campaign`,
	"brought":   `a.campaign_id AS campaign`,
	"came_by":   `a.campaign_id AS campaign`,
	"given":     `a.campaign_id AS campaign`,
	"redeemed":  `a.campaign_id AS campaign`,
	"event":     `a.name`,
	"consented": `a.list_id AS list, a.source, a.wording`,
	"":          `a.delivery_id AS delivery, a.campaign_id AS campaign`,
}

// Facts are all that rules ask about one person, as Match and Explain need them.
func (s *Store) Facts(ctx context.Context, subscriber int64) (f segment.Facts, err error) {
	db := s.read.WithContext(ctx)
	if f.Subscriber, err = s.Subscriber(ctx, subscriber); err != nil {
		return f, err
	}
	subscriber = f.ID // another number since a merge
	var places []audience.Subscription
	err = db.Table("subscriptions").Where("subscriber_id = ?", subscriber).Find(&places).Error
	f.Places = map[int64]audience.State{}
	for _, p := range places {
		f.Places[p.ListID] = p.State
	}
	if err != nil {
		return f, err
	}
	var stopped int64
	if err := db.Table("suppressions").Where("email_norm = ?", f.EmailNorm).Count(&stopped).Error; err != nil {
		return f, err
	}
	f.Suppressed = stopped > 0
	for field, h := range happenings {
		if f.Happened, err = readHappened(db, f.Happened, field, h, subscriber); err != nil {
			return f, fmt.Errorf("what happened to subscriber %d: %w", subscriber, err)
		}
	}
	if f.Latest, err = latestOf(db, subscriber); err != nil {
		return f, err
	}
	if f.Orders, err = ordersOf(db, subscriber); err != nil {
		return f, err
	}
	return f, s.worthOf(ctx, &f)
}

// latestOf are the moments of somebody's last open and click, which retention leaves.
func latestOf(db *gorm.DB, subscriber int64) (map[string]time.Time, error) {
	var seen struct{ LastOpenAt, LastClickAt *time.Time }
	err := db.Raw(`SELECT last_open_at, last_click_at FROM subscriber_latest WHERE subscriber_id = ?`, subscriber).Scan(&seen).Error
	if err != nil {
		return nil, fmt.Errorf("last open and click of subscriber %d: %w", subscriber, err)
	}
	latest := map[string]time.Time{}
	for field, at := range map[string]*time.Time{"opened": seen.LastOpenAt, "clicked": seen.LastClickAt} {
		if at != nil {
			latest[field] = *at
		}
	}
	return latest, nil
}

func readHappened(db *gorm.DB, all []segment.Happened, field string, h happening, subscriber int64) ([]segment.Happened, error) {
	columns, ok := factColumns[field]
	if !ok {
		columns = factColumns[""]
	}
	var rows []factRow
	err := db.Raw(`SELECT `+h.at+` AS at, `+columns+` FROM `+h.from+` WHERE `+h.person+` = ? AND `+h.only, subscriber).Scan(&rows).Error
	for _, r := range rows {
		all = append(all, segment.Happened{Field: field, At: r.At.Time, Delivery: r.Delivery, Campaign: r.Campaign, List: r.List,
			Words: map[string]string{"link": r.Link, "question": r.Question, "answer": r.Answer, "name": r.Name, "source": r.Source, "wording": r.Wording}})
	}
	return all, err
}

// ordersOf are a person's orders with their lines as these are on record, which is how they are counted.
func ordersOf(db *gorm.DB, subscriber int64) ([]audience.Order, error) {
	var rows []orderRow
	if err := db.Table("orders").Where("subscriber_id = ?", subscriber).Order("placed_at, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	var lines []struct {
		OrderID             int64
		SKU, Name, Category string
		Quantity            int
	}
	err := db.Raw(`SELECT i.order_id, i.sku, i.name, i.category, i.quantity FROM orders o JOIN order_items i ON i.order_id = o.id
		WHERE o.subscriber_id = ? ORDER BY i.order_id, i.line`, subscriber).Scan(&lines).Error
	items := map[int64][]audience.Item{}
	for _, l := range lines {
		items[l.OrderID] = append(items[l.OrderID], audience.Item{SKU: l.SKU, Name: l.Name, Category: l.Category, Quantity: l.Quantity})
	}
	all := make([]audience.Order, len(rows))
	for i, r := range rows {
		all[i] = *r.order()
		all[i].Items = items[r.ID]
	}
	return all, err
}

// ExplainSegment says for one person, of every rule of a segment, whether it holds and what decided.
func (s *Store) ExplainSegment(ctx context.Context, r segment.Rule, subscriber int64) ([]segment.Reason, error) {
	r, err := s.ExpandRule(ctx, r)
	if err != nil {
		return nil, err
	}
	f, err := s.Facts(ctx, subscriber)
	if err != nil {
		return nil, err
	}
	return segment.Explain(r, f, s.now()), nil
}

// SegmentsOf are the segments that a person is in, of all there are; in one whose rule cannot be read nobody is.
func (s *Store) SegmentsOf(ctx context.Context, subscriber int64) (in map[int64]bool, err error) {
	all, err := s.Segments(ctx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	f, err := s.Facts(ctx, subscriber)
	if err != nil {
		return nil, err
	}
	in = map[int64]bool{}
	now := s.now()
	for _, one := range all {
		r, err := s.ExpandRule(ctx, one.Rule)
		if fault.Is(err, fault.Conflict) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("segment %d: %w", one.ID, err)
		}
		in[one.ID] = segment.Match(r, f, now)
	}
	return in, nil
}
