package page

import (
	"io"

	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
)

// NewJobs makes the runner of imports and exports; its Run is started beside the server.
func (s *Site) NewJobs() *jobs.Runner {
	return jobs.New(jobs.Options{Store: s.Store, Data: s.Config.Data, Say: s.Catalog.Fault, Now: s.Now,
		Exchange: jobs.Exchange{People: exchange.People,
			Writer: func(w io.Writer, form string) jobs.Writer { return exchange.NewWriter(w, form) }}})
}
