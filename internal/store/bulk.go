package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/segment"
)

// QueryOf asks for those whom a selection means by what they are, not by number.
func QueryOf(who audience.Selection) SubscriberQuery {
	if who.List == 0 && who.State == AnyState {
		who.State = ""
	}
	return SubscriberQuery{Search: who.Search, List: who.List, State: who.State, Lang: who.Lang, Segment: who.Segment, Attribute: who.Attribute, Value: who.Value}
}

// narrow leaves those of a query's people who are in its segment and have its attribute.
func (s *Store) narrow(ctx context.Context, db *gorm.DB, q SubscriberQuery) (*gorm.DB, error) {
	r, beside := segment.Rule{Match: segment.All}, db.Session(&gorm.Session{NewDB: true, Context: ctx}) // of the same transaction
	if q.Segment != 0 {
		r.Rules = append(r.Rules, segment.In([]int64{q.Segment}))
	}
	if q.Attribute != "" {
		one, err := hasValue(beside, q)
		if err != nil {
			return nil, err
		}
		r.Rules = append(r.Rules, one)
	}
	if len(r.Rules) == 0 {
		return db, nil
	}
	if err := r.Validate(); err != nil {
		return nil, err
	}
	in, args, err := s.inSegment(beside, r)
	if err != nil {
		return nil, err
	}
	return db.Where("subscribers.id IN (SELECT s.id FROM subscribers s WHERE "+in+")", args...), nil
}

// hasValue is the test that somebody has an attribute's value, as its type compares it.
func hasValue(db *gorm.DB, q SubscriberQuery) (segment.Rule, error) {
	row, err := oneAttribute(db, q.Attribute)
	a := row.attribute()
	if fault.Is(err, fault.NotFound) {
		a, err = audience.Attribute{Key: q.Attribute, Type: audience.TextAttribute}, nil
	}
	r := segment.Rule{Field: segment.Attribute + q.Attribute, Type: a.Type, Is: "is", Values: []string{q.Value}}
	switch {
	case err != nil:
		return r, err
	case q.Value == "" && a.Type == audience.YesNoAttribute:
		r.Type, r.Is, r.Values = audience.TextAttribute, "filled", nil
	case q.Value == "":
		r.Is, r.Values = "filled", nil
	case a.Type == audience.DateAttribute:
		r.Is = "on"
	case a.Type == audience.ListAttribute:
		r.Is = "has"
	case a.Type == audience.YesNoAttribute:
		value, err := a.Canonical(q.Value)
		if err != nil {
			return r, err
		}
		r.Is, r.Values = value, nil
	}
	return r, nil
}

// someChosen is how many people are written down at once, someBulk how many are changed in one transaction.
const someChosen, someBulk = 2000, 500

// ChooseBulk writes down whom a bulk job is about, as they are at this moment. It begins anew each time, and holds
// a few thousand numbers at a time. said is told how many they are so far; its error ends it.
func (s *Store) ChooseBulk(ctx context.Context, job int64, b audience.Bulk, said func(n int64) error) error {
	if err := s.db.WithContext(ctx).Exec(`DELETE FROM bulk_people WHERE job_id = ?`, job).Error; err != nil {
		return err
	}
	var ids []int64
	n := int64(0)
	keep := func() error {
		if len(ids) == 0 {
			return nil
		}
		r := s.db.WithContext(ctx).Exec(s.sql(`WITH x (id) AS ({{ids}}) INSERT INTO bulk_people (job_id, subscriber_id, mail)
			SELECT CAST(? AS BIGINT), p.id, CAST(? AS BOOLEAN) FROM x JOIN subscribers p ON p.id = x.id ON CONFLICT DO NOTHING`), asJSON(ids), job, b.Mail())
		n, ids = n+r.RowsAffected, ids[:0]
		return errors.Join(r.Error, said(n))
	}
	if len(b.Who.IDs) > 0 {
		var err error
		if ids, err = s.allCurrent(s.db.WithContext(ctx), b.Who.IDs); err != nil {
			return err
		}
		return keep()
	}
	db, err := s.narrow(ctx, s.read.WithContext(ctx).Table("subscribers"), QueryOf(b.Who))
	if err != nil {
		return err
	}
	rows, err := QueryOf(b.Who).where(db).Select("subscribers.id").Rows()
	if err != nil {
		return fmt.Errorf("choose people for job %d: %w", job, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if ids = append(ids, id); len(ids) == someChosen {
			if err := keep(); err != nil {
				return err
			}
		}
	}
	return errors.Join(rows.Err(), keep())
}

// BulkStep does a bulk job to the next few hundred people after a number, and writes its progress down with it: what settle
// makes of what became of them, and the last one's number. last is 0 when nobody was left.
func (s *Store) BulkStep(ctx context.Context, l ledger.Lease, b audience.Bulk, after int64, settle func(c audience.BulkCounts, last int64) ledger.Progress) (last int64, err error) {
	err = s.txAgain(ctx, func(tx *gorm.DB) error {
		w := bulkStep{s: s, tx: tx, job: l.Job, b: b, now: s.now(), source: bulkSource(l.Job)}
		var ids []int64
		of, chosen := l.Job, ``
		if b.Do == audience.BulkUndo {
			of, chosen = b.Undoes, ` AND was IS NOT NULL`
		}
		err := tx.Raw(`SELECT subscriber_id FROM bulk_people WHERE job_id = ? AND subscriber_id > ?`+chosen+` ORDER BY subscriber_id LIMIT ?`, of, after, someBulk).Scan(&ids).Error
		if err != nil || len(ids) == 0 {
			last = 0
			return err
		}
		last = ids[len(ids)-1]
		if !b.OfAttribute() { // which holds them itself
			if ids, err = s.referTo(tx, ids); err != nil {
				return err
			}
		}
		if err := w.do(ids); err != nil {
			return err
		}
		return s.progress(tx, l, settle(w.counts, last))
	})
	return last, err
}

// bulkStep is one transaction of a bulk job.
type bulkStep struct {
	s      *Store
	tx     *gorm.DB
	job    int64
	b      audience.Bulk
	now    time.Time
	source string
	counts audience.BulkCounts
}

func (w *bulkStep) do(ids []int64) error {
	switch {
	case w.b.Do == audience.BulkJoin:
		return w.join(ids)
	case w.b.Do == audience.BulkLeave:
		return w.leave(ids)
	case w.b.OfAttribute():
		return w.change(ids)
	case w.b.Do == audience.BulkSuppress:
		return w.suppress(ids)
	case w.b.Do == audience.BulkUndo:
		return w.undo(ids)
	}
	return fault.New(fault.Invalid, "“%s” cannot be done to many people.", w.b.Do)
}

// rememberBulk is an upsert of rows that are all there: SQLite would make an UPDATE look through the whole job for each person.
const rememberBulk = `
	INSERT INTO bulk_people (job_id, subscriber_id, mail, was)
	SELECT CAST(? AS BIGINT), CAST(o.key AS BIGINT), CAST(? AS BOOLEAN), o.value FROM {{pairs}} o WHERE TRUE
	ON CONFLICT (job_id, subscriber_id) DO UPDATE SET was = excluded.was`

// remember writes down how people were before.
func (w *bulkStep) remember(was map[int64]string) error {
	if len(was) == 0 {
		return nil
	}
	return w.tx.Exec(w.s.sql(rememberBulk), w.job, w.b.Mail(), asJSON(was)).Error
}

func all(ids []int64, was string) map[int64]string {
	m := make(map[int64]string, len(ids))
	for _, id := range ids {
		m[id] = was
	}
	return m
}

// NextBulk are the next few people of a job after a number, for what is done to each alone.
func (s *Store) NextBulk(ctx context.Context, job, after int64, limit int) (ids []int64, err error) {
	err = s.db.WithContext(ctx).Raw(`SELECT subscriber_id FROM bulk_people WHERE job_id = ? AND subscriber_id > ? ORDER BY subscriber_id LIMIT ?`, job, after, limit).Scan(&ids).Error
	return ids, err
}

// CountBulk counts those whom a job has changed, and undoing it is about.
func (s *Store) CountBulk(ctx context.Context, job int64) (n int64, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT COUNT(*) FROM bulk_people WHERE job_id = ? AND was IS NOT NULL`, job).Scan(&n).Error
	return n, err
}

// UndoJob queues the job that takes back what another did in bulk, which is stopped if it is still under way, and returns its
// number. Done once it is a Conflict, and so it is after BulkBack.
func (s *Store) UndoJob(ctx context.Context, j ledger.Job, params string) (id int64, err error) {
	var b audience.Bulk
	if err := json.Unmarshal([]byte(j.Params), &b); err != nil {
		return 0, fmt.Errorf("params of job %d: %w", j.ID, err)
	}
	err = s.tx(ctx, func(tx *gorm.DB) error {
		if j.Kind != ledger.BulkJob || b.Do == audience.BulkUndo || b.Do == audience.BulkDelete || s.now().After(j.CreatedAt.Add(ledger.BulkBack)) {
			return fault.New(fault.Conflict, "This can no longer be undone.")
		}
		err := tx.Exec(`UPDATE jobs SET state = 'stopped', lease_until = NULL, finished_at = ? WHERE id = ? AND state IN ('queued', 'running', 'paused')`, s.now(), j.ID).Error
		if err != nil {
			return err
		}
		err = tx.Raw(`INSERT INTO jobs (kind, state, params, file, total, user_id, created_at, result, undoes) VALUES (?, 'queued', ?, '', 0, ?, ?, '{}', ?) RETURNING id`,
			ledger.BulkJob, params, j.UserID, s.now(), j.ID).Scan(&id).Error
		if duplicated(err) {
			return fault.New(fault.Conflict, "This was undone already.")
		}
		return err
	})
	return id, err
}

// UndoneBy is the number of the job that takes another back; 0 is none.
func (s *Store) UndoneBy(ctx context.Context, id int64) (by int64, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT COALESCE(MAX(id), 0) FROM jobs WHERE undoes = ?`, id).Scan(&by).Error
	return by, err
}

// PauseJob lets a job in bulk or an import rest where it is; ResumeJob lets it go on. A job that is over is a Conflict.
func (s *Store) PauseJob(ctx context.Context, id int64) error {
	return s.jobChanged(ctx, id, s.db.WithContext(ctx).Exec(`UPDATE jobs SET state = 'paused', lease_until = NULL WHERE id = ? AND kind IN ? AND state IN ('queued', 'running')`, id, []string{ledger.BulkJob, ledger.ImportJob}))
}

// ResumeJob lets a paused job go on.
func (s *Store) ResumeJob(ctx context.Context, id int64) error {
	return s.jobChanged(ctx, id, s.db.WithContext(ctx).Exec(`UPDATE jobs SET state = 'queued' WHERE id = ? AND state = 'paused'`, id))
}

// ForgetBulk forgets how people were before jobs that can no longer be undone, once no undo of them is under way.
func (s *Store) ForgetBulk(ctx context.Context) error {
	for {
		r := s.db.WithContext(ctx).Exec(`DELETE FROM bulk_people WHERE (job_id, subscriber_id) IN (SELECT b.job_id, b.subscriber_id FROM bulk_people b JOIN jobs j ON j.id = b.job_id
			WHERE j.created_at < ? AND j.state NOT IN ('queued', 'running', 'paused')
				AND NOT EXISTS (SELECT 1 FROM jobs u WHERE u.undoes = j.id AND u.state IN ('queued', 'running', 'paused')) LIMIT 5000)`, s.now().Add(-ledger.BulkBack))
		if r.Error != nil || r.RowsAffected == 0 {
			return r.Error
		}
	}
}

// numbers are those of a statement that answers with one in each row.
func (w *bulkStep) numbers(query string, args ...any) (ids []int64, err error) {
	err = each(w.tx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, w.s.sql(query), args...)
	return ids, err
}
