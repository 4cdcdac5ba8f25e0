package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"keepsake/campaigns/ledger"
)

// Links are what is known of the links that open an export's file without signing in.
type Links struct {
	Round int64     `json:"round,omitempty"` // how often they were taken back: those of an earlier round open nothing
	Until time.Time `json:"until,omitzero"`  // when the last of this round expires
}

// Link notes a link to an export's file that is good until the moment, and returns the round it belongs to.
func (r *Runner) Link(ctx context.Context, j ledger.Job, until time.Time) (round int64, err error) {
	err = r.relink(ctx, j, func(l *Links) {
		if l.Until.Before(until) {
			l.Until = until.UTC()
		}
		round = l.Round
	})
	return round, err
}

// Unlink takes back all links to an export's file: at once they open nothing.
func (r *Runner) Unlink(ctx context.Context, j ledger.Job) error {
	return r.relink(ctx, j, func(l *Links) { *l = Links{Round: l.Round + 1} })
}

func (r *Runner) relink(ctx context.Context, j ledger.Job, change func(*Links)) error {
	report, err := ReportOf(j)
	if err != nil {
		return err
	}
	change(&report.Links)
	b, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("result of job %d: %w", j.ID, err)
	}
	return r.o.Store.SaveResult(ctx, j, string(b))
}
