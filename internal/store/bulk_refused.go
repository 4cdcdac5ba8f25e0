package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// Undoing a job in bulk must not bring mail to whom something else keeps from it: what people have refused, with whatever
// address and by whatever way, and what another job was asked for.

// refuse takes people out of what undoing jobs in bulk would bring back: mail they have refused meanwhile. The same holds for
// whoever was merged into them, should they be parted again.
func (s *Store) refuse(tx *gorm.DB, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	if err := tx.Exec(s.sql(`DELETE FROM bulk_people WHERE subscriber_id {{in}}{{ids}}{{end}} AND mail AND was IS NOT NULL`), asJSON(ids)).Error; err != nil {
		return fmt.Errorf("refuse mail of jobs in bulk: %w", err)
	}
	var rows []struct {
		ID     int64
		Record string
	}
	err := tx.Raw(s.sql(`WITH RECURSIVE x (id) AS ({{ids}}), one (id) AS (SELECT id FROM x UNION SELECT m.gone_id FROM merges m JOIN one ON m.kept_id = one.id WHERE m.undone_at IS NULL)
		SELECT m.id, m.record FROM one JOIN merges m ON m.kept_id = one.id WHERE m.undone_at IS NULL AND m.record <> ''`), asJSON(ids)).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("merges of who refuses mail: %w", err)
	}
	for _, r := range rows {
		if err := refuseMerged(tx, r.ID, r.Record); err != nil {
			return err
		}
	}
	return nil
}

// refuseMerged lets the undoing of a merge bring no more mail back than there is.
func refuseMerged(tx *gorm.DB, id int64, text string) error {
	var record mergeRecord
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		return fmt.Errorf("record of merge %d: %w", id, err)
	}
	n := len(record.Bulk) + len(record.Refused)
	record.Bulk = slices.DeleteFunc(record.Bulk, func(b bulkRow) bool { return b.Mail && b.Was != nil })
	record.Refused = nil
	if len(record.Bulk) == n {
		return nil
	}
	return tx.Exec(`UPDATE merges SET record = ? WHERE id = ?`, asJSON(record), id).Error
}

// refuse takes the one who is kept out of jobs in bulk that took them off a list which the other has left: the one person has
// left it then. Where the same or another job took the other off, nobody has.
func (w *merging) refuse() error {
	var rows []struct {
		JobID, SubscriberID int64
		Was                 *string
		Params              string
	}
	err := w.tx.Raw(`SELECT b.job_id, b.subscriber_id, b.was, j.params FROM bulk_people b JOIN jobs j ON j.id = b.job_id WHERE b.subscriber_id IN (?, ?) AND b.mail AND b.was IS NOT NULL`, w.m.Keep, w.m.Gone).Scan(&rows).Error
	if err != nil {
		return err
	}
	left := map[int64]bool{} // by list
	for _, y := range w.record.Gone.Places {
		left[y.ListID] = y.State == audience.Unsubscribed
	}
	took := map[int64][]bulkRow{}
	for _, r := range rows {
		var b audience.Bulk
		if err := json.Unmarshal([]byte(r.Params), &b); err != nil {
			return fmt.Errorf("params of job %d: %w", r.JobID, err)
		}
		switch {
		case b.Do != audience.BulkLeave:
		case r.SubscriberID == w.m.Gone:
			left[b.List] = false
		default:
			took[b.List] = append(took[b.List], bulkRow{JobID: r.JobID, Mail: true, Was: r.Was})
		}
	}
	for list, rows := range took {
		for _, r := range rows {
			if !left[list] {
				continue
			}
			w.record.Refused = append(w.record.Refused, r)
			if err := w.tx.Exec(`DELETE FROM bulk_people WHERE job_id = ? AND subscriber_id = ?`, r.JobID, w.m.Keep).Error; err != nil {
				return err
			}
		}
	}
	return nil
}

// bulkBack lets undoing jobs in bulk be about somebody again as it was before a merge.
func (p *parting) bulkBack(id int64, rows []bulkRow) error {
	for _, b := range rows {
		err := p.tx.Exec(`INSERT INTO bulk_people (job_id, subscriber_id, mail, was) SELECT id, ?, CAST(? AS BOOLEAN), CAST(? AS TEXT) FROM jobs WHERE id = ?
			ON CONFLICT DO NOTHING`, id, b.Mail, b.Was, b.JobID).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// askedToo are the later jobs that asked the same of some of these people, and are not undone.
func (w *bulkStep) askedToo(of ledger.Job, b audience.Bulk, ids []int64) (jobs []int64, err error) {
	var rows []ledger.Job
	err = w.tx.Raw(w.s.sql(`SELECT j.id, j.params FROM jobs j WHERE j.kind = ? AND j.undoes = 0 AND j.id > ? AND NOT EXISTS (SELECT 1 FROM jobs u WHERE u.undoes = j.id)
		AND j.id IN (SELECT p.job_id FROM bulk_people p WHERE p.subscriber_id {{in}}{{ids}}{{end}})`), ledger.BulkJob, of.ID, asJSON(ids)).Scan(&rows).Error
	for _, r := range rows {
		var later audience.Bulk
		if err := json.Unmarshal([]byte(r.Params), &later); err != nil {
			return nil, fmt.Errorf("params of job %d: %w", r.ID, err)
		}
		if later.Do == b.Do && later.List == b.List {
			jobs = append(jobs, r.ID)
		}
	}
	return jobs, err
}

// handOver leaves those as they are of whom a later job asked the same, as if that one had done it: undoing it brings them
// back. It returns the others.
func (w *bulkStep) handOver(of ledger.Job, b audience.Bulk, ids []int64, was map[int64]string) (rest []int64, err error) {
	jobs, err := w.askedToo(of, b, ids)
	if err != nil || len(jobs) == 0 {
		return ids, err
	}
	var rows []struct {
		JobID, SubscriberID int64
		Done                bool
	}
	err = w.tx.Raw(w.s.sql(`SELECT job_id, subscriber_id, was IS NOT NULL AS done FROM bulk_people WHERE job_id IN ? AND subscriber_id {{in}}{{ids}}{{end}} ORDER BY job_id`), jobs, asJSON(ids)).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	by, stays := map[int64]map[int64]string{}, map[int64]bool{}
	for _, r := range rows {
		if !r.Done && !stays[r.SubscriberID] {
			if by[r.JobID] == nil {
				by[r.JobID] = map[int64]string{}
			}
			by[r.JobID][r.SubscriberID] = was[r.SubscriberID]
		}
		stays[r.SubscriberID] = true
	}
	for _, job := range slices.Sorted(maps.Keys(by)) {
		if err := w.takeOver(of.ID, job, b, by[job]); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return stays[id] }), nil
}

// takeOver writes down of a job what another did to people.
func (w *bulkStep) takeOver(from, to int64, b audience.Bulk, was map[int64]string) error {
	err := w.tx.Exec(w.s.sql(rememberBulk), to, b.Mail(), asJSON(was)).Error
	if err != nil || b.Do != audience.BulkSuppress {
		return err
	}
	return w.tx.Exec(w.s.sql(`UPDATE suppressions SET source = ? WHERE reason = ? AND source = ? AND email_norm IN (SELECT s.email_norm FROM subscribers s WHERE s.id {{in}}{{ids}}{{end}})`),
		bulkSource(to), audience.Manual, bulkSource(from), asJSON(slices.Collect(maps.Keys(was)))).Error
}

// bulkSource is what a job in bulk is called where it is the source of something.
func bulkSource(job int64) string { return fmt.Sprintf("bulk:%d", job) }
