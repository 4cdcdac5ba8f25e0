package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"

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
	WHERE {{resting}} = 'planned' AND due_at <= ? ORDER BY due_at LIMIT ?{{end}} AND state || '' = 'planned'`

// Promote turns up to n planned deliveries whose time has come into queued ones.
func (s *Store) Promote(ctx context.Context, n int) (int64, error) {
	r := s.db.WithContext(ctx).Exec(s.sql(promote), s.now(), n)
	return r.RowsAffected, r.Error
}

// queues are the campaigns that have something queued. It jumps from one to the next in the
// index.
const queues = `w(id) AS (
		SELECT MIN(campaign_id) FROM deliveries WHERE {{resting}} = 'queued'
		UNION ALL
		SELECT (SELECT MIN(d.campaign_id) FROM deliveries d WHERE d.{{resting}} = 'queued' AND d.campaign_id > w.id) FROM w WHERE w.id IS NOT NULL)`

// waiting are the campaigns that may send and have something due, those that answer an
// event first: nobody's order waits behind a newsletter. Neither a long queue nor a
// paused one costs anything.
const waiting = `
	WITH RECURSIVE ` + queues + `
	SELECT c.id FROM w JOIN campaigns c ON c.id = w.id
	 WHERE c.state IN ('running', 'finished')
	   AND (SELECT MIN(d.due_at) FROM deliveries d WHERE d.{{resting}} = 'queued' AND d.campaign_id = w.id) <= ?
	 ORDER BY CASE WHEN c.trigger_on = '' THEN 1 ELSE 0 END, c.id`

// lease hands up to n due deliveries of a campaign to one sender. The state is asked again
// outside: PostgreSQL rechecks only that line after waiting for a row. It stands there as an
// expression, or SQLite would look each row up in the index of the queued ones.
const lease = `
	UPDATE deliveries SET state = 'leased', leased_by = ?, lease_id = ?, updated_at = ?
	 WHERE id {{in}}SELECT d.id FROM deliveries d WHERE d.{{resting}} = 'queued' AND d.campaign_id = ? AND d.due_at <= ?
	              ORDER BY d.due_at, d.id LIMIT ? {{skip}}{{end}}
	   AND state || '' = 'queued'
	RETURNING id, run_id, campaign_id, enrolment_id, message_id, subscriber_id, attempts, due_at, tried_at, created_at, variant`

// Lease hands up to n due deliveries to the sender named owner, with all that their letters
// are made of, in no set order. Consent and suppression are asked again here: Refusal says
// why a letter must not be sent after all.
func (s *Store) Lease(ctx context.Context, owner string, n int) ([]ledger.Work, error) {
	db := s.db.WithContext(ctx) // whose pages are at hand: a reader's are stale after each commit
	var campaigns []int64
	if err := db.Raw(s.sql(waiting), s.now()).Scan(&campaigns).Error; err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	if len(campaigns) == 0 {
		return nil, nil
	}
	var id int64
	var rows []ledger.Delivery
	err := s.tx(ctx, func(tx *gorm.DB) (err error) {
		id, rows, err = s.lease(tx, owner, campaigns, n)
		return err
	})
	if errors.Is(err, errUndo) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	s.held.add(id, len(rows))
	return s.works(s.read.WithContext(ctx), rows)
}

// lease writes down one lease of some campaigns' letters; errUndo when others have taken them.
func (s *Store) lease(tx *gorm.DB, owner string, campaigns []int64, n int) (id int64, rows []ledger.Delivery, err error) {
	err = tx.Raw(`INSERT INTO leases (owner, until, deliveries, boot) VALUES (?, ?, '[]', ?) RETURNING id`, owner, s.now().Add(LeaseTime), s.boot()).Scan(&id).Error
	if err != nil {
		return 0, nil, err
	}
	for i, campaign := range campaigns {
		share := max((n-len(rows))/(len(campaigns)-i), 1) // what one leaves, the next may have
		if rows, err = s.leaseOf(tx, owner, id, campaign, share, rows); err != nil || len(rows) >= n {
			break
		}
	}
	if err == nil && len(rows) == 0 {
		err = errUndo
	}
	if err != nil {
		return 0, nil, err
	}
	ids := make([]int64, len(rows))
	for i, d := range rows {
		ids[i] = d.ID
	}
	return id, rows, tx.Exec(`UPDATE leases SET deliveries = ? WHERE id = ?`, asJSON(ids), id).Error
}

func (s *Store) leaseOf(tx *gorm.DB, owner string, id, campaign int64, n int, rows []ledger.Delivery) ([]ledger.Delivery, error) {
	now := s.now()
	err := each(tx, func(r *sql.Rows) error {
		var d ledger.Delivery
		err := r.Scan(&d.ID, &d.RunID, &d.CampaignID, &d.EnrolmentID, &d.MessageID, &d.SubscriberID, &d.Attempts, &d.DueAt, &d.TriedAt, &d.CreatedAt, &d.Variant)
		d.State = ledger.Leased
		rows = append(rows, d)
		return err
	}, s.sql(lease), owner, id, now, campaign, now, n)
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

// requeue gives what is leased of a batch back to the queue; doubt makes what is being handed
// over unsure. A lease ends when nothing of it is held.
const (
	ofLease = ` WHERE id {{in}}{{ids}}{{end}} AND lease_id = ?`
	requeue = `UPDATE deliveries SET state = 'queued', leased_by = '', lease_id = 0` + ofLease + ` AND state = 'leased'`
	doubt   = `UPDATE deliveries SET state = 'unsure', counted = ?, reason = 'stopped between hand-over and answer', stage = 'sending', updated_at = ?` +
		ofLease + ` AND state = 'sending' RETURNING id, run_id, enrolment_id, state`
	endLease = `DELETE FROM leases WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries` + ofLease + ` AND state IN ('leased', 'sending'))`
)

// Release gives leased deliveries back to the queue, untouched: an orderly stop.
func (s *Store) Release(ctx context.Context, owner string) error {
	_, err := s.recover(ctx, never, `owner = ?`, owner)
	return err
}

// Recover takes back what a lost sender held when its lease has run out: leased letters
// were certainly not handed over, sending ones may have been.
func (s *Store) Recover(ctx context.Context) (unsure int, err error) {
	return s.recover(ctx, s.now().Add(-sendingTime), `until <= ?`, s.now())
}

// RecoverAll takes back everything held, for the only process at its start.
func (s *Store) RecoverAll(ctx context.Context) (unsure int, err error) {
	leases, err := s.leases(ctx, `TRUE`)
	if err != nil {
		return 0, err
	}
	if err := s.takeAnswers(ctx, leases); err != nil {
		return 0, err
	}
	if unsure, err = s.recover(ctx, always, `TRUE`); err != nil {
		return unsure, err
	}
	return unsure, s.ForgetAnswers()
}

// Leases whose hand-overs are in doubt: none, and all.
var never, always = time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// heldLease is a lease as recover finds it.
type heldLease struct {
	ID         int64
	Until      time.Time
	Deliveries string
	Boot       string
}

func (s *Store) leases(ctx context.Context, where string, args ...any) (leases []heldLease, err error) {
	err = s.db.WithContext(ctx).Raw(`SELECT id, until, deliveries, boot FROM leases WHERE `+where+` ORDER BY id`, args...).Scan(&leases).Error
	if err != nil {
		err = fmt.Errorf("find leases: %w", err)
	}
	return leases, err
}

// recover takes back what is leased of the leases that match, and what is being handed over
// of those that ended by then.
func (s *Store) recover(ctx context.Context, ended time.Time, where string, args ...any) (unsure int, err error) {
	leases, err := s.leases(ctx, where, args...)
	if err != nil {
		return 0, err
	}
	for _, l := range leases {
		s.held.forget(l.ID)
		n := 0
		err := s.txAgain(ctx, func(tx *gorm.DB) (err error) {
			n, err = s.takeBack(tx, l, !l.Until.After(ended))
			return err
		})
		unsure += n
		if err != nil {
			return unsure, fmt.Errorf("take back a lease: %w", err)
		}
	}
	return unsure, nil
}

func (s *Store) takeBack(tx *gorm.DB, l heldLease, inDoubt bool) (unsure int, err error) {
	if err := tx.Exec(s.sql(requeue), l.Deliveries, l.ID).Error; err != nil {
		return 0, err
	}
	if inDoubt {
		var rows []settledRow
		if err := tx.Raw(s.sql(doubt), true, s.now(), l.Deliveries, l.ID).Scan(&rows).Error; err != nil {
			return 0, err
		}
		if err := s.account(tx, rows); err != nil {
			return 0, err
		}
		unsure = len(rows)
	}
	return unsure, tx.Exec(s.sql(endLease), l.ID, l.Deliveries, l.ID).Error
}

// held counts what is not settled of this process's leases, so that each can be ended with its
// last letter. What a process leaves, recover ends.
type held struct {
	mu   sync.Mutex
	left map[int64]int
}

func (h *held) add(lease int64, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.left == nil {
		h.left = map[int64]int{}
	}
	h.left[lease] = n
}

// settled counts rows that were written.
func (h *held) settled(rows []settledRow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range rows {
		if n, ours := h.left[r.LeaseID]; ours {
			h.left[r.LeaseID] = n - 1
		}
	}
}

// ended are the leases of which nothing is left.
func (h *held) ended() (ids []int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, n := range h.left {
		if n <= 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

func (h *held) forget(ids ...int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		delete(h.left, id)
	}
}
