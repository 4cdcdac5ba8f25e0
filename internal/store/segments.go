package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
)

type segmentRow struct {
	ID                   int64
	Name, Rule           string
	Version              int
	CreatedAt, UpdatedAt time.Time
	UpdatedBy            string
	DeletedAt            *time.Time
}

func (segmentRow) TableName() string { return "segments" }

// segment is a Conflict when the rule cannot be read: one that lost a part might mean everybody.
func (r segmentRow) segment() (one segment.Segment, err error) {
	one = segment.Segment{ID: r.ID, Name: r.Name, Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy}
	if one.Rule, err = segment.Decode([]byte(r.Rule)); err != nil {
		err = fault.New(fault.Conflict, "The rule of the segment “%s” cannot be read. Delete the segment and make it anew.", r.Name)
	}
	return one, err
}

const noSegment = "There is no segment with that number."

// Segments are all segments, by name. One whose rule cannot be read refers to itself, and so means nobody wherever it is asked.
func (s *Store) Segments(ctx context.Context) ([]segment.Segment, error) {
	var rows []segmentRow
	err := s.read.WithContext(ctx).Where("deleted_at IS NULL").Order("name, id").Find(&rows).Error
	all := make([]segment.Segment, len(rows))
	for i, r := range rows {
		var unreadable error
		if all[i], unreadable = r.segment(); unreadable != nil {
			all[i].Rule = segment.Rule{Match: segment.All, Rules: []segment.Rule{segment.In([]int64{r.ID})}}
		}
	}
	return all, err
}

// Segment is one segment.
func (s *Store) Segment(ctx context.Context, id int64) (segment.Segment, error) {
	return oneSegment(s.read.WithContext(ctx), id)
}

// SegmentCalled is the segment of that number or, where no number is given or none has it, of that name. No such name is a
// NotFound; one that several have is a Conflict that tells their numbers.
func (s *Store) SegmentCalled(ctx context.Context, called string) (segment.Segment, error) {
	if id, err := strconv.ParseInt(called, 10, 64); err == nil {
		if one, err := s.Segment(ctx, id); !fault.Is(err, fault.NotFound) {
			return one, err
		}
	}
	all, err := s.Segments(ctx)
	if err != nil {
		return segment.Segment{}, err
	}
	var ids []string
	var id int64
	for _, one := range all {
		if strings.EqualFold(one.Name, audience.CleanName(called)) {
			id, ids = one.ID, append(ids, strconv.FormatInt(one.ID, 10))
		}
	}
	switch len(ids) {
	case 0:
		return segment.Segment{}, fault.New(fault.NotFound, "There is no segment with the number or the name “%s”.", called)
	case 1:
		return s.Segment(ctx, id) // again: one that cannot be read is refused
	}
	return segment.Segment{}, fault.New(fault.Conflict, "%d segments are called “%s”. Give the number of the one you mean: %s.", len(ids), called, strings.Join(ids, ", "))
}

func oneSegment(db *gorm.DB, id int64) (segment.Segment, error) {
	var r segmentRow
	if err := db.Where("deleted_at IS NULL AND id = ?", id).First(&r).Error; err != nil {
		return segment.Segment{}, notFound(err, noSegment)
	}
	return r.segment()
}

// SaveSegment stores a valid segment, a new one when its number is 0, and fills in the rest of it. It is a Conflict when
// somebody saved since its version was read, and refused when segments would refer to each other in a circle.
func (s *Store) SaveSegment(ctx context.Context, one *segment.Segment, by string) error {
	rule, err := json.Marshal(one.Rule)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := s.refers(tx, *one); err != nil {
			return err
		}
		var r segmentRow
		if one.ID == 0 {
			err = tx.Raw(`INSERT INTO segments (name, rule, created_at, updated_at, updated_by) VALUES (?, ?, ?, ?, ?) RETURNING *`,
				one.Name, string(rule), s.now(), s.now(), by).Scan(&r).Error
		} else {
			err = tx.Raw(`UPDATE segments SET name = ?, rule = ?, version = version + 1, updated_at = ?, updated_by = ?
				WHERE id = ? AND version = ? AND deleted_at IS NULL RETURNING *`, one.Name, string(rule), s.now(), by, one.ID, one.Version).Scan(&r).Error
		}
		if err != nil {
			return fmt.Errorf("save segment: %w", err)
		}
		if r.ID == 0 {
			if _, err := oneSegment(tx, one.ID); err != nil {
				return err
			}
			return fault.New(fault.Conflict, "Somebody else saved this segment meanwhile. Look at it again.")
		}
		*one, err = r.segment()
		return err
	})
}

// refers makes sure that the segments a new rule refers to exist, and lead to no circle.
func (s *Store) refers(tx *gorm.DB, one segment.Segment) error {
	_, err := segment.In([]int64{one.ID}).Expand(func(id int64) (segment.Rule, error) {
		if id == one.ID || id == 0 {
			return one.Rule, nil
		}
		other, err := oneSegment(tx, id)
		return other.Rule, err
	})
	if fault.Is(err, fault.NotFound) {
		return fault.Field("rule", "The rule refers to a segment that is no longer there.")
	}
	return err
}

// DeleteSegment hides a segment. It is a Conflict while another segment, or a campaign that is not over, asks for it.
func (s *Store) DeleteSegment(ctx context.Context, id int64) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("deleted_at IS NULL AND id = ?", id).First(&segmentRow{}).Error; err != nil {
			return notFound(err, noSegment)
		}
		name, err := usesSegment(tx, id)
		if err != nil {
			return err
		}
		if name != "" {
			return fault.New(fault.Conflict, "“%s” uses this segment. Take it out there first.", name)
		}
		return tx.Exec(`UPDATE segments SET deleted_at = ? WHERE id = ?`, s.now(), id).Error
	})
}

// usesSegment names a segment or a campaign that needs the segment; "" is none.
func usesSegment(tx *gorm.DB, id int64) (string, error) {
	var rows []segmentRow
	if err := tx.Where("deleted_at IS NULL AND id <> ?", id).Find(&rows).Error; err != nil {
		return "", err
	}
	for _, r := range rows {
		one, err := r.segment()
		if err == nil && slices.Contains(one.Rule.Uses(), id) { // what cannot be read uses nothing
			return r.Name, nil
		}
	}
	var open []campaignRow
	err := tx.Where("state NOT IN ? AND (segments <> '[]' OR not_segments <> '[]')", []string{"finished", "cancelled"}).Find(&open).Error
	for _, c := range open {
		if slices.Contains(append(numbers(c.Segments), numbers(c.NotSegments)...), id) {
			return c.Name, err
		}
	}
	return "", err
}

// RestoreSegment undoes DeleteSegment. It is refused when what its rule refers to was deleted meanwhile.
func (s *Store) RestoreSegment(ctx context.Context, id int64) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var r segmentRow
		if err := tx.First(&r, id).Error; err != nil {
			return notFound(err, noSegment)
		}
		one, err := r.segment()
		if err == nil {
			err = s.refers(tx, one)
		}
		if err != nil {
			return err
		}
		return tx.Exec(`UPDATE segments SET deleted_at = NULL WHERE id = ?`, id).Error
	})
}

// ExpandRule puts the rules of the segments it refers to into a valid rule.
func (s *Store) ExpandRule(ctx context.Context, r segment.Rule) (segment.Rule, error) {
	return expandRule(s.read.WithContext(ctx), r)
}

func expandRule(db *gorm.DB, r segment.Rule) (segment.Rule, error) {
	return r.Expand(func(id int64) (segment.Rule, error) {
		one, err := oneSegment(db, id)
		if fault.Is(err, fault.NotFound) {
			err = fault.Field("rule", "The rule refers to a segment that is no longer there.")
		}
		return one.Rule, err
	})
}

// compile is what it takes to put a valid rule into SQL, and the rule with those it refers to.
func (s *Store) compile(db *gorm.DB, r segment.Rule) (k compiler, whole segment.Rule, err error) {
	if whole, err = expandRule(db, r); err != nil {
		return k, whole, err
	}
	indexes, err := readyIndexes(db, whole)
	return compiler{s: s, now: s.now(), indexes: indexes}, whole, err
}

// inSegment is the condition on a subscriber s that asks who a valid rule means, now.
func (s *Store) inSegment(db *gorm.DB, r segment.Rule) (sql string, args []any, err error) {
	k, r, err := s.compile(db, r)
	if err != nil {
		return "", nil, err
	}
	sql, args = k.where(r)
	return sql, args, nil
}

// Members are those whom a valid rule means, newest first, one page; next is the after of the following page, 0 when this
// was the last.
func (s *Store) Members(ctx context.Context, r segment.Rule, after int64, limit int) (people []audience.Subscriber, next int64, err error) {
	return s.FindMembers(ctx, r, "", after, limit)
}

// FindMembers is Members, of those alone whose address or name holds a text.
func (s *Store) FindMembers(ctx context.Context, r segment.Rule, search string, after int64, limit int) (people []audience.Subscriber, next int64, err error) {
	db := s.read.WithContext(ctx)
	where, args, err := s.inSegment(db, r)
	if err != nil {
		return nil, 0, err
	}
	if after > 0 {
		where, args = where+` AND s.id < ?`, append(args, after)
	}
	var rows []subscriberRow
	query := db.Table("subscribers s").Select("s.*").Where(where, args...)
	if search != "" {
		query = part(query, search, foundBy(search, "s.email_norm", "s.first_name", "s.last_name")...)
	}
	if err := query.Order("s.id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, 0, fmt.Errorf("list segment: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	return subscribers(rows), next, nil
}

// SegmentNames tells what the lists, campaigns and segments that rules number are called, and the attributes in a
// reader's language; what is gone is its number.
func (s *Store) SegmentNames(ctx context.Context, lang string) (segment.Namer, error) {
	names := map[string]string{}
	attributes, err := s.Attributes(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range attributes {
		names["attribute"+a.Key] = a.Label(lang)
	}
	for named, table := range map[string]string{"list": "lists", "campaign": "campaigns", "segment": "segments"} {
		var rows []struct {
			ID   int64
			Name string
		}
		if err := s.read.WithContext(ctx).Table(table).Select("id, name").Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("names of %s: %w", table, err)
		}
		for _, r := range rows {
			names[fmt.Sprint(named, r.ID)] = r.Name
		}
	}
	return func(named, id string) string {
		if name, ok := names[named+id]; ok {
			return name
		}
		return id
	}, nil
}
