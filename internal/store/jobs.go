package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// JobLease is how long a worker has a job without saying how far it is.
const JobLease = 15 * time.Second

const noJob = "There is no job with that number."

// CreateJob stores a new job and fills in its number; without a state it is queued.
func (s *Store) CreateJob(ctx context.Context, j *ledger.Job) error {
	if j.State == "" {
		j.State = ledger.JobQueued
	}
	j.CreatedAt, j.Result = s.now(), "{}"
	err := s.db.WithContext(ctx).Raw(`INSERT INTO jobs (kind, state, params, file, total, user_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		j.Kind, j.State, j.Params, j.File, j.Total, j.UserID, j.CreatedAt).Scan(&j.ID).Error
	if err != nil {
		return fmt.Errorf("create job: %w", err)
	}
	return nil
}

// QueueJob lets a job that waits for somebody begin, from its start, with these params. A
// job that runs or is over is a Conflict.
func (s *Store) QueueJob(ctx context.Context, id int64, params string) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE jobs SET state = ?, params = ?, done = 0, result = '{}', error = '', started_at = NULL, finished_at = NULL, lease_until = NULL
		WHERE id = ? AND state IN ?`, ledger.JobQueued, params, id, []string{ledger.JobDraft, ledger.JobChecked})
	return s.jobChanged(ctx, id, r)
}

func (s *Store) jobChanged(ctx context.Context, id int64, r *gorm.DB) error {
	if r.Error != nil || r.RowsAffected > 0 {
		return r.Error
	}
	if _, err := s.Job(ctx, id); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "This job is running or over.")
}

// leaseJob takes the oldest job that waits, or whose worker is gone.
const leaseJob = `
	UPDATE jobs SET state = 'running', turn = turn + 1, lease_until = ?, started_at = COALESCE(started_at, ?)
	 WHERE id = (SELECT id FROM jobs WHERE kind IN ? AND (state = 'queued' OR state = 'running' AND lease_until < ?) ORDER BY id LIMIT 1 {{skip}})
	RETURNING *`

// LeaseJob hands out a job of those kinds; ledger.ErrNoJob when none waits. Progress keeps it.
func (s *Store) LeaseJob(ctx context.Context, kinds ...string) (ledger.Job, error) {
	var j ledger.Job
	now := s.now()
	err := s.db.WithContext(ctx).Raw(s.sql(leaseJob), now.Add(JobLease), now, kinds, now).Scan(&j).Error
	if err != nil {
		return j, fmt.Errorf("lease job: %w", err)
	}
	if j.ID == 0 {
		return j, ledger.ErrNoJob
	}
	return inUTC(j), nil
}

// Progress writes down how far a leased job is and keeps its lease; ledger.ErrJobStopped when it
// is no longer wanted, or another worker has it.
func (s *Store) Progress(ctx context.Context, l ledger.Lease, p ledger.Progress) error {
	return s.progress(s.db.WithContext(ctx), l, p)
}

func (s *Store) progress(tx *gorm.DB, l ledger.Lease, p ledger.Progress) error {
	r := tx.Exec(`UPDATE jobs SET done = ?, total = ?, result = ?, lease_until = ? WHERE id = ? AND turn = ? AND state = 'running'`,
		p.Done, p.Total, p.Result, s.now().Add(JobLease), l.Job, l.Turn)
	if r.Error != nil {
		return fmt.Errorf("progress of job %d: %w", l.Job, r.Error)
	}
	if r.RowsAffected == 0 {
		return ledger.ErrJobStopped
	}
	return nil
}

// ReleaseJob gives a running job back, for the next worker to go on with at once.
func (s *Store) ReleaseJob(ctx context.Context, l ledger.Lease) error {
	return s.db.WithContext(ctx).Exec(`UPDATE jobs SET state = 'queued', lease_until = NULL WHERE id = ? AND turn = ? AND state = 'running'`, l.Job, l.Turn).Error
}

// FinishJob ends a running job in that state; reason is what a person reads when it failed.
func (s *Store) FinishJob(ctx context.Context, l ledger.Lease, state, reason string) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE jobs SET state = ?, error = ?, lease_until = NULL, finished_at = ? WHERE id = ? AND turn = ? AND state = 'running'`,
		state, reason, s.now(), l.Job, l.Turn)
	if r.Error == nil && r.RowsAffected == 0 {
		return ledger.ErrJobStopped
	}
	return r.Error
}

// SaveResult changes what came of a finished job; a Conflict when somebody else has since j was read.
func (s *Store) SaveResult(ctx context.Context, j ledger.Job, result string) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE jobs SET result = ? WHERE id = ? AND state = ? AND result = ?`, result, j.ID, ledger.JobFinished, j.Result)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.Conflict, "Somebody else did the same a moment ago. Look at the page again.")
	}
	return r.Error
}

// StopJob ends a job that is not over; its worker notices at its next Progress.
func (s *Store) StopJob(ctx context.Context, id int64) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE jobs SET state = ?, lease_until = NULL, finished_at = ? WHERE id = ? AND state NOT IN ?`,
		ledger.JobStopped, s.now(), id, []string{ledger.JobFinished, ledger.JobFailed, ledger.JobStopped, ledger.JobUndone})
	return s.jobChanged(ctx, id, r)
}

// Job is one job.
func (s *Store) Job(ctx context.Context, id int64) (ledger.Job, error) {
	var j ledger.Job
	err := s.read.WithContext(ctx).Table("jobs").Where("id = ?", id).First(&j).Error
	return inUTC(j), notFound(err, noJob)
}

// Jobs lists jobs of a kind ("" is any), newest first, one page; next is the after of the following page.
func (s *Store) Jobs(ctx context.Context, kind string, after int64, limit int) (rows []ledger.Job, next int64, err error) {
	q := s.read.WithContext(ctx).Table("jobs").Order("id DESC").Limit(limit + 1)
	if kind != "" {
		q = q.Where("kind = ?", kind)
	}
	if after > 0 {
		q = q.Where("id < ?", after)
	}
	err = q.Find(&rows).Error
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	for i := range rows {
		rows[i] = inUTC(rows[i])
	}
	return rows, next, err
}

func inUTC(j ledger.Job) ledger.Job {
	j.CreatedAt, j.StartedAt, j.FinishedAt = j.CreatedAt.UTC(), utc(j.StartedAt), utc(j.FinishedAt)
	return j
}

// FailedJobs are the jobs that failed since the moment, newest first.
func (s *Store) FailedJobs(ctx context.Context, since time.Time, limit int) (rows []ledger.Job, err error) {
	err = s.read.WithContext(ctx).Table("jobs").Where("state = ? AND finished_at > ?", ledger.JobFailed, since.UTC()).Order("id DESC").Limit(limit).Find(&rows).Error
	for i := range rows {
		rows[i] = inUTC(rows[i])
	}
	return rows, err
}
