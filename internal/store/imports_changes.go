package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"keepsake/campaigns/audience"
)

// change is one thing that an import made different, for undoing it. See migration 0029.
type change struct {
	ID, JobID, SubscriberID int64
	Kind                    string
	Ref                     int64
	Was, Became             string
}

// The kinds of change.
const (
	changedPerson = "person"
	changedPlace  = "place"
	changedOrder  = "order"
)

// changeOf says which fields of a person are different.
func changeOf(was, became subscriberRow) change {
	before, after := fieldsOf(was), fieldsOf(became)
	for field, value := range before {
		if after[field] == value {
			delete(before, field)
			delete(after, field)
		}
	}
	return change{SubscriberID: became.ID, Kind: changedPerson, Was: asJSON(before), Became: asJSON(after)}
}

// fieldsOf are a person's fields by the names an import gives them.
func fieldsOf(r subscriberRow) map[string]string {
	out := map[string]string{"email": r.Email, "first_name": r.FirstName, "last_name": r.LastName, "lang": r.Lang, "zone": r.Zone}
	for key, value := range r.subscriber().Attributes {
		out["attributes."+key] = value
	}
	return out
}

// places are changes of people's places on a list; "" is none.
func places(ids []int64, list int64, was, became audience.State) []change {
	out := make([]change, len(ids))
	for i, id := range ids {
		out[i] = change{SubscriberID: id, Kind: changedPlace, Ref: list, Was: string(was), Became: string(became)}
	}
	return out
}

// keep remembers changes of people and orders that were there before this import. What somebody who came with it has is
// taken away with them.
func (b *importBatch) keep(changes []change) error {
	if b.o.Job == 0 || b.o.Dry {
		return nil
	}
	for part := range slices.Chunk(changes, many) {
		args := make([]any, 0, 6*len(part))
		for _, c := range part {
			args = append(args, b.o.Job, c.SubscriberID, c.Kind, c.Ref, c.Was, c.Became)
		}
		if _, err := b.exec(`INSERT INTO import_changes (job_id, subscriber_id, kind, ref, was, became) VALUES `+tuples(len(part), 6), args...); err != nil {
			return fmt.Errorf("remember changes of import %d: %w", b.o.Job, err)
		}
	}
	return nil
}

// SweepImports forgets what imports changed that ended before a moment: they can no longer be undone.
func (s *Store) SweepImports(ctx context.Context, before time.Time) error {
	for {
		r := s.db.WithContext(ctx).Exec(`DELETE FROM import_changes WHERE id IN (SELECT c.id FROM import_changes c JOIN jobs j ON j.id = c.job_id
			WHERE j.finished_at < ? AND j.state NOT IN ('queued', 'running') LIMIT 1000)`, before.UTC())
		if r.Error != nil {
			return fmt.Errorf("forget changes of imports: %w", r.Error)
		}
		if r.RowsAffected < 1000 {
			return nil
		}
	}
}
