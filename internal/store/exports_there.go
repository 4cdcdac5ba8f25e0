package store

import (
	"context"

	"keepsake/campaigns/audience"
)

// ExportThere refuses an export of a list, a segment or a campaign that is not there: an empty file would look well.
func (s *Store) ExportThere(ctx context.Context, e audience.Export) error {
	var err error
	if e.List != 0 {
		_, err = s.List(ctx, e.List)
	}
	if e.Segment != 0 && err == nil {
		_, err = s.Segment(ctx, e.Segment)
	}
	if e.Campaign != 0 && err == nil {
		_, err = s.Campaign(ctx, e.Campaign)
	}
	return err
}
