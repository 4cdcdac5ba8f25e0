package store

import (
	"context"
	"fmt"
	"strings"

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

// exportPage is how many people are held in memory at once.
const exportPage = 2000

// exportRow is a person with the state on the export's list.
type exportRow struct {
	Person subscriberRow `gorm:"embedded"`
	State  audience.State
}

// ExportSubscribers yields the people of the export, oldest first, and their state on its
// list. It holds a page of them at a time, so its memory does not grow with their number.
// Yield's error ends it and is returned.
func (s *Store) ExportSubscribers(ctx context.Context, e audience.Export, yield func(audience.Subscriber, audience.State) error) error {
	columns := "subscribers.*"
	if e.List != 0 {
		columns += ", subscriptions.state"
	}
	parse := strings.Contains(strings.Join(e.Fields, " "), "attributes.")
	for last := int64(0); ; {
		var rows []exportRow
		db := exportQuery(e).where(s.read.WithContext(ctx).Table("subscribers").Select(columns)).Where("subscribers.id > ?", last)
		if err := db.Order("subscribers.id").Limit(exportPage).Find(&rows).Error; err != nil {
			return fmt.Errorf("export subscribers: %w", err)
		}
		for _, r := range rows {
			if !parse {
				r.Person.Attributes = "{}"
			}
			if err := yield(r.Person.subscriber(), r.State); err != nil {
				return err
			}
			last = r.Person.ID
		}
		if len(rows) < exportPage {
			return nil
		}
	}
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
