package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Merge is one that was made.
type Merge struct {
	ID             int64
	KeptID, GoneID int64
	At             time.Time
	UndoneAt       *time.Time
	Record         string
}

const noMerge = "There is no merge with that number."

// Merges are those into a person that can still be undone, newest first.
func (s *Store) Merges(ctx context.Context, kept int64) (rows []Merge, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT * FROM merges WHERE kept_id = ? AND undone_at IS NULL AND record <> '' AND at > ? ORDER BY id DESC`,
		kept, s.now().Add(-MergeUndo)).Scan(&rows).Error
	return rows, err
}

// MergeOf is one merge, undone or not.
func (s *Store) MergeOf(ctx context.Context, id int64) (m Merge, err error) {
	err = s.read.WithContext(ctx).First(&m, id).Error
	return m, notFound(err, noMerge)
}

// Unmerge parts two people again. What happened since stays with the one who was kept; what either changed since stays
// changed, and who left since has left with both addresses. It returns the number of the other.
func (s *Store) Unmerge(ctx context.Context, id int64) (gone int64, err error) {
	err = s.txAgain(ctx, func(tx *gorm.DB) error {
		p := parting{s: s, tx: tx}
		if err := p.open(id); err != nil {
			return err
		}
		gone = p.GoneID
		for _, step := range []func() error{p.rows, p.places, p.moveBack, p.rename, p.unskip, p.settle} {
			if err := step(); err != nil {
				return fmt.Errorf("undo merge %d: %w", id, err)
			}
		}
		return tx.Exec(`UPDATE merges SET undone_at = ?, record = '' WHERE id = ?`, s.now(), id).Error
	})
	return gone, err
}

// parting is one undoing under way.
type parting struct {
	Merge
	s      *Store
	tx     *gorm.DB
	record mergeRecord
	now    subscriberRow // the kept person
}

// open finds the merge and refuses where undoing it would not be right any more.
func (p *parting) open(id int64) error {
	if err := p.tx.Table("merges").Where("id = ?", id).Take(&p.Merge).Error; err != nil {
		return notFound(err, noMerge)
	}
	var later int64
	err := p.tx.Raw(`SELECT COUNT(*) FROM merges WHERE id > ? AND undone_at IS NULL AND (kept_id = ? OR gone_id = ?)`, id, p.KeptID, p.KeptID).Scan(&later).Error
	switch {
	case err != nil:
		return err
	case p.UndoneAt != nil:
		return fault.New(fault.Conflict, "This merge was undone already.")
	case p.Record == "" || p.At.Before(p.s.now().Add(-MergeUndo)):
		return fault.New(fault.Conflict, "This can no longer be undone.")
	case later > 0:
		return fault.New(fault.Conflict, "This person was merged once more since. Undo the later merge first.")
	}
	if err := json.Unmarshal([]byte(p.Record), &p.record); err != nil {
		return fmt.Errorf("record of merge %d: %w", id, err)
	}
	if err := p.s.holdCustomers(p.tx, p.KeptID); err != nil {
		return err
	}
	if err := p.tx.First(&p.now, p.KeptID).Error; err != nil {
		return notFound(err, noSubscriber)
	}
	return p.s.still(p.tx, p.KeptID)
}

// rows brings the other's row back and gives the kept one what the merge changed, unless it was changed since.
func (p *parting) rows() error {
	was, made, now := p.record.Kept.Row, p.record.Made, p.now
	if now.EmailNorm == made.EmailNorm && now.Email == made.Email {
		now.Email, now.EmailNorm = was.Email, was.EmailNorm
	}
	for _, f := range []struct{ into, made, was *string }{{&now.FirstName, &made.FirstName, &was.FirstName}, {&now.LastName, &made.LastName, &was.LastName},
		{&now.Lang, &made.Lang, &was.Lang}, {&now.Zone, &made.Zone, &was.Zone}} {
		if *f.into == *f.made {
			*f.into = *f.was
		}
	}
	all, did, had := now.subscriber().Attributes, made.subscriber().Attributes, was.subscriber().Attributes
	for key := range maps.Clone(all) {
		if all[key] == did[key] {
			all[key] = had[key]
		}
		if all[key] == "" {
			delete(all, key)
		}
	}
	gone := p.record.Gone.Row
	var taken int64
	err := p.tx.Raw(`SELECT COUNT(*) FROM subscribers WHERE email_norm = ? AND id <> ?`, gone.EmailNorm, p.KeptID).Scan(&taken).Error
	if err == nil && (taken > 0 || now.EmailNorm == gone.EmailNorm) {
		err = fault.New(fault.Conflict, "The other address belongs to somebody by now, so the two cannot be parted.")
	}
	if err != nil {
		return err
	}
	return firstError(
		p.tx.Exec(`DELETE FROM former_addresses WHERE subscriber_id = ? AND email_norm IN ?`, p.KeptID, []string{gone.EmailNorm, was.EmailNorm}).Error,
		p.tx.Exec(`UPDATE subscribers SET email = ?, email_norm = ?, first_name = ?, last_name = ?, lang = ?, zone = ?, attributes = ?, updated_at = ? WHERE id = ?`,
			now.Email, now.EmailNorm, now.FirstName, now.LastName, now.Lang, now.Zone, audience.PackAttributes(all), p.s.now(), p.KeptID).Error,
		p.tx.Exec(`INSERT INTO subscribers (id, email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			gone.ID, gone.Email, gone.EmailNorm, gone.FirstName, gone.LastName, gone.Lang, gone.Zone, gone.Attributes, gone.Source, gone.CreatedAt.UTC(), p.s.now()).Error)
}

// places gives both their places on lists back. Who left since has left with both.
func (p *parting) places() error {
	var now []audience.Subscription
	if err := p.tx.Table("subscriptions").Where("subscriber_id = ?", p.KeptID).Find(&now).Error; err != nil {
		return err
	}
	is := map[int64]audience.State{}
	for _, y := range now {
		is[y.ListID] = y.State
	}
	left := func(list int64) bool {
		return is[list] == audience.Unsubscribed && p.record.States[list] != audience.Unsubscribed
	}
	was := map[int64]audience.Subscription{}
	for _, y := range p.record.Kept.Places {
		was[y.ListID] = y
	}
	for list, made := range p.record.States {
		if is[list] == made && made != was[list].State {
			if err := p.s.replaceAt(p.tx, list, p.KeptID, was[list].State, was[list].CreatedAt); err != nil {
				return err
			}
		}
	}
	for _, y := range p.record.Gone.Places {
		state := y.State
		if left(y.ListID) {
			state = audience.Unsubscribed
		}
		if err := p.s.replaceAt(p.tx, y.ListID, p.GoneID, state, y.CreatedAt); err != nil {
			return err
		}
	}
	return nil
}

// moveBack gives the other what was theirs, and what came of their letters since.
func (p *parting) moveBack() error {
	for _, table := range slices.Sorted(maps.Keys(p.record.Moved)) {
		owner := `= ?`
		if table == "codes" { // of a pool of which both had one, nobody's
			owner = `= ? OR subscriber_id IS NULL`
		}
		err := p.tx.Exec(p.s.sql(`UPDATE `+table+` SET subscriber_id = ? WHERE id {{in}}{{ids}}{{end}} AND (subscriber_id `+owner+`)`), p.GoneID, jsonOf(p.record.Moved[table]), p.KeptID).Error
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	for table, of := range map[string]string{"order_items": "order_id IN (SELECT id FROM orders WHERE subscriber_id = ?)", "activities": "delivery_id IN (SELECT id FROM deliveries WHERE subscriber_id = ?)",
		"responses": "enrolment_id IN (SELECT id FROM enrolments WHERE subscriber_id = ?)", "reports": "delivery_id IN (SELECT id FROM deliveries WHERE subscriber_id = ?)"} {
		if err := p.tx.Exec(`UPDATE `+table+` SET subscriber_id = ? WHERE subscriber_id = ? AND `+of, p.GoneID, p.KeptID, p.GoneID).Error; err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	errs := []error{
		p.tx.Exec(p.s.sql(`UPDATE reports SET subscriber_id = ? WHERE report_key {{in}}{{texts}}{{end}} AND subscriber_id = ?`), p.GoneID, jsonOf(p.record.Reports), p.KeptID).Error,
		p.tx.Exec(p.s.sql(`UPDATE unproven_reports SET subscriber_id = ? WHERE verdict {{in}}{{texts}}{{end}} AND subscriber_id = ?`), p.GoneID, jsonOf(p.record.Verdicts), p.KeptID).Error,
		p.tx.Exec(p.s.sql(`UPDATE former_addresses SET subscriber_id = ? WHERE email_norm {{in}}{{texts}}{{end}} AND subscriber_id = ?`), p.GoneID, jsonOf(p.record.Former), p.KeptID).Error}
	if asked := p.record.Gone.Asked; asked != nil {
		errs = append(errs, p.tx.Exec(`INSERT INTO confirmations (subscriber_id, asked_at) VALUES (?, ?)`, p.GoneID, asked.UTC()).Error)
	}
	return firstError(append(errs, p.bulkBack(p.GoneID, p.record.Bulk), p.bulkBack(p.KeptID, p.record.Refused))...)
}

// rename gives enrolments and events the occasions they had.
func (p *parting) rename() error {
	const plain = `CASE WHEN occasion LIKE '%` + mergedMark + `%' THEN substr(occasion, 1, length(occasion) - length('` + mergedMark + `' || CAST(id AS TEXT))) ELSE occasion END`
	err := p.tx.Exec(p.s.sql(`UPDATE enrolments SET occasion = `+plain+` WHERE id {{in}}{{ids}}{{end}}`), jsonOf(p.record.Doubled)).Error
	if err != nil {
		return err
	}
	kept, gone := fmt.Sprint(p.KeptID), fmt.Sprint(p.GoneID)
	for table, ids := range map[string][]int64{"enrolments": p.record.Renamed, "events": p.record.Events} {
		err := p.tx.Exec(p.s.sql(`UPDATE `+table+` SET occasion = CASE WHEN occasion LIKE 'list:%' THEN substr(occasion, 1, length(occasion) - ?) || CAST(? AS TEXT) ELSE CAST(? AS TEXT) || substr(occasion, ?) END
			WHERE id {{in}}{{ids}}{{end}}`), len(kept), gone, gone, len(kept)+1, jsonOf(ids)).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// unskipFor is how long after a merge letters that it skipped are sent after all when it is undone.
const unskipFor = time.Hour

// unskip lets letters wait again that were skipped as there twice, where their campaign still runs.
func (p *parting) unskip() error {
	if p.At.Before(p.s.now().Add(-unskipFor)) {
		return nil
	}
	var rows []struct{ RunID int64 }
	err := p.tx.Raw(p.s.sql(`UPDATE deliveries SET state = CASE WHEN due_at > ? THEN 'planned' ELSE 'queued' END, counted = ?, reason = '', updated_at = ?
		WHERE id {{in}}{{ids}}{{end}} AND state = 'skipped' AND reason = ? AND run_id IN (SELECT r.id FROM runs r JOIN campaigns c ON c.id = r.campaign_id
		WHERE r.state = 'running' AND c.state IN ('running', 'paused')) RETURNING run_id`), p.s.now(), false, p.s.now(), jsonOf(p.record.Skipped), mergedReason).Scan(&rows).Error
	for _, r := range rows {
		err = firstError(err, p.tx.Exec(`UPDATE runs SET skipped = skipped - 1 WHERE id = ?`, r.RunID).Error)
	}
	return err
}

// settle lifts what the merge suppressed, unless somebody has seen to it since, and makes anew what is kept of both.
func (p *parting) settle() error {
	if did := p.record.Suppressed; did != nil {
		r := p.tx.Exec(`DELETE FROM suppressions WHERE email_norm = ? AND reason = ? AND at = ?`, did.EmailNorm, did.Reason, did.At.UTC())
		if r.Error != nil {
			return r.Error
		}
		if was := p.record.Free; was != nil && r.RowsAffected > 0 {
			err := p.tx.Exec(`INSERT INTO suppressions (email_norm, reason, source, at) VALUES (?, ?, ?, ?)`, was.EmailNorm, was.Reason, was.Source, was.At.UTC()).Error
			if err != nil {
				return err
			}
		}
	}
	confirmations := p.tx.Exec(`DELETE FROM confirmations WHERE subscriber_id = ?`, p.KeptID).Error
	if asked := p.record.Kept.Asked; asked != nil {
		confirmations = firstError(confirmations, p.tx.Exec(`INSERT INTO confirmations (subscriber_id, asked_at) VALUES (?, ?)`, p.KeptID, asked.UTC()).Error)
	}
	if confirmations != nil {
		return confirmations
	}
	return firstError(p.s.revalue(p.tx, p.KeptID, p.GoneID), p.s.remood(p.tx, p.KeptID, p.GoneID), p.seen(p.KeptID, p.record.Kept), p.seen(p.GoneID, p.record.Gone),
		p.s.skipIneligible(p.tx, p.KeptID), p.s.skipIneligible(p.tx, p.GoneID))
}

// seen gives a person the latest open and click they had, or a later one since.
func (p *parting) seen(id int64, was personRecord) error {
	const latest = `SELECT MAX(at) FROM activities WHERE subscriber_id = ? AND verdict = 'human' AND at >= ? AND kind = `
	for kind, at := range map[string]*time.Time{"open": was.Opened, "click": was.Clicked} {
		var since timeText
		if err := p.tx.Raw(latest+`'`+kind+`'`, id, p.At.UTC()).Row().Scan(&since); err != nil {
			return err
		}
		if !since.IsZero() {
			at = &since.Time
		}
		err := p.tx.Exec(`INSERT INTO subscriber_latest (subscriber_id, last_`+kind+`_at) VALUES (?, ?)
			ON CONFLICT (subscriber_id) DO UPDATE SET last_`+kind+`_at = excluded.last_`+kind+`_at`, id, utc(at)).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// ForgetMerges drops what undoing old merges would need. It returns of how many.
func (s *Store) ForgetMerges(ctx context.Context) (int64, error) {
	r := s.db.WithContext(ctx).Exec(`UPDATE merges SET record = '' WHERE record <> '' AND at < ?`, s.now().Add(-MergeUndo))
	return r.RowsAffected, r.Error
}

// jsonOf is asJSON of a list that may be nil, which the database must read as one of nothing.
func jsonOf[T any](list []T) string { return asJSON(append([]T{}, list...)) }
