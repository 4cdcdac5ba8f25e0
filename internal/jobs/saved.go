package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// planEvery is how often saved exports are looked at: a schedule goes by minutes.
const planEvery = 15 * time.Second

// Plan queues saved exports when they are due, until ctx ends; may says whether this process does so now.
func (r *Runner) Plan(ctx context.Context, may func(context.Context) bool) {
	tick := time.NewTicker(planEvery)
	defer tick.Stop()
	for {
		if may(ctx) {
			n, err := r.o.Store.PlanExports(ctx)
			if n > 0 {
				r.Wake()
			}
			if err != nil && ctx.Err() == nil {
				slog.Error("saved exports", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ship brings the file of a saved export to its place, and its manifest behind it: who finds a manifest finds the file.
func (r *Runner) ship(ctx context.Context, j ledger.Job, e audience.Export, report Report) error {
	if e.Saved == 0 {
		return nil
	}
	saved, err := r.o.Store.SavedExport(ctx, e.Saved)
	if fault.Is(err, fault.NotFound) || err == nil && saved.To.Kind == campaigns.Here {
		return nil // deleted since: the file stays here
	}
	if err != nil {
		return err
	}
	if r.o.Held != nil && r.o.Held() {
		return fault.New(fault.Conflict, "Nothing leaves this Keepsake until somebody confirms in Settings that it may send.")
	}
	var run campaigns.SavedRun
	if err := json.Unmarshal([]byte(j.Params), &run); err != nil {
		return fmt.Errorf("params of job %d: %w", j.ID, err)
	}
	if run.Goes != "" && run.Goes != saved.To.Mark() {
		return fault.New(fault.Conflict, "Somebody has changed where this export goes since this run was asked for, so the file stays here. Run it again.")
	}
	name := saved.File(report.SnapshotAt)
	return r.living(ctx, j, report, func(ctx context.Context) error {
		for _, one := range [][2]string{{exported(j), name}, {manifest(j), name + ".manifest.json"}} {
			f, err := os.Open(filepath.Join(r.o.Data, exportsDir, one[0]))
			if err != nil {
				return unless(err, errErased)
			}
			if err := errors.Join(r.o.Depot.Put(ctx, saved.To, one[1], f), f.Close()); err != nil {
				return err
			}
		}
		return nil
	})
}

// living keeps the lease of a job while something works that does not tell how far it is. A job that was stopped ends it.
func (r *Runner) living(ctx context.Context, j ledger.Job, report Report, do func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			return err
		case <-tick.C:
			if err := r.o.Store.Progress(ctx, j.Lease(), report.progress(report.Rows, report.Rows)); err != nil {
				cancel(err)
			}
		}
	}
}
