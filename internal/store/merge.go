package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// MergeUndo is how long two people who were merged can be parted again: so long what is needed for it is kept.
const MergeUndo = 30 * 24 * time.Hour

const (
	mergedMark   = "#merged:" // ends the occasion of an enrolment that doubles one of the person it came to; its number follows
	mergedReason = "the same letter goes to this person already, who was two before"
)

// mergeRecord is what parting two people again needs.
type mergeRecord struct {
	Kept, Gone       personRecord
	Made             subscriberRow // the kept person after the merge: what was changed since stays
	Moved            map[string][]int64
	Reports          []string                 // report keys
	Verdicts         []string                 // of unproven reports
	Former           []string                 // addresses that led to the gone one
	Renamed, Doubled []int64                  // enrolments whose occasion was changed
	Events           []int64                  // events whose occasion was changed
	Bulk             []bulkRow                // what jobs in bulk know of the gone one: undoing them is not about the one person
	Refused          []bulkRow                // what such jobs would have brought the kept one back to, and the gone one has left
	Skipped          []int64                  // deliveries that were skipped for being there twice
	States           map[int64]audience.State // the kept person's places after the merge
	Suppressed       *audience.Suppression    // what the merge did to the kept address
	Free             *audience.Suppression    // what stood there before; nil for nothing
}

// bulkRow is a person of a job in bulk.
type bulkRow struct {
	JobID int64
	Mail  bool
	Was   *string
}

// personRecord is one of the two as they were.
type personRecord struct {
	Row    subscriberRow
	Places []audience.Subscription
	Asked  *time.Time // for a confirmation
	// The latest open and click by a human.
	Opened, Clicked *time.Time
}

// Merge makes two people one, and returns the number under which that can be undone. All history goes to the one that is
// kept. The stricter state wins: who left a list, or asked for no more mail, with either address, has left with both. A
// bounce says something of its address alone. A letter that the other one got in the same run, or is about to get, is
// not sent again. While a letter to either is leaving it is a Conflict.
func (s *Store) Merge(ctx context.Context, m audience.Merge) (id int64, err error) {
	if err := m.Validate(); err != nil {
		return 0, err
	}
	err = s.txAgain(ctx, func(tx *gorm.DB) error {
		w := merging{s: s, tx: tx, m: m, now: s.now(), record: mergeRecord{Moved: map[string][]int64{}, States: map[int64]audience.State{}}}
		for _, step := range []func() error{w.look, w.leave, w.skipTwice, w.move, w.moveFew, w.settle} {
			if err := step(); err != nil {
				return fmt.Errorf("merge %d into %d: %w", m.Gone, m.Keep, err)
			}
		}
		text, err := json.Marshal(w.record)
		if err != nil {
			return err
		}
		return tx.Raw(`INSERT INTO merges (kept_id, gone_id, at, record) VALUES (?, ?, ?, ?) RETURNING id`, m.Keep, m.Gone, w.now, string(text)).Scan(&id).Error
	})
	return id, err
}

// merging is one merge under way.
type merging struct {
	s      *Store
	tx     *gorm.DB
	m      audience.Merge
	now    time.Time
	record mergeRecord
}

// look reads both as they are.
func (w *merging) look() error {
	if err := w.s.holdCustomers(w.tx, w.m.Keep, w.m.Gone); err != nil {
		return err
	}
	for id, p := range map[int64]*personRecord{w.m.Keep: &w.record.Kept, w.m.Gone: &w.record.Gone} {
		if err := w.tx.First(&p.Row, id).Error; err != nil {
			return notFound(err, noSubscriber)
		}
		if err := w.tx.Table("subscriptions").Where("subscriber_id = ?", id).Order("list_id").Find(&p.Places).Error; err != nil {
			return err
		}
		var asked []time.Time
		if err := w.tx.Raw(`SELECT asked_at FROM confirmations WHERE subscriber_id = ?`, id).Scan(&asked).Error; err != nil {
			return err
		}
		if len(asked) > 0 {
			p.Asked = &asked[0]
		}
		var seen struct{ LastOpenAt, LastClickAt *time.Time }
		if err := w.tx.Raw(`SELECT last_open_at, last_click_at FROM subscriber_latest WHERE subscriber_id = ?`, id).Scan(&seen).Error; err != nil {
			return err
		}
		p.Opened, p.Clicked = seen.LastOpenAt, seen.LastClickAt
	}
	return w.s.still(w.tx, w.m.Keep, w.m.Gone)
}

// leave takes the one off all lists and gives the other the stricter place on each.
func (w *merging) leave() error {
	has := map[int64]audience.State{}
	for _, y := range w.record.Kept.Places {
		has[y.ListID] = y.State
	}
	for _, y := range w.record.Gone.Places {
		if err := w.s.replace(w.tx, y.ListID, w.m.Gone, ""); err != nil {
			return err
		}
		old := has[y.ListID]
		has[y.ListID] = audience.Stricter(old, y.State)
		if has[y.ListID] == old {
			continue
		}
		if err := w.s.replaceAt(w.tx, y.ListID, w.m.Keep, has[y.ListID], y.CreatedAt); err != nil {
			return err
		}
	}
	w.record.States = has
	return w.s.unvalue(w.tx, w.m.Gone)
}

// replaceAt is replace for a place that somebody has had since a moment.
func (s *Store) replaceAt(tx *gorm.DB, list, subscriber int64, state audience.State, since time.Time) error {
	if err := s.replace(tx, list, subscriber, state); err != nil {
		return err
	}
	return tx.Exec(`UPDATE subscriptions SET created_at = ? WHERE list_id = ? AND subscriber_id = ? AND created_at > ?`, since.UTC(), list, subscriber, since.UTC()).Error
}

// twice asks for waiting letters of one of the two that the other has, or will get: of the same message and run, unless each
// is about an order of its own. ? are the one and the other.
const twice = `SELECT d.id, d.enrolment_id FROM deliveries d JOIN enrolments e ON e.id = d.enrolment_id
	JOIN deliveries o ON o.run_id = d.run_id AND o.message_id = d.message_id JOIN enrolments f ON f.id = o.enrolment_id
	WHERE d.subscriber_id = ? AND o.subscriber_id = ? AND d.state IN ('planned', 'queued') AND o.state IN (`

// skipTwice skips letters that the one person would get twice. Who is kept keeps theirs, unless the other has had it.
func (w *merging) skipTwice() error {
	const about = `) AND NOT (e.order_id <> 0 AND f.order_id <> 0 AND e.order_id <> f.order_id)`
	for _, ask := range []struct {
		sql        string
		one, other int64
	}{
		{twice + `'sent', 'unsure'` + about, w.m.Keep, w.m.Gone},
		{twice + `'planned', 'queued', 'sent', 'unsure'` + about, w.m.Gone, w.m.Keep},
	} {
		var rows []struct{ ID, EnrolmentID int64 }
		if err := w.tx.Raw(ask.sql, ask.one, ask.other).Scan(&rows).Error; err != nil {
			return err
		}
		ids := make([]int64, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		if len(ids) == 0 {
			continue
		}
		w.record.Skipped = append(w.record.Skipped, ids...)
		if err := w.s.closeDeliveries(w.tx, ledger.Skipped, mergedReason, "d.id IN ?", ids); err != nil {
			return err
		}
	}
	return nil
}

// move gives all history to the one who is kept. What names the gone one's number is renamed first, where that is free: so
// that an event that is told again stays known, and an enrolment is not made twice.
func (w *merging) move() (err error) {
	own, other := fmt.Sprintf("%d:", w.m.Gone), fmt.Sprintf("%d:", w.m.Keep)
	ownList, otherList := ":"+strings.TrimSuffix(own, ":"), ":"+strings.TrimSuffix(other, ":")
	const key, place = `CAST(? AS TEXT) || substr(x.occasion, ?)`, `substr(x.occasion, 1, length(x.occasion) - ?) || CAST(? AS TEXT)`
	for _, r := range []struct {
		into *[]int64
		sql  string
	}{
		{&w.record.Events, `UPDATE events AS x SET occasion = {{new}} WHERE x.subscriber_id = ? AND x.occasion LIKE ? AND NOT EXISTS (SELECT 1 FROM events y WHERE y.name = x.name AND y.occasion = {{new}}) RETURNING id`},
		{&w.record.Renamed, `UPDATE enrolments AS x SET occasion = {{new}} WHERE x.subscriber_id = ? AND x.occasion LIKE ? RETURNING id`},
	} {
		for _, how := range []struct {
			new, like string
			args      []any
		}{{key, own + "%", []any{other, len(own) + 1}}, {place, "list:%" + ownList, []any{len(ownList), otherList}}} {
			args := slices.Concat(how.args, []any{w.m.Gone, how.like})
			if strings.Count(r.sql, "{{new}}") > 1 {
				args = append(args, how.args...)
			}
			var ids []int64
			if err := w.tx.Raw(strings.ReplaceAll(r.sql, "{{new}}", how.new), args...).Scan(&ids).Error; err != nil {
				return err
			}
			*r.into = append(*r.into, ids...)
		}
	}
	// Whoever is in a run already, and not for an order of their own, is in it once: the other enrolment is marked.
	err = w.tx.Raw(`UPDATE enrolments AS x SET occasion = x.occasion || '`+mergedMark+`' || CAST(x.id AS TEXT) WHERE x.subscriber_id = ? AND EXISTS (SELECT 1 FROM enrolments y
		WHERE y.subscriber_id = ? AND y.run_id = x.run_id AND NOT (x.order_id <> 0 AND y.order_id <> 0 AND x.order_id <> y.order_id)) RETURNING id`, w.m.Gone, w.m.Keep).Scan(&w.record.Doubled).Error
	if err != nil {
		return err
	}
	for _, table := range []string{"enrolments", "deliveries", "events", "orders", "consents", "alerts"} {
		var ids []int64
		if err := w.tx.Raw(`UPDATE `+table+` SET subscriber_id = ? WHERE subscriber_id = ? RETURNING id`, w.m.Keep, w.m.Gone).Scan(&ids).Error; err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
		w.record.Moved[table] = ids
	}
	for _, table := range []string{"order_items", "activities", "responses"} {
		if err := w.tx.Exec(`UPDATE `+table+` SET subscriber_id = ? WHERE subscriber_id = ?`, w.m.Keep, w.m.Gone).Error; err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}

// moveFew moves what a person has one of, or few.
func (w *merging) moveFew() error {
	keep, gone := w.m.Keep, w.m.Gone
	var held []int64 // codes of pools of which both have one: the enrolment still leads to it
	return firstError(
		w.tx.Raw(`UPDATE codes AS x SET subscriber_id = NULL WHERE subscriber_id = ? AND EXISTS (SELECT 1 FROM codes y WHERE y.campaign_id = x.campaign_id AND y.subscriber_id = ?) RETURNING id`, gone, keep).Scan(&held).Error,
		w.scan("codes", `UPDATE codes SET subscriber_id = ? WHERE subscriber_id = ? RETURNING id`, keep, gone),
		w.note("codes", func() []int64 { return held }),
		w.tx.Raw(`UPDATE reports SET subscriber_id = ? WHERE subscriber_id = ? RETURNING report_key`, keep, gone).Scan(&w.record.Reports).Error,
		w.tx.Raw(`UPDATE unproven_reports AS x SET subscriber_id = ? WHERE subscriber_id = ? AND NOT EXISTS (SELECT 1 FROM unproven_reports y WHERE y.subscriber_id = ? AND y.verdict = x.verdict) RETURNING verdict`,
			keep, gone, keep).Scan(&w.record.Verdicts).Error,
		w.tx.Raw(`UPDATE former_addresses SET subscriber_id = ? WHERE subscriber_id = ? RETURNING email_norm`, keep, gone).Scan(&w.record.Former).Error,
		w.refuse(),
		w.scan("import_changes", `UPDATE import_changes SET subscriber_id = ? WHERE subscriber_id = ? AND (kind = 'order' OR kind = 'place' AND ref NOT IN ?) RETURNING id`, keep, gone, w.keptLists()),
		w.tx.Raw(`SELECT job_id, mail, was FROM bulk_people WHERE subscriber_id = ?`, gone).Scan(&w.record.Bulk).Error,
		w.tx.Exec(`INSERT INTO subscriber_latest (subscriber_id, last_open_at, last_click_at) SELECT ?, last_open_at, last_click_at FROM subscriber_latest WHERE subscriber_id = ?
			ON CONFLICT (subscriber_id) DO UPDATE SET
			last_open_at = CASE WHEN subscriber_latest.last_open_at IS NULL OR excluded.last_open_at > subscriber_latest.last_open_at THEN excluded.last_open_at ELSE subscriber_latest.last_open_at END,
			last_click_at = CASE WHEN subscriber_latest.last_click_at IS NULL OR excluded.last_click_at > subscriber_latest.last_click_at THEN excluded.last_click_at ELSE subscriber_latest.last_click_at END`, keep, gone).Error,
		w.tx.Exec(`INSERT INTO confirmations (subscriber_id, asked_at) SELECT ?, asked_at FROM confirmations WHERE subscriber_id = ?
			ON CONFLICT (subscriber_id) DO UPDATE SET asked_at = CASE WHEN excluded.asked_at > confirmations.asked_at THEN excluded.asked_at ELSE confirmations.asked_at END`, keep, gone).Error)
}

// keptLists are the lists on which the kept person had a place of their own; never none, for SQL.
func (w *merging) keptLists() []int64 {
	all := []int64{0}
	for _, y := range w.record.Kept.Places {
		all = append(all, y.ListID)
	}
	return all
}

func (w *merging) scan(table, sql string, args ...any) error {
	var ids []int64
	err := w.tx.Raw(sql, args...).Scan(&ids).Error
	w.record.Moved[table] = append(w.record.Moved[table], ids...)
	return err
}

func (w *merging) note(table string, ids func() []int64) error {
	w.record.Moved[table] = append(w.record.Moved[table], ids()...)
	return nil
}

// settle writes the one person down and makes anew what is kept of them.
func (w *merging) settle() error {
	made := merged(w.record.Kept.Row, w.record.Gone.Row, w.m.Take)
	made.UpdatedAt = w.now
	old := w.record.Gone.Row
	if made.EmailNorm == old.EmailNorm {
		old = w.record.Kept.Row
	}
	w.record.Made = made
	return firstError(
		w.tx.Exec(`DELETE FROM subscribers WHERE id = ?`, w.m.Gone).Error,
		w.tx.Exec(`UPDATE subscribers SET email = ?, email_norm = ?, first_name = ?, last_name = ?, lang = ?, zone = ?, attributes = ?, updated_at = ? WHERE id = ?`,
			made.Email, made.EmailNorm, made.FirstName, made.LastName, made.Lang, made.Zone, made.Attributes, made.UpdatedAt, w.m.Keep).Error,
		w.tx.Exec(`INSERT INTO former_addresses (email_norm, email, subscriber_id, at) VALUES (?, ?, ?, ?)`, old.EmailNorm, old.Email, w.m.Keep, w.now).Error,
		w.suppress(made.EmailNorm, old.EmailNorm),
		w.s.revalue(w.tx, w.m.Keep),
		w.s.remood(w.tx, w.m.Keep),
		w.s.skipIneligible(w.tx, w.m.Keep))
}

// merged is the one person of two: fields that are taken, and those that the kept one lacks, are the other's.
func merged(keep, gone subscriberRow, take []string) subscriberRow {
	made := keep
	takes := func(field string) bool { return slices.Contains(take, field) }
	if takes("email") {
		made.Email, made.EmailNorm = gone.Email, gone.EmailNorm
	}
	for _, f := range []struct {
		name string
		into *string
		from string
	}{{"first_name", &made.FirstName, gone.FirstName}, {"last_name", &made.LastName, gone.LastName}, {"lang", &made.Lang, gone.Lang}, {"zone", &made.Zone, gone.Zone}} {
		if takes(f.name) || *f.into == "" {
			*f.into = f.from
		}
	}
	all := maps.Clone(gone.subscriber().Attributes)
	for key, value := range keep.subscriber().Attributes {
		if !takes("attributes."+key) || all[key] == "" {
			all[key] = cmp.Or(value, all[key])
		}
	}
	made.Attributes = audience.PackAttributes(all)
	return made
}

// about are the suppressions that say something of the person, not of an address.
var aboutPerson = []audience.Reason{audience.Complaint, audience.Manual, audience.Left, audience.Erased}

// suppress lets what the person asked for with the old address hold for the one that stays.
func (w *merging) suppress(norm, old string) error {
	var rows []audience.Suppression
	if err := w.tx.Table("suppressions").Where("email_norm IN ?", []string{norm, old}).Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		if r.EmailNorm == norm {
			w.record.Free = &r
		}
	}
	for _, r := range rows {
		if r.EmailNorm != old || !slices.Contains(aboutPerson, r.Reason) {
			continue
		}
		if err := w.s.suppress(w.tx, norm, r.Reason, r.Source); err != nil {
			return err
		}
		var now audience.Suppression
		if err := w.tx.Table("suppressions").Where("email_norm = ?", norm).Take(&now).Error; err != nil {
			return err
		}
		w.record.Suppressed = &now
	}
	return nil
}
