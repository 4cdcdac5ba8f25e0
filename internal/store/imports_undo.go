package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// UndoDays is how long an import can be undone.
const UndoDays = 7

// UndoImport lets an import that is over be taken back: its worker does it, a step at a time. One that only counted, that
// goes on, or that is older than UndoDays is a Conflict.
func (s *Store) UndoImport(ctx context.Context, id int64, params string) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE jobs SET state = ?, params = ?, done = 0, total = 0, error = '', started_at = NULL, finished_at = NULL, lease_until = NULL
		WHERE id = ? AND kind = ? AND state IN ? AND finished_at > ?`, ledger.JobQueued, params, id, ledger.ImportJob,
		[]string{ledger.JobFinished, ledger.JobFailed, ledger.JobStopped}, s.now().AddDate(0, 0, -UndoDays))
	if r.Error != nil || r.RowsAffected > 0 {
		return r.Error
	}
	if _, err := s.Job(ctx, id); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "Only an import that is over can be undone, and for %d days.", UndoDays)
}

// undo is one step of taking an import back.
type undo struct {
	importBatch
	counts audience.UndoCounts
	lists  []int64 // on which the import put people
}

// UndoStep takes back up to n of the things an import did: first what it changed, the newest first, then the orders and the
// people it made. What was changed since stays, and is named among the faults; who has left or is suppressed stays so. after is
// how far the step before was; the result's At is how far this one was.
func (s *Store) UndoStep(ctx context.Context, after audience.UndoPoint, n int, o ledger.Batch) (r audience.ImportResult, err error) {
	err = again(func() error {
		return s.stepTx(ctx, func(tx *gorm.DB) (err error) {
			u := undo{importBatch: importBatch{s: s, tx: tx, o: o, now: s.now()}}
			at := after
			switch after.Phase {
			case audience.UndoChanges:
				err = u.changes(&at, n)
			case audience.UndoOrders:
				err = u.orders(&at, n)
			case audience.UndoPeople:
				err = u.people(&at, n)
			}
			if err != nil {
				return err
			}
			u.result.Undone, u.result.At = u.counts, at
			r = u.result
			return u.settle()
		})
	})
	return r, err
}

// left names what stays, and why.
func (u *undo) left(id int64, why *fault.Error) error {
	u.counts.Left++
	var email string
	if err := u.tx.Raw(`SELECT email FROM subscribers WHERE id = ?`, id).Scan(&email).Error; err != nil {
		return err
	}
	u.refuse(0, email, why)
	return nil
}

// changes puts back what was there before.
func (u *undo) changes(at *audience.UndoPoint, n int) error {
	var rows []change
	if err := u.tx.Raw(`SELECT * FROM import_changes WHERE job_id = ? ORDER BY id DESC LIMIT ?`, u.o.Job, n).Scan(&rows).Error; err != nil {
		return fmt.Errorf("changes of import %d: %w", u.o.Job, err)
	}
	if len(rows) < n {
		*at = audience.UndoPoint{Phase: audience.UndoOrders}
	}
	var ids, buyers []int64
	for _, c := range rows {
		ids = append(ids, c.SubscriberID)
	}
	slices.Sort(ids)
	if err := u.s.holdCustomers(u.tx, slices.Compact(ids)...); err != nil {
		return err
	}
	for _, c := range rows {
		var err error
		switch c.Kind {
		case changedPerson:
			err = u.person(c)
		case changedPlace:
			err = u.place(c)
		case changedOrder:
			buyers = append(buyers, c.SubscriberID)
			err = u.order(c)
		}
		if err == nil {
			err = u.tx.Exec(`DELETE FROM import_changes WHERE id = ?`, c.ID).Error
		}
		if err != nil {
			return fmt.Errorf("undo change %d: %w", c.ID, err)
		}
	}
	slices.Sort(buyers)
	return u.revalue(slices.Compact(buyers))
}

func (u *undo) revalue(ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	return u.s.revalue(u.tx, ids...)
}

// person puts a person's fields back, each that is still as the import left it.
func (u *undo) person(c change) error {
	var r subscriberRow
	if err := u.tx.First(&r, c.SubscriberID).Error; err != nil {
		return err
	}
	was, became := map[string]string{}, map[string]string{}
	for text, into := range map[string]*map[string]string{c.Was: &was, c.Became: &became} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return err
		}
	}
	now, kept := fieldsOf(r), 0
	fields := maps.Clone(was)
	maps.Copy(fields, became)
	attributesNow := r.subscriber().Attributes
	set := map[string]*string{"email": &r.Email, "first_name": &r.FirstName, "last_name": &r.LastName, "lang": &r.Lang, "zone": &r.Zone}
	for field := range fields {
		switch {
		case now[field] != became[field]:
			kept++
		case set[field] != nil:
			*set[field] = was[field]
		default:
			putBack(attributesNow, field, was)
		}
	}
	r.Attributes = audience.PackAttributes(attributesNow)
	if kept < len(fields) {
		u.counts.Restored++
	}
	err := u.tx.Exec(`UPDATE subscribers SET email = ?, first_name = ?, last_name = ?, lang = ?, zone = ?, attributes = ?, updated_at = ? WHERE id = ?`,
		r.Email, r.FirstName, r.LastName, r.Lang, r.Zone, r.Attributes, u.now, r.ID).Error
	if err == nil && kept > 0 {
		err = u.left(r.ID, fault.New(fault.Conflict, "What was changed since stays."))
	}
	return err
}

func putBack(all map[string]string, field string, was map[string]string) {
	key := field[len("attributes."):]
	if value, had := was[field]; had {
		all[key] = value
	} else {
		delete(all, key)
	}
}

// place gives somebody the place on the list that they had before. Who left in the meantime, or by the file itself, stays out.
func (u *undo) place(c change) error {
	now, err := u.stands(c.Ref, c.SubscriberID)
	if err != nil || now == "" {
		return err
	}
	switch own, err := u.agreed(c.Ref, c.SubscriberID); {
	case err != nil:
		return err
	case now == audience.Unsubscribed:
		return u.left(c.SubscriberID, fault.New(fault.Conflict, "This person left the list and is not put back on it."))
	case string(now) != c.Became || own:
		return u.left(c.SubscriberID, fault.New(fault.Conflict, "What was changed since stays."))
	}
	u.counts.Places++
	return u.move(c.Ref, c.SubscriberID, now, audience.State(c.Was))
}

func (u *undo) stands(list, subscriber int64) (state audience.State, err error) {
	err = u.tx.Raw(`SELECT state FROM subscriptions WHERE list_id = ? AND subscriber_id = ?`, list, subscriber).Scan(&state).Error
	return state, err
}

// agreed reports whether somebody has agreed to a list by themselves, besides what the import said.
func (u *undo) agreed(list, subscriber int64) (bool, error) {
	var n int64
	err := u.tx.Raw(`SELECT COUNT(*) FROM consents WHERE list_id = ? AND subscriber_id = ? AND given = ? AND source <> ?
		AND id > COALESCE((SELECT MAX(id) FROM consents WHERE list_id = ? AND subscriber_id = ? AND source = ?), 0)`,
		list, subscriber, true, u.o.Source, list, subscriber, u.o.Source).Scan(&n).Error
	return n > 0, err
}

// move changes a place, or takes it away ("" is none), with the list's counts, its value and the proof that it ended.
func (u *undo) move(list, subscriber int64, from, to audience.State) error {
	counts := map[audience.State]int{from: -1, to: 1}
	if from == audience.Confirmed {
		if err := u.s.valueListed(u.tx, list, []int64{subscriber}, -1); err != nil {
			return err
		}
	}
	var err error
	if to == "" {
		err = u.tx.Exec(`DELETE FROM subscriptions WHERE list_id = ? AND subscriber_id = ?`, list, subscriber).Error
	} else {
		err = u.tx.Exec(`UPDATE subscriptions SET state = ?, updated_at = ? WHERE list_id = ? AND subscriber_id = ?`, to, u.now, list, subscriber).Error
	}
	if err == nil {
		err = u.tx.Exec(`UPDATE lists SET confirmed = confirmed + ?, pending = pending + ? WHERE id = ?`, counts[audience.Confirmed], counts[audience.Pending], list).Error
	}
	if err != nil || from != audience.Confirmed {
		return err
	}
	if err := u.tx.Exec(`INSERT INTO consents (subscriber_id, list_id, given, source, wording, address, at) VALUES (?, ?, ?, ?, ?, '', ?)`,
		subscriber, list, false, "undo of "+u.o.Source, u.o.Wording, u.now).Error; err != nil {
		return err
	}
	return u.s.skipIneligible(u.tx, subscriber)
}

// order puts an order back as it was, unless the shop has told of it since.
func (u *undo) order(c change) error {
	var was wasOrder
	if err := json.Unmarshal([]byte(c.Was), &was); err != nil {
		return err
	}
	items, err := json.Marshal(was.Items)
	if err != nil {
		return err
	}
	var kept []orderRow // whose it is now: people may have been merged since
	err = u.tx.Raw(`UPDATE orders SET state = ?, currency = ?, total_cents = ?, refunded_cents = ?, channel = ?, coupon = ?, country = ?, items = ?, updated_at = ?, import_id = ? WHERE id = ? AND import_id = ? RETURNING subscriber_id, placed_at`,
		was.State, was.Currency, was.TotalCents, was.RefundedCents, was.Channel, was.Coupon, was.Country, string(items), was.UpdatedAt.UTC(), was.By, c.Ref, u.o.Job).Scan(&kept).Error
	if err != nil {
		return err
	}
	if len(kept) == 0 {
		return u.left(c.SubscriberID, fault.New(fault.Conflict, "The shop has told of the order “%s” since: it stays.", audience.CleanName(was.Number)))
	}
	u.counts.OrdersRestored++
	if err := u.tx.Exec(`DELETE FROM order_items WHERE order_id = ?`, c.Ref).Error; err != nil {
		return err
	}
	o := was.Order
	o.ID, o.SubscriberID, o.PlacedAt = c.Ref, kept[0].SubscriberID, kept[0].PlacedAt
	b := orderBatch{importBatch: u.importBatch, order: []*toldOrder{{Order: o}}}
	return b.lines()
}
