package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
)

func exportQuery(e audience.Export) SubscriberQuery {
	return SubscriberQuery{Search: e.Search, List: e.List, State: e.State, Lang: e.Lang, Segment: e.Segment, Attribute: e.Attribute, Value: e.Value}
}

// exported asks for the people whom an export is about.
func (s *Store) exported(db *gorm.DB, e audience.Export) (*gorm.DB, error) {
	q := exportQuery(e).where(db.Table("subscribers"))
	if len(e.IDs) > 0 {
		q = q.Where(s.sql("subscribers.id {{in}}{{ids}}{{end}}"), asJSON(e.IDs))
	}
	return s.narrow(db.Statement.Context, q, exportQuery(e))
}

// narrowExport leaves the rows of the export's campaign and of its last days.
func narrowExport(db *gorm.DB, e audience.Export, kind exportKind, now time.Time) *gorm.DB {
	if e.Campaign != 0 {
		db = db.Where(kind.campaign+" = ?", e.Campaign)
	}
	if e.Days != 0 {
		db = db.Where(kind.at+" >= ?", now.AddDate(0, 0, -e.Days))
	}
	return db
}

// CountExport counts the rows an export will hold.
func (s *Store) CountExport(ctx context.Context, e audience.Export) (n int64, err error) {
	db, kind := s.read.WithContext(ctx), exportKinds[e.What]
	switch {
	case (e.What == "" || e.What == audience.Subscribers) && !e.Chosen():
		return s.CountSubscribers(ctx, exportQuery(e))
	case !e.Narrowed():
		err = narrowExport(db.Table(kind.table), e, kind, s.now()).Count(&n).Error
	default:
		var people *gorm.DB
		if people, err = s.exported(db, e); err == nil && e.What == audience.Subscribers {
			err = people.Count(&n).Error
		} else if err == nil {
			err = narrowExport(db.Table(kind.table), e, kind, s.now()).Where(kind.person+" IN (?)", people.Select("subscribers.id")).Count(&n).Error
		}
	}
	if err != nil {
		return 0, fmt.Errorf("count rows of %s: %w", e.What, err)
	}
	return n, nil
}

// exportKey is an export's rows, whatever is written of them.
type exportKey struct {
	what, search, lang      string
	state                   audience.State
	attribute, value, ids   string
	list, segment, campaign int64
	days                    int
	jobs                    string
}

// CountExportLately is CountExport for a page, which may be some seconds old where there are many.
func (s *Store) CountExportLately(ctx context.Context, e audience.Export) (int64, error) {
	jobs, err := s.lastJobs(ctx)
	if err != nil {
		return 0, err
	}
	return lately(ctx, s, exportKey{e.What, e.Search, e.Lang, e.State, e.Attribute, e.Value, fmt.Sprint(e.IDs), e.List, e.Segment, e.Campaign, e.Days, jobs}, func() (int64, int64, error) {
		n, err := s.CountExport(ctx, e)
		if err != nil || !e.Narrowed() {
			return n, n, err
		}
		all, err := s.CountLately(ctx, SubscriberQuery{}) // it may have taken a look at everybody, however few fit
		return n, max(n, all), err
	})
}

// AttributeKeys are the keys of all attributes, in order.
func (s *Store) AttributeKeys(ctx context.Context) (keys []string, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT name FROM attributes WHERE deleted_at IS NULL ORDER BY name`).Scan(&keys).Error
	return keys, err
}
