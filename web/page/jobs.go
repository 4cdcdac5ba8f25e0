package page

import (
	"io"
	"iter"

	"keepsake/campaigns/audience"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
)

// NewJobs makes the runner of imports and exports; its Run is started beside the server.
func (s *Site) NewJobs() *jobs.Runner {
	return jobs.New(jobs.Options{Store: s.Store, Data: s.Config.Data, Say: s.Catalog.Fault, Now: s.Now,
		Exchange: Exchange()})
}

// Exchange is how a runner of jobs reads and writes files.
func Exchange() jobs.Exchange {
	return jobs.Exchange{
		Whole: func(f jobs.File, im audience.Import) error { return exchange.Whole(f, im) },
		People: func(f jobs.File, im audience.Import) iter.Seq2[audience.ImportRow, error] {
			return exchange.People(f, im)
		},
		Writer: func(w io.Writer, form string) jobs.Writer { return exchange.NewWriter(w, form) },
		Rows:   func(w io.Writer, e audience.Export) jobs.Rows { return exchange.NewRows(w, e) }}
}
