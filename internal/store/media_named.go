package store

import (
	"context"
	"strings"
)

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

// AssetsShown are the pictures of which these are files, the largest or a smaller one, by the
// file's name.
func (s *Store) AssetsShown(ctx context.Context, files []string) (map[string]Asset, error) {
	var names []string
	for _, file := range files {
		names = append(names, assetsOf(file)...)
	}
	known, err := s.AssetsNamed(ctx, names)
	all := map[string]Asset{}
	for _, file := range files {
		for _, name := range assetsOf(file) {
			if a, ok := known[name]; ok {
				all[file] = a
			}
		}
	}
	return all, err
}

// assetsOf are what the picture of a file may be called: a smaller file may be of another type.
func assetsOf(file string) []string {
	stem, _, _ := strings.Cut(file, ".")
	stem, _, _ = strings.Cut(stem, "-")
	return []string{stem + ".png", stem + ".jpg", stem + ".gif"}
}
