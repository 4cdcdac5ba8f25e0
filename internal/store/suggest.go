package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"keepsake/campaigns/segment"
)

// Suggestion is a value that can be chosen in a test.
type Suggestion struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"` // of a number: what it is called
	Count int64  `json:"count,omitempty"` // how often it stands in the sample; 0 where that is not known
}

// How much is looked at for suggestions: the newest rows where no index knows the values, so many names where one does.
const (
	suggestSample = 20_000
	suggestNames  = 2_000
)

// column is where values of a field stand, newest first by order.
type column struct{ table, column, order string }

// suggestColumns are the fields of people and of what happens, the latter behind the name of the happening where two
// have a field of one name.
var suggestColumns = map[string]column{
	"first_name": {"subscribers", "first_name", "id"}, "last_name": {"subscribers", "last_name", "id"}, "lang": {"subscribers", "lang", "id"},
	"zone": {"subscribers", "zone", "id"}, "source": {"subscribers", "source", "id"},
	"product": {"order_items", "name", "order_id"}, "currency": {"orders", "currency", "id"}, "channel": {"orders", "channel", "id"},
	"coupon": {"orders", "coupon", "id"}, "country": {"orders", "country", "id"}, "state": {"orders", "state", "id"},
	"name": {"events", "name", "id"}, "link": {"links", "url", "id"},
	"question": {"responses", "field", "created_at"}, "answer": {"responses", "value", "created_at"},
	"value.channel": {"subscriber_value", "channel", "subscriber_id"}, "value.country": {"subscriber_value", "country", "subscriber_id"},
	"value.product": {"subscriber_value", "product", "subscriber_id"}, "consented.source": {"consents", "source", "id"}, "wording": {"consents", "wording", "id"},
}

// suggestIndexed have an index that begins with them.
var suggestIndexed = map[string]string{"category": "category", "sku": "sku"}

// Suggest offers values for a test of a field, of one on what happened when of names the happening, that contain a text
// without regard to case. Those that most have come first. Sampled says that not everything was looked at: only the newest
// 20,000 rows, or the first 2,000 names of an index.
func (s *Store) Suggest(ctx context.Context, of, field, search string, limit int) (all []Suggestion, sampled bool, err error) {
	db := s.read.WithContext(ctx)
	f, _ := segment.Rule{Field: field}.FieldIn(of)
	key := field
	if _, own := suggestColumns[of+"."+field]; own {
		key = of + "." + field
	}
	switch name, attribute := strings.CutPrefix(field, segment.Attribute); {
	case f.Named != "":
		all, sampled, err = named(db, f.Named)
	case suggestIndexed[field] != "":
		all, sampled, err = indexed(db, suggestIndexed[field], search, limit)
	case attribute:
		all, err = newestValues(db, `SELECT `+s.attributeText()+` AS v FROM subscribers s ORDER BY s.id DESC LIMIT ?`, name, suggestSample)
		if one, wrong := oneAttribute(db, name); wrong == nil && one.Type == string(segment.Several) {
			all = parted(all)
		}
		sampled = true
	case suggestColumns[key].table != "":
		c := suggestColumns[key]
		all, err = newestValues(db, `SELECT `+c.column+` AS v FROM `+c.table+` ORDER BY `+c.order+` DESC LIMIT ?`, suggestSample)
		sampled = true
	}
	if err != nil {
		return nil, false, fmt.Errorf("values of %s: %w", field, err)
	}
	return holding(all, search, limit), sampled, nil
}

// parted are the values of lists, one by one.
func parted(lists []Suggestion) (all []Suggestion) {
	counts := map[string]int64{}
	for _, list := range lists {
		for v := range strings.FieldsFuncSeq(list.Value, func(r rune) bool { return r == ';' || r == ',' }) {
			if v = strings.TrimSpace(v); v != "" {
				counts[v] += list.Count
			}
		}
	}
	for v, n := range counts {
		all = append(all, Suggestion{Value: v, Count: n})
	}
	slices.SortFunc(all, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return all
}

// attributeText is the value of an attribute of a subscriber s.
func (s *Store) attributeText() string {
	if (compiler{s: s}).postgres() {
		return `COALESCE(` + noNUL + `::json ->> CAST(? AS text), '')`
	}
	return `COALESCE((SELECT e.value FROM json_each(s.attributes) e WHERE e.key = ?), '')`
}

// newestValues counts the values of the newest rows.
func newestValues(db *gorm.DB, rows string, args ...any) (all []Suggestion, err error) {
	err = db.Raw(`SELECT v AS value, COUNT(*) AS count FROM (`+rows+`) t WHERE v <> '' GROUP BY v ORDER BY 2 DESC, 1 LIMIT ?`,
		append(args, suggestNames)...).Scan(&all).Error
	return all, err
}

// indexed are the names of goods, from an index: it is asked for one after the other, never for all rows. A text that is
// looked for is found in the first names, and wherever a name begins with it.
func indexed(db *gorm.DB, name, search string, limit int) (all []Suggestion, more bool, err error) {
	walk := func(from string, n int) (found []Suggestion, err error) {
		err = db.Raw(`WITH RECURSIVE v(x) AS (SELECT MIN(i.`+name+`) FROM order_items i WHERE i.`+name+` <> '' AND i.`+name+` >= ?
			UNION ALL SELECT (SELECT MIN(i.`+name+`) FROM order_items i WHERE i.`+name+` <> '' AND i.`+name+` > v.x) FROM v WHERE v.x IS NOT NULL)
			SELECT x AS value FROM v WHERE x IS NOT NULL LIMIT ?`, from, n).Scan(&found).Error
		return found, err
	}
	if all, err = walk("", suggestNames); err != nil || len(all) < suggestNames || search == "" {
		return all, len(all) == suggestNames, err
	}
	begin, err := walk(search, limit)
	for _, one := range begin {
		if strings.HasPrefix(one.Value, search) && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all, true, err
}

// named are lists, campaigns or segments, newest first.
func named(db *gorm.DB, what string) (all []Suggestion, more bool, err error) {
	table, there := map[string]string{"list": "lists", "campaign": "campaigns", "segment": "segments"}[what], ` WHERE deleted_at IS NULL`
	if what == "campaign" {
		there = ``
	}
	err = db.Raw(`SELECT CAST(id AS TEXT) AS value, name AS label FROM `+table+there+` ORDER BY id DESC LIMIT ?`, suggestNames).Scan(&all).Error
	return all, len(all) == suggestNames, err
}

// holding are those that hold a text, those that begin with it before others.
func holding(all []Suggestion, search string, limit int) []Suggestion {
	search = strings.ToLower(strings.TrimSpace(search))
	out := []Suggestion{}
	place := map[string]int{}
	for _, one := range all {
		at := strings.Index(strings.ToLower(cmp.Or(one.Label, one.Value)), search)
		if at < 0 || len(one.Value) > segment.MaxText {
			continue
		}
		place[one.Value] = min(at, 1)
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int { return place[a.Value] - place[b.Value] })
	return out[:min(len(out), limit)]
}
