package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

type savedExportRow struct {
	ID                                            int64
	Name, Export, Cron, Zone, Destination, Secret string
	Paused                                        bool
	NextRunAt                                     *time.Time
	LastJobID                                     int64
	CreatedAt, UpdatedAt                          time.Time
	DeletedAt                                     *time.Time
}

func (savedExportRow) TableName() string { return "saved_exports" }

func (r savedExportRow) saved() campaigns.SavedExport {
	s := campaigns.SavedExport{ID: r.ID, Name: r.Name, Cron: r.Cron, Zone: r.Zone, Paused: r.Paused, NextRunAt: utc(r.NextRunAt), LastJobID: r.LastJobID,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC()}
	_ = json.Unmarshal([]byte(r.Export), &s.Export)  // written by us
	_ = json.Unmarshal([]byte(r.Destination), &s.To) // written by us
	s.To.Secret, s.Export.Saved = r.Secret, r.ID
	return s
}

const noSavedExport = "There is no saved export with that number."

// SavedExports are all saved exports, by name.
func (s *Store) SavedExports(ctx context.Context) ([]campaigns.SavedExport, error) {
	var rows []savedExportRow
	err := s.read.WithContext(ctx).Where("deleted_at IS NULL").Order("name, id").Find(&rows).Error
	all := make([]campaigns.SavedExport, len(rows))
	for i, r := range rows {
		all[i] = r.saved()
	}
	return all, err
}

// SavedExport is one saved export.
func (s *Store) SavedExport(ctx context.Context, id int64) (campaigns.SavedExport, error) {
	var r savedExportRow
	err := s.read.WithContext(ctx).Where("deleted_at IS NULL AND id = ?", id).First(&r).Error
	return r.saved(), notFound(err, noSavedExport)
}

// SaveExport stores a valid saved export, a new one when its number is 0, and fills in the rest of it: it runs next
// when its schedule says so after now.
func (s *Store) SaveExport(ctx context.Context, one *campaigns.SavedExport) error {
	export, err := json.Marshal(one.Export)
	if err != nil {
		return err
	}
	to, err := json.Marshal(one.To)
	if err != nil {
		return err
	}
	now := s.now()
	values := map[string]any{"name": one.Name, "export": string(export), "cron": one.Cron, "zone": one.Zone, "destination": string(to), "secret": one.To.Secret,
		"paused": one.Paused, "next_run_at": one.Next(now), "updated_at": now}
	if one.ID == 0 {
		r := savedExportRow{Name: one.Name, Export: string(export), Cron: one.Cron, Zone: one.Zone, Destination: string(to), Secret: one.To.Secret,
			Paused: one.Paused, NextRunAt: one.Next(now), CreatedAt: now, UpdatedAt: now}
		if err := s.db.WithContext(ctx).Create(&r).Error; err != nil {
			return fmt.Errorf("create saved export: %w", err)
		}
		*one = r.saved()
		return nil
	}
	r := s.db.WithContext(ctx).Table("saved_exports").Where("id = ? AND deleted_at IS NULL", one.ID).Updates(values)
	if r.Error != nil {
		return fmt.Errorf("save export %d: %w", one.ID, r.Error)
	}
	if r.RowsAffected == 0 {
		return fault.New(fault.NotFound, noSavedExport)
	}
	*one, err = s.SavedExport(ctx, one.ID)
	return err
}

// DeleteSavedExport hides a saved export, which runs no more; what it wrote stays where it is.
func (s *Store) DeleteSavedExport(ctx context.Context, id int64) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE saved_exports SET deleted_at = ?, next_run_at = NULL WHERE id = ? AND deleted_at IS NULL`, s.now(), id)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.NotFound, noSavedExport)
	}
	return r.Error
}

// RestoreSavedExport undoes DeleteSavedExport.
func (s *Store) RestoreSavedExport(ctx context.Context, id int64) error {
	err := s.db.WithContext(ctx).Exec(`UPDATE saved_exports SET deleted_at = NULL WHERE id = ?`, id).Error
	if err != nil {
		return err
	}
	one, err := s.SavedExport(ctx, id)
	if err != nil {
		return err
	}
	return s.SaveExport(ctx, &one)
}

// PauseSavedExport stops a schedule or lets it go on; moments that passed meanwhile are not caught up.
func (s *Store) PauseSavedExport(ctx context.Context, id int64, paused bool) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var r savedExportRow
		if err := tx.Raw(s.sql(`SELECT * FROM saved_exports WHERE id = ? AND deleted_at IS NULL {{lock}}`), id).Scan(&r).Error; err != nil {
			return err
		}
		if r.ID == 0 {
			return fault.New(fault.NotFound, noSavedExport)
		}
		one, now := r.saved(), s.now()
		one.Paused = paused
		// Nothing else is written: whoever pauses may not say where the file goes.
		return tx.Exec(`UPDATE saved_exports SET paused = ?, next_run_at = ?, updated_at = ? WHERE id = ?`, paused, one.Next(now), now, id).Error
	})
}

// RunSavedExport queues a run of a saved export now, beside its schedule. It is a Conflict while one is under way.
func (s *Store) RunSavedExport(ctx context.Context, id int64, user int64) (job int64, err error) {
	err = s.tx(ctx, func(tx *gorm.DB) error {
		var r savedExportRow
		if err := tx.Raw(s.sql(`SELECT * FROM saved_exports WHERE id = ? AND deleted_at IS NULL {{lock}}`), id).Scan(&r).Error; err != nil {
			return err
		}
		if r.ID == 0 {
			return fault.New(fault.NotFound, noSavedExport)
		}
		job, err = s.queueSaved(tx, r, user)
		if err == nil && job == 0 {
			err = fault.New(fault.Conflict, "“%s” is running already.", r.Name)
		}
		return err
	})
	return job, err
}

// errTaken rolls back when another process was quicker.
var errTaken = errors.New("taken by another process")

// PlanExports queues a run of each saved export that is due, once however many of its moments passed, and says how many.
// Of several processes that ask, one queues each. One that is still under way is not begun again.
func (s *Store) PlanExports(ctx context.Context) (n int, err error) {
	var due []savedExportRow
	if err := s.db.WithContext(ctx).Where("next_run_at <= ? AND deleted_at IS NULL AND NOT paused", s.now()).Order("next_run_at, id").Find(&due).Error; err != nil {
		return 0, fmt.Errorf("saved exports that are due: %w", err)
	}
	for _, r := range due {
		var job int64
		err := s.tx(ctx, func(tx *gorm.DB) error {
			taken := tx.Exec(`UPDATE saved_exports SET next_run_at = ? WHERE id = ? AND next_run_at = ? AND deleted_at IS NULL AND NOT paused`, r.saved().Next(s.now()), r.ID, utc(r.NextRunAt))
			if taken.Error == nil && taken.RowsAffected == 0 {
				return errTaken
			}
			var err error
			job, err = s.queueSaved(tx, r, 0)
			return errors.Join(taken.Error, err)
		})
		if err != nil && !errors.Is(err, errTaken) {
			return n, fmt.Errorf("plan saved export %d: %w", r.ID, err)
		}
		if err == nil && job != 0 {
			n++
		}
	}
	return n, nil
}

// queueSaved queues the job of one run; 0 when the last one is still under way.
func (s *Store) queueSaved(tx *gorm.DB, r savedExportRow, user int64) (job int64, err error) {
	var going int64
	err = tx.Raw(`SELECT COUNT(*) FROM jobs WHERE id = ? AND state IN ?`, r.LastJobID, []string{ledger.JobQueued, ledger.JobRunning}).Scan(&going).Error
	if err != nil || going > 0 {
		return 0, err
	}
	saved := r.saved()
	params, err := json.Marshal(campaigns.SavedRun{Export: saved.Export, Goes: saved.To.Mark()})
	if err != nil {
		return 0, err
	}
	err = tx.Raw(`INSERT INTO jobs (kind, state, params, user_id, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id`, ledger.ExportJob, ledger.JobQueued, string(params), user, s.now()).Scan(&job).Error
	if err != nil {
		return 0, err
	}
	return job, tx.Exec(`UPDATE saved_exports SET last_job_id = ? WHERE id = ?`, job, r.ID).Error
}
