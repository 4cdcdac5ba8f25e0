package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
)

// An index of an attribute is one of an expression on subscribers.attributes that is NULL where there is nothing to compare. Those of
// numbers and days answer a test by themselves; the others lead to all whom it may mean, and it is then asked of these alone: what
// they keep may be cut short or read generously.

// An indexKind is what an index compares.
type indexKind string

const (
	textIndex   indexKind = "text"
	numberIndex indexKind = "number"
	moneyIndex  indexKind = "money"
	dateIndex   indexKind = "date"
	listIndex   indexKind = "list"
)

// indexKinds are by what the attribute is, or the rule says it is: an index serves the rules of its kind.
var indexKinds = map[segment.Sort]indexKind{segment.Text: textIndex, segment.Choice: textIndex, segment.YesNo: textIndex,
	segment.Number: numberIndex, segment.Money: moneyIndex, segment.Date: dateIndex, segment.Several: listIndex}

// indexable are the keys that may stand in the definition of an index, where nothing can be bound: they hold nothing that
// ends a text of SQL or a path in JSON.
var indexable = regexp.MustCompile(`^[\p{L}\p{M}\p{N}_. -]+$`)

// longIndexed is how much of a text an index knows, in characters: PostgreSQL refuses rows whose texts fill a third of a page.
const longIndexed = 200

// held is the value of an attribute in SQL, NULL when there is none; the key is indexable.
func (k compiler) held(alias, key string) string {
	if k.postgres() {
		return `keepsake_attribute(` + alias + `attributes, '` + key + `')`
	}
	return `TRIM(json_extract(` + alias + `attributes, '$."` + key + `"'))`
}

// indexed is what an index of a kind knows of an attribute.
func (k compiler) indexed(kind indexKind, alias, key string) string {
	v := k.held(alias, key)
	switch {
	case kind == numberIndex && k.postgres():
		return `CASE WHEN ` + k.decimal(v) + ` THEN CAST(` + v + ` AS double precision) END`
	case kind == numberIndex:
		return `CASE WHEN ` + k.decimal(v) + ` THEN CAST(` + v + ` AS REAL) END`
	case kind == moneyIndex && k.postgres():
		return `CAST(SUBSTRING(` + v + ` FROM '^(-{0,1}[0-9]{1,11}(\.[0-9]{1,4}){0,1})') AS double precision)`
	case kind == moneyIndex:
		return `CAST(` + v + ` AS REAL)`
	case kind == dateIndex:
		form, on := k.day(v)
		return `(CASE WHEN ` + form + ` THEN ` + on + ` END)`
	case kind == listIndex && k.postgres():
		return `keepsake_items(` + k.smallest(v) + `)`
	case k.postgres():
		return fmt.Sprintf(`SUBSTR(%s, 1, %d)`, k.smallest(v), longIndexed)
	}
	return fmt.Sprintf(`CASE WHEN %s <> '' THEN SUBSTR(%s, 1, %d) END`, v, k.smallest(v), longIndexed)
}

// itemsOf are the items of a list as PostgreSQL's index of them knows them; segment.Parted says what an item is.
const itemsOf = `CREATE OR REPLACE FUNCTION keepsake_items(listed TEXT) RETURNS TEXT[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN ARRAY(SELECT LEFT(item, 200) FROM unnest(string_to_array(REPLACE(REPLACE(REPLACE(listed, ';', ','), ', ', ','), ' ,', ','), ',')) item);
END $$`

// create makes the index of an attribute, from nothing.
func (k compiler) create(db *gorm.DB, r attributeRow) error {
	kind := indexKinds[segment.Sort(r.Type)]
	index, using := `CREATE INDEX `+indexName(r)+` ON subscribers `, ``
	if k.postgres() {
		if err := db.Exec(itemsOf).Error; err != nil {
			return err
		}
		index = `CREATE INDEX CONCURRENTLY ` + indexName(r) + ` ON subscribers `
		if kind == listIndex {
			using = `USING gin `
		}
	}
	what := k.indexed(kind, ``, r.Name)
	if err := k.drop(db, r); err != nil {
		return err
	}
	if err := db.Exec(index + using + `((` + what + `)) WHERE (` + what + `) IS NOT NULL`).Error; err != nil || !k.postgres() {
		return err
	}
	return db.Exec(`ANALYZE subscribers`).Error // it knows nothing of a new expression's values
}

func (k compiler) drop(db *gorm.DB, r attributeRow) error {
	if k.postgres() {
		return db.Exec(`DROP INDEX CONCURRENTLY IF EXISTS ` + indexName(r)).Error
	}
	return db.Exec(`DROP INDEX IF EXISTS ` + indexName(r)).Error
}

func indexName(r attributeRow) string { return fmt.Sprintf(`attribute_%d`, r.ID) }

// WantIndex says whether segments are to find people by an attribute; MakeIndexes then makes its index. Taken away it is
// at once.
func (s *Store) WantIndex(ctx context.Context, key string, want bool) error {
	db := s.db.WithContext(ctx)
	r, err := oneAttribute(db, key)
	switch {
	case err != nil:
		return err
	case want && !indexable.MatchString(key):
		return fault.Field("indexed", "Only a key of letters, digits, spaces, points, _ and - can have an index.")
	case want && r.IndexState != "" && r.IndexState != audience.IndexFailed:
		return nil
	case want:
		return db.Exec(`UPDATE attributes SET index_state = 'wanted', index_error = '' WHERE id = ?`, r.ID).Error
	}
	if err := db.Exec(`UPDATE attributes SET index_state = '', index_error = '' WHERE id = ?`, r.ID).Error; err != nil {
		return err
	}
	return compiler{s: s}.drop(db, r)
}

// MakeIndexes reads the values of attributes that have a new type, makes the indexes that are wanted, one after the other, and
// ends. On PostgreSQL one process at a time does;
// what one that died has begun is made anew. While it makes one SQLite writes nothing else.
func (s *Store) MakeIndexes(ctx context.Context) error {
	return errors.Join(s.ReadValues(ctx), s.makeIndexes(ctx))
}

func (s *Store) makeIndexes(ctx context.Context) error {
	return s.db.WithContext(ctx).Connection(func(db *gorm.DB) error {
		db = db.Session(&gorm.Session{})
		if s.d.name == goose.DialectPostgres {
			const lock = 5_284_401 // this program's own, whatever else locks there
			var ours bool
			if err := db.Raw(`SELECT pg_try_advisory_lock(?)`, lock).Scan(&ours).Error; err != nil || !ours {
				return err
			}
			defer db.WithContext(context.WithoutCancel(ctx)).Exec(`SELECT pg_advisory_unlock(?)`, lock)
		}
		var rows []attributeRow
		err := db.Where("deleted_at IS NULL AND index_state IN ?", []string{audience.IndexWanted, audience.IndexMaking}).Order("id").Find(&rows).Error
		for _, r := range rows {
			if err := s.makeIndex(ctx, db, r); err != nil {
				return err
			}
		}
		return err
	})
}

func (s *Store) makeIndex(ctx context.Context, db *gorm.DB, r attributeRow) error {
	if err := db.Exec(`UPDATE attributes SET index_state = 'making' WHERE id = ?`, r.ID).Error; err != nil {
		return err
	}
	began := s.now()
	err := compiler{s: s}.create(db, r)
	if ctx.Err() != nil { // the next start makes it
		return ctx.Err()
	}
	if err != nil {
		slog.Error("index of an attribute", "attribute", r.ID, "error", err)
		return db.Exec(`UPDATE attributes SET index_state = 'failed', index_error = ? WHERE id = ? AND index_state = 'making'`, err.Error(), r.ID).Error
	}
	slog.Info("index of an attribute", "attribute", r.ID, "took", s.now().Sub(began))
	is := db.Exec(`UPDATE attributes SET index_state = 'ready', index_error = '' WHERE id = ? AND index_state = 'making' AND type = ? AND deleted_at IS NULL`, r.ID, r.Type)
	if is.Error != nil || is.RowsAffected > 0 {
		return is.Error
	}
	return compiler{s: s}.drop(db, r) // nobody wants it any more
}

// readyIndexes are the kinds of the attributes' indexes that a rule could use, by key.
func readyIndexes(db *gorm.DB, r segment.Rule) (map[string]indexKind, error) {
	asked := false
	r.Each(func(one *segment.Rule) {
		asked = asked || len(one.Field) > len(segment.Attribute) && one.Field[:len(segment.Attribute)] == segment.Attribute
	})
	if !asked {
		return nil, nil
	}
	var rows []attributeRow
	if err := db.Where("index_state = 'ready' AND deleted_at IS NULL").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look for indexes: %w", err)
	}
	all := map[string]indexKind{}
	for _, r := range rows {
		all[r.Name] = indexKinds[segment.Sort(r.Type)]
	}
	return all, nil
}

// IndexProgress is how far the making of an attribute's index is, of 100; 0 where the database does not tell: SQLite.
func (s *Store) IndexProgress(ctx context.Context, id int64) (percent int, err error) {
	if s.d.name != goose.DialectPostgres {
		return 0, nil
	}
	err = s.read.WithContext(ctx).Raw(`SELECT COALESCE(MAX(100 * p.blocks_done / NULLIF(p.blocks_total, 0)), 0) FROM pg_stat_progress_create_index p
		JOIN pg_class i ON i.oid = p.index_relid WHERE p.datname = current_database() AND i.relname = ?`, indexName(attributeRow{ID: id})).Scan(&percent).Error
	return percent, err
}
