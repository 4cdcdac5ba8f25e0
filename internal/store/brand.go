package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

// Brand is what of a shop stands in every letter that does not say otherwise.
type Brand struct {
	Address           string
	Logo, LogoDark    string          // assets' names, or ""
	Light, Dark       document.Colors // what is empty is the default
	Font, HeadingFont string
	Radius            *int // px
	Social            []document.SocialLink
}

// Brand is the shop's own.
func (s Shop) Brand() Brand {
	b := Brand{s.Address, s.Logo, s.LogoDark, s.Light, s.Dark, s.Font, s.HeadingFont, s.Radius, s.Social}
	if b.Light.Accent == "" {
		b.Light.Accent = s.Accent
	}
	return b
}

// With is the shop with another brand.
func (s Shop) With(b Brand) Shop {
	s.Address, s.Logo, s.LogoDark, s.Light, s.Dark = b.Address, b.Logo, b.LogoDark, b.Light, b.Dark
	s.Accent, s.Light.Accent = b.Light.Accent, "" // the pages of the shop read it there
	s.Font, s.HeadingFont, s.Radius, s.Social = b.Font, b.HeadingFont, b.Radius, b.Social
	return s
}

// formerBrand is the brand before the last change, for whoever made it.
type formerBrand struct {
	Token string
	Brand Brand
}

// SaveBrand stores a checked brand and returns the token that brings the former one back,
// until somebody saves another.
func (s *Store) SaveBrand(ctx context.Context, b Brand) (undo string, err error) {
	shop, err := s.Shop(ctx)
	if err != nil {
		return "", err
	}
	kept := formerBrand{rand.Text(), shop.Brand()}
	if err := s.keepFormer(ctx, kept); err != nil {
		return "", err
	}
	return kept.Token, s.SaveShop(ctx, shop.With(b))
}

const formerSetting = "brand.former"

func (s *Store) keepFormer(ctx context.Context, kept formerBrand) error {
	j, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("former brand: %w", err)
	}
	return s.SaveSetting(ctx, formerSetting, string(j))
}

// RestoreBrand undoes the SaveBrand that gave the token. A second time, or after another
// change, it is a Conflict.
func (s *Store) RestoreBrand(ctx context.Context, token string) error {
	value, err := s.Setting(ctx, formerSetting)
	if err != nil {
		return err
	}
	var kept formerBrand
	if value != "" {
		if err := json.Unmarshal([]byte(value), &kept); err != nil {
			return fmt.Errorf("former brand: %w", err)
		}
	}
	if token == "" || kept.Token != token {
		return fault.New(fault.Conflict, "This can no longer be undone.")
	}
	shop, err := s.Shop(ctx)
	if err != nil {
		return err
	}
	if err := s.SaveShop(ctx, shop.With(kept.Brand)); err != nil {
		return err
	}
	return s.SaveSetting(ctx, formerSetting, "")
}

// BrandReach counts the campaigns whose next letters wear the brand: those that hold a
// letter in blocks and are drafts, or waiting (scheduled, paused or on their way).
func (s *Store) BrandReach(ctx context.Context) (drafts, waiting int64, err error) {
	var rows []struct {
		State string
		N     int64
	}
	err = s.read.WithContext(ctx).Raw(`SELECT c.state, COUNT(*) AS n FROM campaigns c WHERE NOT c.archived AND c.state IN ?
		AND EXISTS (SELECT 1 FROM messages m JOIN contents t ON t.message_id = m.id WHERE m.campaign_id = c.id AND t.mode = 'blocks') GROUP BY c.state`,
		[]string{campaigns.Draft, campaigns.Scheduled, campaigns.Running, campaigns.Paused}).Scan(&rows).Error
	for _, r := range rows {
		if r.State == campaigns.Draft {
			drafts += r.N
		} else {
			waiting += r.N
		}
	}
	return drafts, waiting, err
}
