package store

import (
	"context"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns/audience"
)

func exportQuery(e audience.Export) SubscriberQuery {
	return SubscriberQuery{Search: e.Search, List: e.List, State: e.State, Lang: e.Lang}
}

// CountExport counts whom an export will hold.
func (s *Store) CountExport(ctx context.Context, e audience.Export) (int64, error) {
	return s.CountSubscribers(ctx, exportQuery(e))
}

// AttributeKeys are the names of all attributes anybody has, in order.
func (s *Store) AttributeKeys(ctx context.Context) (keys []string, err error) {
	sql := `SELECT DISTINCT j.key FROM subscribers, json_each(subscribers.attributes) j WHERE subscribers.attributes <> '{}' ORDER BY 1 LIMIT 200`
	if s.d.name == goose.DialectPostgres {
		sql = `SELECT DISTINCT jsonb_object_keys(attributes::jsonb) AS key FROM subscribers WHERE attributes <> '{}' ORDER BY 1 LIMIT 200`
	}
	err = s.read.WithContext(ctx).Raw(sql).Scan(&keys).Error
	return keys, err
}
