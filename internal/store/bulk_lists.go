package store

import (
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// batch does to the job's list what an import does to its.
func (w *bulkStep) batch(list int64, wording string) *importBatch {
	return &importBatch{s: w.s, tx: w.tx, now: w.now, o: ledger.Batch{Import: audience.Import{List: list, Wording: wording}, Source: w.source}}
}

// count moves a list's counters; a list that was deleted is a fault.
func (w *bulkStep) count(list, confirmed, pending int64) error {
	r := w.tx.Exec(`UPDATE lists SET confirmed = confirmed + ?, pending = pending + ? WHERE id = ? AND deleted_at IS NULL`, confirmed, pending, list)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.NotFound, noList)
	}
	return r.Error
}

// join puts people on the list. Who left it, who waits to confirm and whose address is suppressed stays where they are:
// only they themselves say yes again.
func (w *bulkStep) join(ids []int64) error {
	suppressed, err := w.s.suppressed(w.tx, ids)
	if err != nil {
		return err
	}
	places, err := w.places(ids)
	if err != nil {
		return err
	}
	var free []int64
	for _, id := range ids {
		_, never := suppressed[id]
		switch state := places[id]; {
		case state == audience.Confirmed:
			w.counts.Same++
		case never:
			w.counts.Suppressed++
		case state == audience.Unsubscribed:
			w.counts.Unsubscribed++
		case state == audience.Pending:
			w.counts.Pending++
		default:
			free = append(free, id)
		}
	}
	b := w.batch(w.b.List, w.b.Wording)
	var joined []int64
	if len(free) > 0 {
		if joined, err = b.join(&wanted{known: free}, audience.Confirmed); err != nil {
			return err
		}
	}
	w.counts.Changed += int64(len(joined))
	w.counts.Same += int64(len(free) - len(joined)) // somebody was faster
	if err := w.s.valueListed(w.tx, w.b.List, joined, 1); err != nil {
		return err
	}
	if err := b.prove(joined, true); err != nil {
		return err
	}
	if err := w.count(w.b.List, int64(len(joined)), 0); err != nil {
		return err
	}
	return w.remember(all(joined, ""))
}

// places are where people stand on the list; who is in the way of another transaction is waited for.
func (w *bulkStep) places(ids []int64) (map[int64]audience.State, error) {
	var rows []audience.Subscription
	err := w.tx.Raw(w.s.sql(`SELECT subscriber_id, state FROM subscriptions WHERE list_id = ? AND subscriber_id {{in}}{{ids}}{{end}} {{lock}}`), w.b.List, asJSON(ids)).Scan(&rows).Error
	on := map[int64]audience.State{}
	for _, r := range rows {
		on[r.SubscriberID] = r.State
	}
	return on, err
}

// leave takes people off the list.
func (w *bulkStep) leave(ids []int64) error {
	b := w.batch(w.b.List, w.b.Wording)
	left, err := b.move(ids, audience.Confirmed, audience.Unsubscribed)
	if err != nil {
		return err
	}
	waited, err := b.move(ids, audience.Pending, audience.Unsubscribed)
	if err != nil {
		return err
	}
	if err := w.s.valueListed(w.tx, w.b.List, left, -1); err != nil {
		return err
	}
	gone := append(left, waited...)
	w.counts.Changed += int64(len(gone))
	w.counts.Same += int64(len(ids) - len(gone))
	if err := b.prove(gone, false); err != nil {
		return err
	}
	if err := w.skip(gone); err != nil {
		return err
	}
	if err := w.count(w.b.List, -int64(len(left)), -int64(len(waited))); err != nil {
		return err
	}
	was := all(waited, string(audience.Pending))
	for _, id := range left {
		was[id] = string(audience.Confirmed)
	}
	return w.remember(was)
}

// skip leaves out letters that wait for people who may no longer get them.
func (w *bulkStep) skip(ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	waiting, err := w.numbers(`SELECT DISTINCT subscriber_id FROM deliveries WHERE subscriber_id {{in}}{{ids}}{{end}} AND state IN ('planned', 'queued', 'leased')`, asJSON(ids))
	if err != nil {
		return err
	}
	for _, id := range waiting {
		if err := w.s.skipIneligible(w.tx, id); err != nil {
			return err
		}
	}
	return nil
}

// suppress stops all mail to people who are not suppressed yet.
func (w *bulkStep) suppress(ids []int64) error {
	known, err := w.s.suppressed(w.tx, ids)
	if err != nil {
		return err
	}
	var fresh []int64
	for _, id := range ids {
		if _, is := known[id]; !is {
			fresh = append(fresh, id)
		}
	}
	err = w.tx.Exec(w.s.sql(`INSERT INTO suppressions (email_norm, reason, source, at) SELECT s.email_norm, CAST(? AS TEXT), CAST(? AS TEXT), ?{{time}} FROM subscribers s
		WHERE s.id {{in}}{{ids}}{{end}} ON CONFLICT (email_norm) DO NOTHING`), string(audience.Manual), w.source, w.now, jsonOf(fresh)).Error
	if err != nil {
		return err
	}
	w.counts.Changed += int64(len(fresh))
	w.counts.Same += int64(len(ids) - len(fresh))
	if err := w.skip(fresh); err != nil {
		return err
	}
	return w.remember(all(fresh, ""))
}
