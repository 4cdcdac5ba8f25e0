package store

import (
	"cmp"
	"context"
	"fmt"

	"keepsake/campaigns/fault"
)

// UnmakeAttribute takes away an attribute that an import made, as undoing the import does: only if nobody has a value for it,
// no segment and no letter asks for it, and nobody has changed it since. stays says why it was left, nil where it is gone.
func (s *Store) UnmakeAttribute(ctx context.Context, key string) (stays *fault.Error, err error) {
	r, err := oneAttribute(s.db.WithContext(ctx), key)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !r.UpdatedAt.Equal(r.CreatedAt) || r.IndexState != "" {
		return fault.New(fault.Conflict, "The attribute “%s” stays: somebody has changed it since.", key), nil
	}
	if name, err := s.asksForAttribute(ctx, key); err != nil || name != "" {
		return fault.New(fault.Conflict, "The attribute “%s” stays: “%s” uses it.", key, name), err
	}
	value, args := s.valueOf(attributePath + key)
	var people []int64
	err = s.db.WithContext(ctx).Raw(`SELECT s.id FROM subscribers s WHERE s.attributes <> '{}' AND `+value+` <> '' LIMIT 1`, args...).Scan(&people).Error
	switch {
	case err != nil:
		return nil, fmt.Errorf("values of attribute %q: %w", key, err)
	case len(people) > 0:
		return fault.New(fault.Conflict, "The attribute “%s” stays: people have values for it.", key), nil
	}
	return nil, s.DeleteAttribute(ctx, key)
}

// asksForAttribute names a segment or a letter, design or saved block that asks for an attribute; "" is none.
func (s *Store) asksForAttribute(ctx context.Context, key string) (string, error) {
	all, err := s.UsesOfAttributes(ctx)
	for _, one := range all[key].Segments {
		return cmp.Or(one.Name, key), err
	}
	for _, l := range all[key].Letters {
		return cmp.Or(l.Name, key), err
	}
	return "", err
}
