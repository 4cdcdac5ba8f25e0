package store

import (
	"encoding/json"
	"fmt"
	"strings"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// undo takes back what another job did to people, where nobody changed it since.
func (w *bulkStep) undo(ids []int64) error {
	var of ledger.Job
	if err := w.tx.Table("jobs").Where("id = ?", w.b.Undoes).Take(&of).Error; err != nil {
		return err
	}
	var b audience.Bulk
	if err := json.Unmarshal([]byte(of.Params), &b); err != nil {
		return fmt.Errorf("params of job %d: %w", of.ID, err)
	}
	var rows []struct {
		SubscriberID int64
		Was          string
	}
	err := w.tx.Raw(w.s.sql(`SELECT subscriber_id, was FROM bulk_people WHERE job_id = ? AND subscriber_id {{in}}{{ids}}{{end}}`), of.ID, asJSON(ids)).Scan(&rows).Error
	if err != nil {
		return err
	}
	was := map[int64]string{}
	for _, r := range rows {
		was[r.SubscriberID] = r.Was
	}
	back, err := w.back(of, b, ids, was)
	w.counts.Changed += back
	w.counts.Since += int64(len(ids)) - back
	return err
}

func (w *bulkStep) back(of ledger.Job, b audience.Bulk, ids []int64, was map[int64]string) (int64, error) {
	switch {
	case b.Do == audience.BulkJoin:
		return w.unjoin(of, b, ids)
	case b.Do == audience.BulkLeave:
		ids, err := w.handOver(of, b, ids, was)
		if err != nil {
			return 0, err
		}
		confirmed, err := w.rejoin(b.List, ids, was, audience.Confirmed)
		if err != nil {
			return 0, err
		}
		pending, err := w.rejoin(b.List, ids, was, audience.Pending)
		return confirmed + pending, err
	case b.Do == audience.BulkSuppress:
		ids, err := w.handOver(of, b, ids, was)
		if err != nil {
			return 0, err
		}
		r := w.tx.Exec(w.s.sql(`DELETE FROM suppressions WHERE reason = ? AND source = ? AND email_norm IN (SELECT s.email_norm FROM subscribers s WHERE s.id {{in}}{{ids}}{{end}})`),
			audience.Manual, bulkSource(of.ID), asJSON(ids))
		return r.RowsAffected, r.Error
	}
	return w.unchange(b, ids, was)
}

// unjoin takes off the list whom the job put there, but for those who said yes themselves since.
func (w *bulkStep) unjoin(of ledger.Job, b audience.Bulk, ids []int64) (int64, error) {
	source := bulkSource(of.ID)
	gone, err := w.numbers(`DELETE FROM subscriptions WHERE list_id = ? AND state = 'confirmed' AND subscriber_id {{in}}{{ids}}{{end}}
		AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.subscriber_id = subscriptions.subscriber_id AND c.list_id = subscriptions.list_id AND c.given AND c.source <> ? AND c.at >= ?{{time}})
		RETURNING subscriber_id`, b.List, asJSON(ids), source, of.CreatedAt.UTC())
	if err != nil {
		return 0, err
	}
	if err := w.s.valueListed(w.tx, b.List, gone, -1); err != nil {
		return 0, err
	}
	if err := w.batch(b.List, w.b.Wording).prove(gone, false); err != nil {
		return 0, err
	}
	if err := w.skip(gone); err != nil {
		return 0, err
	}
	return int64(len(gone)), w.count(b.List, -int64(len(gone)), 0)
}

// rejoin gives those back their place on the list who had it. Who left themselves is not among them (refuse).
func (w *bulkStep) rejoin(list int64, ids []int64, was map[int64]string, state audience.State) (int64, error) {
	var some []int64
	for _, id := range ids {
		if was[id] == string(state) {
			some = append(some, id)
		}
	}
	b := w.batch(list, w.b.Wording)
	back, err := b.move(some, audience.Unsubscribed, state)
	if err != nil || len(back) == 0 {
		return 0, err
	}
	if state == audience.Pending {
		return int64(len(back)), w.count(list, 0, int64(len(back)))
	}
	if err := w.s.valueListed(w.tx, list, back, 1); err != nil {
		return 0, err
	}
	if err := b.prove(back, true); err != nil {
		return 0, err
	}
	return int64(len(back)), w.count(list, int64(len(back)), 0)
}

func (w *bulkStep) unchange(b audience.Bulk, ids []int64, was map[int64]string) (back int64, err error) {
	rows, err := w.people(ids)
	if err != nil {
		return 0, err
	}
	made := map[int64]string{}
	for _, r := range rows {
		values := r.subscriber().Attributes
		now := values[b.Attribute]
		if value := b.Back(strings.TrimPrefix(was[r.ID], "="), now); value != now {
			made[r.ID] = withValue(values, b.Attribute, value)
		}
	}
	return int64(len(made)), w.write(made)
}
