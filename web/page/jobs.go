package page

import (
	"io"
	"iter"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/depot"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
)

// NewJobs makes the runner of imports and exports; its Run is started beside the server.
func (s *Site) NewJobs() *jobs.Runner {
	return jobs.New(jobs.Options{Store: s.Store, Data: s.Config.Data, Say: s.Catalog.Fault, Now: s.Now,
		Exchange: Exchange(), Depot: s.Depot(), Held: func() bool { return s.Instance != nil && s.Instance.Held() != "" }})
}

// Depot is how files of saved exports leave.
func (s *Site) Depot() depot.Depot {
	return depot.Depot{Folder: s.Config.Exports.Folder, Allow: s.Config.AllowFetch,
		Unseal: func(sealed string) (string, error) { return s.Links.Unseal(campaigns.ExportSecretUse, sealed) }}
}

// Exchange is how a runner of jobs reads and writes files.
func Exchange() jobs.Exchange {
	return jobs.Exchange{
		Whole:  func(f jobs.File, im audience.Import) error { return exchange.Whole(f, im) },
		Header: func(f jobs.File, im audience.Import) ([]string, error) { return exchange.Header(f, im) },
		Orders: func(f jobs.File, im audience.Import, now time.Time) iter.Seq2[audience.OrderRow, error] {
			return exchange.Orders(f, im, now)
		},
		People: func(f jobs.File, im audience.Import) iter.Seq2[audience.ImportRow, error] {
			return exchange.People(f, im)
		},
		Writer: func(w io.Writer, form string) jobs.Writer { return exchange.NewWriter(w, form) },
		Rows:   func(w io.Writer, e audience.Export) jobs.Rows { return exchange.NewRows(w, e) }}
}
