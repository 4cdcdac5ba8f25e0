package store

import (
	"fmt"
	"slices"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// orders takes away the orders an import made, but those the shop has told of since, and those that letters went out for.
func (u *undo) orders(at *audience.UndoPoint, n int) error {
	var rows []orderRow
	err := u.tx.Raw(`SELECT id, subscriber_id, number FROM orders WHERE import_id = ? AND id > ? ORDER BY id LIMIT ?`, u.o.Job, at.After, n).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("orders of import %d: %w", u.o.Job, err)
	}
	if len(rows) < n {
		*at = audience.UndoPoint{Phase: audience.UndoPeople}
	} else {
		at.After = rows[len(rows)-1].ID
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var written []int64 // about
	if err := u.tx.Raw(u.s.sql(`SELECT DISTINCT order_id FROM enrolments WHERE order_id {{in}}{{ids}}{{end}}`), asJSON(ids)).Scan(&written).Error; err != nil {
		return err
	}
	var gone, buyers []int64
	for _, r := range rows {
		if slices.Contains(written, r.ID) {
			if err := u.left(r.SubscriberID, fault.New(fault.Conflict, "There are letters about the order “%s”: it stays.", audience.CleanName(r.Number))); err != nil {
				return err
			}
			continue
		}
		gone, buyers = append(gone, r.ID), append(buyers, r.SubscriberID)
	}
	if len(gone) == 0 {
		return nil
	}
	slices.Sort(buyers)
	buyers = slices.Compact(buyers)
	if err := u.s.holdCustomers(u.tx, buyers...); err != nil {
		return err
	}
	for _, query := range []string{`DELETE FROM events WHERE order_id {{in}}{{ids}}{{end}}`, `DELETE FROM order_items WHERE order_id {{in}}{{ids}}{{end}}`, `DELETE FROM orders WHERE id {{in}}{{ids}}{{end}}`} {
		if err := u.tx.Exec(u.s.sql(query), asJSON(gone)).Error; err != nil {
			return err
		}
	}
	u.counts.Orders += int64(len(gone))
	return u.revalue(buyers)
}

// traces are what shows that somebody is more than the import's: each query finds such among people, by their numbers.
var traces = []string{
	`SELECT id FROM subscribers WHERE id {{in}}{{ids}}{{end}} AND updated_at <> created_at`,
	`SELECT subscriber_id FROM orders WHERE subscriber_id {{in}}{{ids}}{{end}}`,
	`SELECT subscriber_id FROM events WHERE subscriber_id {{in}}{{ids}}{{end}}`,
	`SELECT subscriber_id FROM enrolments WHERE subscriber_id {{in}}{{ids}}{{end}}`,
	`SELECT subscriber_id FROM deliveries WHERE subscriber_id {{in}}{{ids}}{{end}}`,
	`SELECT subscriber_id FROM responses WHERE subscriber_id {{in}}{{ids}}{{end}}`,
}

// people takes away whom the import made. Who has done or received anything since stays, and so does who left a list, so
// that nobody puts them on it again; but the places on the list that the import gave them are taken away.
func (u *undo) people(at *audience.UndoPoint, n int) error {
	var ids []int64
	err := u.tx.Raw(`SELECT id FROM subscribers WHERE id > ? AND source = ? ORDER BY id LIMIT ?`, at.After, u.o.Source, n).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("people of import %d: %w", u.o.Job, err)
	}
	if len(ids) < n {
		*at = audience.UndoPoint{Phase: audience.UndoOver}
	} else {
		at.After = ids[len(ids)-1]
	}
	if len(ids) == 0 {
		return nil
	}
	if err := u.s.holdCustomers(u.tx, ids...); err != nil {
		return err
	}
	if err := u.onLists(); err != nil {
		return err
	}
	stay := map[int64]*fault.Error{}
	for _, query := range traces {
		if err := u.find(stay, fault.New(fault.Conflict, "There is more of this person since: they stay."), query, ids); err != nil {
			return err
		}
	}
	if err := u.find(stay, fault.New(fault.Conflict, "This person left a list: that stays known."), `SELECT subscriber_id FROM subscriptions WHERE subscriber_id {{in}}{{ids}}{{end}} AND state = 'unsubscribed'`, ids); err != nil {
		return err
	}
	if err := u.find(stay, fault.New(fault.Conflict, "This person has agreed by themselves since: they stay."), `SELECT c.subscriber_id FROM consents c WHERE c.subscriber_id {{in}}{{ids}}{{end}} AND c.given AND c.source <> ?`, ids, u.o.Source); err != nil {
		return err
	}
	var gone []int64
	for _, id := range ids {
		if stay[id] == nil {
			gone = append(gone, id)
			continue
		}
		if err := u.ungive(id); err != nil {
			return err
		}
		if err := u.left(id, stay[id]); err != nil {
			return err
		}
	}
	u.counts.Removed += int64(len(gone))
	return u.remove(gone)
}

func (u *undo) find(into map[int64]*fault.Error, why *fault.Error, query string, ids []int64, more ...any) error {
	var found []int64
	if err := u.tx.Raw(u.s.sql(query), append([]any{asJSON(ids)}, more...)...).Scan(&found).Error; err != nil {
		return fmt.Errorf("traces of people: %w", err)
	}
	for _, id := range found {
		into[id] = why
	}
	return nil
}

// ungive takes the places on the import's lists from somebody it made.
func (u *undo) ungive(id int64) error {
	for _, list := range u.lists {
		if err := u.ungiveOn(list, id); err != nil {
			return err
		}
	}
	return nil
}

// ungiveOn takes a place from somebody, unless it is their own by now.
func (u *undo) ungiveOn(list, id int64) error {
	now, err := u.stands(list, id)
	if err != nil || now == "" || now == audience.Unsubscribed {
		return err
	}
	own, err := u.agreed(list, id)
	if err != nil || own {
		return err
	}
	u.counts.Places++
	return u.move(list, id, now, "")
}

// onLists are the lists the import put people on, but those that are deleted.
func (u *undo) onLists() error {
	if u.o.List != 0 {
		u.lists = []int64{u.o.List}
	}
	for _, label := range u.o.PlaceColumns() {
		var ids []int64
		if err := u.tx.Raw(`SELECT id FROM lists WHERE label = ? AND deleted_at IS NULL AND id <> ?`, label, u.o.List).Scan(&ids).Error; err != nil {
			return fmt.Errorf("lists of import %d: %w", u.o.Job, err)
		}
		u.lists = append(u.lists, ids...)
	}
	return nil
}

// remove takes people away with all that is theirs, and their places from the lists' counts.
func (u *undo) remove(ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	var places []struct {
		ListID int64
		State  audience.State
		N      int64
	}
	err := u.tx.Raw(u.s.sql(`SELECT list_id, state, COUNT(*) AS n FROM subscriptions WHERE subscriber_id {{in}}{{ids}}{{end}} GROUP BY list_id, state ORDER BY list_id, state`), asJSON(ids)).Scan(&places).Error
	if err != nil {
		return err
	}
	for _, p := range places {
		column := map[audience.State]string{audience.Confirmed: "confirmed", audience.Pending: "pending"}[p.State]
		if column == "" {
			continue
		}
		if err := u.tx.Exec(`UPDATE lists SET `+column+` = `+column+` - ? WHERE id = ?`, p.N, p.ListID).Error; err != nil {
			return err
		}
	}
	if err := u.tx.Exec(u.s.sql(`DELETE FROM subscribers WHERE id {{in}}{{ids}}{{end}}`), asJSON(ids)).Error; err != nil {
		return fmt.Errorf("take people away: %w", err)
	}
	return nil
}
