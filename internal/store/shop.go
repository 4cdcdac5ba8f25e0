package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/document"
)

// Shop is the business that writes: what stands in every letter and on every page.
type Shop struct {
	Name        string `json:"name"`
	Address     string `json:"address"` // postal; no campaign leaves without one (CAN-SPAM)
	URL         string `json:"url"`
	Logo        string `json:"logo"`   // an asset's name, or ""
	Accent      string `json:"accent"` // #rrggbb, or "" for ours
	SenderName  string `json:"sender_name"`
	SenderEmail string `json:"sender_email"`
	ReplyTo     string `json:"reply_to"`
	Lang        string `json:"lang"`
	Zone        string `json:"zone"`
	Sample      bool   `json:"sample"` // the demo's invented shop

	// How letters look where their own theme says nothing; what is empty is the default.
	LogoDark    string                `json:"logo_dark"`
	Light       document.Colors       `json:"light,omitzero"` // its accent is Accent
	Dark        document.Colors       `json:"dark,omitzero"`
	Font        string                `json:"font"`
	HeadingFont string                `json:"heading_font"`
	Radius      *int                  `json:"radius,omitempty"` // px
	Social      []document.SocialLink `json:"social,omitempty"`

	look Look
}

// Look stands for all the settings of a shop: it changes with any of them.
type Look [sha256.Size]byte

// Look is that of the shop when it was read.
func (s Shop) Look() Look { return s.look }

// Shop returns the settings; before anybody saved them, an English shop in UTC without a name.
func (s *Store) Shop(ctx context.Context) (Shop, error) { return shopOf(s.read.WithContext(ctx)) }

func shopOf(db *gorm.DB) (Shop, error) {
	shop := Shop{Lang: "en", Zone: "UTC"}
	value, err := setting(db, "shop")
	if err != nil || value == "" {
		return shop, err
	}
	if err := json.Unmarshal([]byte(value), &shop); err != nil {
		return shop, fmt.Errorf("shop settings: %w", err)
	}
	shop.look = sha256.Sum256([]byte(value))
	return shop, nil
}

// SaveShop stores the settings.
func (s *Store) SaveShop(ctx context.Context, shop Shop) error {
	b, err := json.Marshal(shop)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		before, err := shopOf(tx)
		if err != nil {
			return err
		}
		if err := s.saveSetting(tx, "shop", string(b)); err != nil || before.Zone == shop.Zone {
			return err
		}
		return s.anew(tx) // the months of customers' value are the shop's
	})
}

// Setting is a stored value, "" where there is none.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	return setting(s.read.WithContext(ctx), name)
}

func setting(db *gorm.DB, name string) (string, error) {
	var r struct{ Value string }
	err := db.Table("settings").Where("name = ?", name).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	return r.Value, err
}

// SaveSetting stores a value.
func (s *Store) SaveSetting(ctx context.Context, name, value string) error {
	return s.saveSetting(s.db.WithContext(ctx), name, value)
}

func (s *Store) saveSetting(db *gorm.DB, name, value string) error {
	return db.Exec(`INSERT INTO settings (name, value, updated_at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, name, value, s.now()).Error
}

// Location is the shop's time zone.
func (s Shop) Location() *time.Location {
	if loc, err := time.LoadLocation(s.Zone); err == nil {
		return loc
	}
	return time.UTC
}
