package jobs

import (
	"context"
	"fmt"
	"io"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// undoStep is how many things are taken back in one transaction.
const undoStep = 500

// undo takes an import back, from where the undoing stopped.
func (i *importing) undo(ctx context.Context) (state string, err error) {
	if i.reasons, err = i.r.beside(leftovers(i.job), &i.report.LeftFile); err != nil {
		return "", err
	}
	defer i.reasons.Close()
	if i.report.UndoAt.Phase == "" {
		i.report.UndoAt = audience.UndoPoint{Phase: audience.UndoChanges}
	}
	for i.report.UndoAt.Phase != audience.UndoOver {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		b := ledger.Batch{Import: i.options, Source: fmt.Sprintf("import:%d", i.job.ID), Lease: i.job.Lease(), Settle: i.anew(i.report.LeftFile, i.settleUndo)}
		if _, err := i.r.o.Store.UndoStep(ctx, i.report.UndoAt, undoStep, b); err != nil {
			return "", err
		}
	}
	return ledger.JobUndone, i.unmake(ctx)
}

// unmake takes away the attributes that the import made and nothing else uses.
func (i *importing) unmake(ctx context.Context) error {
	if len(i.report.Made) == 0 {
		return nil
	}
	r := audience.ImportResult{At: i.report.UndoAt}
	err := i.r.living(ctx, i.job, i.report, func(ctx context.Context) error {
		for _, key := range i.report.Made {
			stays, err := i.r.o.Store.UnmakeAttribute(ctx, key)
			switch {
			case err != nil:
				return err
			case stays != nil:
				r.Undone.Left++
				r.Faults = append(r.Faults, audience.RowFault{Fault: stays})
			default:
				r.Undone.Attributes++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	i.report.Made = nil
	p, err := i.settleUndo(r)
	if err != nil {
		return err
	}
	return i.r.o.Store.Progress(ctx, i.job.Lease(), p)
}

// settleUndo writes down what stays, and how far the undoing is.
func (i *importing) settleUndo(r audience.ImportResult) (ledger.Progress, error) {
	if len(r.Faults) > 0 {
		w := i.r.o.Exchange.Writer(i.reasons, audience.Spreadsheet)
		if i.report.LeftFile == 0 {
			w.Write([]string{"email", "reason"})
		} else {
			w.Continue()
		}
		for _, f := range r.Faults {
			w.Write([]string{f.Email, i.r.o.Say(i.options.Reader, f.Fault)})
		}
		if err := w.Flush(); err != nil {
			return ledger.Progress{}, fmt.Errorf("what stays of job %d: %w", i.job.ID, err)
		}
		end, err := i.reasons.Seek(0, io.SeekCurrent)
		if err != nil {
			return ledger.Progress{}, err
		}
		i.report.LeftFile = end
	}
	i.report.Undone, i.report.UndoAt = i.report.Undone.Add(r.Undone), r.At
	done := i.report.Undone.All()
	return i.report.progress(done, max(done, i.report.New+i.report.Updated+i.report.People)), nil
}
