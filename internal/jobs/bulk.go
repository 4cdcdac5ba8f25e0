package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// Bulk is how far a job in bulk is and what became of its people.
type Bulk struct {
	audience.BulkCounts
	Whole bool  `json:"whole"` // all whom it is about are written down
	Last  int64 `json:"last"`  // the number of the last one it is through with
}

// bulking is one job in bulk under way.
type bulking struct {
	r   *Runner
	job ledger.Job
	b   audience.Bulk
	is  Bulk
	to  Bulk // what the step at hand leads to, once it is committed
}

func (r *Runner) doBulk(ctx context.Context, j ledger.Job) error {
	w := &bulking{r: r, job: j}
	asked := json.NewDecoder(strings.NewReader(j.Params))
	asked.DisallowUnknownFields() // a condition that is not understood must not be left out
	if err := asked.Decode(&w.b); err != nil {
		return fmt.Errorf("params of job %d: %w", j.ID, err)
	}
	report, err := ReportOf(j)
	if err != nil {
		return err
	}
	if report.Bulk != nil {
		w.is = *report.Bulk
	}
	if err := w.choose(ctx); err != nil {
		return err
	}
	if w.b.Do == audience.BulkDelete {
		return w.delete(ctx)
	}
	for {
		last, err := r.o.Store.BulkStep(ctx, j.Lease(), w.b, w.is.Last, w.settle)
		if err != nil || last == 0 {
			return err
		}
		w.is = w.to
	}
}

// choose writes down whom the job is about, unless that was done before a restart.
func (w *bulking) choose(ctx context.Context) (err error) {
	if w.is.Whole {
		return nil
	}
	if w.b.Do == audience.BulkUndo {
		w.is.Chosen, err = w.r.o.Store.CountBulk(ctx, w.b.Undoes)
	} else {
		w.is.Chosen = 0
		err = w.r.o.Store.ChooseBulk(ctx, w.job.ID, w.b, func(n int64) error {
			w.is.Chosen = n
			return w.say(ctx)
		})
	}
	if err != nil {
		return err
	}
	w.is.Whole = true
	return w.say(ctx)
}

func (w *bulking) say(ctx context.Context) error {
	return w.r.o.Store.Progress(ctx, w.job.Lease(), w.is.progress())
}

func (b Bulk) progress() ledger.Progress {
	return Report{Bulk: &b}.progress(b.Done(), b.Chosen)
}

func (w *bulking) settle(c audience.BulkCounts, last int64) ledger.Progress {
	w.to = Bulk{w.is.Add(c), true, last}
	return w.to.progress()
}

// someDeleted is how many people are deleted between two looks at whether the job is still wanted.
const someDeleted = 20

// delete erases people one by one, after a while in which it can be stopped.
func (w *bulking) delete(ctx context.Context) error {
	if w.is.Chosen > audience.MostDeleted {
		return fault.New(fault.TooLarge, "At most %d people are deleted at once; these are %d.", audience.MostDeleted, w.is.Chosen)
	}
	if err := w.wait(ctx, w.job.CreatedAt.Add(ledger.BulkGrace)); err != nil {
		return err
	}
	for {
		ids, err := w.r.o.Store.NextBulk(ctx, w.job.ID, w.is.Last, someDeleted)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := w.erase(ctx, ids); err != nil {
			return err
		}
		w.is.Last = ids[len(ids)-1]
		if err := w.say(ctx); err != nil {
			return err
		}
	}
}

func (w *bulking) erase(ctx context.Context, ids []int64) error {
	for _, id := range ids {
		_, err := w.r.o.Store.Erase(ctx, id, fmt.Sprintf("bulk:%d", w.job.ID))
		switch {
		case fault.Is(err, fault.Conflict): // a letter to them is leaving
			w.is.Since++
		case fault.Is(err, fault.NotFound):
			w.is.Same++
		case err != nil:
			return err
		default:
			w.is.Changed++
		}
	}
	return nil
}

// wait keeps the job until a moment.
func (w *bulking) wait(ctx context.Context, until time.Time) error {
	for w.r.o.Now().Before(until) {
		if err := w.say(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return nil
}
