package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"keepsake/campaigns/audience"
)

// bestOf is how many of the newest orders tell what sells best.
const bestOf = 5000

// LastOrder is a person's newest order that was not taken back; ok is false when there is none.
func (s *Store) LastOrder(ctx context.Context, subscriber int64) (o audience.Order, ok bool, err error) {
	var rows []orderRow
	err = s.read.WithContext(ctx).Table("orders").Where("subscriber_id = ? AND state NOT IN ?", subscriber, ended).
		Order("placed_at DESC, id DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return audience.Order{}, false, err
	}
	return *rows[0].order(), true, nil
}

// ended are the states of orders that were taken back (audience.Order.Ended).
var ended = []string{"refunded", "cancelled"}

// Bestsellers are up to n products of which most was bought in the newest orders, in the
// currency most of those were paid in, as they were last sold.
func (s *Store) Bestsellers(ctx context.Context, n int) (items []audience.Item, currency string, err error) {
	var rows []struct{ Currency, Items string }
	err = s.read.WithContext(ctx).Raw(`SELECT currency, items FROM orders WHERE state NOT IN ? ORDER BY id DESC LIMIT ?`, ended, bestOf).Scan(&rows).Error
	if err != nil {
		return nil, "", fmt.Errorf("bestsellers: %w", err)
	}
	sales := map[string]*shelf{}
	for _, r := range rows {
		shop := sales[r.Currency]
		if shop == nil {
			shop = &shelf{of: map[string]*sale{}}
			sales[r.Currency] = shop
		}
		shop.orders++
		var bought []audience.Item
		_ = json.Unmarshal([]byte(r.Items), &bought) // written by us
		shop.add(bought)
	}
	for code, shop := range sales {
		if best := sales[currency]; best == nil || shop.orders > best.orders || shop.orders == best.orders && code < currency {
			currency = code
		}
	}
	if shop := sales[currency]; shop != nil {
		items = shop.best(n)
	}
	return items, currency, nil
}

// shelf counts what was sold in one currency.
type shelf struct {
	orders int
	of     map[string]*sale
}

type sale struct {
	item  audience.Item // of the newest order
	count int
}

func (s *shelf) add(bought []audience.Item) {
	for _, item := range bought {
		key := cmp.Or(item.SKU, item.Name)
		if key == "" {
			continue
		}
		if s.of[key] == nil {
			s.of[key] = &sale{item: item}
		}
		s.of[key].count += max(item.Quantity, 1)
	}
}

func (s *shelf) best(n int) []audience.Item {
	all := make([]*sale, 0, len(s.of))
	for _, one := range s.of {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b *sale) int {
		return cmp.Or(b.count-a.count, cmp.Compare(a.item.Name, b.item.Name), cmp.Compare(a.item.SKU, b.item.SKU))
	})
	items := make([]audience.Item, 0, n)
	for _, one := range all[:min(n, len(all))] {
		items = append(items, one.item)
	}
	return items
}
