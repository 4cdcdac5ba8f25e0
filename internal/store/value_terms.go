package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/value"
)

// valueTerms are what values depend on beside the orders. They are read in the transaction that uses them.
type valueTerms struct {
	margins value.Margins
	zone    *time.Location
}

func (s *Store) terms(tx *gorm.DB) (t valueTerms, err error) {
	var shop struct{ Value string }
	if err := tx.Raw(`SELECT value FROM settings WHERE name = 'shop'`).Scan(&shop).Error; err != nil {
		return t, err
	}
	var about Shop
	if shop.Value != "" {
		if err := json.Unmarshal([]byte(shop.Value), &about); err != nil {
			return t, fmt.Errorf("shop settings: %w", err)
		}
	}
	t.zone = about.Location()
	all, err := margins(tx)
	t.margins = all.Margins
	return t, err
}

// The kinds of a margin.
const (
	OfDefault  = "default"
	OfProduct  = "product"
	OfCategory = "category"
)

// Margin is the share of a price that is left after the goods are paid for.
type Margin struct {
	Kind string `json:"kind"` // OfDefault, OfProduct, OfCategory
	Name string `json:"name"` // SKU or, without one, the product's name; the category; "" for the default
	// ShareBP is in basis points: 2500 is 25 %.
	ShareBP int `json:"share_bp"`
}

// Margins are all that were entered.
type Margins struct {
	value.Margins
	Rows    []Margin // products and categories, by name
	Default int      // basis points; 100 % while Given is false
	Given   bool     // somebody entered a default
}

// Margins reads what was entered.
func (s *Store) Margins(ctx context.Context) (Margins, error) {
	return margins(s.read.WithContext(ctx))
}

func margins(tx *gorm.DB) (m Margins, err error) {
	var rows []Margin
	err = tx.Raw(`SELECT kind, name, share_bp FROM margins ORDER BY kind, name`).Scan(&rows).Error
	m.Default = value.Whole
	m.Products, m.Categories = map[string]int{}, map[string]int{}
	for _, r := range rows {
		switch r.Kind {
		case OfDefault:
			m.Default, m.Given = r.ShareBP, true
			continue
		case OfProduct:
			m.Products[r.Name] = r.ShareBP
		case OfCategory:
			m.Categories[r.Name] = r.ShareBP
		}
		m.Rows = append(m.Rows, r)
	}
	return m, err
}

// SaveMargin keeps a margin. That of a product or category changes what past orders earned: all figures are made anew
// in the background (RefreshValue). The default is no part of what is kept, so it counts at once.
func (s *Store) SaveMargin(ctx context.Context, m Margin) error {
	m.Name = audience.CleanName(m.Name)
	switch {
	case m.Kind != OfDefault && m.Kind != OfProduct && m.Kind != OfCategory:
		return fault.Field("kind", "A margin is of all goods, of a category or of a product.")
	case m.Kind == OfDefault:
		m.Name = ""
	case m.Name == "":
		return fault.Field("name", "Name the product by its SKU, or the category.")
	}
	if m.ShareBP < 0 || m.ShareBP > value.Whole {
		return fault.Field("share", "A margin is between 0 and 100 per cent.")
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		err := tx.Exec(`INSERT INTO margins (kind, name, share_bp) VALUES (?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET share_bp = excluded.share_bp`, m.Kind, m.Name, m.ShareBP).Error
		return errors.Join(err, s.remake(tx, m.Kind))
	})
}

// DeleteMargin forgets a margin; without a default, all of the net counts as margin again.
func (s *Store) DeleteMargin(ctx context.Context, kind, name string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		r := tx.Exec(`DELETE FROM margins WHERE kind = ? AND name = ?`, kind, name)
		if r.Error == nil && r.RowsAffected == 0 {
			return fault.New(fault.NotFound, "There is no such margin.")
		}
		return errors.Join(r.Error, s.remake(tx, kind))
	})
}

func (s *Store) remake(tx *gorm.DB, kind string) error {
	if kind == OfDefault {
		return nil
	}
	return s.anew(tx)
}

// Cost is what was spent in a month to win customers by a channel.
type Cost struct {
	Currency string      `json:"currency"`
	Channel  string      `json:"channel"` // as the orders call it; "" for orders that name none
	Month    value.Month `json:"-"`
	Cents    int64       `json:"cents"` // minor units
}

// Costs are those of a currency, newest month first.
func (s *Store) Costs(ctx context.Context, currency string) (rows []Cost, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT currency, channel, month, cents FROM acquisition_costs WHERE currency = ?`, currency).Scan(&rows).Error
	slices.SortFunc(rows, func(a, b Cost) int { return cmp.Or(cmp.Compare(b.Month, a.Month), cmp.Compare(a.Channel, b.Channel)) })
	return rows, err
}

// SaveCosts keeps all of these costs or none, each in place of an earlier one; nothing takes one away.
func (s *Store) SaveCosts(ctx context.Context, all []Cost) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		for _, c := range all {
			if err := saveCost(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func saveCost(tx *gorm.DB, c Cost) error {
	c.Channel = value.Name(audience.CleanName(c.Channel))
	switch {
	case c.Cents < 0:
		return fault.Field("cost", "A cost is not below zero.")
	case c.Cents > 0 && audience.ValidCurrency(c.Currency) != nil: // what was kept once can be taken away
		return audience.ValidCurrency(c.Currency)
	}
	if c.Cents == 0 {
		return tx.Exec(`DELETE FROM acquisition_costs WHERE currency = ? AND channel = ? AND month = ?`, c.Currency, c.Channel, int(c.Month)).Error
	}
	return tx.Exec(`INSERT INTO acquisition_costs (currency, channel, month, cents) VALUES (?, ?, ?, ?)
		ON CONFLICT (currency, channel, month) DO UPDATE SET cents = excluded.cents`, c.Currency, c.Channel, int(c.Month), c.Cents).Error
}
