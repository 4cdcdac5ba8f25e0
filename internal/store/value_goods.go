package store

import (
	"context"
	"fmt"
)

// Sold reports whether an order has what a margin is of. Of a product's name no index knows: where there are more lines than
// may be looked through, it counts as sold.
func (s *Store) Sold(ctx context.Context, kind, name string) (sold bool, err error) {
	column := map[string]string{OfCategory: "category", OfProduct: "sku"}[kind]
	if column == "" {
		return true, nil
	}
	db := s.read.WithContext(ctx)
	err = db.Raw(`SELECT EXISTS (SELECT 1 FROM order_items WHERE `+column+` = ? AND `+column+` <> '')`, name).Scan(&sold).Error
	if err == nil && !sold && kind == OfProduct {
		err = db.Raw(`SELECT COUNT(*) >= ? OR COALESCE(SUM(CASE WHEN i.name = ? THEN 1 ELSE 0 END), 0) > 0
			FROM (SELECT name FROM order_items ORDER BY order_id DESC LIMIT ?) i`, suggestSample, name, suggestSample).Scan(&sold).Error
	}
	if err != nil {
		return false, fmt.Errorf("whether %s was sold: %w", name, err)
	}
	return sold, nil
}
