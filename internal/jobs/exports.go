package jobs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// reportRows is after how many rows an export says how far it is.
const reportRows = 25_000

// doExport writes the file beside its place and moves it there when it is whole: a download
// never meets half of one. After a restart it begins anew, and when somebody who stands in it was erased meanwhile.
func (r *Runner) doExport(ctx context.Context, j ledger.Job) error {
	for {
		report, err := r.export(ctx, j)
		if err == nil {
			return r.o.Store.Progress(ctx, j.Lease(), report.progress(report.Rows, report.Rows))
		}
		if !errors.Is(err, errErased) {
			return err
		}
		now, err := r.o.Store.Job(ctx, j.ID)
		if err != nil {
			return err
		}
		j.Params = now.Params // which may have asked for them by name
	}
}

// export writes the file of an export and brings it to its place; errErased when it must not stay.
func (r *Runner) export(ctx context.Context, j ledger.Job) (report Report, err error) {
	e, err := ExportOf(j)
	if err != nil {
		return report, err
	}
	before, _, err := r.o.Store.ToForget(ctx)
	if err != nil {
		return report, err
	}
	total, err := r.o.Store.CountExport(ctx, e)
	if err != nil {
		return report, err
	}
	f, err := r.create(exportsDir, exported(j)+".part")
	if err != nil {
		return report, err
	}
	r.begun(f.Name(), before)
	err = f.Truncate(0)
	if err == nil {
		report, err = r.Write(ctx, e, f, func(report Report) error {
			return r.o.Store.Progress(ctx, j.Lease(), report.progress(report.Rows, max(total, report.Rows)))
		})
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = r.declare(j, e, report)
	}
	if err == nil {
		err = r.anybody(ctx, before, f.Name(), filepath.Join(r.o.Data, exportsDir, manifest(j)))
	}
	if err != nil {
		return report, errors.Join(err, gone(f.Name()))
	}
	path := strings.TrimSuffix(f.Name(), ".part")
	r.begun(path, before)
	if err := os.Rename(f.Name(), path); err != nil {
		return report, unless(err, errErased)
	}
	return report, r.ship(ctx, j, e, report)
}

// gone removes a file, which may be gone already.
func gone(path string) error { return unless(os.Remove(path), nil) }

// unless is what an error means when it says that a file is not there: Forget was quicker.
func unless(err, missing error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return missing
	}
	return err
}

// ExportOf is what an export's job is to write.
func ExportOf(j ledger.Job) (e audience.Export, err error) {
	if err = json.Unmarshal([]byte(j.Params), &e); err != nil {
		return e, fmt.Errorf("params of job %d: %w", j.ID, err)
	}
	if e.What == "" { // one from before there were other kinds
		e.What = audience.Subscribers
	}
	return e, nil
}

// Write writes the rows of an export to f and returns how many, with the checksum of the bytes. It tells now and
// then how far it is; an error of that ends it.
func (r *Runner) Write(ctx context.Context, e audience.Export, f io.Writer, tell func(Report) error) (report Report, err error) {
	report.SnapshotAt = r.o.Now().UTC()
	sum := sha256.New()
	w := r.o.Exchange.Rows(tally{io.MultiWriter(f, sum), &report.Bytes}, e)
	err = r.o.Store.ExportRows(ctx, e, func(cells [][]byte) error {
		w.WriteRow(cells)
		if report.Rows++; report.Rows%reportRows != 0 {
			return nil
		}
		return tell(report)
	})
	if err != nil {
		return report, err
	}
	if err := w.Close(); err != nil {
		return report, fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	report.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return report, nil
}

// MostNow is how many rows Now writes, and sideBySide how many files at a time: each keeps a moment of the database and one of
// its few connections for as long as it is written.
const (
	MostNow    = 50_000
	sideBySide = 2
)

// Now writes an export's file, which is gone when it is closed. It waits for its turn; of more than MostNow rows it is refused
// with a fault.
func (r *Runner) Now(ctx context.Context, e audience.Export) (f *os.File, err error) {
	select {
	case r.turns <- struct{}{}:
		defer func() { <-r.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	n, err := r.o.Store.CountExport(ctx, e)
	if err != nil {
		return nil, err
	}
	if n > MostNow {
		return nil, fault.New(fault.TooLarge, "These are %d rows, and a file of at most %d is made at once. Export them in the background.", n, MostNow)
	}
	for again := true; again; again = errors.Is(err, errErased) {
		f, err = r.now(ctx, e)
	}
	return f, err
}

func (r *Runner) now(ctx context.Context, e audience.Export) (*os.File, error) {
	f, err := r.create(exportsDir, rand.Text()+".part")
	if err != nil {
		return nil, err
	}
	if _, err = r.Write(ctx, e, f, func(Report) error { return ctx.Err() }); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err = errors.Join(err, unless(os.Remove(f.Name()), errErased)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Manifest says what an exported file is, so that whoever has it can tell that it is whole.
type Manifest struct {
	Export     audience.Export `json:"export"`  // which rows it holds and what of them, its format and its form
	Columns    []string        `json:"columns"` // as the file calls them
	Rows       int64           `json:"rows"`    // without the header
	Bytes      int64           `json:"bytes"`
	SHA256     string          `json:"sha256"`      // of the file's bytes, in hex
	SnapshotAt time.Time       `json:"snapshot_at"` // the moment that all rows are of
	MadeAt     time.Time       `json:"made_at"`     // when the file was whole
}

// declare writes the manifest of a file that is whole.
func (r *Runner) declare(j ledger.Job, e audience.Export, report Report) error {
	f, err := r.create(exportsDir, manifest(j))
	if err != nil {
		return err
	}
	err = f.Truncate(0)
	if err == nil {
		err = r.Declare(e, report, f)
	}
	return errors.Join(err, f.Close())
}

// Declare writes the manifest of what Write has written.
func (r *Runner) Declare(e audience.Export, report Report, to io.Writer) error {
	out := json.NewEncoder(to)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(Manifest{Export: e, Columns: e.Header(), Rows: report.Rows, Bytes: report.Bytes, SHA256: report.SHA256, SnapshotAt: report.SnapshotAt, MadeAt: r.o.Now().UTC()})
}

// tally counts what is written through it.
type tally struct {
	io.Writer
	n *int64
}

func (t tally) Write(p []byte) (int, error) {
	n, err := t.Writer.Write(p)
	*t.n += int64(n)
	return n, err
}
