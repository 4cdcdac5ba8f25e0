package store

import (
	"context"
	"errors"
	"slices"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// errDry rolls a dry run back.
var errDry = errors.New("dry run")

const inImport = `SELECT set_config('synchronous_commit', 'off', TRUE), set_config('enable_seqscan', 'off', TRUE)`

// importTx is a step of an import: done again where another transaction was in its way, and without an error when it was a dry run.
//
// PostgreSQL need not bring the step to the disk at once: a power cut takes back how far the import is together with what it did,
// and that an import is over is written to the disk after all its steps. Nor may it look through tables: it keeps to a plan that it
// made while they were empty.
func (s *Store) importTx(ctx context.Context, o ledger.Batch, f func(tx *gorm.DB) (audience.ImportResult, error)) (r audience.ImportResult, err error) {
	postgres := s.d.name == goose.DialectPostgres
	step := func(tx *gorm.DB) (err error) {
		if postgres && o.Job != 0 {
			if err := tx.Exec(inImport).Error; err != nil {
				return err
			}
		}
		r, err = f(tx)
		return err
	}
	try := func() error { return s.stepTx(ctx, step) }
	err = again(try)
	if postgres && duplicated(err) { // another file has just told of the same orders: now they are known
		err = again(try)
	}
	if errors.Is(err, errDry) {
		err = nil
	}
	return r, err
}

// end is what a batch did, which is settled with it.
func (b *importBatch) end() (audience.ImportResult, error) {
	slices.SortStableFunc(b.result.Faults, func(x, y audience.RowFault) int { return x.Line - y.Line })
	return b.result, b.settle()
}

// settle writes down how far the import is, with what it did; a dry run is rolled back.
func (b *importBatch) settle() error {
	switch {
	case b.o.Dry:
		return errDry
	case b.o.Job == 0 || b.o.Settle == nil:
		return nil
	}
	p, err := b.o.Settle(b.result)
	if err != nil {
		return err
	}
	return b.s.progress(b.tx, b.o.Lease, p)
}
