package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// LeaseTime is how long a sender may hold a delivery before it is taken back.
const LeaseTime = 5 * time.Minute

// sendingTime is how long a hand-over may take before it counts as lost: longer than the
// longest wait for a server's answer.
const sendingTime = 45 * time.Minute

// Promote turns up to n planned deliveries whose time has come into queued ones.
func (s *Store) Promote(ctx context.Context, n int) (int64, error) {
	r := s.db.WithContext(ctx).Exec(`UPDATE deliveries SET state = 'queued' WHERE id IN (SELECT id FROM deliveries
		WHERE state = 'planned' AND due_at <= ? ORDER BY due_at LIMIT ?) AND state = 'planned'`, s.now(), n)
	return r.RowsAffected, r.Error
}

// lease hands up to n due deliveries of campaigns that may send to one sender. The state
// is asked again outside: PostgreSQL rechecks only that line after waiting for a row.
const lease = `
	UPDATE deliveries SET state = 'leased', leased_by = ?, lease_until = ?, updated_at = ?
	 WHERE id IN (SELECT d.id FROM deliveries d WHERE d.state = 'queued' AND d.due_at <= ?
	              AND d.campaign_id IN (SELECT id FROM campaigns WHERE state IN ('running', 'finished'))
	              ORDER BY d.due_at, d.id LIMIT ? {{skip}})
	   AND state = 'queued'
	RETURNING *`

// Lease hands up to n due deliveries to the sender named owner, with all that their letters
// are made of, in no set order. Consent and suppression are asked again here: Refusal says
// why a letter must not be sent after all.
func (s *Store) Lease(ctx context.Context, owner string, n int) ([]ledger.Work, error) {
	now := s.now()
	var rows []ledger.Delivery
	err := s.db.WithContext(ctx).Raw(s.sql(lease), owner, now.Add(LeaseTime), now, now, n).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	return s.works(s.db.WithContext(ctx), rows)
}

// Work is one delivery with all that its letter is made of, whatever its state: for "view
// in browser" and landing pages.
func (s *Store) Work(ctx context.Context, delivery int64) (ledger.Work, error) {
	return s.workWhere(ctx, "id = ?", delivery)
}

// EnrolmentWork is the first delivery of an enrolment, for its landing page.
func (s *Store) EnrolmentWork(ctx context.Context, enrolment int64) (ledger.Work, error) {
	return s.workWhere(ctx, "enrolment_id = ?", enrolment)
}

func (s *Store) workWhere(ctx context.Context, where string, id int64) (ledger.Work, error) {
	db := s.read.WithContext(ctx)
	var d ledger.Delivery
	if err := db.Table("deliveries").Where(where, id).Order("id").First(&d).Error; err != nil {
		return ledger.Work{}, notFound(err, "This letter is no longer on record.")
	}
	works, err := s.works(db, []ledger.Delivery{d})
	if err != nil {
		return ledger.Work{}, err
	}
	return works[0], nil
}

// works gathers what a batch needs with one query a table.
func (s *Store) works(db *gorm.DB, rows []ledger.Delivery) ([]ledger.Work, error) {
	out := make([]ledger.Work, len(rows))
	var people, enrolments []int64
	for i, d := range rows {
		out[i] = ledger.Work{Delivery: d, Responses: map[string]string{}}
		people, enrolments = append(people, d.SubscriberID), append(enrolments, d.EnrolmentID)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	for _, load := range []func(*gorm.DB, []ledger.Work, []int64, []int64) error{loadPeople, loadEnrolments, loadResponses, s.loadConsent} {
		if err := load(db, out, people, enrolments); err != nil {
			return nil, fmt.Errorf("load leased: %w", err)
		}
	}
	return out, nil
}

func loadPeople(db *gorm.DB, out []ledger.Work, people, _ []int64) error {
	var rows []subscriberRow
	if err := db.Where("id IN ?", people).Find(&rows).Error; err != nil {
		return err
	}
	byID := make(map[int64]audience.Subscriber, len(rows))
	for _, r := range rows {
		byID[r.ID] = r.subscriber()
	}
	for i := range out {
		p, ok := byID[out[i].SubscriberID]
		if out[i].Subscriber = p; !ok {
			out[i].Refusal = "the subscriber was erased"
		}
	}
	return nil
}

type enrolmentRow struct {
	ID, EventID             int64
	Occasion, State, Reason string
}

func loadEnrolments(db *gorm.DB, out []ledger.Work, _, enrolments []int64) error {
	var rows []enrolmentRow
	if err := db.Table("enrolments").Where("id IN ?", enrolments).Find(&rows).Error; err != nil {
		return err
	}
	byID := make(map[int64]enrolmentRow, len(rows))
	var events []int64
	for _, r := range rows {
		byID[r.ID] = r
		if r.EventID != 0 {
			events = append(events, r.EventID)
		}
	}
	found, err := loadEvents(db, events)
	if err != nil {
		return err
	}
	for i := range out {
		e := byID[out[i].EnrolmentID]
		out[i].Occasion, out[i].Event, out[i].Done = e.Occasion, found[e.EventID], e.State == ledger.Done
		if e.State == ledger.Ended && out[i].Refusal == "" {
			out[i].Refusal = e.Reason
		}
	}
	return nil
}

type eventRow struct {
	ID, SubscriberID int64
	Name, Occasion   string
	OrderID          *int64
	Data             string
	At               time.Time
}

func (r eventRow) event() *audience.Event {
	e := &audience.Event{ID: r.ID, SubscriberID: r.SubscriberID, Name: r.Name, Key: r.Occasion, At: r.At.UTC()}
	_ = json.Unmarshal([]byte(r.Data), &e.Data) // written by us; an old row without data has none
	return e
}

func loadEvents(db *gorm.DB, ids []int64) (map[int64]*audience.Event, error) {
	out := map[int64]*audience.Event{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []eventRow
	if err := db.Table("events").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	var orders []int64
	for _, r := range rows {
		out[r.ID] = r.event()
		if r.OrderID != nil {
			orders = append(orders, *r.OrderID)
		}
	}
	byID, err := loadOrders(db, orders)
	for _, r := range rows {
		if r.OrderID != nil {
			out[r.ID].Order = byID[*r.OrderID]
		}
	}
	return out, err
}

func loadResponses(db *gorm.DB, out []ledger.Work, _, enrolments []int64) error {
	var rows []struct {
		EnrolmentID  int64
		Field, Value string
	}
	if err := db.Table("responses").Where("enrolment_id IN ?", enrolments).Find(&rows).Error; err != nil {
		return err
	}
	at := map[int64][]int{}
	for i := range out {
		at[out[i].EnrolmentID] = append(at[out[i].EnrolmentID], i)
	}
	for _, r := range rows {
		for _, i := range at[r.EnrolmentID] {
			out[i].Responses[r.Field] = r.Value
		}
	}
	return nil
}

// loadConsent refuses what may not be sent now, whatever was true when it was planned.
func (s *Store) loadConsent(db *gorm.DB, out []ledger.Work, people, _ []int64) error {
	reasons, err := suppressed(db, people)
	if err != nil {
		return err
	}
	byCampaign := map[int64][]int{}
	for i := range out {
		if r, ok := reasons[out[i].SubscriberID]; ok && out[i].Refusal == "" {
			out[i].Refusal = suppressionWords[r]
		}
		byCampaign[out[i].CampaignID] = append(byCampaign[out[i].CampaignID], i)
	}
	for id, at := range byCampaign {
		if err := refuseLeft(db, id, out, at); err != nil {
			return err
		}
	}
	return nil
}

// suppressionWords say why an address gets nothing, as "why not" shows it.
var suppressionWords = map[audience.Reason]string{
	audience.HardBounce: "the address bounced for good", audience.SoftBounces: "letters to the address bounced time after time", audience.Complaint: "the person complained about our mail",
	audience.Manual: "the address is suppressed", audience.Left: "unsubscribed from everything", audience.Erased: "the person was erased",
}

func suppressed(db *gorm.DB, people []int64) (map[int64]audience.Reason, error) {
	var rows []struct {
		ID     int64
		Reason audience.Reason
	}
	err := db.Raw(`SELECT s.id, p.reason FROM subscribers s JOIN suppressions p ON p.email_norm = s.email_norm WHERE s.id IN ?`, people).Scan(&rows).Error
	out := make(map[int64]audience.Reason, len(rows))
	for _, r := range rows {
		out[r.ID] = r.Reason
	}
	return out, err
}

// refuseLeft refuses those who are no longer confirmed on any list of the campaign.
func refuseLeft(db *gorm.DB, campaign int64, out []ledger.Work, at []int) error {
	var c campaignRow
	if err := db.Select("lists").Limit(1).Find(&c, campaign).Error; err != nil {
		return err
	}
	lists := numbers(c.Lists)
	if len(lists) == 0 {
		return nil
	}
	var people []int64
	for _, i := range at {
		people = append(people, out[i].SubscriberID)
	}
	var on []struct{ SubscriberID, ListID int64 }
	err := db.Raw(`SELECT subscriber_id, MIN(list_id) AS list_id FROM subscriptions WHERE subscriber_id IN ? AND list_id IN ? AND state = 'confirmed' GROUP BY subscriber_id`, people, lists).Scan(&on).Error
	if err != nil {
		return err
	}
	confirmed := make(map[int64]int64, len(on))
	for _, r := range on {
		confirmed[r.SubscriberID] = r.ListID
	}
	for _, i := range at {
		out[i].List = confirmed[out[i].SubscriberID]
		if out[i].List == 0 && out[i].Refusal == "" {
			out[i].Refusal = "unsubscribed from the list"
		}
	}
	return nil
}

// skipIneligible skips what waits for a person who may no longer be written to.
func (s *Store) skipIneligible(tx *gorm.DB, subscriber int64) error {
	var rows []ledger.Delivery
	err := tx.Raw(`SELECT * FROM deliveries WHERE subscriber_id = ? AND state IN ('planned', 'queued', 'leased')`, subscriber).Scan(&rows).Error
	if err != nil {
		return err
	}
	works, err := s.works(tx, rows)
	if err != nil {
		return err
	}
	for _, w := range works {
		if w.Refusal == "" {
			continue
		}
		if err := s.closeDeliveries(tx, ledger.Skipped, w.Refusal, "d.id = ?", w.ID); err != nil {
			return err
		}
	}
	return nil
}
