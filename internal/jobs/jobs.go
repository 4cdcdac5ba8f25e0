// Package jobs runs imports and exports in the background: it leases a job's row, works in small committed steps, and goes on where it stopped.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// Store is what the runner asks of the database.
type Store interface {
	CreateJob(ctx context.Context, j *ledger.Job) error
	LeaseJob(ctx context.Context, kinds ...string) (ledger.Job, error)
	Job(ctx context.Context, id int64) (ledger.Job, error)
	Progress(ctx context.Context, l ledger.Lease, p ledger.Progress) error
	ReleaseJob(ctx context.Context, l ledger.Lease) error
	FinishJob(ctx context.Context, l ledger.Lease, state, reason string) error
	SaveResult(ctx context.Context, j ledger.Job, result string) error
	ImportBatch(ctx context.Context, rows []audience.ImportRow, b ledger.Batch) (audience.ImportResult, error)
	ImportOrders(ctx context.Context, rows []audience.OrderRow, b ledger.Batch) (audience.ImportResult, error)
	UndoStep(ctx context.Context, after audience.UndoPoint, n int, b ledger.Batch) (audience.ImportResult, error)
	UnmakeAttribute(ctx context.Context, key string) (stays *fault.Error, err error)
	SweepImports(ctx context.Context, before time.Time) error
	Attributes(ctx context.Context) ([]audience.Attribute, error)
	RegisterAttributes(ctx context.Context, all []audience.Attribute) error
	CountExport(ctx context.Context, e audience.Export) (int64, error)
	MakeIndexes(ctx context.Context) error
	ChooseBulk(ctx context.Context, job int64, b audience.Bulk, said func(n int64) error) error
	CountBulk(ctx context.Context, job int64) (int64, error)
	BulkStep(ctx context.Context, l ledger.Lease, b audience.Bulk, after int64, settle func(c audience.BulkCounts, last int64) ledger.Progress) (last int64, err error)
	NextBulk(ctx context.Context, job, after int64, limit int) ([]int64, error)
	ForgetBulk(ctx context.Context) error
	Erase(ctx context.Context, id int64, source string) (words []string, err error)
	ToForget(ctx context.Context) (words map[int64][]string, still bool, err error)
	Forgotten(ctx context.Context, ids []int64) error
	ExportRows(ctx context.Context, e audience.Export, yield func(cells [][]byte) error) error
	SavedExport(ctx context.Context, id int64) (campaigns.SavedExport, error)
	PlanExports(ctx context.Context) (n int, err error)
}

// Rows writes the rows of an export, whose header it has written already.
type Rows interface {
	WriteRow(cells [][]byte)
	Close() error // ends the file, but not what is below it
}

// Writer writes lines of a CSV file.
type Writer interface {
	Write(cells []string)
	Continue() // the file has its beginning already
	Flush() error
}

// File is what an import reads.
type File interface {
	io.ReadSeeker
	io.ReaderAt
}

// Exchange is how files are read and written.
type Exchange struct {
	Whole  func(f File, im audience.Import) error // refuses a packed file that is damaged anywhere
	Header func(f File, im audience.Import) ([]string, error)
	People func(f File, im audience.Import) iter.Seq2[audience.ImportRow, error]
	Orders func(f File, im audience.Import, now time.Time) iter.Seq2[audience.OrderRow, error]
	Writer func(w io.Writer, form string) Writer
	Rows   func(w io.Writer, e audience.Export) Rows
}

// Depot brings files to their place.
type Depot interface {
	Put(ctx context.Context, to campaigns.Destination, name string, f *os.File) error
}

// Options are what a Runner is made of.
type Options struct {
	Store    Store
	Exchange Exchange
	Data     string // holds the folders imports and exports
	Depot    Depot
	Held     func() bool                         // whether nothing may leave this Keepsake; nil is never
	Say      func(lang string, err error) string // an error in a reader's words
	Now      func() time.Time
}

// Runner works through jobs.
type Runner struct {
	o    Options
	wake map[string]chan struct{} // by kind
	// wakeIndexes says that an index is wanted
	wakeIndexes chan struct{}

	turns chan struct{} // of files that are made at once

	mu     sync.Mutex
	before map[string]map[int64][]string // by file, who was erased before it was begun
}

// kinds are worked at side by side; of each one job at a time.
var kinds = []string{ledger.ImportJob, ledger.ExportJob, ledger.BulkJob}

// New returns a runner; Run makes it work.
func New(o Options) *Runner {
	r := &Runner{o: o, wake: map[string]chan struct{}{}, wakeIndexes: make(chan struct{}, 1), turns: make(chan struct{}, sideBySide), before: map[string]map[int64][]string{}}
	for _, kind := range kinds {
		r.wake[kind] = make(chan struct{}, 1)
	}
	return r
}

// Wake says that a job was queued.
func (r *Runner) Wake() {
	for _, c := range r.wake {
		select {
		case c <- struct{}{}:
		default: // it is told already
		}
	}
}

// WakeIndexes says that an index of an attribute is wanted.
func (r *Runner) WakeIndexes() {
	select {
	case r.wakeIndexes <- struct{}{}:
	default: // it is told already
	}
}

// look is how often a runner that nobody wakes looks for jobs whose worker is gone.
const look = 5 * time.Second

// Run works until ctx ends; a job at hand is then given back, for the next start.
func (r *Runner) Run(ctx context.Context) {
	var work sync.WaitGroup
	for _, kind := range kinds {
		work.Go(func() { r.loop(ctx, kind) })
	}
	work.Go(func() { r.indexAlways(ctx) })
	work.Go(func() { r.sweepAlways(ctx) })
	work.Wait()
}

// indexAlways makes the indexes of attributes that somebody wants.
func (r *Runner) indexAlways(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if err := r.o.Store.MakeIndexes(ctx); err != nil && ctx.Err() == nil {
			slog.Error("indexes of attributes", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wakeIndexes:
		case <-tick.C:
		}
	}
}

func (r *Runner) loop(ctx context.Context, kind string) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if err := r.Drain(ctx, kind); err != nil && ctx.Err() == nil {
			slog.Error("jobs", "kind", kind, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake[kind]:
		case <-tick.C:
		}
	}
}

// Drain works at jobs of a kind until none waits.
func (r *Runner) Drain(ctx context.Context, kind string) error {
	for {
		j, err := r.o.Store.LeaseJob(ctx, kind)
		if errors.Is(err, ledger.ErrNoJob) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.work(ctx, j); err != nil {
			return err
		}
		if _, err := r.Forget(ctx); err != nil { // whom it erased, and who was erased while it wrote
			return err
		}
	}
}

// work does one job and settles it.
func (r *Runner) work(ctx context.Context, j ledger.Job) error {
	defer thrift()()
	state, err := r.safely(ctx, j)
	settle := context.WithoutCancel(ctx)
	switch {
	case errors.Is(err, ledger.ErrJobStopped):
		slog.Info("job stopped", "job", j.ID)
		return nil
	case ctx.Err() != nil:
		return r.o.Store.ReleaseJob(settle, j.Lease())
	case err != nil:
		slog.Error("job failed", "job", j.ID, "kind", j.Kind, "error", err)
		return r.settled(r.o.Store.FinishJob(settle, j.Lease(), ledger.JobFailed, r.o.Say(reader(j), err)))
	}
	slog.Info("job done", "job", j.ID, "kind", j.Kind, "state", state)
	return r.settled(r.o.Store.FinishJob(settle, j.Lease(), state, ""))
}

// safely makes of a panic the failure of its job: it would end the process, and then the next one that takes the job up.
func (r *Runner) safely(ctx context.Context, j ledger.Job) (state string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return r.do(ctx, j)
}

// thrift keeps little garbage while a job runs, which makes much for each row and keeps nothing of it.
// What it returns ends that.
func thrift() (end func()) {
	was := debug.SetGCPercent(100)
	if was >= 0 && was < 100 {
		debug.SetGCPercent(was)
	}
	return func() { debug.SetGCPercent(was) }
}

// settled forgives that somebody stopped the job in its last moment.
func (r *Runner) settled(err error) error {
	if errors.Is(err, ledger.ErrJobStopped) {
		return nil
	}
	return err
}

func (r *Runner) do(ctx context.Context, j ledger.Job) (state string, err error) {
	switch j.Kind {
	case ledger.ImportJob:
		return r.doImport(ctx, j)
	case ledger.BulkJob:
		return ledger.JobFinished, r.doBulk(ctx, j)
	case ledger.ExportJob:
		return ledger.JobFinished, r.doExport(ctx, j)
	}
	return "", fault.New(fault.Invalid, "There is no job of the kind “%s”.", j.Kind)
}
