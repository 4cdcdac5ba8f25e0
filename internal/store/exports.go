package store

import (
	"context"

	"keepsake/campaigns/audience"
)

func exportQuery(e audience.Export) SubscriberQuery {
	return SubscriberQuery{Search: e.Search, List: e.List, State: e.State, Lang: e.Lang}
}

// CountExport counts whom an export will hold.
func (s *Store) CountExport(ctx context.Context, e audience.Export) (int64, error) {
	return s.CountSubscribers(ctx, exportQuery(e))
}

// AttributeKeys are the keys of all attributes, in order.
func (s *Store) AttributeKeys(ctx context.Context) (keys []string, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT name FROM attributes WHERE deleted_at IS NULL ORDER BY name`).Scan(&keys).Error
	return keys, err
}
