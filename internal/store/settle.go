package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/ledger"
)

// sql fills in what differs between the databases.
func (s *Store) sql(statement string) string {
	return s.d.clauses.Replace(statement)
}

// Record is the ledger's group commit: it settles outcomes and begins hand-overs in one
// transaction, and returns which of the begun may really be handed over. One that was
// skipped, cancelled or paused meanwhile, or whose lease went to another, may not.
func (s *Store) Record(ctx context.Context, owner string, begin []int64, outcomes []ledger.Outcome) (begun map[int64]bool, err error) {
	err = s.txAgain(ctx, func(tx *gorm.DB) error { // deliveries first, runs last: everywhere in this order
		for _, o := range outcomes {
			if err := s.settle(tx, owner, o); err != nil {
				return err
			}
		}
		var err error
		if begun, err = s.begin(tx, owner, begin); err != nil {
			return err
		}
		if err := s.endCancelled(tx, outcomes); err != nil {
			return err
		}
		return s.count(tx, outcomes)
	})
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return begun, nil
}

func (s *Store) begin(tx *gorm.DB, owner string, ids []int64) (map[int64]bool, error) {
	begun := make(map[int64]bool, len(ids))
	if len(ids) == 0 {
		return begun, nil
	}
	var got []int64
	err := tx.Raw(`UPDATE deliveries SET state = 'sending', attempts = attempts + 1, lease_until = ?, updated_at = ?
		WHERE id IN ? AND state = 'leased' AND leased_by = ?
		  AND campaign_id IN (SELECT id FROM campaigns WHERE state IN ('running', 'finished')) RETURNING id`,
		s.now().Add(sendingTime), s.now(), ids, owner).Scan(&got).Error
	for _, id := range got {
		begun[id] = true
	}
	return begun, err
}

// settle writes one outcome, unless the row has gone to another owner or state meanwhile.
func (s *Store) settle(tx *gorm.DB, owner string, o ledger.Outcome) error {
	now := s.now()
	var sent *time.Time
	if o.State == ledger.Sent {
		sent = &now
	}
	if o.DueAt.IsZero() {
		o.DueAt = now
	}
	r := tx.Exec(`UPDATE deliveries SET state = ?, reason = ?, reply = ?, stage = ?, sent_at = ?, lease_until = NULL, updated_at = ?,
		attempts = attempts - CASE WHEN ? AND state = 'sending' THEN 1 ELSE 0 END, due_at = CASE WHEN ? = 'queued' THEN ? ELSE due_at END
		WHERE id = ? AND leased_by = ? AND state IN ('leased', 'sending')`,
		o.State, o.Reason, o.Reply, o.Stage, sent, now, o.Untried, o.State, o.DueAt.UTC(), o.DeliveryID, owner)
	if r.Error != nil {
		return fmt.Errorf("settle delivery %d: %w", o.DeliveryID, r.Error)
	}
	if r.RowsAffected == 0 {
		return nil
	}
	return s.settleCode(tx, o)
}

// endCancelled ends what would be tried again for a campaign that was cancelled meanwhile.
func (s *Store) endCancelled(tx *gorm.DB, outcomes []ledger.Outcome) error {
	var again []int64
	for _, o := range outcomes {
		if o.State == ledger.Queued {
			again = append(again, o.DeliveryID)
		}
	}
	if len(again) == 0 {
		return nil
	}
	return s.closeDeliveries(tx, ledger.Cancelled, cancelled, "d.id IN ? AND d.campaign_id IN (SELECT id FROM campaigns WHERE state = 'cancelled')", again)
}

// count adds the final outcomes to their runs' counters, run after run in their order, so
// that two senders never wait for each other.
func (s *Store) count(tx *gorm.DB, outcomes []ledger.Outcome) error {
	var ids []int64
	for _, o := range outcomes {
		if o.State.Final() {
			ids = append(ids, o.DeliveryID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []struct {
		RunID int64
		State ledger.State
		N     int64
	}
	err := tx.Raw(`SELECT run_id, state, COUNT(*) AS n FROM deliveries WHERE id IN ? AND counted = ? AND state IN ('sent', 'skipped', 'failed', 'unsure', 'cancelled')
		GROUP BY run_id, state ORDER BY run_id, state`, ids, false).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	err = tx.Exec(`UPDATE deliveries SET counted = ? WHERE id IN ? AND state IN ('sent', 'skipped', 'failed', 'unsure', 'cancelled')`, true, ids).Error
	for _, r := range rows {
		if err == nil {
			err = tx.Exec(`UPDATE runs SET `+string(r.State)+` = `+string(r.State)+` + ? WHERE id = ?`, r.N, r.RunID).Error
		}
	}
	return err
}

// Release gives leased deliveries back to the queue, untouched: an orderly stop.
func (s *Store) Release(ctx context.Context, owner string) error {
	return s.db.WithContext(ctx).Exec(`UPDATE deliveries SET state = 'queued', leased_by = '', lease_until = NULL WHERE state = 'leased' AND leased_by = ?`, owner).Error
}

// Recover takes back what a lost sender held when its lease has run out: leased letters
// were certainly not handed over, sending ones may have been.
func (s *Store) Recover(ctx context.Context) (unsure int, err error) {
	return s.recover(ctx, `lease_until <= ?`, s.now())
}

// RecoverAll takes back everything held, for the only process at its start.
func (s *Store) RecoverAll(ctx context.Context) (unsure int, err error) {
	return s.recover(ctx, `lease_until IS NOT NULL`)
}

func (s *Store) recover(ctx context.Context, where string, args ...any) (unsure int, err error) {
	err = s.tx(ctx, func(tx *gorm.DB) error {
		err := tx.Exec(`UPDATE deliveries SET state = 'queued', leased_by = '', lease_until = NULL WHERE state = 'leased' AND `+where, args...).Error
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.Raw(`UPDATE deliveries SET state = 'unsure', reason = 'stopped between hand-over and answer', stage = 'sending', lease_until = NULL, updated_at = ?
			WHERE state = 'sending' AND `+where+` RETURNING id`, append([]any{s.now()}, args...)...).Scan(&ids).Error
		if err != nil {
			return err
		}
		outcomes := make([]ledger.Outcome, len(ids))
		for i, id := range ids {
			outcomes[i] = ledger.Outcome{DeliveryID: id, State: ledger.Unsure}
			if err := s.settleCode(tx, outcomes[i]); err != nil {
				return err
			}
		}
		unsure = len(ids)
		return s.count(tx, outcomes)
	})
	return unsure, err
}
