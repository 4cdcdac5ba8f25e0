package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// MaxUpload is how large an imported file may be, in bytes.
const MaxUpload = 200 << 20

// ErrTooLarge says that a file is larger than MaxUpload.
var ErrTooLarge = fault.New(fault.TooLarge, "The file is larger than %d MB. Split it into several.", MaxUpload>>20)

// Keep is how long the files of imports and exports stay: they are full of addresses.
const Keep = 7 * 24 * time.Hour

const (
	importsDir = "imports"
	exportsDir = "exports"
)

// Upload stores a file of people and returns the name under which CreateJob knows it. A
// file that is too large, and a full disk, are faults.
func (r *Runner) Upload(src io.Reader) (name string, err error) {
	name = rand.Text() + ".csv"
	f, err := r.create(importsDir, name)
	if err != nil {
		return "", err
	}
	n, err := io.Copy(f, io.LimitReader(src, MaxUpload+1))
	err = errors.Join(err, f.Close())
	switch {
	case err != nil && isPath(err):
		err = fault.New(fault.Away, "The file cannot be stored: %v", err)
	case err == nil && n > MaxUpload:
		err = ErrTooLarge
	case err == nil && n == 0:
		err = fault.Field("file", "The file is empty.")
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return name, nil
}

func isPath(err error) bool {
	_, ok := errors.AsType[*os.PathError](err)
	return ok
}

func (r *Runner) create(dir, name string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Join(r.o.Data, dir), 0o700); err != nil {
		return nil, fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	f, err := os.OpenFile(filepath.Join(r.o.Data, dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	return f, nil
}

// open opens a file that was last written to at a moment or later; zero is a file that may never have been.
func (r *Runner) open(dir, name string, written time.Time) (*os.File, error) {
	f, err := os.Open(filepath.Join(r.o.Data, dir, filepath.Base(name)))
	switch {
	case !errors.Is(err, os.ErrNotExist):
		return f, err
	case !r.o.Now().Before(written.Add(Keep)):
		return nil, fault.New(fault.NotFound, "The file is no longer kept: files of imports and exports stay for %d days.", int(Keep.Hours()/24))
	}
	return nil, errForgotten // Sweep does not take it so early
}

var errForgotten = fault.New(fault.NotFound, "The file is gone: somebody was erased who may stand in it.")

// Source opens the file an import reads.
func (r *Runner) Source(j ledger.Job) (*os.File, error) {
	f, err := r.open(importsDir, j.File, j.CreatedAt)
	if err == errForgotten {
		err = fault.New(fault.NotFound, "The file is gone: somebody was erased who may stand in it, and nobody can be taken out of such a file. Upload it again.")
	}
	return f, err
}

// Reasons opens an import's file of lines that were left out, each with its reason.
func (r *Runner) Reasons(j ledger.Job) (*os.File, error) {
	var written time.Time
	if rep, err := ReportOf(j); err == nil && rep.Reasons > 0 {
		written = j.CreatedAt
	}
	return r.open(importsDir, reasons(j), written)
}

// Left opens the file of what an undone import could not take back, each with its reason.
func (r *Runner) Left(j ledger.Job) (*os.File, error) {
	var written time.Time
	if rep, err := ReportOf(j); err == nil && rep.LeftFile > 0 && j.FinishedAt != nil {
		written = *j.FinishedAt
	}
	return r.open(importsDir, leftovers(j), written)
}

// Export opens what a finished export has written.
func (r *Runner) Export(j ledger.Job) (*os.File, error) {
	if j.Kind != ledger.ExportJob || j.State != ledger.JobFinished {
		return nil, fault.New(fault.Conflict, "The export is not finished.")
	}
	return r.open(exportsDir, exported(j), j.CreatedAt)
}

// Manifest opens what is said of a finished export: its rows, bytes and checksum.
func (r *Runner) Manifest(j ledger.Job) (*os.File, error) {
	if j.Kind != ledger.ExportJob || j.State != ledger.JobFinished {
		return nil, fault.New(fault.Conflict, "The export is not finished.")
	}
	return r.open(exportsDir, manifest(j), j.CreatedAt)
}

func manifest(j ledger.Job) string  { return fmt.Sprintf("%d.manifest.json", j.ID) }
func leftovers(j ledger.Job) string { return j.File + ".left" }
func reasons(j ledger.Job) string   { return j.File + ".reasons" }

// exported is the name of the file an export writes.
func exported(j ledger.Job) string {
	e, _ := ExportOf(j) // what is not readable was not written either
	return fmt.Sprint(j.ID, e.Extension())
}

func (r *Runner) sweepAlways(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if _, err := r.Forget(ctx); err != nil && ctx.Err() == nil { // what a stop or a full disk left
			slog.Error("files of erased people", "error", err)
		}
		if err := errors.Join(r.Sweep(), r.o.Store.SweepImports(ctx, r.o.Now().Add(-Keep))); err != nil {
			slog.Error("old files", "error", err)
		}
		if err := r.o.Store.ForgetBulk(ctx); err != nil && ctx.Err() == nil {
			slog.Error("old jobs in bulk", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep removes files that nobody has written to for Keep.
func (r *Runner) Sweep() error {
	var errs []error
	for _, dir := range []string{importsDir, exportsDir} {
		entries, err := os.ReadDir(filepath.Join(r.o.Data, dir))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err == nil && info.ModTime().Before(r.o.Now().Add(-Keep)) {
				err = os.Remove(filepath.Join(r.o.Data, dir, e.Name()))
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
