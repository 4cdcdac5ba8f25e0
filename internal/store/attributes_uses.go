package store

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
)

// AttributeCount is how many people have an attribute.
type AttributeCount struct {
	People   int64
	Estimate bool // of a part of the people: they are too many to ask each
}

type attributeCountsKey struct{ jobs string }

// AttributeCounts tell of each key how many people have a value for it, as of some seconds ago. Where an index knows, it
// is exact.
func (s *Store) AttributeCounts(ctx context.Context) (map[string]AttributeCount, error) {
	jobs, err := s.lastJobs(ctx)
	if err != nil {
		return nil, err
	}
	return lately(ctx, s, attributeCountsKey{jobs}, func() (map[string]AttributeCount, int64, error) {
		all, people, err := s.countAttributes(ctx)
		if err != nil {
			return nil, 0, fmt.Errorf("count attributes: %w", err)
		}
		return all, people, nil
	})
}

func (s *Store) countAttributes(ctx context.Context) (all map[string]AttributeCount, people int64, err error) {
	db := s.read.WithContext(ctx)
	if people, err = s.CountLately(ctx, SubscriberQuery{}); err != nil {
		return nil, 0, err
	}
	step := int64(1)
	if people > exactPeople {
		step = people/samplePeople | 1
	}
	const nth = `WITH RECURSIVE nth(id) AS (SELECT MIN(id) FROM subscribers UNION ALL SELECT id + ? FROM nth WHERE id + ? <= (SELECT MAX(id) FROM subscribers)) `
	from, args := ` FROM subscribers s`, []any{}
	with := ``
	if step > 1 {
		with, from, args = nth, ` FROM nth JOIN subscribers s ON s.id = nth.id`, []any{step, step}
	}
	pairs := `json_each(s.attributes) j`
	if s.d.name == goose.DialectPostgres {
		pairs = `json_each_text(` + noNUL + `::json) j`
	}
	var asked int64
	if err := db.Raw(with+`SELECT COUNT(*)`+from, args...).Scan(&asked).Error; err != nil {
		return nil, 0, err
	}
	var rows []struct {
		Key string
		N   int64
	}
	err = db.Raw(with+`SELECT j.key AS key, COUNT(*) AS n`+from+`, `+pairs+` WHERE s.attributes <> '{}' AND j.value <> '' GROUP BY j.key`, args...).Scan(&rows).Error
	all = map[string]AttributeCount{}
	for _, r := range rows {
		all[r.Key] = AttributeCount{People: r.N}
		if step > 1 {
			all[r.Key] = AttributeCount{People: scaled(r.N, asked, people), Estimate: true}
		}
	}
	if err != nil || step == 1 {
		return all, people, err
	}
	return all, people, s.countByIndex(ctx, all)
}

// countByIndex puts exact counts in the place of estimates. Of an attribute that nobody asked has, it is not known that
// nobody has it.
func (s *Store) countByIndex(ctx context.Context, all map[string]AttributeCount) error {
	db := s.read.WithContext(ctx)
	var rows []attributeRow
	if err := db.Where("deleted_at IS NULL").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		if r.IndexState != audience.IndexReady {
			all[r.Name] = AttributeCount{People: all[r.Name].People, Estimate: true}
			continue
		}
		var n int64
		if err := db.Raw(`SELECT COUNT(*) FROM subscribers x WHERE ` + compiler{s: s}.held(`x.`, r.Name) + ` IS NOT NULL`).Scan(&n).Error; err != nil {
			return err
		}
		all[r.Name] = AttributeCount{People: n}
	}
	return nil
}

// AttributeUses are the segments and letters that ask for an attribute.
type AttributeUses struct {
	Segments []segment.Segment
	Letters  []Use
}

// lettersWithAttributes are the letters, designs and saved blocks that name any attribute.
const lettersWithAttributes = `
	SELECT 'campaign' AS place, c.id, c.name, c.state, m.name AS message, t.lang, t.subject || ' ' || t.preheader || ' ' || t.document || ' ' || t.html AS text
	  FROM contents t JOIN messages m ON m.id = t.message_id JOIN campaigns c ON c.id = m.campaign_id
	 WHERE t.document LIKE ? OR t.html LIKE ? OR t.subject LIKE ? OR t.preheader LIKE ?
	UNION ALL
	SELECT 'design', id, name, '', '', lang, document || ' ' || html FROM designs WHERE NOT archived AND (document LIKE ? OR html LIKE ?)
	UNION ALL
	SELECT 'saved', id, name, '', '', '', block FROM saved_blocks WHERE NOT archived AND block LIKE ?
	ORDER BY 1, 2, 5, 6`

// attributesNamed finds the attributes that a letter names; their quotes may be escaped as JSON does.
var attributesNamed = regexp.MustCompile(`subscriber\.attributes(?:\.([A-Za-z0-9_-]+)|\[\\?["']([^"'\\\]]+)\\?["']\])`)

// UsesOfAttributes tell of each key where it is used.
func (s *Store) UsesOfAttributes(ctx context.Context) (map[string]AttributeUses, error) {
	all := map[string]AttributeUses{}
	segments, err := s.Segments(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range segments {
		for _, key := range attributesIn(one.Rule) {
			u := all[key]
			u.Segments = append(u.Segments, one)
			all[key] = u
		}
	}
	const like = `%subscriber.attributes%`
	var rows []struct {
		Use
		Text string
	}
	if err := s.read.WithContext(ctx).Raw(lettersWithAttributes, like, like, like, like, like, like, like).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("letters that use attributes: %w", err)
	}
	for _, r := range rows {
		for _, key := range keysNamed(r.Text) {
			u := all[key]
			u.Letters = append(u.Letters, r.Use)
			all[key] = u
		}
	}
	return all, nil
}

// attributesIn are the keys a rule asks for, each once.
func attributesIn(r segment.Rule) (keys []string) {
	r.Each(func(one *segment.Rule) {
		if key, is := strings.CutPrefix(one.Field, segment.Attribute); is && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	})
	return keys
}

func keysNamed(text string) (keys []string) {
	for _, m := range attributesNamed.FindAllStringSubmatch(text, -1) {
		if key := m[1] + m[2]; !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// AttributeByID is one attribute by its number.
func (s *Store) AttributeByID(ctx context.Context, id int64) (audience.Attribute, error) {
	var r attributeRow
	err := s.read.WithContext(ctx).Where("deleted_at IS NULL").First(&r, id).Error
	return r.attribute(), notFound(err, noAttribute)
}

// usesAttribute names a segment, or a campaign that is not over, that needs the attribute; "" is none.
func (s *Store) usesAttribute(ctx context.Context, key string) (string, error) {
	all, err := s.UsesOfAttributes(ctx)
	for _, one := range all[key].Segments {
		return one.Name, err
	}
	for _, l := range all[key].Letters {
		if l.Place == InCampaign && l.State != "finished" && l.State != "cancelled" {
			return l.Name, err
		}
	}
	return "", err
}
