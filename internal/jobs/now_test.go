package jobs_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// crowd is a store of so many rows, which yields none before it may.
type crowd struct {
	*store.Store
	rows  int64
	begun chan struct{}
	may   chan struct{}
}

func (c *crowd) CountExport(context.Context, audience.Export) (int64, error) { return c.rows, nil }

func (c *crowd) ExportRows(context.Context, audience.Export, func([][]byte) error) error {
	c.begun <- struct{}{}
	<-c.may
	return nil
}

func TestFilesMadeAtOnceAreFewAndSmall(t *testing.T) {
	st := storetest.SQLite(t, storetest.NewClock(tuesday))
	e := audience.Export{What: audience.Subscribers, Fields: []string{"email"}, Format: audience.CSV, Form: audience.Raw}
	if _, err := runner(&crowd{Store: st, rows: jobs.MostNow + 1}, t.TempDir()).Now(t.Context(), e); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too many rows: %v", err)
	}
	c := &crowd{Store: st, rows: jobs.MostNow, begun: make(chan struct{}, 9), may: make(chan struct{})}
	r := runner(c, t.TempDir())
	var work sync.WaitGroup
	for range 2 {
		work.Go(func() {
			f, err := r.Now(t.Context(), e)
			if err != nil {
				t.Error(err)
				return
			}
			if b, err := io.ReadAll(f); err != nil || string(b) != "email\r\n" {
				t.Errorf("%q, %v", b, err)
			}
			f.Close()
		})
		<-c.begun
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := r.Now(gone, e); !errors.Is(err, context.Canceled) || len(c.begun) > 0 {
		t.Errorf("a third beside two: %v, begun %d", err, len(c.begun))
	}
	close(c.may)
	work.Wait()
}
