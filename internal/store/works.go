package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

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
	for _, load := range []func(*gorm.DB, []ledger.Work, []int64, []int64) error{s.loadPeople, s.loadEnrolments, s.loadResponses, s.loadConsent} {
		if err := load(db, out, people, enrolments); err != nil {
			return nil, fmt.Errorf("load leased: %w", err)
		}
	}
	return out, nil
}

func (s *Store) loadPeople(db *gorm.DB, out []ledger.Work, people, _ []int64) error {
	byID := make(map[int64]audience.Subscriber, len(people))
	err := each(db, func(r *sql.Rows) error {
		var p subscriberRow
		err := r.Scan(&p.ID, &p.Email, &p.EmailNorm, &p.FirstName, &p.LastName, &p.Lang, &p.Zone, &p.Attributes)
		byID[p.ID] = p.subscriber()
		return err
	}, s.sql(`SELECT id, email, email_norm, first_name, last_name, lang, zone, attributes FROM subscribers WHERE id {{in}}{{ids}}{{end}}`), asJSON(people))
	for i := range out {
		p, ok := byID[out[i].SubscriberID]
		if out[i].Subscriber = p; !ok {
			out[i].Refusal = "the subscriber was erased"
		}
	}
	return err
}

type enrolmentRow struct {
	ID, EventID             int64
	Occasion, State, Reason string
}

func (s *Store) loadEnrolments(db *gorm.DB, out []ledger.Work, _, enrolments []int64) error {
	byID := make(map[int64]enrolmentRow, len(enrolments))
	var events []int64
	err := each(db, func(r *sql.Rows) error {
		var e enrolmentRow
		err := r.Scan(&e.ID, &e.EventID, &e.Occasion, &e.State, &e.Reason)
		if byID[e.ID] = e; e.EventID != 0 {
			events = append(events, e.EventID)
		}
		return err
	}, s.sql(`SELECT id, event_id, occasion, state, reason FROM enrolments WHERE id {{in}}{{ids}}{{end}}`), asJSON(enrolments))
	if err != nil {
		return err
	}
	found, err := loadEvents(db, events)
	for i := range out {
		e := byID[out[i].EnrolmentID]
		out[i].Occasion, out[i].Event, out[i].Done = e.Occasion, found[e.EventID], e.State == ledger.Done
		if e.State == ledger.Ended && out[i].Refusal == "" {
			out[i].Refusal = e.Reason
		}
	}
	return err
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

func (s *Store) loadResponses(db *gorm.DB, out []ledger.Work, _, enrolments []int64) error {
	at := make(map[int64][]int, len(out))
	for i := range out {
		at[out[i].EnrolmentID] = append(at[out[i].EnrolmentID], i)
	}
	return each(db, func(r *sql.Rows) error {
		var enrolment int64
		var field, value string
		err := r.Scan(&enrolment, &field, &value)
		for _, i := range at[enrolment] {
			out[i].Responses[field] = value
		}
		return err
	}, s.sql(`SELECT enrolment_id, field, value FROM responses WHERE enrolment_id {{in}}{{ids}}{{end}}`), asJSON(enrolments))
}

// loadConsent refuses what may not be sent now, whatever was true when it was planned.
func (s *Store) loadConsent(db *gorm.DB, out []ledger.Work, people, _ []int64) error {
	reasons, err := s.suppressed(db, people)
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
		if err := s.refuseLeft(db, id, out, at); err != nil {
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

func (s *Store) suppressed(db *gorm.DB, people []int64) (map[int64]audience.Reason, error) {
	out := map[int64]audience.Reason{}
	err := each(db, func(r *sql.Rows) error {
		var id int64
		var reason audience.Reason
		err := r.Scan(&id, &reason)
		out[id] = reason
		return err
	}, s.sql(`SELECT s.id, p.reason FROM subscribers s JOIN suppressions p ON p.email_norm = s.email_norm WHERE s.id {{in}}{{ids}}{{end}}`), asJSON(people))
	return out, err
}

// refuseLeft refuses those who are no longer confirmed on any list of the campaign.
func (s *Store) refuseLeft(db *gorm.DB, campaign int64, out []ledger.Work, at []int) error {
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
	confirmed := make(map[int64]int64, len(people))
	err := each(db, func(r *sql.Rows) error {
		var person, list int64
		err := r.Scan(&person, &list)
		confirmed[person] = list
		return err
	}, s.sql(`SELECT subscriber_id, MIN(list_id) FROM subscriptions WHERE subscriber_id {{in}}{{ids}}{{end}} AND list_id {{in}}{{ids}}{{end}} AND state = 'confirmed' GROUP BY subscriber_id`), asJSON(people), asJSON(lists))
	if err != nil {
		return err
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
