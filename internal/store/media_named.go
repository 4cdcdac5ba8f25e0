package store

import "context"

// AssetsNamed are the pictures of these names, by name.
func (s *Store) AssetsNamed(ctx context.Context, names []string) (map[string]Asset, error) {
	var rows []Asset
	if err := s.read.WithContext(ctx).Table("media").Where("asset IN ?", names).Find(&rows).Error; err != nil {
		return nil, err
	}
	all := make(map[string]Asset, len(rows))
	for _, a := range rows {
		all[a.Asset] = a
	}
	return all, nil
}
