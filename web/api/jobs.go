package api

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/jobs"
)

// Job is an import or an export and how far it is.
type Job struct {
	ledger.Job
	Share       float64               `json:"share" minimum:"0" maximum:"1" doc:"How much of it is done"`
	RowsPerS    float64               `json:"rows_per_second"`
	SecondsLeft float64               `json:"seconds_left,omitempty" doc:"As far as one can tell"`
	Counts      audience.ImportCounts `json:"counts" doc:"Of an import: what became of its lines"`
	Columns     []audience.Column     `json:"columns,omitempty" doc:"Of an import: what the columns of its file were taken for, guessed or told"`
	Undone      audience.UndoCounts   `json:"undone,omitzero" doc:"Of an import that was undone: what was taken back, and what was left"`
}

func (s *server) show(j ledger.Job) (*body[Job], error) {
	report, err := jobs.ReportOf(j)
	if err != nil {
		return nil, err
	}
	pace, err := jobs.PaceOf(j, s.Now())
	if err != nil {
		return nil, err
	}
	return &body[Job]{Job{Job: j, Share: pace.Share, RowsPerS: pace.PerS, SecondsLeft: pace.Left.Seconds(), Counts: report.ImportCounts, Columns: columnsOf(j), Undone: report.Undone}}, nil
}

// jobOf is a job of that kind; another kind's number is a NotFound.
func (s *server) jobOf(ctx context.Context, kind string, id int64) (ledger.Job, error) {
	j, err := s.Store.Job(ctx, id)
	if err == nil && j.Kind != kind {
		err = fault.New(fault.NotFound, "There is no job with that number.")
	}
	return j, err
}

func (s *server) job(kind string) func(context.Context, *ByID) (*body[Job], error) {
	return func(ctx context.Context, in *ByID) (*body[Job], error) {
		j, err := s.jobOf(ctx, kind, in.ID)
		if err != nil {
			return nil, err
		}
		return s.show(j)
	}
}

func (s *server) listJobs(kind string) func(context.Context, *Cursor) (*paged[Job], error) {
	return func(ctx context.Context, in *Cursor) (*paged[Job], error) {
		rows, next, err := s.Store.Jobs(ctx, kind, in.After, in.Limit)
		if err != nil {
			return nil, err
		}
		out := make([]Job, len(rows))
		for i, j := range rows {
			one, err := s.show(j)
			if err != nil {
				return nil, err
			}
			out[i] = one.Body
		}
		return pageOf(out, next), nil
	}
}

// resume lets a paused job go on, at once.
func (s *server) resume(ctx context.Context, id int64) error {
	err := s.Store.ResumeJob(ctx, id)
	if err == nil {
		s.Jobs.Wake()
	}
	return err
}

// changeJob stops, pauses or resumes a job of that kind.
func (s *server) changeJob(kind string, do func(context.Context, int64) error) func(context.Context, *ByID) (*body[Job], error) {
	return func(ctx context.Context, in *ByID) (*body[Job], error) {
		if _, err := s.jobOf(ctx, kind, in.ID); err != nil {
			return nil, err
		}
		if err := do(ctx, in.ID); err != nil {
			return nil, err
		}
		return s.job(kind)(ctx, in)
	}
}

func (s *server) queue(ctx context.Context, j ledger.Job, params any) (*body[Job], error) {
	b, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	j.Params = string(b)
	if err := s.Store.CreateJob(ctx, &j); err != nil {
		return nil, err
	}
	s.Jobs.Wake()
	if err := s.audit(ctx, j.Kind+".start", "job:%d", j.ID); err != nil {
		return nil, err
	}
	return s.show(j)
}

func stamp(j ledger.Job) string { return j.CreatedAt.Format(time.DateOnly) }

// download streams a file and closes it.
func download(f *os.File, name, kind string) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer f.Close()
		ctx.SetHeader("Content-Type", kind)
		ctx.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		c := humagin.Unwrap(ctx)
		http.ServeContent(c.Writer, c.Request, "", time.Time{}, f)
	}}
}
