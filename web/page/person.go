package page

import (
	"context"
	"io"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/exchange"
)

// Erase takes a person off the books for good, with the files of imports and exports on this machine that name them.
func (s *Site) Erase(ctx context.Context, id int64, source string) error {
	words, err := s.Store.Erase(ctx, id, source)
	if err != nil || s.Jobs == nil {
		return err
	}
	_, err = s.Jobs.Forget(words)
	return err
}

// WriteRecord writes all that is on record of a person as a zip file of two forms; sections narrow it.
func (s *Site) WriteRecord(ctx context.Context, id int64, out io.Writer, lang string, zone *time.Location, sections ...string) error {
	words := exchange.RecordWords{Lang: lang, Zone: zone, Say: func(text string) string { return s.Catalog.T(lang, text) },
		Moment: func(at time.Time) string { return s.Catalog.DateTime(lang, at, zone) }}
	return exchange.RecordZip(out, s.Now(), words, func(w audience.RecordWriter) error { return s.Store.WriteRecord(ctx, id, w, sections...) })
}
