package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// reportRows is after how many rows an export says how far it is.
const reportRows = 5000

// doExport writes the file beside its place and moves it there when it is whole: a download
// never meets half of one. After a restart it begins anew.
func (r *Runner) doExport(ctx context.Context, j ledger.Job) error {
	var e audience.Export
	if err := json.Unmarshal([]byte(j.Params), &e); err != nil {
		return fmt.Errorf("params of job %d: %w", j.ID, err)
	}
	total, err := r.o.Store.CountExport(ctx, e)
	if err != nil {
		return err
	}
	f, err := r.create(exportsDir, exported(j)+".part")
	if err != nil {
		return err
	}
	err = f.Truncate(0)
	if err == nil {
		err = r.writePeople(ctx, j, e, f, total)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), f.Name()[:len(f.Name())-len(".part")])
}

func (r *Runner) writePeople(ctx context.Context, j ledger.Job, e audience.Export, f io.Writer, total int64) error {
	report := Report{}
	w := r.o.Exchange.Writer(tally{f, &report.Bytes}, e.Form)
	w.Write(e.Fields)
	cells := make([]string, len(e.Fields))
	err := r.o.Store.ExportSubscribers(ctx, e, func(p audience.Subscriber, state audience.State) error {
		for i, field := range e.Fields {
			cells[i] = r.o.Exchange.Cell(p, state, field)
		}
		w.Write(cells)
		if report.Rows++; report.Rows%reportRows != 0 {
			return nil
		}
		return r.o.Store.Progress(ctx, j.ID, report.progress(report.Rows, max(total, report.Rows)))
	})
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	return r.o.Store.Progress(ctx, j.ID, report.progress(report.Rows, report.Rows))
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
