package jobs

import (
	"errors"
	"io"
	"os"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// beside opens the file that an import writes beside its own, to go on with at. What a step wrote that was never committed is
// cut off; where an erasure took the file meanwhile, it begins anew.
func (r *Runner) beside(name string, at *int64) (*os.File, error) {
	f, err := r.create(importsDir, name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		if info.Size() < *at {
			*at = 0
		}
		err = cut(f, *at)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// cut leaves of a file what is before at, and goes on there.
func cut(f *os.File, at int64) error {
	if err := f.Truncate(at); err != nil {
		return err
	}
	_, err := f.Seek(at, io.SeekStart)
	return err
}

type settle func(audience.ImportResult) (ledger.Progress, error)

// anew is a settle that begins with what stands now, at being the size of the file it writes to: the store does a step again
// where another transaction was in its way, and settles it each time.
func (i *importing) anew(at int64, s settle) settle {
	before := i.report
	return func(r audience.ImportResult) (ledger.Progress, error) {
		i.report = before
		if err := cut(i.reasons, at); err != nil {
			return ledger.Progress{}, err
		}
		return s(r)
	}
}
