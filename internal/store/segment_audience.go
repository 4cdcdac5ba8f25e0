package store

import (
	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
)

// narrowed are the conditions of an audience's segments on a subscriber s: in one of these, in none of those.
func (s *Store) narrowed(db *gorm.DB, a audience.Audience) (parts []string, args []any, err error) {
	for _, some := range []struct {
		ids   []int64
		match string
	}{{a.Segments, segment.Any}, {a.NotSegments, segment.None}} {
		if len(some.ids) == 0 {
			continue
		}
		part, more, err := s.inSegment(db, segment.Rule{Match: some.match, Rules: []segment.Rule{segment.In(some.ids)}})
		if err != nil {
			return nil, nil, err
		}
		parts, args = append(parts, part), append(args, more...)
	}
	return parts, args, nil
}
