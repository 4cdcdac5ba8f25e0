package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

// KeepLook keeps the shop's settings under a name with a campaign whose letters leave in them;
// the first kept under a name stay.
func (s *Store) KeepLook(ctx context.Context, campaign int64, name string, shop Shop) error {
	value, err := json.Marshal(shop)
	if err != nil {
		return fmt.Errorf("keep a look: %w", err)
	}
	_, err = s.Note(ctx, campaign, "look:"+name, string(value))
	return err
}

// KeptLook are the settings kept under a name; ok is false where there are none.
func (s *Store) KeptLook(ctx context.Context, campaign int64, name string) (shop Shop, ok bool, err error) {
	var value string
	err = s.read.WithContext(ctx).Raw(`SELECT value FROM notes WHERE campaign_id = ? AND name = ?`, campaign, "look:"+name).Scan(&value).Error
	if err != nil || value == "" {
		return shop, false, err
	}
	if err := json.Unmarshal([]byte(value), &shop); err != nil {
		return shop, false, fmt.Errorf("kept look: %w", err)
	}
	shop.look = sha256.Sum256([]byte(value))
	return shop, true, nil
}

// SentVersion is the version of a letter that was sent under the content's own number.
func (s *Store) SentVersion(ctx context.Context, l Letter, version int) (campaigns.Version, error) {
	var r versionRow
	err := l.of(s.read.WithContext(ctx)).Where("version = ? AND sent_at IS NOT NULL", version).Order("n DESC").Limit(1).Find(&r).Error
	if err == nil && r.N == 0 {
		err = fault.New(fault.NotFound, "This version is no longer kept.")
	}
	return r.version(), err
}
