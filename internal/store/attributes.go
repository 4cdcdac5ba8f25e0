package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
)

type attributeRow struct {
	ID                     int64
	Name, Type             string
	Labels, Choices        string
	IndexState, IndexError string
	CreatedAt, UpdatedAt   time.Time
	DeletedAt              *time.Time
}

func (attributeRow) TableName() string { return "attributes" }

func (r attributeRow) attribute() audience.Attribute {
	a := audience.Attribute{ID: r.ID, Key: r.Name, Type: r.Type, Index: r.IndexState, Indexed: r.IndexState != "", Labels: map[string]string{}}
	_ = json.Unmarshal([]byte(r.Labels), &a.Labels) // written by us
	_ = json.Unmarshal([]byte(r.Choices), &a.Choices)
	return a
}

const noAttribute = "There is no attribute with that key."

// Attributes are all that can be known of people, by key.
func (s *Store) Attributes(ctx context.Context) ([]audience.Attribute, error) {
	var rows []attributeRow
	if err := s.read.WithContext(ctx).Where("deleted_at IS NULL").Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list attributes: %w", err)
	}
	all := make([]audience.Attribute, len(rows))
	for i, r := range rows {
		all[i] = r.attribute()
	}
	return all, nil
}

// Attribute is one attribute.
func (s *Store) Attribute(ctx context.Context, key string) (audience.Attribute, error) {
	r, err := oneAttribute(s.read.WithContext(ctx), key)
	return r.attribute(), err
}

func oneAttribute(db *gorm.DB, key string) (r attributeRow, err error) {
	err = db.Where("name = ? AND deleted_at IS NULL", key).First(&r).Error
	return r, notFound(err, noAttribute)
}

const saveAttribute = `
	INSERT INTO attributes (name, type, labels, choices, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (name) DO UPDATE SET type = excluded.type, labels = excluded.labels, choices = excluded.choices, updated_at = excluded.updated_at, deleted_at = NULL
	RETURNING id`

// SaveAttribute stores a valid attribute, a new one when its key is new. The values people have MakeIndexes then writes as a
// new type does: those that it cannot read stay texts that no test of the type meets. Whether it has an index, WantIndex says.
func (s *Store) SaveAttribute(ctx context.Context, a *audience.Attribute) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		was, err := oneAttribute(tx, a.Key)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		now := s.now()
		if err := tx.Raw(saveAttribute, a.Key, a.Type, asJSON(a.Labels), asJSON(a.Choices), now, now).Scan(&a.ID).Error; err != nil {
			return fmt.Errorf("save attribute: %w", err)
		}
		if was.Type != a.Type {
			if err := s.wantRead(tx, *a); err != nil {
				return err
			}
		}
		if was.IndexState != "" && indexKinds[segment.Sort(was.Type)] != indexKinds[segment.Sort(a.Type)] { // it is made anew
			was.IndexState = audience.IndexWanted
			if err := tx.Exec(`UPDATE attributes SET index_state = 'wanted' WHERE id = ?`, was.ID).Error; err != nil {
				return err
			}
		}
		a.Index, a.Indexed = was.IndexState, was.IndexState != ""
		return nil
	})
}

// DeleteAttribute hides an attribute; RestoreAttribute undoes it. It is a Conflict while a segment, or a campaign that is
// not over, asks for it. The values people have stay where they are, and a
// value that comes for its key brings it back.
func (s *Store) DeleteAttribute(ctx context.Context, key string) error {
	db := s.db.WithContext(ctx)
	was, err := oneAttribute(db, key)
	if err != nil {
		return err
	}
	if name, err := s.usesAttribute(ctx, key); err != nil || name != "" {
		return cmp.Or(err, error(fault.New(fault.Conflict, "“%s” uses this attribute. Take it out there first.", name)))
	}
	err = db.Exec(`UPDATE attributes SET deleted_at = ?, index_state = CASE index_state WHEN '' THEN '' ELSE 'wanted' END WHERE id = ?`, s.now(), was.ID).Error
	s.keys.forget()
	if err != nil || was.IndexState == "" {
		return err
	}
	return compiler{s: s}.drop(db, was)
}

// RestoreAttribute undoes DeleteAttribute.
func (s *Store) RestoreAttribute(ctx context.Context, id int64) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE attributes SET deleted_at = NULL WHERE id = ?`, id)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.NotFound, noAttribute)
	}
	return r.Error
}

// RegisterAttributes adds the attributes whose keys are not known yet, as an import's mapping says them; those that are
// known stay what they are.
func (s *Store) RegisterAttributes(ctx context.Context, all []audience.Attribute) error {
	return s.tx(ctx, func(tx *gorm.DB) error { return s.register(tx, all) })
}

func (s *Store) register(tx *gorm.DB, all []audience.Attribute) error {
	now := s.now()
	slices.SortFunc(all, func(a, b audience.Attribute) int { return cmp.Compare(a.Key, b.Key) }) // two transactions in one order
	for _, a := range all {
		if err := a.Validate(); err != nil {
			return err
		}
		err := tx.Exec(`INSERT INTO attributes (name, type, labels, choices, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET deleted_at = NULL WHERE attributes.deleted_at IS NOT NULL`, a.Key, a.Type, asJSON(a.Labels), asJSON(a.Choices), now, now).Error
		if err != nil {
			return fmt.Errorf("register attribute: %w", err)
		}
	}
	return nil
}

// knownKeys are the attributes that were registered a short while ago: an import asks for each value of a million people.
type knownKeys struct {
	mu  sync.Mutex
	at  time.Time
	all map[string]bool
}

func (k *knownKeys) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = nil
}

// unknown are those of the keys that are not known to be registered. They are looked for again where they may be by now.
func (k *knownKeys) unknown(tx *gorm.DB, now time.Time, keys map[string]bool) (missing []string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	fresh := k.all != nil && now.Sub(k.at) < keptLately && !now.Before(k.at)
	if missing = without(keys, k.all); fresh && len(missing) == 0 {
		return nil, nil
	}
	var names []string
	if err := tx.Raw(`SELECT name FROM attributes WHERE deleted_at IS NULL`).Scan(&names).Error; err != nil {
		return nil, fmt.Errorf("look for attributes: %w", err)
	}
	k.all, k.at = map[string]bool{}, now
	for _, name := range names {
		k.all[name] = true
	}
	return without(keys, k.all), nil
}

func without(keys, known map[string]bool) (missing []string) {
	for key := range keys {
		if !known[key] {
			missing = append(missing, key)
		}
	}
	return missing
}

// meet registers the attributes among values that nobody registered, as texts. A key that cannot name one stays a value
// without an attribute.
func (s *Store) meet(tx *gorm.DB, values ...map[string]string) error {
	keys := map[string]bool{}
	for _, v := range values {
		for key := range v {
			keys[key] = true
		}
	}
	maps.DeleteFunc(keys, func(key string, _ bool) bool { return audience.ValidKey(key) != nil })
	if len(keys) == 0 {
		return nil
	}
	missing, err := s.keys.unknown(tx, s.now(), keys)
	if err != nil || len(missing) == 0 {
		return err
	}
	all := make([]audience.Attribute, len(missing))
	for i, key := range missing {
		all[i] = audience.Attribute{Key: key, Type: audience.TextAttribute}
	}
	return s.register(tx, all)
}
