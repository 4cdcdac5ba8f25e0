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

// LeaseTime is how long a sender may hold a delivery before it is taken back, though its
// process lives: longer than a batch takes at a slow pace. What a lost process held comes
// back much sooner, see LostAfter.
const LeaseTime = time.Hour

// sendingTime is how long after its lease a hand-over counts as lost: longer than the
// longest wait for a server's answer.
const sendingTime = 40 * time.Minute

const promote = `UPDATE deliveries SET state = 'queued' WHERE id {{in}}SELECT id FROM deliveries
	WHERE state = 'planned' AND due_at <= ? ORDER BY due_at LIMIT ?{{end}} AND state || '' = 'planned'`

// Promote turns up to n planned deliveries whose time has come into queued ones.
func (s *Store) Promote(ctx context.Context, n int) (int64, error) {
	r := s.db.WithContext(ctx).Exec(s.sql(promote), s.now(), n)
	return r.RowsAffected, r.Error
}

// queues are the campaigns that have something queued. It jumps from one to the next in the
// index.
const queues = `w(id) AS (
		SELECT MIN(campaign_id) FROM deliveries WHERE state = 'queued'
		UNION ALL
		SELECT (SELECT MIN(d.campaign_id) FROM deliveries d WHERE d.state = 'queued' AND d.campaign_id > w.id) FROM w WHERE w.id IS NOT NULL)`

// waiting are the campaigns that may send and have something due, those that answer an
// event first: nobody's order waits behind a newsletter. Neither a long queue nor a
// paused one costs anything.
const waiting = `
	WITH RECURSIVE ` + queues + `
	SELECT c.id FROM w JOIN campaigns c ON c.id = w.id
	 WHERE c.state IN ('running', 'finished')
	   AND (SELECT MIN(d.due_at) FROM deliveries d WHERE d.state = 'queued' AND d.campaign_id = w.id) <= ?
	 ORDER BY CASE WHEN c.trigger_on = '' THEN 1 ELSE 0 END, c.id`

// lease hands up to n due deliveries of a campaign to one sender. The state is asked again
// outside: PostgreSQL rechecks only that line after waiting for a row. It stands there as an
// expression, or it would look each row up in the index of the queued ones, end to end.
const lease = `
	UPDATE deliveries SET state = 'leased', leased_by = ?, lease_until = ?, updated_at = ?
	 WHERE id {{in}}SELECT d.id FROM deliveries d WHERE d.state = 'queued' AND d.campaign_id = ? AND d.due_at <= ?
	              ORDER BY d.due_at, d.id LIMIT ? {{skip}}{{end}}
	   AND state || '' = 'queued'
	RETURNING id, run_id, campaign_id, enrolment_id, message_id, subscriber_id, attempts, due_at, tried_at, created_at`

// Lease hands up to n due deliveries to the sender named owner, with all that their letters
// are made of, in no set order. Consent and suppression are asked again here: Refusal says
// why a letter must not be sent after all.
func (s *Store) Lease(ctx context.Context, owner string, n int) ([]ledger.Work, error) {
	db := s.db.WithContext(ctx)
	var campaigns []int64
	if err := db.Raw(waiting, s.now()).Scan(&campaigns).Error; err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	var rows []ledger.Delivery
	for i, id := range campaigns {
		share := max((n-len(rows))/(len(campaigns)-i), 1) // what one leaves, the next may have
		more, err := s.lease(db, owner, id, share)
		if err != nil {
			return nil, fmt.Errorf("lease: %w", err)
		}
		if rows = append(rows, more...); len(rows) >= n {
			break
		}
	}
	return s.works(db, rows)
}

func (s *Store) lease(db *gorm.DB, owner string, campaign int64, n int) (rows []ledger.Delivery, err error) {
	now := s.now()
	err = each(db, func(r *sql.Rows) error {
		var d ledger.Delivery
		err := r.Scan(&d.ID, &d.RunID, &d.CampaignID, &d.EnrolmentID, &d.MessageID, &d.SubscriberID, &d.Attempts, &d.DueAt, &d.TriedAt, &d.CreatedAt)
		d.State = ledger.Leased
		rows = append(rows, d)
		return err
	}, s.sql(lease), owner, now.Add(LeaseTime), now, campaign, now, n)
	return rows, err
}

// each reads a query's rows one by one: GORM's own way costs several times as much.
func each(db *gorm.DB, read func(*sql.Rows) error, query string, args ...any) error {
	rows, err := db.Raw(query, args...).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
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
